"""From a bar to the rows behind it, each with the file and row that it came from."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pandas as pd

from pipelines.errors import UnknownName
from pipelines.metrics import periods
from pipelines.metrics.answers import as_of_day, check_role, declared_metric
from pipelines.metrics.declare import DIMENSIONS, KEYS, NO_FILTERS, Filters, Scope, Warehouse
from pipelines.metrics.engine import Ask
from pipelines.metrics.relations import RELATIONS, Relation

_OTHER = re.compile(r"Other \([\d,]+ more\)")


def rows(
    metric: str,
    scope: Scope,
    filters: Filters = NO_FILTERS,
    as_of: dt.date | None = None,
    where: dict[str, str] | None = None,
    limit: int = 500,
    *,
    named: bool = False,
    warehouse: Warehouse,
) -> tuple[pd.DataFrame, int]:
    """The rows behind a bar, newest first, and how many there are; each with the file and row it came from.

    ``where`` says which bar: a dimension's name and the ``category`` shown; ``period`` (first day, ISO) together
    with ``grain``; any of the metric's ``picks``. ``named``: with a first column ``record``, which is the same on any
    day for what a row tells of, whichever file told it by then. Raises as ``compute`` does.
    """
    declared = declared_metric(metric, None, None)
    check_role(scope, declared)
    with warehouse.read() as reader:
        ask = Ask(reader, declared, scope, filters, None, None, as_of_day(reader, as_of))
        ask, condition, chosen = _bar(ask, dict(where or {}))
        chosen["each_site"] = "site" in (where or {})
        about = RELATIONS[declared.relation]
        shown = about.rows_named if named else about.rows
        return _page(ask, about, shown, f"{{population}}{condition}", chosen, max(0, limit))


def is_recorded(metric: str, scope: Scope, as_of: dt.date | None = None, *, warehouse: Warehouse) -> bool:
    """Whether anything of the kind that ``metric`` counts is there at all, be it counted or not, of whatever ``scope`` may see:
    what tells "none of them" from "no file of them". Raises as ``compute`` does."""
    declared = declared_metric(metric, None, None)
    check_role(scope, declared)
    with warehouse.read() as reader:
        ask = Ask(reader, declared, scope, NO_FILTERS, None, None, as_of_day(reader, as_of))
        return not ask.frame("select 1 as found from scoped limit 1").empty


def _page(
    ask: Ask, about: Relation, shown: str, condition: str, chosen: dict[str, Any], limit: int
) -> tuple[pd.DataFrame, int]:
    """The newest rows, as ``shown`` selects them, and how many there are. Counted by day first, from a roll-up where one knows, so that only the days
    which the page reaches back to are looked up and sorted: of ten million rows that is a few thousand. Those days are
    found before anything else is asked of them, because DuckDB takes every further condition for a rare one and would
    begin at the wrong end."""
    days = _by_day(ask, about, condition, chosen)
    reached = days["n"].cumsum() - days["n"] < limit
    newest = replace(ask, filters=replace(ask.filters, start=_day(days.loc[reached, "day"].min()) or ask.filters.start))
    found = newest.found_first(
        f"{shown}\nwhere {condition}\norder by {about.day} desc, source_file_id, source_row limit $row_limit",
        row_limit=limit, **chosen,
    )  # fmt: skip
    return found, int(days["n"].sum())


def _by_day(ask: Ask, about: Relation, condition: str, chosen: dict[str, Any]) -> pd.DataFrame:
    """How many rows (``n``) there are of each ``day``, the latest first; by the month's first day where only months are stacked."""
    by_day = f"select {about.day} as day, {{count}} as n from scoped where {condition} group by all"
    by_month = f"select {{period}} as day, {{count}} as n from scoped where {condition} group by all"
    months = replace(ask, grain="month")
    only_months = months.is_stacked(by_month) and not ask.is_stacked(by_day)
    days = months.frame(by_month, **chosen) if only_months else ask.frame(by_day, **chosen)
    return days.sort_values("day", ascending=False)


def _bar(ask: Ask, where: dict[str, str]) -> tuple[Ask, str, dict[str, Any]]:
    """The question narrowed to the period of one bar, and the condition (static text) and parameters that choose its rows."""
    parts: list[str] = []
    chosen: dict[str, Any] = {}
    narrowed, grain = ask, where.pop("grain", None)
    for place, (name, value) in enumerate(where.items()):
        if name == "period":
            narrowed = replace(ask, filters=_within(ask, value, grain))
            continue
        if name in ask.metric.picks:
            text, values = ask.metric.picks[name].replace("$pick", f"$pick_{place}"), {f"pick_{place}": value}
        else:
            text, values = _member(replace(ask, by=_dimension(ask, name)), value, place)
        parts.append(f"\n  and ({text})")
        chosen |= values
    return narrowed, "".join(parts), chosen


def _dimension(ask: Ask, name: str) -> str:
    if name not in ask.metric.dimensions:
        allowed = ", ".join(("period", *ask.metric.picks, *ask.metric.dimensions))
        raise UnknownName(f"{ask.metric.label} has no dimension {name!r}.", f"Allowed: {allowed}.")
    return name


def _within(ask: Ask, value: str, grain: str | None) -> Filters:
    """The filters narrowed to the period that begins on the day ``value``."""
    if grain not in ask.metric.grains:
        raise UnknownName(f"{ask.metric.label} has no grain {grain!r}.", f"Allowed: {', '.join(ask.metric.grains)}.")
    try:
        first, last = periods.bounds(dt.date.fromisoformat(value[:10]), grain)
    except ValueError:
        raise UnknownName(f"{value!r} begins no {grain}.", "Write the period's first day as YYYY-MM-DD.") from None
    start, stop = ask.filters.start, ask.filters.stop
    return replace(ask.filters, start=max(first, start or first), stop=min(last, stop or last))


def _member(ask: Ask, shown: str, place: int) -> tuple[str, dict[str, Any]]:
    """Rows of one member of a cut, named as the chart names it; "Other (k more)" is everything not shown."""
    members = ask.members()
    column, key = DIMENSIONS[ask.by or ""], KEYS[ask.by].id if ask.by in KEYS else "null::bigint"
    found = members[members["category"] == shown]
    # How many more there are may differ from the chart, which knows members without a single such row too.
    if found["other"].any() or (found.empty and _OTHER.fullmatch(shown)):
        top = members[~members["other"]]
        chosen: dict[str, Any] = {f"ids_{place}": [int(value) for value in top["category_id"].dropna()]}
        chosen[f"names_{place}"] = [str(value) for value in top.loc[top["category_id"].isna(), "label"]]
        of_ids, of_names = (
            f"list_contains($ids_{place}::bigint[], {key})",
            f"list_contains($names_{place}::varchar[], {column})",
        )
        return f"not coalesce({of_ids}, {of_names})", chosen
    label = str(found["label"].iloc[0]) if not found.empty else shown
    number = None if found.empty or pd.isna(found["category_id"].iloc[0]) else int(found["category_id"].iloc[0])
    text = f"{column} = $name_{place} and ($id_{place}::bigint is null or {key} = $id_{place}::bigint)"
    return text, {f"name_{place}": label, f"id_{place}": number}


def _day(value: Any) -> dt.date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()
