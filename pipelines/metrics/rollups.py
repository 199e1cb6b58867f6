"""When a question can be answered from a roll-up instead of the rows, with exactly the same numbers.

A roll-up is a relation with equal rows stacked: the columns it keeps, and how many rows stand behind each. So any
question that names no other column, and counts rows through ``{count}``, has the same answer from either. One rule
decides, for every metric alike: the day asked about has the roll-up, the roll-up has every column that the question and its
filters name, and, where a roll-up knows months only, months are all that the question needs. The rows answer everything else.

In a metric's SQL ``{count}`` is how many rows, ``{count(condition)}`` how many of them meet a condition, and
``{enrolled}`` how many enrolled.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines import marts

# What is counted, of rows and of stacks of them. Not count_if() nor a bare sum(): they give nothing rather than 0.
# What a condition leaves out counts as nothing: DuckDB takes a third longer over as many FILTER clauses.
_COUNT = re.compile(r"\{(count|enrolled)(?:\((.*?)\))?\}", re.DOTALL)
_OF_ROWS = {"count": "1", "enrolled": "enrolled_on"}
_OF_STACKS = {"count": "rows_stacked", "enrolled": "enrolled_stacked"}


@dataclass(frozen=True)
class RollUp:
    """``source``: the SQL of its table, with ``day`` the column that places a stack in time and, if ``monthly``, is the
    first of its month; ``columns``: those it shares with the relation; ``enrolled``: whether it counts enrolments;
    ``timeless``: whether its rows are placed in no time, so that only what takes no period (``seen``) can be asked;
    ``of_today``: whether no other day has it (see ``marts.OF_TODAY``)."""

    source: str
    columns: frozenset[str]
    day: str
    monthly: bool = False
    enrolled: bool = False
    timeless: bool = False
    of_today: bool = False

    def answers(self, sql: str, names: Iterable[str]) -> bool:
        """Whether ``sql``, which with its filters names these columns of the relation, can be asked of it."""
        counted = {kind for kind, _ in _COUNT.findall(sql)}
        if not counted or not set(names) <= self.columns or ("enrolled" in counted and not self.enrolled):
            return False
        if self.timeless and re.search(r"\bscoped\b", sql):
            return False
        return not (self.monthly and re.search(rf"\b{self.day}\b", sql))

    def spans(self, grain: str | None, start: dt.date | None, stop: dt.date | None, cut: dt.date) -> bool:
        """Whether a period is one of whole stacks."""
        ends = stop is None or stop >= cut or (stop + dt.timedelta(days=1)).day == 1
        return not self.monthly or (grain != "week" and (start is None or start.day == 1) and ends)


def counting(sql: str, stacked: bool) -> str:
    """``sql`` with its counts written out, over rows or over stacks."""

    def written(found: re.Match[str]) -> str:
        kind, condition = found.groups()
        each = (_OF_STACKS if stacked else _OF_ROWS)[kind]
        met = f"case when {condition} then {each} end" if condition else each
        return f"coalesce(sum({met}), 0)::bigint" if stacked else f"count({met})"

    return _COUNT.sub(written, sql)


def _of_journey(table: str, columns: tuple[str, ...]) -> RollUp:
    """A roll-up of the journey: its columns up to the count are what it keeps, its first the day or month received."""
    kept = columns[1 : columns.index("n")]
    enrolled = ", enrolled as enrolled_stacked" if "enrolled" in columns else ""
    source = f"(select {columns[0]} as received_on, {', '.join(kept)}, n as rows_stacked{enrolled} from {table})"
    return RollUp(
        source,
        frozenset((*kept, "received_on")),
        "received_on",
        columns[0] == "month",
        bool(enrolled),
        of_today=table in marts.OF_TODAY,
    )


# The smaller ones first: the first that answers is asked.
JOURNEY = tuple(_of_journey(table, columns) for table, columns in marts.JOURNEY_ROLL_UPS.items())


def _of_closed_loop(table: str, followed: str, since: str) -> RollUp:
    """A roll-up of the closed loop, with ``followed``: business days of the site from ``since`` to the day asked for."""
    columns = marts.CLOSED_LOOP_ROLL_UPS[table]
    kept = [name for name in columns[: columns.index("n")] if name not in ("calendar", since)]
    source = f"""(select {", ".join(kept)}, today.before - {since} as {followed}, n as rows_stacked
        from {table} left join business_day today on today.calendar = {table}.calendar and today.day = $cut_day::date)"""
    return RollUp(source, frozenset((*kept, followed)), "received_on")


_REPORTED = marts.CLOSED_LOOP_ROLL_UPS["reported_day"][:-1]
_WAY = marts.CLOSED_LOOP_ROLL_UPS["way_day"][:-1]
# As of the data cut, when it is made: names are looked up for the few there are.
_SLIPPED = (
    "site_id", "study_id", "channel", "source_kind", "intent", "priority", "countable", "is_open", "slip_mask", "ever_slipped", "settled",
)  # fmt: skip
SLIPPED = RollUp(
    f"""(select s.month as received_on, {", ".join(f"s.{name}" for name in _SLIPPED)}, s.n as rows_stacked,
            coalesce(d.site, 'Unknown site') as site, coalesce(y.study, 'No study') as study,
            coalesce(y.therapeutic_area, 'None') as therapeutic_area
        from slip_month s left join dim_site d on d.site_id = s.site_id left join dim_study y on y.study_id = s.study_id)""",
    frozenset((*_SLIPPED, "site", "study", "therapeutic_area", "received_on")),
    "received_on",
    monthly=True,
)
CLOSED_LOOP = (
    RollUp(
        f"(select {', '.join(_REPORTED)}, n as rows_stacked from reported_day)", frozenset(_REPORTED), "received_on"
    ),
    _of_closed_loop("acknowledged_day", "followed_bd", "received_bd"),
    _of_closed_loop("noticed_day", "notice_followed_bd", "scheduled_bd"),
    SLIPPED,
    RollUp(f"(select {', '.join(_WAY)}, n as rows_stacked from way_day)", frozenset(_WAY), "received_on"),
)
_SUBJECT = ("study_id", "study", "therapeutic_area", "site_id", "site", "source_kind", "enrolled_on")
SCREENED = RollUp(
    "(select * exclude (n, origin, last_kind, first_kind), n as rows_stacked, date '1900-01-01' as first_on from screened_day)",
    frozenset((*_SUBJECT, "failed", "passed")),
    day="first_on",
    timeless=True,
)
ENROLLED = RollUp(
    "(select * exclude (n, failed, passed), n as rows_stacked from screened_day where enrolled_on is not null)",
    frozenset((*_SUBJECT, "origin", "last_kind", "first_kind")),
    day="enrolled_on",
)
