"""The SQL every metric starts from: a relation cut down to the viewer's scope, the filters and the as-of day.

``seen`` is what the viewer may see of a relation as of the day, restricted by every filter but the period;
``scoped`` has the period too. A viewer whose scope names studies sees nothing of relations that know no study,
and nothing of rows that name none: what cannot be shown to belong to the scope does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources

from pipelines.marts import (
    CLOSED_LOOP_COLUMNS,
    CLOSED_LOOP_KEPT,
    JOURNEY_COLUMNS,
    PROMISES,
    SETTLED_DAYS,
    closed_loop_as_of,
)
from pipelines.metrics import rollups
from pipelines.metrics.rollups import RollUp

# What each restriction means, as SQL over its own parameter. Only those that are set go into a query: a condition
# that is always true costs nothing to run but a millisecond to plan, and there are ten of them.
_SITES = {
    "scope_sites": "list_contains($scope_sites::bigint[], site_id)",
    "sites": "list_contains($sites::bigint[], site_id)",
    "practices": "list_contains($practices::bigint[], practice_id)",
}
_STUDIES = {
    "scope_studies": "list_contains($scope_studies::bigint[], study_id)",
    "studies": "list_contains($studies::bigint[], study_id)",
    "therapeutic_areas": "list_contains($therapeutic_areas::varchar[], therapeutic_area)",
    "specialties": "list_contains($specialties::varchar[], specialty)",
    "channels": "list_contains($channels::varchar[], channel)",
}
# A research subject may have come without a referral: what only a referral says cannot narrow them.
_NO_SUBJECTS = ("practices", "specialties", "channels")
_OF_SUBJECTS = {name: text for name, text in (_SITES | _STUDIES).items() if name not in _NO_SUBJECTS}
_NO_STUDY = {"scope_studies": "false"}
_OF_THEIR_PRACTICES = "practice_id in (select practice_id from journey where list_contains($ids::bigint[], site_id))"
# A row names its file; a load its file and, of a workbook or an archive, the sheet or the file in it ("abc#Referrals").
FILE_OF_LOAD = "split_part(load.source_file_id, '#', 1)"
_FILES = f"""left join (select {FILE_OF_LOAD} as source_file_id, any_value(file_name) as file_name from load group by all)
    files using (source_file_id)"""


def _as_of(name: str) -> str:
    """A relation whose rows depend on the day asked for; see the folder ``as_of``."""
    text = resources.files(__package__).joinpath("as_of", f"{name}.sql").read_text("utf-8")
    return text[text.index("\n(") :].strip()


@dataclass(frozen=True)
class Plain:
    """The same rows with fewer columns, from less: ``table``, and what each column there is."""

    table: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Relation:
    """What can be counted. ``table`` is where from, ``day`` the column that places a row in time, ``rows`` the
    columns shown of a row, ``limits`` the condition of each restriction and ``ignores`` the filters that mean
    nothing here. Of a wide table ``columns`` lists all there are: a query then carries those that it names, because
    forty names cost more to plan than a million rows to count; ``made`` are those of them that are not as the table has
    them, and what they are instead. ``plain``: tables from which a query is answered that names only columns of theirs, the
    plainest first; ``parameters`` are further ones that ``table`` needs; ``record`` are the columns that name what a row tells
    of, whichever file tells it: without them a row is known by its file and place there."""

    table: str
    day: str
    rows: str
    limits: dict[str, str]
    ignores: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    made: Mapping[str, str] = field(default_factory=dict)
    plain: tuple[Plain, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    roll_ups: tuple[RollUp, ...] = ()
    record: tuple[str, ...] = ("source_file_id", "source_row")

    @property
    def rows_named(self) -> str:
        """As ``rows``, with a first column ``record`` that tells the rows of one thing from those of any other."""
        parts = ", ".join(f"coalesce({name}::varchar, '')" for name in self.record)
        return f"select concat_ws('|', {parts}) as record, {self.rows.removeprefix('select ')}"

    def named(self, sql: str) -> set[str]:
        """Those of its columns that ``sql`` names, or may: columns of other tables say so by their table."""
        return set(self.columns).intersection(_WORD.findall(_ELSEWHERE.sub("", sql)))

    def text(self, restricted: set[str], body: str, roll_up: RollUp | None = None, first: bool = False) -> str:
        """The CTEs ``seen`` and ``scoped`` as far as ``body`` names them, without the word *with*, over the relation or
        a ``roll_up`` of it; ``restricted`` are the parameters that are set. Not materialised, unless they shall be found
        ``first``: what a query uses twice is cheaper to scan twice in the few columns it needs."""
        how = "materialized" if first else "not materialized"
        within = [condition for name, condition in self.limits.items() if name in restricted]
        seen, scoped = ([*within, f"{self.day} <= ${last}::date"] for last in ("cut_day", "until_day"))
        if "start_day" in restricted:
            scoped.append(f"{self.day} >= $start_day::date")
        named = {"seen": seen, "scoped": scoped}
        carried, table = ("*", roll_up.source) if roll_up else self._carried(body, " ".join(seen))
        return ",\n".join(
            f"{name} as {how} (\n    select {carried} from {table}\n    where {_AND.join(conditions)}\n)"
            for name, conditions in named.items() if re.search(rf"\b{name}\b", body)
        )  # fmt: skip

    def _carried(self, body: str, conditions: str) -> tuple[str, str]:
        """The columns that ``body`` names, and a table that has them and those of the ``conditions``."""
        named, needed = self.named(body), self.named(f"{body} {conditions}")
        if not self.plain and not needed.intersection(self.made) and (named or not self.made):
            return ", ".join(name for name in self.columns if name in named) or "*", self.table
        carried = [name for name in self.columns if name in named] or self.columns
        wanted = needed.union(carried)
        fewer = next((one for one in self.plain if wanted <= one.columns.keys()), Plain(self.table, self.made))
        selected = [f"{fewer.columns.get(name, name)} as {name}" for name in self.columns if name in wanted]
        return ", ".join(carried), f"(select {', '.join(selected)} from {fewer.table})"


_VISIT_COLUMNS = (
    "appointment_id", "referral_id", "start_at", "start_on", "created_on", "service_line", "site_id", "site", "study_id", "study",
    "therapeutic_area", "practice_id", "practice", "practitioner_id", "practitioner", "specialty", "channel", "source_kind", "intent",
    "priority", "status", "late_notice", "calendar", "start_bd", "told_on", "told_bd", "lead_days", "source_file_id", "source_row",
    "told_followed_bd", "outcome",
)  # fmt: skip
# The same over the stacks of visits, whose outcome as of a day is decided in the same words.
_VISITS = RollUp(
    _as_of("visit").replace("from visit v", "from visit_day v").replace("v.*", "v.* exclude (n), v.n as rows_stacked"),
    frozenset(("start_on", "status", "late_notice", "calendar", "start_bd", "told_bd", "told_followed_bd", "outcome")),
    "start_on",
)
_FEEDBACK_COLUMNS = (
    "response_id", "survey", "item_code", "item_label", "kind", "scale_max", "value_num", "value_text", "recommends",
    "completed_on", "site_id", "site", "practice_id", "practice", "anonymous", "source_file_id", "source_row",
)  # fmt: skip
_SCREENED_COLUMNS = (
    "study_id", "study", "therapeutic_area", "site_id", "site", "source_kind", "referral_id", "first_on",
    "enrolled_on", "failed", "passed",
)  # fmt: skip
_ENROLLED_COLUMNS = (
    "study_id", "study", "therapeutic_area", "site_id", "site", "source_kind", "referral_id", "enrolled_on",
    "origin", "last_kind", "first_kind",
)  # fmt: skip
_INVITATION_COLUMNS = (
    "invite_id", "survey", "sent_on", "delivered", "answered_on", "loose_on", "site_id", "site", "practice_id", "practice",
    "source_file_id", "source_row",
)  # fmt: skip
_WORD = re.compile(r"[a-z_]+")
_ELSEWHERE = re.compile(r"\b(?:outreach|courtesy|dim_[a-z]+)\.[a-z_]+")
_AND = "\n      and "
# The closed loop without what has to be worked out of both of its tables, which costs ten milliseconds to plan.
_LOOP = {name: f"j.{name}" for name, _ in JOURNEY_COLUMNS} | {name: f"c.{name}" for name in CLOSED_LOOP_KEPT}
_LOOPS = "journey j join closed_loop c using (referral_id)"
_FOLLOWED = {"followed_bd": "today.before - c.received_bd", "notice_followed_bd": "today.before - c.scheduled_bd"}
_TODAY = "left join business_day today on today.calendar = c.calendar and today.day = $cut_day::date"
RELATIONS = {
    "journey": Relation(
        table="journey",
        limits=_SITES | _STUDIES,
        columns=tuple(name for name, _ in JOURNEY_COLUMNS),
        made={"modality": "coalesce(modality, 'Unknown')"},
        day="received_on",
        record=("referral_id",),
        roll_ups=rollups.JOURNEY,
        rows=f"""select received_on, site, study, practice, practitioner, specialty, channel, source_kind, intent,
    priority, stage, contacted_on, consented_on, enrolled_on, exit_on, exit_code, exit_reason, received_basis,
    excluded_because, file_name, source_row
