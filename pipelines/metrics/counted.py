"""Sites that give only counts, turned into the rows that the recruitment metrics are made of.

A report says how many were enrolled and failed by a day. Between two reports the enrolments are spread evenly, since
nothing says on which days they were; before the first, over the days since the site opened. A count that falls was
mended: the later one holds, and earlier ones are cut down to it. A site whose screening log names subjects of the study
is told by that log alone, so that nobody is counted twice.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

UNKNOWN = -1  # stands for a site that is not known: no real id is negative
FIRST_SPAN = 30.0  # days before a first report over which its enrolments are spread where no opening is stated
REPORTS = """select study_id, site_id, as_of_on, screened, screen_failed, enrolled from count_report
where as_of_on <= $cut_day::date and study_id is not null and site_id is not null
  and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
  and ($scope_studies::bigint[] is null or list_contains($scope_studies::bigint[], study_id))
  and ($sites::bigint[] is null or list_contains($sites::bigint[], site_id))
  and ($studies::bigint[] is null or list_contains($studies::bigint[], study_id))
  and ($therapeutic_areas::varchar[] is null or list_contains($therapeutic_areas::varchar[], therapeutic_area))
order by study_id, site_id, as_of_on"""


@dataclass(frozen=True)
class Subjects:
    """Research subjects: ``n`` of them to each element, alike in ``study``, ``site`` (-1 where not known), ``day`` of
    enrolment (since 1970, NaN without), and in how their screening ended. ``counted``: known by count alone."""

    study: NDArray[np.int64]
    site: NDArray[np.int64]
    day: NDArray[np.float64]
    failed: NDArray[np.bool_]
    passed: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    n: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.n)

    def where(self, kept: Any) -> Subjects:
        """Those of them: a mask, or a slice."""
        return Subjects(*(getattr(self, one.name)[kept] for one in fields(self)))

    @cached_property
    def enrolled(self) -> Subjects:
        """Those who enrolled."""
        return self.where(~np.isnan(self.day))

    def of(self, study_id: int) -> Subjects:
        """Those of one study; the elements are in order of study."""
        return self.where(slice(*np.searchsorted(self.study, [study_id, study_id + 1])))

    def with_counts(self, reports: pd.DataFrame, openings: Mapping[str, Any]) -> Subjects:
        """These and the participants of sites that give only counts, in order of study; ``reports`` as ``REPORTS`` gives
        them, ``openings`` with study_id, site_id and the day ``opened``."""
        logged = self.where(~np.isnan(self.day) | self.failed | self.passed)
        known = set(zip(logged.study.tolist(), logged.site.tolist(), strict=True))
        opened = dict(zip(zip(openings["study_id"], openings["site_id"], strict=True), openings["opened"], strict=True))
        made = [
            _participants(one, opened.get(one, np.nan), *rest) for one, *rest in _by_site(reports) if one not in known
        ]
        if not made:
            return self
        joined = [np.concatenate([getattr(part, one.name) for part in (self, *made)]) for one in fields(self)]
        return Subjects(*joined).where(np.argsort(joined[0], kind="stable"))


def subjects_of(frame: pd.DataFrame) -> Subjects:
    """``frame`` with study_id, site_id, enrolled_on, failed, passed and n, in order of study."""
    counted = np.zeros(len(frame), bool)
    failed, passed = (frame[name].to_numpy(bool) for name in ("failed", "passed"))
    return Subjects(whole(frame["study_id"]), whole(frame["site_id"]), days_of(frame["enrolled_on"]), failed, passed, counted,
                    frame["n"].to_numpy("int64"))  # fmt: skip


def enrolled_by_count(reports: pd.DataFrame, logged: Iterable[tuple[int, int]]) -> int:
    """How many are enrolled and known by count alone: of the studies' sites that are not among those ``logged``."""
    known = set(logged)
    return sum(_latest(enrolled) for one, _, enrolled, _ in _by_site(reports) if one not in known)


def _by_site(reports: pd.DataFrame) -> Iterator[tuple[tuple[int, int], Any, Any, Any]]:
    """(study, site), and of its reports the days, the enrolled and the failed so far."""
    study, site = reports["study_id"].to_numpy("int64"), reports["site_id"].to_numpy("int64")
    days = days_of(reports["as_of_on"])
    enrolled, failed = (reports[name].to_numpy(float, na_value=np.nan) for name in ("enrolled", "screen_failed"))
    edges = np.flatnonzero(np.diff(study, prepend=-1) | np.diff(site, prepend=-1))
    for start, stop in itertools.pairwise(np.append(edges, len(study))):
        yield (int(study[start]), int(site[start])), days[start:stop], enrolled[start:stop], failed[start:stop]


def _participants(one: tuple[int, int], opened: float, days: Any, enrolled: Any, failures: Any) -> Subjects:
    """Those of one study at one site: enrolled on a day, and failed."""
    day, n = np.unique(spread(days, enrolled, opened), return_counts=True)
    failed = _latest(failures)
    more = int(failed > 0)
    size = len(day) + more
    came = np.arange(size) < len(day)
    return Subjects(
        np.full(size, one[0]), np.full(size, one[1]), np.concatenate([day, np.full(more, np.nan)]), ~came, came, np.full(size, True),
        np.concatenate([n, np.full(more, failed)]).astype("int64"),
    )  # fmt: skip


def spread(days: NDArray[np.float64], totals: NDArray[np.float64], opened: float) -> NDArray[np.float64]:
    """Whole days (ascending) of as many events as the last of the cumulative ``totals`` says; NaN totals are passed over.
    Events between two reports lie evenly after the earlier day and up to the later one."""
    known = ~np.isnan(totals)
    days, totals = days[known], totals[known]
    if not len(days):
        return np.zeros(0)
    held = np.minimum.accumulate(totals[::-1])[::-1].astype("int64")
    more = np.diff(held, prepend=0)
    before = np.concatenate([[opened if opened < days[0] else days[0] - FIRST_SPAN], days[:-1]])
    parts = [
        end - np.floor((end - begin) * (np.arange(count)[::-1] / max(count, 1)))
        for begin, end, count in zip(before, days, more, strict=True)
    ]
    return np.concatenate(parts)


def _latest(counts: NDArray[np.float64]) -> int:
    """The last count that was given; 0 where none was."""
    given = counts[~np.isnan(counts)]
    return int(given[-1]) if len(given) else 0


def columns(frame: pd.DataFrame) -> dict[str, Any]:
    """The columns of ``frame`` as arrays: ids with ``UNKNOWN`` for none, other numbers that may be missing as floats with NaN."""
    return {str(name): _plain(str(name), frame[name].array) for name in frame}


def _plain(name: str, values: Any) -> Any:
    if name.endswith("_id"):
        return whole(values)
    return values.to_numpy(float, na_value=np.nan) if isinstance(values, pd.arrays.IntegerArray) else np.asarray(values)


def whole(ids: Any) -> NDArray[np.int64]:
    """Ids, ``UNKNOWN`` for none."""
    return np.asarray(pd.array(ids, "Int64").fillna(UNKNOWN), np.int64)


def days_of(dates: Any) -> NDArray[np.float64]:
    """Days since 1970; NaN for none."""
    found = np.asarray(dates, "datetime64[D]")
    return np.where(np.isnat(found), np.nan, found.astype("int64").astype(float))


def day_number(day: dt.date) -> int:
    """Days since 1970."""
    return (day - dt.date(1970, 1, 1)).days
