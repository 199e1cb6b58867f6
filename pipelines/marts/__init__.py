"""The few tables that metrics read, each built by one static SQL text over the resolved canonical tables.

The same texts serve three roads: a full build (``$everything``), an incremental one (only the referrals listed
in ``affected``), and the past: with ``$as_of`` a text uses only what had happened *and been recorded* by then,
so the answer to "as of 30 June" does not change when July arrives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pipelines.model import table

# Columns of ``journey``: one row per referral, its dimensions and its stage times. Days count from received.
JOURNEY_COLUMNS: tuple[tuple[str, str], ...] = (
    ("referral_id", "BIGINT"),
    ("received_at", "TIMESTAMP"),
    ("received_on", "DATE"),
    ("received_basis", "VARCHAR"),  # received | authored (the fallback, flagged)
    ("written_on", "DATE"),  # by the referrer; the day received where nobody says
    ("countable", "BOOLEAN"),
    ("excluded_because", "VARCHAR"),  # void | duplicate | outbound
    ("intent", "VARCHAR"),
    ("moved_from_site_id", "BIGINT"),  # of a transfer: where the referral came in first (-1: not known)
    ("site_id", "BIGINT"),
    ("site", "VARCHAR"),
    ("study_id", "BIGINT"),
    ("study", "VARCHAR"),
    ("therapeutic_area", "VARCHAR"),
    ("practice_id", "BIGINT"),
    ("practice", "VARCHAR"),
    ("practitioner_id", "BIGINT"),
    ("practitioner", "VARCHAR"),
    ("specialty", "VARCHAR"),
    ("source_kind", "VARCHAR"),
    ("attributed", "BOOLEAN"),
    ("channel", "VARCHAR"),
    ("service_line", "VARCHAR"),
    ("modality", "VARCHAR"),
    ("priority", "VARCHAR"),
    ("patient_key", "UUID"),
    ("sole", "BOOLEAN"),  # no other referral of its patient is known
    # Local days from received to the first scheduling, and to the first visit kept; negative: one of the dates is wrong.
    ("scheduled_day", "INTEGER"),
    ("kept_day", "INTEGER"),
    ("contacted_on", "DATE"),
    ("prescreened_on", "DATE"),
    ("consented_on", "DATE"),
    ("screened_on", "DATE"),
    ("eligible_on", "DATE"),
    ("enrolled_on", "DATE"),
    ("exit_on", "DATE"),
    # declined | unreachable | prescreen_failed | screen_failed | withdrawn | cancelled | redirected | handback | study_closed
    ("exit_code", "VARCHAR"),
    ("exit_reason", "VARCHAR"),
    ("enrolled_day", "INTEGER"),  # days from received to enrolled
    ("exit_day", "INTEGER"),
    # The furthest reached: referred | contacted | prescreened | consented | screened | eligible | enrolled.
    ("stage", "VARCHAR"),
    ("known_on", "DATE"),  # since when: as its source says, else when its file arrived
    ("known_by_load", "BOOLEAN"),  # the latter
    ("source_file_id", "VARCHAR"),
    ("source_row", "BIGINT"),
)
# The roll-ups of the journey: equal rows stacked. One row per day received (or month: its first day) and combination of
# what stands before ``n``, the referrals in the stack; after it, how many of them came at least so far (``exited``: left
# without enrolling). Everything can be added up, over any filter of theirs, to the same number as counting the rows.
# The smaller ones come first.
JOURNEY_ROLL_UPS = {
    "known_day": ("received_on", "countable", "moved_from_site_id", "known_on", "known_by_load", "n"),
    "outcome_month": ("month", "intent", "countable", "stage", "exit_code", "exit_reason", "n"),
    "course_day": (
        "received_on", "intent", "countable", "enrolled_on", "enrolled_day", "exit_on", "exit_day", "exit_code", "n",
    ),
    "visit_course_day": ("received_on", "countable", "scheduled_day", "kept_day", "exit_day", "n"),
    "site_study_month": (
        "month", "site_id", "site", "study_id", "study", "therapeutic_area", "channel", "source_kind", "intent", "countable",
        "excluded_because", "received_basis", "attributed", "moved_from_site_id", "n", "contacted", "prescreened", "consented", "screened", "eligible",
        "enrolled", "exited",
    ),
    "practice_month": (
        "month", "practice_id", "practice", "practitioner_id", "practitioner", "specialty", "site_id", "site", "source_kind",
        "countable", "excluded_because", "received_basis", "attributed", "moved_from_site_id", "n", "contacted", "enrolled",
    ),
    "practice_day": ("received_on", "practice_id", "practice", "countable", "moved_from_site_id", "n", "enrolled"),
}  # fmt: skip
# What a referral of the closed loop has besides its journey: as it is kept, and what follows from the day asked for.
CLOSED_LOOP_KEPT = (
    "calendar", "received_bd", "ack_on", "ack_bd", "person_ack_bd", "accepted_on", "accepted_bd", "contact_attempts",
    "attempts_told_on", "contact_on", "contact_bd", "info_requested", "scheduled_on", "scheduled_bd", "set_notice_on",
    "set_notice_bd", "first_start_at", "kept_on", "kept_bd", "report_on", "reported_bd", "any_report_on", "report_ack_on",
    "report_day", "report_ack_day", "no_show_on", "no_show_bd", "rebooked_bd", "no_show_told_bd", "last_booked_for_on",
    "last_event_on",
)  # fmt: skip
CLOSED_LOOP_COLUMNS = (
    *CLOSED_LOOP_KEPT, "followed_bd", "notice_followed_bd", "slips", "ever_slipped", "slip_mask", "is_open", "settled",
)  # fmt: skip
# The same of the closed loop, whose business days are counted from the ordinal days of each calendar.
CLOSED_LOOP_ROLL_UPS = {
    "acknowledged_day": ("received_on", "countable", "calendar", "received_bd", "ack_bd", "person_ack_bd", "n"),
    "noticed_day": ("received_on", "countable", "calendar", "scheduled_on", "scheduled_bd", "set_notice_bd", "n"),
    "reported_day": ("received_on", "countable", "kept_on", "report_day", "report_ack_day", "n"),
    "way_day": (
        "received_on",
        "countable",
        "moved_from_site_id",
        "channel",
        "info_requested",
        "scheduled_day",
        "exit_day",
        "n",
    ),
}
ROLL_UPS = JOURNEY_ROLL_UPS | CLOSED_LOOP_ROLL_UPS
# The roll-ups that no other day has: a question about an earlier day scans the journey in less time than stacking it takes.
OF_TODAY = frozenset(JOURNEY_ROLL_UPS)
# What was promised, in business days (quiet days: of the calendar) and hours: the limits by which a patient has slipped
# (M13); and from when on a referral has had the time to slip.
PROMISES: Mapping[str, int] = {
    "ack_days": 2, "contact_days": 3, "attempts": 3, "no_show_days": 3, "report_days": 5, "quiet_days": 10, "urgent_hours": 4,
}  # fmt: skip
SETTLED_DAYS = 60
RESEARCH_STAGES = ("referred", "contacted", "prescreened", "consented", "screened", "eligible", "enrolled")


# Facts that a mart without $as_of reads: the day that places a row of theirs in time. What lies after the day asked for
# is not there yet. The journey and its kin ask for themselves.
HAPPENED = {
    "touch": "occurred_on", "survey_response": "completed_on", "survey_invite": "sent_on", "slot": "snapshot_on",
    "enrolment_count": "as_of_on", "newsletter_event": "occurred_on", "gift_ledger": "given_on",
}  # fmt: skip
_READ = re.compile(r"\b(?:from|join)\s+([a-z_]+)\b")


def needed(sql: str) -> list[str]:
    """The marts that ``sql`` reads and those they read, each after what it reads, as far as they differ between days."""
    found: dict[str, None] = {}
    for name in _reads(sql):
        if name in dated():
            found |= dict.fromkeys([*needed(text(name)), name])
    return list(found)


@cache
def dated() -> frozenset[str]:
    """The marts that may differ between days. Who is who is always as it is known today, and some roll-ups are of today only."""
    registers = {name for name in names() if name.endswith("_alias") or name.startswith("dim_")}
    return frozenset(names()) - registers - {"data_cut", *OF_TODAY}


def _reads(sql: str) -> list[str]:
    """The relations named after *from* and *join*, each once."""
    return list(dict.fromkeys(_READ.findall(re.sub(r"--[^\n]*", "", sql))))


def known_then(name: str, within: str = "main") -> str:
    """A select of the facts ``name`` of the schema ``within`` as they were known at the end of ``$as_of``: corrections and
    deletions that came later are not there yet. See ``versions``."""
    happened = f" and {HAPPENED[name]} <= $as_of::date" if name in HAPPENED else ""
    columns = ", ".join([*(column.name for column in table(name).all_columns), "first_seen_at"])
    return (
        f"select {columns} from {within}.{name} where coalesce(known_from_on <= $as_of::date, true){happened}\n"
        f"union all select {columns} from {within}.{name}_history where coalesce(known_from_on <= $as_of::date, true)"
        f" and known_until_on > $as_of::date{happened}"
    )


@cache
def text(name: str) -> str:
    """The SQL of the mart called ``name`` (``journey.sql`` ...)."""
    read = resources.files(__package__).joinpath(f"{name}.sql").read_text("utf-8")
    return read.replace("{closed_loop}", _loop_now()) if "{closed_loop}" in read else read


@cache
def closed_loop_as_of() -> str:
    """The closed loop as a relation whose rows depend on the day asked for, ``$cut_day``, and on ``PROMISES``."""
    read = resources.files(__package__).joinpath("as_of", "closed_loop.sql").read_text("utf-8")
    return read[read.index("\n(") :].strip()


def _loop_now() -> str:
    """The same for a mart, which is made as of a day and keeps the promises that are in force."""
    limits = {"cut_day": "$as_of", "settled_days": SETTLED_DAYS, **PROMISES}
    return re.sub(r"\$(\w+)", lambda found: str(limits[found[1]]), closed_loop_as_of())


@cache
def names() -> tuple[str, ...]:
    """Every mart that has an SQL text."""
    return tuple(
        sorted(
            path.name.removesuffix(".sql")
            for path in resources.files(__package__).iterdir()
            if path.name.endswith(".sql")
        )
    )