from scoped {_FILES}""",
    ),
    # An anonymous answer loses its practice here, at the door, so that no metric can join it to a referrer.
    "feedback": Relation(
        table="feedback",
        columns=_FEEDBACK_COLUMNS,
        made={
            "practice_id": "case when anonymous then null else practice_id end",
            "practice": "case when anonymous then 'Anonymous' else coalesce(practice, 'Unattributed') end",
            "site": "coalesce(site, 'Unknown site')",
        },
        limits=_SITES | _NO_STUDY,
        day="completed_on",
        record=("response_id", "item_code"),
        rows=f"""select completed_on, survey, site, practice, item_label as question, value_num as score,
    scale_max as best_score, value_text as comment, file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "therapeutic_areas", "specialties", "channels"),
    ),
    # What was recorded later than the as-of day was not known then.
    "subject": Relation(
        table="""(
        select * from subject_step where coalesce(recorded_on <= $cut_day::date, true))""",
        limits=_OF_SUBJECTS,
        day="occurred_on",
        record=("subject_id", "code", "attempt"),
        rows=f"""select occurred_on, study, site, code as step, attempt, reason_code, source_kind, file_name, source_row
from scoped {_FILES}""",
        ignores=_NO_SUBJECTS,
    ),
    # One row per subject instead of one per step: what recruitment is told from.
    "screened": Relation(
        table=_as_of("screened"),
        limits=_OF_SUBJECTS,
        day="first_on",
        columns=_SCREENED_COLUMNS,
        rows="select first_on, study, site, source_kind, enrolled_on from scoped",
        ignores=_NO_SUBJECTS,
        roll_ups=(rollups.SCREENED,),
    ),
    # Those of them who enrolled, and where they came from.
    "enrolled": Relation(
        table=_as_of("enrolled"),
        limits=_OF_SUBJECTS,
        day="enrolled_on",
        columns=_ENROLLED_COLUMNS,
        rows="select enrolled_on, study, site, origin from scoped",
        ignores=_NO_SUBJECTS,
        roll_ups=(rollups.ENROLLED,),
    ),
    "invitation": Relation(
        table="invitation",
        columns=_INVITATION_COLUMNS,
        made={"practice": "coalesce(practice, 'Unattributed')", "site": "coalesce(site, 'Unknown site')"},
        limits=_SITES | _NO_STUDY,
        day="sent_on",
        record=("invite_id",),
        rows=f"""select sent_on, survey, site, practice, delivered, answered_on, file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "therapeutic_areas", "specialties", "channels"),
    ),
    "closed_loop": Relation(
        table=closed_loop_as_of(),
        limits=_SITES | _STUDIES,
        day="received_on",
        record=("referral_id",),
        columns=(*(name for name, _ in JOURNEY_COLUMNS), *CLOSED_LOOP_COLUMNS),
        plain=(Plain(_LOOPS, _LOOP), Plain(f"{_LOOPS} {_TODAY}", _LOOP | _FOLLOWED)),
        roll_ups=rollups.CLOSED_LOOP,
        rows=f"""select received_on, site, study, practice, practitioner, channel, priority, array_to_string(slips, '; ') as slipped_because,
    ack_on, accepted_on, contact_attempts, contact_on, scheduled_on, set_notice_on, kept_on, no_show_on, report_on,
    report_ack_on, exit_on, exit_code, file_name, source_row
from scoped {_FILES}""",
        parameters={**PROMISES, "settled_days": SETTLED_DAYS},
    ),
    "visit": Relation(
        table=_as_of("visit"),
        limits=_SITES | _STUDIES,
        day="start_on",
        record=("appointment_id",),
        columns=_VISIT_COLUMNS,
        roll_ups=(_VISITS,),
        rows=f"""select start_on, outcome, site, study, practice, practitioner, service_line, created_on, lead_days, told_on,
    file_name, source_row
from scoped {_FILES}""",
    ),
    "enrolled_subject": Relation(
        table="(select j.*, e.* exclude (referral_id) from journey j join enrolled_subject e using (referral_id))",
        limits=_SITES | _STUDIES,
        day="enrolled_on",
        record=("referral_id",),
        rows=f"""select enrolled_on, off_on, share_consent, progress_on, continuity_on, site, study, practice, practitioner,
    file_name, source_row
from scoped {_FILES}""",
    ),
    "comment": Relation(
        table=_as_of("comment"),
        limits=_SITES | _NO_STUDY,
        day="completed_on",
        record=("response_id", "item_code"),
        rows=f"""select completed_on, survey, site, practice, item_label as question, value_text as comment, reply_bd as answered_after,
    file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "therapeutic_areas", "specialties", "channels"),
    ),
    "availability": Relation(
        table="availability",
        limits={name: _SITES[name] for name in ("scope_sites", "sites")} | _NO_STUDY,
        day="snapshot_on",
        record=("site_id", "service_line", "snapshot_on"),
        rows=f"""select snapshot_on, site, service_line, third_days, file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "practices", "therapeutic_areas", "specialties", "channels"),
    ),
    "exam": Relation(
        table="exam",
        limits=_SITES | _STUDIES,
        day="exam_end_on",
        record=("study_uid_hash",),
        rows=f"""select exam_end_on, modality, exam_end_at, final_at, delivered_at, turnaround_min, turnaround_bmin, delivery_min, protocol_changed,
    addendum_count, site, practice, practitioner, file_name, source_row
from scoped {_FILES}""",
    ),
    "image_share": Relation(
        table="(select * from exam where shared_at is not null)",
        limits=_SITES | _STUDIES,
        day="shared_on",
        record=("study_uid_hash",),
        rows=f"""select shared_on, modality, shared_at, viewed_at, site, practice, practitioner, file_name, source_row
from scoped {_FILES}""",
    ),
    "exam_check": Relation(
        table="""(
        select 'asked' as kind, asked_on as happened_on, * exclude (asked_on), null::boolean as protocol_changed from confirmation
        union all by name
        select 'exam' as kind, exam_end_on as happened_on, referral_id, protocol_changed, modality, site_id, site, study_id, study, therapeutic_area,
            practice_id, practice, practitioner_id, practitioner, specialty, channel, source_file_id, source_row from exam)""",
        limits=_SITES | _STUDIES,
        day="happened_on",
        rows=f"""select happened_on, kind, answer, protocol_changed, modality, site, practice, practitioner, file_name, source_row
from scoped {_FILES}""",
    ),
    "exam_session": Relation(
        table="""(
        select 'session' as kind, invited_on as happened_on, * exclude (invited_on) from collaboration
        union all by name
        select 'exam' as kind, exam_end_on as happened_on, modality, site_id, site, study_id, study, therapeutic_area, practice_id, practice,
            practitioner_id, practitioner, specialty, channel, source_file_id, source_row from exam)""",
        limits=_SITES | _STUDIES,
        day="happened_on",
        rows=f"""select happened_on, kind, outcome, host_role, wait_min, length_min, modality, site, practice, practitioner, file_name, source_row
from scoped {_FILES}""",
    ),
    "phone_call": Relation(
        table="phone_call",
        limits=_SITES | _NO_STUDY,
        day="started_on",
        record=("call_id",),
        rows=f"""select started_on, hour, line, direction, wait_s, hold_s, talk_s, answered, abandoned, site, practice, file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "therapeutic_areas", "specialties", "channels"),
    ),
    # Leads and spend side by side: both belong to where their campaign does.
    "campaign": Relation(
        table="""(
        select 'lead' as kind, created_on as happened_on, * exclude (created_on) from campaign_lead
        union all by name
        select 'spend' as kind, spent_on as happened_on, * exclude (spent_on) from campaign_cost)""",
        limits=_OF_SUBJECTS,
        day="happened_on",
        rows=f"""select happened_on, kind, campaign, medium, status, qualified, randomised_on, by_first, by_last, by_stated, spend, study, site,
    file_name, source_row
from scoped {_FILES}""",
        ignores=_NO_SUBJECTS,
    ),
    "newsletter": Relation(
        table=_as_of("newsletter"),
        limits=_SITES | _NO_STUDY,
        day="occurred_on",
        record=("recipient_key", "issue", "action", "occurred_at"),
        rows=f"""select occurred_on, site, practice, issue, action, file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "therapeutic_areas", "specialties", "channels"),
    ),
    # Contacts of ours. What is given has its own ledger, of which nothing stands beside referrals.
    "outreach": Relation(
        table="(select * from outreach where channel <> 'gift')",
        limits=_SITES | _NO_STUDY,
        day="occurred_on",
        record=("touch_id",),
        rows=f"""select occurred_on, site, practice, liaison, channel, purpose, outcome, next_touch_on, file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "therapeutic_areas", "specialties", "channels"),
    ),
    # Lists of who and what there is on the day asked for. A person of a practice belongs to no site: shown to whoever may
    # see a referral of the practice.
    "contact_person": Relation(
        table="(select *, $cut_day::date as listed_on from desk)",
        limits={
            "scope_sites": _OF_THEIR_PRACTICES.replace("$ids", "$scope_sites"),
            "sites": _OF_THEIR_PRACTICES.replace("$ids", "$sites"),
            "practices": _SITES["practices"],
        }
        | _NO_STUDY,
        day="listed_on",
        record=("contact_id",),
        rows=f"""select practice, display_name, role, front_line, preferred_channel, opt_out, file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "therapeutic_areas", "specialties", "channels"),
    ),
    "agreement": Relation(
        table="(select *, $cut_day::date as listed_on from agreement)",
        limits=_SITES | _NO_STUDY,
        day="listed_on",
        record=("practice_id", "practitioner_id", "site_id", "service_line"),
        rows=f"""select practice, site, service_line, preferred_channel, cadence_days, tier, owner_user, started_on, ended_on, file_name, source_row
from scoped {_FILES}""",
        ignores=("studies", "therapeutic_areas", "specialties", "channels"),
    ),
    "presentation": Relation(
        table="presentation",
        limits={name: text for name, text in (_SITES | _STUDIES).items() if name not in ("specialties", "channels")},
        day="occurred_on",
        record=("touch_id", "study_id"),
        rows=f"""select occurred_on, study, site, practice, profile_version, text_state, outcome, file_name, source_row
from scoped {_FILES}""",
        ignores=("specialties", "channels"),
    ),
    # What was given counts against one limit for the whole organisation: whoever may see only a part of it sees none.
    "compensation": Relation(
        table="compensation",
        limits={"scope_sites": "false", "scope_studies": "false"},
        day="given_on",
        record=("ledger_id",),
        rows=f"""select given_on, practitioner, npi, description, category as item_kind, fair_value_usd::double as fair_value_usd, given_by,
    site, file_name, source_row
from scoped {_FILES}""",
        ignores=("sites", "studies", "practices", "therapeutic_areas", "specialties", "channels"),
    ),
}
