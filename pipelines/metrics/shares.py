"""Shares and promises: what the metrics of one kind share, so that each of their files is only its definition.

A *share* is a proportion of rows with Wilson's interval. A *promise* is a share kept within so many days, with open
cases censored and, where they exist, exits competing (see ``incidence``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.frames import Columns, framed, length, stacked
from pipelines.metrics.engine import Ask
from pipelines.metrics.incidence import cohorts, horizons
from pipelines.metrics.tally import Tally
from pipelines.statistics import proportions

SHARE_COLUMNS = {"hits": "rows that meet it"}
PROMISE_COLUMNS = {
    "horizon": "days since the clock started",
    "followed": "cases whose clock started at least that long ago",
    "mature": "at least 90% were followed that long",
    "reached": "had it within the horizon so far",
    "median_days": "days by which half had it",
}


def shares(ask: Ask, hit: str, among: str = "true", counts: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One row per category and period: ``n`` rows of the population that are ``among``, ``hits`` of them, ``value``,
    ``low``, ``high``, and one column for each further condition in ``counts``. All conditions are static SQL over
    the metric's relation."""
    more = {name: f"{{count({condition})}}" for name, condition in (counts or {}).items()}
    columns = {"n": f"{{count({among})}}", "hits": f"{{count(({among}) and ({hit}))}}"} | more
    return framed(with_interval(ask.in_time(ask.tally(Tally(columns)))))


def with_interval(found: Columns, hits: str = "hits", n: str = "n") -> Columns:
    """``found`` with ``value``, ``low`` and ``high`` of its ``hits`` among ``n``."""
    return found | interval_of(found, hits, n)


def interval_of(found: Columns | pd.DataFrame, hits: str = "hits", n: str = "n") -> dict[str, NDArray[np.float64]]:
    """``value``, ``low`` and ``high`` of ``hits`` among ``n``."""
    some, many = np.asarray(found[hits], float), np.asarray(found[n], float)
    low, high = proportions.interval(some, many)
    return {"value": proportions.share(some, many), "low": low, "high": high}


def promise(ask: Ask, done: str, followed: str, days: Sequence[int], *, left: str = "null::integer", among: str = "true",
            longest: int = 90) -> Columns:  # fmt: skip
    """One row per category, period and horizon of ``days``: ``n``, ``followed``, ``mature``, ``reached``, ``value``
    (cumulative incidence), ``low``, ``high``, ``median_days``.

    ``done`` is the day on which the promise was kept, ``left`` the one on which it lapsed another way, both NULL if
    not, whichever came first; ``followed`` for how many days the case was watched: all static SQL over the metric's relation.
    """
    steps = " ".join(f"when watched >= {day} then {day}" for day in sorted(days, reverse=True))
    timed = f"""timed as (
        select *, {done} as done, {left} as gone, {followed} as watched from scoped where {{population}} and ({among})
    ),
    ended as (
        select *, coalesce(case when gone >= 0 then gone end, done, watched) as over,
            least(coalesce(done, gone, watched), coalesce(case when gone >= 0 then gone end, done, watched)) as ended
        from timed where coalesce(done, gone, watched) >= 0
    )"""
    by = {
        "day": f"least(ended, {longest + 1})",
        "outcome": f"case when ended > {longest} then 0 when done <= over then 1 when gone is not null then 2 else 0 end",
        "age": f"case {steps} else 0 end",
    }
    found = ask.tally(Tally({"n": "{count}"}, by, among="", source="ended", before=timed))
    made = cohorts(found, 2, longest)
    frame = horizons(made, found, tuple(days), "reached")
    return frame | {"median_days": made.incidence.when(0.5).repeat(len(days))}


def measured(parts: Mapping[str, Columns], ask: Ask) -> Columns:
    """Several promises in one, told apart by ``measure``, in time."""
    named = [part | {"measure": np.full(length(part), measure, object)} for measure, part in parts.items()]
    return ask.in_time(stacked(named))


def total(found: Columns) -> int:
    """How many cases a promise is about: each counted once, whatever the horizons and measures."""
    if not length(found):
        return 0
    once = found["horizon"] == found["horizon"].min()
    if "measure" in found:
        once &= found["measure"] == found["measure"][0]
    return int(found["n"][once].sum())


ESTIMATE = "The latest have not had the whole time yet: their values are estimates."


def left_out(wrong: int, what: str) -> tuple[str, ...]:
    """The caveat that some rows bear a date before the one it should follow."""
    return (
        (f"{wrong:,} whose {what} lies before the referral was received are left out: mend their dates.",)
        if wrong
        else ()
    )


UNTOLD = "No file with messages to referrers is loaded (kind of export: Communication log): what nobody recorded counts as not done."
UNSEEN = "Contacts with practices name no study: a viewer limited to studies sees none of them, and nobody counts as reached."
UNTOUCHED = "No outreach log is loaded: a contact that nobody recorded counts as none."
UNBOOKED = "No file with booked or kept visits is loaded (kind of export: Appointments): what nobody recorded counts as not done."
_CONTACTS = ("select 1 as n from touch limit 1", "select 1 as n from communication limit 1")
_MESSAGES = ("select 1 as n from communication limit 1", """select 1 as n from referral_event
where code in ('acknowledged', 'appt_notice', 'outcome_notice', 'report_sent', 'handback') limit 1""")  # fmt: skip
_BOOKINGS = ("select 1 as n from appointment limit 1", """select 1 as n from referral_event
where code in ('scheduled', 'rescheduled', 'kept', 'completed', 'no_show') limit 1""")  # fmt: skip


def untold(ask: Ask) -> tuple[str, ...]:
    """The caveat of what rests on messages to referrers where none was ever recorded, by a log of them or by a referral's
    own course: nothing done and nothing known look alike."""
    return () if _recorded(ask, _MESSAGES) else (UNTOLD,)


def unbooked(ask: Ask) -> tuple[str, ...]:
    """The same of what rests on bookings and visits."""
    return () if _recorded(ask, _BOOKINGS) else (UNBOOKED,)


def unseen(ask: Ask) -> tuple[str, ...]:
    """The caveat of what rests on contacts, for a viewer who may see none of them."""
    return () if ask.scope.studies is None else (UNSEEN,)


def untouched(ask: Ask) -> tuple[str, ...]:
    """The same of what rests on our contacts with practices."""
    return () if _recorded(ask, _CONTACTS) else (UNTOUCHED,)


def _recorded(ask: Ask, anywhere: tuple[str, ...]) -> bool:
    """Whether any of these queries finds a row; looked up once in a generation."""
    found: bool = ask.reader.once(anywhere, lambda: any(len(ask.reader.frame(sql, {})) for sql in anywhere))
    return found


def said(found: Columns) -> tuple[str, ...]:
    """The caveat that a promise's recent cohorts need."""
    return () if found["mature"].all() else (ESTIMATE,)
