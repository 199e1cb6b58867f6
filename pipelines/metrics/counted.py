"""Sites that give only counts, turned into the rows that the recruitment metrics are made of.

A report says how many were enrolled and failed by a day. Between two reports the enrolments are spread evenly, since
nothing says on which days they were; before the first, over the days since the site opened. A count that falls was
mended: the later one holds, and earlier ones are cut down to it. A site whose screening log names subjects of the study
is told by that log alone, so that nobody is counted twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FIRST_SPAN = 30.0  # days before a first report over which its enrolments are spread where no opening is stated
_TYPES = {
    "study_id": "int64", "site_id": "Int64", "referral_id": "Int64", "enrolled_on": "datetime64[us]", "failed": "bool", "passed": "bool",
    "counted": "bool", "n": "int64", "study": "object", "site": "object", "source_kind": "object",
}  # fmt: skip
REPORTS = """select study_id, study, site_id, site, as_of_on, screened, screen_failed, enrolled from count_report
where as_of_on <= $cut_day::date and study_id is not null and site_id is not null
  and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
  and ($scope_studies::bigint[] is null or list_contains($scope_studies::bigint[], study_id))
  and ($sites::bigint[] is null or list_contains($sites::bigint[], site_id))
  and ($studies::bigint[] is null or list_contains($studies::bigint[], study_id))
  and ($therapeutic_areas::varchar[] is null or list_contains($therapeutic_areas::varchar[], therapeutic_area))
order by study_id, site_id, as_of_on"""


def with_counts(subjects: pd.DataFrame, reports: pd.DataFrame, openings: pd.DataFrame) -> pd.DataFrame:
    """``subjects`` (``n`` alike a row, see ``recruiting``) and rows for the participants of sites that give only counts, marked
    ``counted``; ``reports`` as ``REPORTS`` gives them, ``openings`` with study_id, site_id and activated_on."""
    named = subjects.assign(counted=False)
    logged = named[named["enrolled_on"].notna() | named["failed"] | named["passed"]]
    known = set(zip(logged["study_id"], logged["site_id"], strict=True))
    opened: dict[Any, Any] = {
        (row.study_id, row.site_id): row.activated_on for row in openings.dropna(subset=["site_id"]).itertuples(index=False)
    }  # fmt: skip
    made = [
        _participants(part, opened.get((study, site)))
        for (study, site), part in reports.groupby(["study_id", "site_id"], sort=False) if (study, site) not in known
    ]  # fmt: skip
    parts = [named, *(part.reindex(columns=named.columns) for part in made if len(part))]
    if len(parts) == 1:
        return named
    types = {name: kind for name, kind in _TYPES.items() if name in named}
    return pd.concat([part.astype(types) for part in parts if len(part)], ignore_index=True)


def enrolled(subjects: pd.DataFrame) -> int:
    """How many of ``subjects`` are enrolled and known by count alone."""
    return int(subjects.loc[subjects["counted"] & subjects["enrolled_on"].notna(), "n"].sum())


def _participants(reports: pd.DataFrame, opened: Any) -> pd.DataFrame:
    """Rows of the participants of one study at one site: those enrolled on a day, and those who failed."""
    days = reports["as_of_on"].to_numpy("datetime64[D]").astype("int64").astype(float)
    start = (
        float(pd.Timestamp(opened).to_numpy().astype("datetime64[D]").astype("int64")) if pd.notna(opened) else np.nan
    )
    day, n = np.unique(spread(days, reports["enrolled"].to_numpy(float), start), return_counts=True)
    failed = _latest(reports["screen_failed"])
    first, one_more = reports.iloc[0], int(failed > 0)
    dates = np.concatenate([day.astype("int64").astype("datetime64[D]"), np.full(one_more, np.datetime64("NaT", "D"))])
    passed = np.arange(len(dates)) < len(day)
    return pd.DataFrame({
        "study_id": first["study_id"], "study": first["study"], "site_id": first["site_id"], "site": first["site"], "source_kind": None,
        "referral_id": pd.array([pd.NA] * len(dates), "Int64"), "enrolled_on": dates.astype("datetime64[us]"), "failed": ~passed, "passed": passed,
        "counted": True, "n": np.concatenate([n, np.full(one_more, failed)]),
    })  # fmt: skip


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


def _latest(counts: pd.Series) -> int:
    """The last count that was given; 0 where none was."""
    given = counts.dropna()
    return int(given.iloc[-1]) if len(given) else 0
