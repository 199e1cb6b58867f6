"""Shapes in which one row is one referral: a declaration of fields is enough, the SQL follows from their names.

Names that mean something here: ``number``, ``parent`` (numbers of the referral and of the one it came from),
``received`` and ``authored`` (of which one is needed), ``recorded`` (when the system knew), ``direction``, ``status``,
``closed`` and ``why`` (what ended it, when, and the reason), ``appt`` and ``visit`` (a booked visit and what became of
it), ``service``, ``modality``, ``reason``, ``priority``, ``channel``; and the fields of ``patient_fields``,
``referrer_fields``, ``site_field`` and ``study_field``. Whatever a shape does not have is NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    BSER,
    REFERRER_EMITS,
    REFERRER_JOIN,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    STUDY_EMIT,
    STUDY_JOIN,
    STUDY_NAMED,
    referrer_relation,
)  # fmt: skip

ENDINGS = "('declined', 'cancelled', 'redirected', 'handback')"


@dataclass(frozen=True)
class Told:
    """What a shape says beyond its fields, as SQL over ``parsed p`` (``person`` over ``parsed`` itself)."""

    direction: str = "in"  # where no field says it
    intent: str = "clinical"
    person: str | None = None  # the referrer's name, where it stands in more than one column
    source: str | None = None  # a join of ``r(source_id)``, where no name but a number says who referred
    channel: str | None = None
    number_prefix: str = ""  # for the numbers of a table whose numbers another table of the system has, too
    parent_prefix: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    more_events: tuple[str, ...] = ()  # rows like those of ``happened``


def bare(declared: Sequence[Field], **aliases: tuple[str, ...]) -> tuple[Field, ...]:
    """``declared`` fields known only by the headers given here (and their own label): a system's export has one
    spelling for each thing, and a hand-kept sheet's many would only be taken for the wrong column."""
    return tuple(
        Field(**{**vars(field), "aliases": aliases.get(field.name, ()), "required": False, "beside": ()})
        for field in declared
    )


def with_person(person: str) -> str:
    """``parsed`` with the referrer's name from SQL ``person`` where no single column gives it."""
    return f"(select * replace (coalesce(referrer, nullif({person}, '')) as referrer) from parsed)"


def referral_source(
    *, name: str, title: str, description: str, system: str, fields: tuple[Field, ...], signature: tuple[frozenset[str], ...],
    steps: Sequence[tuple[str, str]] = (), more_events: Sequence[str] = (), direction: str = "in", intent: str = "clinical",
    person: str | None = None, source: str | None = None, channel: str | None = None, number_prefix: str = "", parent_prefix: str = "", **more: Any,
) -> Source:  # fmt: skip
    """A source whose rows are referrals. ``steps`` lists (date field, event code); see ``Told`` for the rest; ``more``
    goes to ``Source`` as it is, its checks, relations and emits beside those made here."""
    has = {field.name for field in fields}
    told = Told(
        direction, intent, person, source, channel, number_prefix, parent_prefix, tuple(steps), tuple(more_events)
    )
    shape = _Shape(has, told)
    checks = (*more.pop("checks", ()), *shape.checks())
    relations = (*shape.named(), *more.pop("relations", ()), *shape.relations())
    emits = (*more.pop("emits", ()), *shape.emits())
    return Source(
        name=name, title=title, description=description, system=system, fields=fields, signature=signature, primary="referral",
        zone_field="site" if "site" in has else None, one_of=more.pop("one_of", (tuple(n for n in ("received", "authored") if n in has),)),
        checks=checks, relations=relations, emits=emits, restates=more.pop("restates", ("referral_id",)), **more,
    )  # fmt: skip


