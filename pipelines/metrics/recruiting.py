"""From screening logs, site openings and plans to one study each: what the recruitment metrics share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
# Reinstated: a screen failure taken back. What counts as enrolled is the first randomisation or on-study milestone.
_SUBJECTS = """subjects as (
    select subject_id, study_id, any_value(study) as study, site_id, any_value(site) as site,
        any_value(source_kind) as source_kind, any_value(referral_id) as referral_id,
        min(occurred_on) filter (code in ('randomized', 'on_study')) as enrolled_on,
        min(occurred_on) filter (code = 'screened') as screened_on,
        max(occurred_on) filter (code = 'screen_failed') as failed_on,
        max(occurred_on) filter (code = 'reinstated') as reinstated_on,
        min(occurred_on) filter (code = 'eligible') as eligible_on
    from seen where study_id is not null group by subject_id, study_id, site_id
)
select study_id, study, site_id, site, source_kind, referral_id, enrolled_on, screened_on,
    screened_on is not null and enrolled_on is null and failed_on is not null
        and coalesce(failed_on > reinstated_on, true) as failed,
    screened_on is not null and (enrolled_on is not null or eligible_on is not null) as passed
from subjects order by study, study_id, site_id, enrolled_on"""
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
    1970, NaN for none). ``subjects``: a row per subject. ``plan``: (site_id, day, cum_target). ``target`` and
    ``deadline`` (a day) of what the viewer sees: NaN where not stated. ``moved``: enrolments that came before their
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
        return np.sort(_days(self.subjects["enrolled_on"].dropna()))

    @property
    def enrolled(self) -> int:
        """How many are enrolled."""
        return int(self.subjects["enrolled_on"].notna().sum())

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
        enrolled = self.subjects.dropna(subset="enrolled_on")
        if sources is not None:
            enrolled = enrolled[enrolled["source_kind"].isin(sources)]
        paused = self.sites.dropna(subset="paused")
        pauses = zip(paused.index, paused["paused"], paused["resumed"].fillna(np.inf), strict=True)
        place = pd.Index(self.sites["site_id"]).get_indexer(pd.Index(enrolled["site_id"].fillna(-1)))
        return Study(
            self.sites["opened"].to_numpy(float), place, _days(enrolled["enrolled_on"]), self.sites["closed"].to_numpy(float),
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


def studies(ask: Ask) -> Iterator[Recruiting]:
    """Every study with subjects or openings within scope and filters, by name."""
    subjects, openings, plans = ask.frame(_SUBJECTS, "subject"), ask.frame(_OPENINGS), ask.frame(_PLANS)
    names = pd.concat([openings[["study_id", "study"]], subjects[["study_id", "study"]]]).drop_duplicates("study_id")
    plans["day"] = _days(plans["as_of_on"])
    for study_id, name in names.sort_values(["study", "study_id"])[["study_id", "study"]].to_numpy(object):
        mine = [frame[frame["study_id"] == study_id].reset_index(drop=True) for frame in (subjects, openings, plans)]
        yield _recruiting(ask, int(study_id), str(name), *mine)


def _recruiting(
    ask: Ask, study_id: int, name: str, subjects: pd.DataFrame, openings: pd.DataFrame, plan: pd.DataFrame
) -> Recruiting:
    cut = float(_days([ask.as_of])[0])
    stated = pd.DataFrame({"site_id": openings["site_id"].astype("Int64").fillna(-1), "site": openings["site"]})
    columns = {"opened": "activated_on", "closed": "closed_on", "paused": "paused_from_on", "resumed": "paused_to_on"}
    for short, column in columns.items():
        stated[short] = _days(openings[column])
    sites, moved = _opened(stated, subjects)
    narrowed = bool(ask.filters.sites) or ask.scope.sites is not None
    whole, parts = openings["study_target"].max(), openings["target"].sum(min_count=1)
    target = parts if narrowed or pd.isna(whole) else whole
    closed = _days(openings["study_closed_on"])
    deadline = _days(openings["planned_lpi_on"])
    return Recruiting(
        study_id, name, sites, subjects, plan, float(target) if pd.notna(target) else np.nan,
        float(np.nanmax(deadline)) if np.isfinite(deadline).any() else np.nan,
        bool((closed <= cut).any()), moved, cut,
    )  # fmt: skip


def _opened(stated: pd.DataFrame, subjects: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Sites with the day they opened. Where enrolments contradict the stated day, or none is stated, it is the day of
    the first enrolment, and these enrolments are counted."""
    enrolled = subjects.dropna(subset="enrolled_on")
    days = pd.Series(_days(enrolled["enrolled_on"]), index=enrolled.index)
    place = enrolled["site_id"].astype("Int64").fillna(-1)
    found = pd.DataFrame({"site_id": place, "first": days, "site_found": enrolled["site"]})
    found = found.groupby("site_id").agg({"first": "min", "site_found": "first"})
    sites = stated.merge(found.reset_index(), how="outer", on="site_id")
    sites["site"] = sites["site"].fillna(sites["site_found"])
    late = sites["opened"].isna() | (sites["first"] < sites["opened"])
    early = days.to_numpy() < place.map(sites.set_index("site_id")["opened"].fillna(np.inf)).to_numpy(float)
    sites["opened"] = np.where(late, sites["first"], sites["opened"])
    kept = sites.dropna(subset="opened").sort_values("site_id", ignore_index=True)
    return kept[["site_id", "site", "opened", "closed", "paused", "resumed"]], int(early.sum())


def caveats(found: list[Recruiting]) -> tuple[str, ...]:
    """What is true of all figures made of these studies."""
    moved, said = sum(one.moved for one in found), [ASSUMES]
    if moved:
        said.append(
            f"{moved:,} enrolments lie before their site's stated opening, or none is stated: the first enrolment is "
            "taken as the opening; mend the study list."
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
