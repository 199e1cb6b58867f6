"""Shapes in which one row is one visit of a patient.

Names that mean something here: ``number``, ``referral``, ``start`` (needed), ``created``, ``status``, ``service``,
``cancelled_because``, and the fields of ``patient_fields`` and ``site_field``.
"""

from __future__ import annotations

from typing import Any

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import SITE_EMIT, SITE_JOIN, SITE_NAMED


def visit_source(
    *, name: str, title: str, description: str, system: str, fields: tuple[Field, ...], signature: tuple[frozenset[str], ...],
    status: str | None = None, **more: Any,
) -> Source:  # fmt: skip
    """A source whose rows are visits; ``status`` is SQL over ``parsed p`` where a column alone does not tell it."""
    has = {field.name for field in fields}

    def of(column: str, kind: str = "varchar") -> str:
        return f"p.{column}" if column.removesuffix("_on") in has else f"null::{kind}"

    sited = "site" in has
    keyed = Relation(
        "keyed",
        f"select p.row, {'s.site_id' if sited else 'null::bigint as site_id'} from parsed p {f'left join {SITE_JOIN}' if sited else ''}",
    )
    said = status or (f"coalesce({of('status')}, 'booked')")
    return Source(
        name=name, title=title, description=description, system=system, fields=fields, signature=signature, primary="appointment",
        zone_field="site" if sited else None,
        checks=(*more.pop("checks", ()), *_checks(has)),
        relations=(*((SITE_NAMED,) if sited else ()), keyed, *more.pop("relations", ())),
        emits=(Emit("appointment", f"""
            select p.row, key64('appointment|' || $system || '|' || coalesce('n|' || upper({of("number")}),
                    'p|' || coalesce(p.patient_key::varchar, '') || '|' || p.start || '|' || coalesce(k.site_id::varchar, ''))) as appointment_id,
                case when {of("referral")} is not null then key64('referral|' || $system || '|' || upper({of("referral")})) end as referral_id,
                p.patient_key, k.site_id, {of("service")} as service_line, {of("created", "timestamp")} as created_at,
                {of("created_on", "date")} as created_on, p.start as start_at, p.start_on,
                {said} as status, case when ({said}) = 'cancelled' then {of("cancelled_because")} end as cancel_reason
            from parsed p join keyed k using (row)"""), *((SITE_EMIT,) if sited else ()), *more.pop("emits", ())),
        order=more.pop("order", 70), **more,
    )  # fmt: skip


def _checks(has: set[str]) -> tuple[Check, ...]:
    made = Check("end_before_start", "warning", "created", "select row from parsed where created_on > start_on")
    return (made,) if "created" in has else ()