class _Shape:
    """SQL for the fields a shape has."""

    def __init__(self, has: set[str], told: Told) -> None:
        self.has, self.told, self.steps = has, told, told.steps
        self.referrer, self.patient = "referrer" in has, "mrn" in has

    def of(self, name: str, kind: str = "varchar") -> str:
        """A column of ``parsed p``, or NULL of its type."""
        base = name.removesuffix("_on").removesuffix("_precision").removesuffix("_text")
        return f"p.{name}" if base in self.has else f"null::{kind}"

    def first(self, names: Sequence[str], kind: str, suffix: str = "") -> str:
        """The first filled one of several columns, of those the shape has."""
        have = [f"p.{name}{suffix}" for name in names if name in self.has]
        return f"coalesce({', '.join(have)})" if have else f"null::{kind}"

    def checks(self) -> tuple[Check, ...]:
        received = self.first(("received", "authored"), "date", "_on")
        found = [
            Check("before_birth", "reject", "born", f"select row from parsed p where {received} < born") if "born" in self.has else None,
            Check("undated_outcome", "note", "status", f"select row from parsed p where status in {ENDINGS} and {self.of('closed', 'timestamp')} is null")
            if "status" in self.has else None,
        ]  # fmt: skip
        return tuple(check for check in found if check)

    def named(self) -> tuple[Relation, ...]:
        referrers = referrer_relation(with_person(self.told.person) if self.told.person else "parsed")
        wanted = (("referrer", referrers), ("site", SITE_NAMED), ("study", STUDY_NAMED))
        return tuple(relation for field, relation in wanted if field in self.has)

    def relations(self) -> tuple[Relation, ...]:
        joins = [
            f"left join {join}"
            for field, join in (("referrer", self._referrer_join()), ("site", SITE_JOIN), ("study", STUDY_JOIN))
            if field in self.has
        ]
        people = "r.kind in ('practitioner', 'practice')"
        who = (
            f"r.source_id, case when {people} then r.practitioner_id end as practitioner_id, case when {people} then r.organization_id end as organization_id, r.said_source_id"
            if self.referrer else f"{'r.source_id' if self.told.source else 'null::bigint as source_id'}, null::bigint as practitioner_id, null::bigint as organization_id, {'r.source_id' if self.told.source else 'null::bigint'} as said_source_id"
        )  # fmt: skip
        known = Relation("known", f"""
            select p.row, {"p.patient_key" if self.patient else "null::uuid as patient_key"}, {who},
                {"s.site_id" if "site" in self.has else "null::bigint as site_id"}, {"y.study_id" if "study" in self.has else "null::bigint as study_id"}
            from parsed p {self.told.source or ""} {" ".join(joins)}""")  # fmt: skip
        day = self.first(("received", "authored"), "date", "_on")
        # Without a number and without a patient, equal rows are referrals of their own: they are counted through.
        keyed = Relation("keyed", f"""
            select k.*, case when {self.of("number")} is not null then key64('referral|' || $system || '|{self.told.number_prefix}' || upper({self.of("number")}))
                else key64('referral|' || $system || '|' || coalesce(k.patient_key::varchar, '#' || row_number() over (
                    partition by k.patient_key is null, {day}, k.said_source_id order by k.row)) || '|' || coalesce({day}::varchar, '') || '|'
                    || coalesce(k.said_source_id::varchar, '')) end as referral_id
            from parsed p join known k using (row)""")  # fmt: skip
        return known, keyed, Relation("happened", self._happened())

    def _referrer_join(self) -> str:
        called = f"coalesce(p.referrer, nullif({self.told.person}, ''))" if self.told.person else "p.referrer"
        return REFERRER_JOIN.replace("p.referrer", called)

    def _happened(self) -> str:
        parts = [
            f"select row, {seq} as seq, '{code}' as code, {name} as occurred_at, {name}_on as occurred_on, {name}_precision as precision, "
            f"{'why' if code in ENDINGS and 'why' in self.has else 'null::varchar'} as reason_code from parsed where {name} is not null"
            for seq, (name, code) in enumerate(self.steps, start=1)
        ]  # fmt: skip
        if "status" in self.has:
            names = [
                name
                for name in ("closed", *(name for name, _ in self.steps), "received", "authored")
                if name in self.has
            ]
            told = [name for name in names if name != "closed"]
            latest_at = (
                f"coalesce({self.of('closed', 'timestamp')}, greatest({', '.join(f'p.{name}' for name in told)}))"
            )
            latest_on = (
                f"coalesce({self.of('closed_on', 'date')}, greatest({', '.join(f'p.{name}_on' for name in told)}))"
            )
            parts.append(
                f"select p.row, 20, p.status, {latest_at}, {latest_on}, coalesce({self.of('closed_precision')}, 'day'), "
                f"coalesce({self.of('why')}, p.status_text) from parsed p where p.status in {ENDINGS}"
            )
        empty = "select 0::bigint as row, 0 as seq, '' as code, null::timestamp as occurred_at, null::date as occurred_on, '' as precision, '' as reason_code where false"
        return " union all ".join([empty, *parts, *self.told.more_events])

    def emits(self) -> tuple[Emit, ...]:
        optional = [*(REFERRER_EMITS if self.referrer else ()), *([SITE_EMIT] if "site" in self.has else []), *([STUDY_EMIT] if "study" in self.has else [])]  # fmt: skip
        visits = [self._appointment()] if "appt" in self.has else []
        return self._referral(), self._events(), *visits, *optional

    def _referral(self) -> Emit:
        direction = (
            f"coalesce(p.direction, '{self.told.direction}')" if "direction" in self.has else f"'{self.told.direction}'"
        )
        intent = f"case when p.study is not null then 'research' else '{self.told.intent}' end" if "study" in self.has else f"'{self.told.intent}'"  # fmt: skip
        parent = f"case when {self.of('parent')} is not null then key64('referral|' || $system || '|{self.told.parent_prefix}' || upper({self.of('parent')})) end"
        plain = ", ".join(f"{self.of(name)} as {column}" for name, column in (
            ("number", "source_key"), ("service", "service_line"), ("modality", "modality"), ("reason", "reason_code"), ("priority", "priority"),
            ("sex", "sex")))  # fmt: skip
        received = (
            f"coalesce({self.of('received', 'timestamp')}, {self.of('authored', 'timestamp')})"
            if "received" not in self.has
            else "p.received"
        )
        received_on = (
            f"coalesce({self.of('received_on', 'date')}, {self.of('authored_on', 'date')})"
            if "received" not in self.has
            else "p.received_on"
        )
        return Emit("referral", f"""
            select p.row, p.row_hash, k.referral_id, {direction} as direction, {parent} as parent_referral_id, k.patient_key, k.source_id,
                k.practitioner_id as requester_practitioner_id, k.organization_id as requester_org_id, k.site_id as performer_site_id, k.study_id,
                {intent} as intent, {plain}, {self.told.channel or self.of("channel")} as channel, {self.of("authored", "timestamp")} as authored_at, {received} as received_at,
                {self.of("authored_on", "date")} as authored_on, {received_on} as received_on, {self.of("recorded", "timestamp")} as recorded_at,
                {self.of("recorded_on", "date")} as recorded_on,
                {"coalesce(p.status = 'void', false)" if "status" in self.has else "false"} as void,
                {"year(p.born)" if "born" in self.has else "null::integer"} as birth_year, {"p.zip3" if self.patient else "null::varchar"} as zip3
            from parsed p join keyed k using (row)""", unique=True, hashed=True)  # fmt: skip

    def _events(self) -> Emit:
        received, received_on = self.of("received", "timestamp"), self.of("received_on", "date")
        return Emit("referral_event", f"""
            select e.row, p.row_hash, k.referral_id, e.seq, e.code, {BSER} as bser_code,
                case when e.precision = 'day' and e.occurred_on = {received_on} then greatest(e.occurred_at, {received}) else e.occurred_at end as occurred_at,
                e.occurred_on, e.precision, e.reason_code
            from happened e join parsed p using (row) join keyed k using (row)""", hashed=True)  # fmt: skip

    def _appointment(self) -> Emit:
        return Emit("appointment", f"""
            select p.row, key64('appointment|referral|' || k.referral_id) as appointment_id, k.referral_id, k.patient_key, k.site_id,
                {self.of("service")} as service_line, {self.of("scheduled", "timestamp")} as created_at,
                {self.of("scheduled_on", "date")} as created_on, p.appt as start_at, p.appt_on as start_on,
                coalesce({self.of("visit")}, {"case when p.cancelled is not null then 'cancelled' end" if "cancelled" in self.has else "null"}, 'booked') as status
            from parsed p join keyed k using (row) where p.appt is not null""", unique=True)  # fmt: skip
