"""The metrics once more, slowly, in plain Python: each follows the definition sentence by sentence."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from pipelines.marts import RESEARCH_STAGES

Row = dict[str, Any]
Cell = tuple[Any, ...]


def period(day: dt.date, grain: str | None) -> dt.date | None:
    """First day of the period that holds ``day``."""
    starts = {
        "week": lambda: day - dt.timedelta(days=day.weekday()),
        "month": lambda: day.replace(day=1),
        "quarter": lambda: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": lambda: day.replace(month=1, day=1),
    }
    return starts[grain]() if grain else None


def last_day(start: dt.date, grain: str) -> dt.date:
    day = start
    while period(day + dt.timedelta(days=1), grain) == start:
        day += dt.timedelta(days=1)
    return day


def member(row: Row, by: str | None) -> Any:
    """What tells members of a cut apart: the id where there is one, else the label."""
    if by is None:
        return "All"
    key = row.get(f"{by}_id")
    return key if key is not None else row[by]


def volume(rows: Iterable[Row], by: str | None, grain: str | None) -> dict[Cell, Counter[str]]:
    found: dict[Cell, Counter[str]] = defaultdict(Counter)
    for row in rows:
        cell = found[member(row, by), period(row["received_on"], grain)]
        if row["countable"]:
            cell["n"] += 1
            cell["fallback"] += row["received_basis"] == "authored"
        else:
            cell[{"duplicate": "duplicates", "void": "voids", "outbound": "outbound"}[row["excluded_because"]]] += 1
    return found


def outcome(row: Row, as_of: dt.date) -> tuple[int | None, int]:
    """(day, 1 enrolled | 2 left | 0 open); day None when the dates contradict each other."""
    for kind, what in (("enrolled", 1), ("exit", 2)):
        if row.get(f"{kind}_on"):
            days = (row[f"{kind}_on"] - row["received_on"]).days
            return (days if days >= 0 else None), what
    return (as_of - row["received_on"]).days, 0


def incidence(cases: list[tuple[int, int]], horizon: int) -> float:
    """Share with the event by ``horizon`` when exits compete and open cases are censored."""
    surviving, total = 1.0, 0.0
    for day in sorted({when for when, _ in cases if when <= horizon}):
        at_risk = sum(when >= day for when, _ in cases)
        total += surviving * sum(when == day and what == 1 for when, what in cases) / at_risk
        surviving *= 1 - sum(when == day and what > 0 for when, what in cases) / at_risk
    return total


def funnel(rows: Iterable[Row]) -> list[tuple[int, int, int, int]]:
    """(reached, moved on, left, open) of each stage."""
    stops = [
        (RESEARCH_STAGES.index(row["stage"]), bool(row.get("exit_on")) and not row.get("enrolled_on")) for row in rows
    ]
    found = []
    for step in range(len(RESEARCH_STAGES)):
        reached = sum(at >= step for at, _ in stops)
        left = sum(at == step and gone for at, gone in stops)
        final = step == len(RESEARCH_STAGES) - 1
        still = 0 if final else sum(at == step and not gone for at, gone in stops)
        found.append((reached, reached - left - still, left, still))
    return found


def active(rows: Iterable[Row], day: dt.date, window: int = 90) -> int:
    """Practices with a referral in the window up to ``day``."""
    since = day - dt.timedelta(days=window)
    return len(
        {row["practice_id"] for row in rows if row["practice_id"] is not None and since < row["received_on"] <= day}
    )


def firsts(rows: Iterable[Row]) -> list[Row]:
    """Each practice's first referral."""
    found: dict[int, Row] = {}
    for row in sorted(rows, key=lambda row: (row["received_at"], row["referral_id"])):
        if row["practice_id"] is not None:
            found.setdefault(row["practice_id"], row)
    return list(found.values())


def rhythm(days: list[dt.date]) -> tuple[int, int]:
    """(weeks with a referral, days from the first to the last)."""
    return len({day - dt.timedelta(days=day.weekday()) for day in days}), (max(days) - min(days)).days
