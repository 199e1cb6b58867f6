"""From screening logs, site openings and plans to one study each: what the recruitment metrics share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.metrics import counted
from pipelines.metrics.engine import Ask
from pipelines.statistics import recruitment
from pipelines.statistics.gate import TooLittle
from pipelines.statistics.recruitment import Forecast, Study

DRAWS = 1000
SETTINGS = {"fewest_enrolled": recruitment.FEWEST_ENROLLED, "fewest_sites": recruitment.FEWEST_SITES,
            "trend_sd_per_month": recruitment.TREND_SD}  # fmt: skip
ASSUMES = (
    "Forecasts assume that each site goes on at its own pace, with a trend by its age like those seen before, and that "
    "planned sites open on their day. The chance of being on time is optimistic where sites tire."
)
_SUBJECTS = """select study_id, study, site_id, site, source_kind, referral_id, enrolled_on, failed, passed, {count} as n
from seen where study_id is not null group by all order by study, study_id, site_id, enrolled_on"""
# The same for those who need not know which referral brought whom: a roll-up has it.
_COUNTS = _SUBJECTS.replace(" referral_id,", "")
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
_OPENINGS = f"""select * from study_opening
where {_VISIBLE} and ($therapeutic_areas::varchar[] is null or list_contains($therapeutic_areas::varchar[], therapeutic_area))
order by study, study_id, site_id"""
_PLANS = """select study_id, site_id, as_of_on, cum_target from plan_step
where ($scope_studies::bigint[] is null or list_contains($scope_studies::bigint[], study_id))
  and ($studies::bigint[] is null or list_contains($studies::bigint[], study_id))
  and (site_id is null or (($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
      and ($sites::bigint[] is null or list_contains($sites::bigint[], site_id))))
order by study_id, site_id, as_of_on"""


@dataclass(frozen=True)
class Recruiting:
    """One study as of the day. ``sites``: a row per site (site_id, site, opened, closed, paused, resumed: days since
    1970, NaN for none). ``subjects``: ``n`` of them who are alike in site, source and how far they came, those known by
    count alone ``counted``. ``plan``: (site_id, day, cum_target). ``target`` and ``deadline`` (a day) of what the viewer sees: NaN where not stated. ``moved``: enrolments that came before their
    site's stated opening, or at a site without one."""

    study_id: int
    name: str
    sites: pd.DataFrame
    subjects: pd.DataFrame
    plan: pd.DataFrame
    target: float
    deadline: float
    closed: bool
    moved: int
    cut: float

    @property
    def days(self) -> NDArray[np.float64]:
        """Days of enrolment, ascending."""
        days, _, n = self._enrolments()
        return np.sort(np.repeat(days, n))

    @property
    def enrolled(self) -> int:
        """How many are enrolled."""
        return int(self._enrolments()[2].sum())

    def _enrolments(self, sources: frozenset[str] | None = None) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """(days, sites, how many) of those enrolled, of some ``sources`` only if asked."""
        day, n = self.subjects["day"].to_numpy(float), self.subjects["n"].to_numpy("int64")
        kept = ~np.isnan(day)
        if sources is not None:
            kept &= self.subjects["source_kind"].isin(sources).to_numpy(bool)
        return day[kept], self.subjects["place"].to_numpy("int64")[kept], n[kept]

    def planned(self, day: float) -> float:
        """Enrolment planned by ``day``: the study's own plan, else the sum of its sites'; NaN without any."""
        days, total = self.plan_curve
        place = int(np.searchsorted(days, day, side="right"))
        return float(total[place - 1]) if place else 0.0 if len(days) else np.nan

    @cached_property
    def plan_curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(days, planned by then): the study's own plan where there is one, else the sum of its sites'."""
        whole = self.plan[self.plan["site_id"].isna()]
        plan = whole if len(whole) else self.plan
        steps = plan.sort_values(["site_id", "day"])
        most = steps.groupby("site_id", dropna=False)["cum_target"].cummax()
        more = most - most.groupby(steps["site_id"], dropna=False).shift(fill_value=0)
        by_day = more.groupby(steps["day"]).sum()
        return by_day.index.to_numpy(float), by_day.to_numpy(float).cumsum()

    def study(self, sources: frozenset[str] | None = None) -> Study:
        """The statistics' view of it; enrolments of some ``sources`` only if asked."""
        day, site, n = self._enrolments(sources)
        paused = self.sites.dropna(subset="paused")
        pauses = zip(paused.index, paused["paused"], paused["resumed"].fillna(np.inf), strict=True)
        place = np.searchsorted(self.sites["site_id"].to_numpy("int64"), site)
        return Study(
            self.sites["opened"].to_numpy(float), np.repeat(place, n), np.repeat(day, n), self.sites["closed"].to_numpy(float),
            tuple((int(site), float(begin), float(end)) for site, begin, end in pauses),
        )  # fmt: skip

    def forecast(self, draws: int = DRAWS, dated: bool = True) -> Forecast:
        """What is to be expected; raises ``TooLittle`` below the gate, and when the study is closed or, for a date, has
        no target."""
        if self.closed:
            raise TooLittle("The study is closed to enrolment: nothing is left to forecast.")
        if np.isnan(self.target) and dated:
            raise TooLittle("No target is stated: counts are shown, no date.")
        return _forecast(
            _Frozen.of(self.study()),
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
    """Kept without its draws, which no metric needs and which are large."""
    said = recruitment.forecast(study.thawed(), cut, target, None if np.isnan(deadline) else deadline, draws=draws)
    return replace(said, totals=np.empty((0, 0)))


def studies(ask: Ask, referred: bool = False) -> Iterator[Recruiting]:
    """Every study with subjects or openings within scope and filters, by name; subjects with the referral that brought
    them (``referral_id``) only if asked."""
    openings, plans = ask.frame(_OPENINGS), ask.frame(_PLANS)
    named = ask.frame(_SUBJECTS if referred else _COUNTS, "screened")
    subjects = counted.with_counts(named, ask.frame(counted.REPORTS), openings)
    names = pd.concat([openings[["study_id", "study"]], subjects[["study_id", "study"]]]).drop_duplicates("study_id")
    plans["day"] = _days(plans["as_of_on"])
    subjects["day"], subjects["place"] = _days(subjects["enrolled_on"]), _place(subjects["site_id"])
    openings["place"] = _place(openings["site_id"])
    for name, column in _DAYS.items():
        openings[name] = _days(openings[column])
    parts = [dict(list(frame.groupby("study_id"))) for frame in (subjects, openings, plans)]
    for study_id, name in names.sort_values(["study", "study_id"])[["study_id", "study"]].to_numpy(object):
        mine = [
            part.get(study_id, frame.iloc[:0]).reset_index(drop=True)
            for part, frame in zip(parts, (subjects, openings, plans), strict=True)
        ]
        yield _recruiting(ask, int(study_id), str(name), *mine)


def _recruiting(
    ask: Ask, study_id: int, name: str, subjects: pd.DataFrame, openings: pd.DataFrame, plan: pd.DataFrame
) -> Recruiting:
    cut = float(_days([ask.as_of])[0])
    sites, moved = _opened(openings, subjects)
    narrowed = bool(ask.filters.sites) or ask.scope.sites is not None
    whole, parts = openings["study_target"].max(), openings["target"].sum(min_count=1)
    target = parts if narrowed or pd.isna(whole) else whole
    closed, deadline = openings["study_closed"].to_numpy(float), openings["planned_lpi"].to_numpy(float)
    return Recruiting(
        study_id, name, sites, subjects, plan, float(target) if pd.notna(target) else np.nan,
        float(np.nanmax(deadline)) if np.isfinite(deadline).any() else np.nan,
        bool((closed <= cut).any()), moved, cut,
    )  # fmt: skip


def _opened(stated: pd.DataFrame, subjects: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Sites with the day they opened, by id. Where enrolments contradict the stated day, or none is stated, it is the day
    of the first enrolment, and these enrolments are counted. In numpy: there are few sites a study, and many studies."""
    enrolled = subjects[subjects["day"].notna()]
    place, day = enrolled["place"].to_numpy("int64"), enrolled["day"].to_numpy(float)
    found, where, which = np.unique(place, return_index=True, return_inverse=True)
    ids = np.union1d(found, stated["place"].to_numpy("int64"))
    sites = {name: np.full(len(ids), np.nan) for name in ("opened", "closed", "paused", "resumed")}
    names, first = np.full(len(ids), None, object), np.full(len(ids), np.nan)
    names[np.searchsorted(ids, found)] = enrolled["site"].to_numpy(object)[where]
    np.fmin.at(first, np.searchsorted(ids, found)[which], day)
    at = np.searchsorted(ids, stated["place"].to_numpy("int64"))
    names[at] = stated["site"].to_numpy(object)
    for name, values in sites.items():
        values[at] = stated[name].to_numpy(float)
    opened = sites["opened"]
    early = day < np.where(np.isnan(opened), np.inf, opened)[np.searchsorted(ids, place)]
    sites["opened"] = np.where(np.isnan(opened) | (first < opened), first, opened)
    frame = pd.DataFrame({"site_id": pd.array(ids, "Int64"), "site": pd.array(names, "str")} | sites, copy=False)
    kept = frame[~np.isnan(sites["opened"])].reset_index(drop=True)
    # What is known by count alone has no day of its own that could contradict an opening.
    early &= ~enrolled["counted"].to_numpy(bool)
    return kept, int(enrolled["n"].to_numpy("int64")[early].sum())


def _place(site_id: pd.Series) -> NDArray[np.int64]:
    """Ids of sites, -1 where the site is not known: no real id is negative."""
    return np.asarray(site_id.astype("Int64").fillna(-1), np.int64)


def caveats(found: list[Recruiting]) -> tuple[str, ...]:
    """What is true of all figures made of these studies."""
    moved, said = sum(one.moved for one in found), [ASSUMES]
    if moved:
        said.append(
            f"{moved:,} enrolments lie before their site's stated opening, or none is stated: the first enrolment is "
            "taken as the opening; mend the study list."
        )
    alone = sum(counted.enrolled(one.subjects) for one in found)
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


def _days(dates: object) -> NDArray[np.float64]:
    """Days since 1970; NaN for none."""
    stamps = pd.to_datetime(pd.Series(list(dates) if isinstance(dates, list) else dates))
    found = stamps.to_numpy("datetime64[D]")
    return np.where(np.isnat(found), np.nan, found.astype("int64").astype(float))


def day_of(value: float) -> dt.date:
    """The calendar day of a count of days since 1970."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(value))
