"""From screening logs, site openings and plans to one study each: what the recruitment metrics share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.metrics import counted
from pipelines.metrics.counted import UNKNOWN, Subjects, columns, day_number, days_of, subjects_of
from pipelines.metrics.engine import Ask
from pipelines.statistics import recruitment
from pipelines.statistics.gate import TooLittle
from pipelines.statistics.recruitment import Backtest, Forecast, Study

DRAWS = 1000
SETTINGS = {"fewest_enrolled": recruitment.FEWEST_ENROLLED, "fewest_sites": recruitment.FEWEST_SITES,
            "trend_sd_per_month": recruitment.TREND_SD}  # fmt: skip
ASSUMES = (
    "Forecasts assume that each site goes on at its own pace, with a trend by its age like those seen before, and that "
    "planned sites open on their day. The chance of being on time is optimistic where sites tire."
)
# Numbers only: names are looked up once for the few studies and sites there are.
_SUBJECTS = f"""select study_id, coalesce(site_id, {UNKNOWN}) as site_id, enrolled_on, failed, passed, {{count}} as n
from seen where study_id is not null group by all order by study_id, site_id, enrolled_on, failed, passed"""
_NAMES = """select 'study' as what, study_id as id, study as name from dim_study
union all select 'site', site_id, site from dim_site"""
# The days of a site's and a study's life, by the columns that hold them.
_DAYS = {
    "opened": "activated_on", "closed": "closed_on", "paused": "paused_from_on", "resumed": "paused_to_on",
    "study_closed": "study_closed_on", "planned_lpi": "planned_lpi_on",
}  # fmt: skip
# Openings still to come lie after the as-of day, so the scope is applied here and not by the relation.
_VISIBLE = """($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
  and ($scope_studies::bigint[] is null or list_contains($scope_studies::bigint[], study_id))
  and ($sites::bigint[] is null or list_contains($sites::bigint[], site_id))
  and ($studies::bigint[] is null or list_contains($studies::bigint[], study_id))"""
_OPENINGS = f"""select study_id, site_id, {", ".join(_DAYS.values())}, target, study_target from study_opening
where {_VISIBLE} and ($therapeutic_areas::varchar[] is null or list_contains($therapeutic_areas::varchar[], therapeutic_area))
order by study_id, site_id"""
_PLANS = """select study_id, site_id, as_of_on, cum_target from plan_step
where ($scope_studies::bigint[] is null or list_contains($scope_studies::bigint[], study_id))
  and ($studies::bigint[] is null or list_contains($studies::bigint[], study_id))
  and (site_id is null or (($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
      and ($sites::bigint[] is null or list_contains($sites::bigint[], site_id))))
order by study_id, site_id, as_of_on"""


@dataclass(frozen=True)
class Sites:
    """The sites of a study, one element each, by id: days since 1970, NaN for none."""

    site_id: NDArray[np.int64]
    name: NDArray[np.object_]
    opened: NDArray[np.float64]
    closed: NDArray[np.float64]
    paused: NDArray[np.float64]
    resumed: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.site_id)

    def away(self, day: float) -> NDArray[np.bool_]:
        """Which of them pause on a day."""
        return np.asarray((self.paused <= day) & ~(self.resumed <= day))


@dataclass(frozen=True)
class Recruiting:
    """One study as of the day. ``subjects``: ``n`` of them who are alike in site, day and how far they came, those known by
    count alone ``counted``. ``plan``: days, and how many are planned by then: the study's own plan where there is one, else
    the sum of its sites'. ``target`` and ``deadline`` (a day) of what the viewer sees: NaN where not stated. ``moved``:
    enrolments that came before their site's stated opening, or at a site without one. ``unmeasured``: only some sites are looked
    at, and a plan is stated for all of them together alone."""

    study_id: int
    name: str
    sites: Sites
    subjects: Subjects
    plan: tuple[NDArray[np.float64], NDArray[np.float64]]
    target: float
    deadline: float
    closed: bool
    moved: int
    cut: float
    unmeasured: bool = False

    @cached_property
    def days(self) -> NDArray[np.float64]:
        """Days of enrolment, ascending."""
        found = self.subjects.enrolled
        return np.sort(np.repeat(found.day, found.n))

    @property
    def enrolled(self) -> int:
        """How many are enrolled."""
        return len(self.days)

    @property
    def counted(self) -> int:
        """How many of them are known by count alone."""
        found = self.subjects.enrolled
        return int(found.n[found.counted].sum())

    def planned(self, day: float) -> float:
        """Enrolment planned by ``day``; NaN without any plan."""
        days, total = self.plan
        place = int(np.searchsorted(days, day, side="right"))
        return float(total[place - 1]) if place else 0.0 if len(days) else np.nan

    @cached_property
    def study(self) -> Study:
        """The statistics' view of it. A pause that ended before it began is none, as for who recruits now: loading warned of it."""
        found, sites = self.subjects.enrolled, self.sites
        pauses = tuple(
            (int(at), float(sites.paused[at]), float(np.inf if np.isnan(sites.resumed[at]) else sites.resumed[at]))
            for at in np.flatnonzero(~np.isnan(sites.paused) & ~(sites.resumed < sites.paused))
        )
        place = np.searchsorted(sites.site_id, found.site)
        return Study(sites.opened, np.repeat(place, found.n), np.repeat(found.day, found.n), sites.closed, pauses)

    @cached_property
    def frozen(self) -> _Frozen:
        """The same as bytes."""
        return _Frozen.of(self.study)

    def forecast(self, draws: int = DRAWS, dated: bool = True) -> Forecast:
        """What is to be expected; raises ``TooLittle`` below the gate, and when the study is closed or, for a date, has
        no target."""
        if self.closed:
            raise TooLittle("The study is closed to enrolment: nothing is left to forecast.")
        if np.isnan(self.target) and dated:
            raise TooLittle("No target is stated: counts are shown, no date.")
        return _forecast(
            self.frozen,
            self.cut,
            10**9 if np.isnan(self.target) else int(self.target),
            self.deadline,
            draws,
        )


@dataclass(frozen=True)
class _Frozen:
    """A study's arrays as bytes, so that the same question within a page is answered once."""

    opened: bytes
    site: bytes
    day: bytes
    closed: bytes
    pauses: tuple[tuple[int, float, float], ...]

    @classmethod
    def of(cls, study: Study) -> _Frozen:
        site = np.asarray(study.site, np.int64)
        parts = [np.asarray(values, float).tobytes() for values in (study.opened, study.day, study.closed)]
        return cls(parts[0], site.tobytes(), parts[1], parts[2], tuple(study.pauses))

    def thawed(self) -> Study:
        opened, day, closed = (np.frombuffer(part, float) for part in (self.opened, self.day, self.closed))
        return Study(opened, np.frombuffer(self.site, np.int64), day, closed, self.pauses)


@lru_cache(maxsize=200)
def _forecast(study: _Frozen, cut: float, target: int, deadline: float, draws: int) -> Forecast:
    """Kept with the draws of the deadline's day alone: all of them are large."""
    said = recruitment.forecast(study.thawed(), cut, target, None if np.isnan(deadline) else deadline, draws=draws)
    return replace(said, totals=said.totals[:, said.time == deadline - cut].copy())


def backtest(one: Recruiting, back: tuple[float, ...], draws: int) -> Backtest:
    """What the forecast would have said of today, each of ``back`` days ago."""
    return _backtest(one.frozen, one.cut, back, draws)


@lru_cache(maxsize=200)
def _backtest(study: _Frozen, cut: float, back: tuple[float, ...], draws: int) -> Backtest:
    return recruitment.backtest(study.thawed(), cut - np.array(back), cut, draws=draws)


def studies(ask: Ask) -> tuple[Recruiting, ...]:
    """Every study with subjects or openings within scope and filters, by name."""
    return ask.shared("recruiting studies", lambda: tuple(_studies(ask)))


def _studies(ask: Ask) -> Iterator[Recruiting]:
    openings, plans, names = (columns(ask.frame(sql)) for sql in (_OPENINGS, _PLANS, _NAMES))
    for name, column in _DAYS.items():
        openings[name] = days_of(openings[column])
    plans["day"] = days_of(plans["as_of_on"])
    named = subjects_of(ask.frame(_SUBJECTS, "screened"))
    subjects = named.with_counts(ask.frame(counted.REPORTS), openings)
    called = {what: dict(zip(names["id"][names["what"] == what], names["name"][names["what"] == what], strict=True))
              for what in ("study", "site")}  # fmt: skip
    found = np.union1d(openings["study_id"], subjects.study)
    for name, study_id in sorted((str(called["study"].get(one, "No study")), int(one)) for one in found):
        mine = subjects.of(study_id)
        stated, plan = (
            {key: values[part["study_id"] == study_id] for key, values in part.items()} for part in (openings, plans)
        )
        yield _recruiting(ask, study_id, name, mine, stated, plan, called["site"])


def _recruiting(ask: Ask, study_id: int, name: str, subjects: Subjects, stated: Mapping[str, Any], plan: Mapping[str, Any],
                called: Mapping[Any, str]) -> Recruiting:  # fmt: skip
    cut = float(day_number(ask.as_of))
    sites, moved = _opened(stated, subjects, called)
    narrowed = bool(ask.filters.sites) or ask.scope.sites is not None
    of_all = plan["site_id"] == UNKNOWN
    if narrowed:  # a few sites are never measured against what all of them were to enrol
        plan = {key: values[~of_all] for key, values in plan.items()}
    whole, parts = _largest(stated["study_target"]), _total(stated["target"])
    target = parts if narrowed or np.isnan(whole) else whole
    return Recruiting(
        study_id, name, sites, subjects, planned_by(plan), target, _largest(stated["planned_lpi"]),
        bool((stated["study_closed"] <= cut).any()), moved, cut, narrowed and bool(of_all.any()) and not len(plan["day"]),
    )  # fmt: skip


def _largest(values: Any) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else np.nan


def _total(values: Any) -> float:
    known = values[~np.isnan(values)]
    return float(known.sum()) if len(known) else np.nan


def planned_by(plan: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(days, planned by then) of one study: its own plan where there is one, else the sum of its sites'. A plan never falls.
    ``plan``: arrays ``site_id`` (``UNKNOWN`` for the whole study), ``day`` since 1970 and ``cum_target``."""
    site, day, total = plan["site_id"], plan["day"], plan["cum_target"].astype(float)
    if (own := site == UNKNOWN).any():
        site, day, total = site[own], day[own], total[own]
    order = np.lexsort((day, site))
    of_sites = np.split(total[order], np.flatnonzero(np.diff(site[order])) + 1)
    more = np.concatenate([np.diff(np.maximum.accumulate(part), prepend=0.0) for part in of_sites])
    days, place = np.unique(day[order], return_inverse=True)
    return days, np.bincount(place, more, len(days)).cumsum()


def _opened(stated: Mapping[str, Any], subjects: Subjects, called: Mapping[Any, str]) -> tuple[Sites, int]:
    """Sites with the day they opened, by id. Where enrolments contradict the stated day, or none is stated, it is the day
    of the first enrolment, and these enrolments are counted."""
    enrolled = subjects.enrolled
    found, which = np.unique(enrolled.site, return_inverse=True)
    ids = np.union1d(found, stated["site_id"])
    at = np.searchsorted(ids, stated["site_id"])
    days = {name: np.full(len(ids), np.nan) for name in ("opened", "closed", "paused", "resumed")}
    for name, values in days.items():
        values[at] = stated[name]
    first = np.full(len(ids), np.nan)
    np.fmin.at(first, np.searchsorted(ids, found)[which], enrolled.day)
    opened = days["opened"]
    early = enrolled.day < np.where(np.isnan(opened), np.inf, opened)[np.searchsorted(ids, enrolled.site)]
    days["opened"] = np.where(np.isnan(opened) | (first < opened), first, opened)
    kept = ~np.isnan(days["opened"])
    names = np.array([called.get(one, "Unknown site") for one in ids[kept]], object)
    # What is known by count alone has no day of its own that could contradict an opening.
    return Sites(ids[kept], names, **{name: values[kept] for name, values in days.items()}), int(
        enrolled.n[early & ~enrolled.counted].sum()
    )


def caveats(found: Sequence[Recruiting]) -> tuple[str, ...]:
    """What is true of all figures made of these studies."""
    moved, said = sum(one.moved for one in found), [ASSUMES]
    if moved:
        said.append(
            f"{moved:,} enrolments lie before their site's stated opening, or none is stated: the first enrolment is "
            "taken as the opening; mend the study list."
        )
    unmeasured = sum(one.unmeasured for one in found)
    if unmeasured:
        said.append(
            f"{unmeasured:,} {'study states its' if unmeasured == 1 else 'studies state their'} plan for all sites together: the sites shown are not measured against it."
        )
    alone = sum(one.counted for one in found)
    if alone:
        said.append(
            f"{alone:,} enrolled are known by count alone, from sites that name no subjects: their days are spread evenly "
            "between two reports, and there are no rows behind them."
        )
    return tuple(said)


def days_to_dates(days: object) -> pd.Series:
    """Timestamps of days since 1970; NaT for NaN and what lies beyond any calendar."""
    values = np.asarray(days, float)
    known = np.isfinite(values) & (np.abs(values) < 100_000)
    whole = np.where(known, np.round(np.where(known, values, 0)), 0).astype("int64").astype("datetime64[D]")
    return pd.Series(np.where(known, whole.astype("datetime64[us]"), np.datetime64("NaT", "us")))


def day_of(value: float) -> dt.date:
    """The calendar day of a count of days since 1970."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(value))
