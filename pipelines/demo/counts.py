"""Sites that give only counts, month by month, and the texts by which studies are presented."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.demo import names
from pipelines.demo.clock import NEVER, as_date
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream

COUNTS = (
    "Protocol",
    "Site",
    "Report Date",
    "Screened",
    "Rescreened",
    "Screen Failures",
    "Enrolled",
    "Completed",
    "Early Terminated",
)
PROFILES = ("Protocol Number", "Version", "Plain Language Summary", "IRB Approval Date", "Effective Date")
A_MONTH = 0.5  # enrolled a month at such a site


def write(folder: Folder, network: Network, seed: int) -> int:
    """Writes enrolment_counts.csv; returns how many are enrolled by its last reports. The sites whose diary knows no
    studies take part in two or three each, and tell nothing but numbers."""
    studies, clock, rng = network.studies, network.clock, stream(seed, "counts")
    rows: list[list[Any]] = [list(COUNTS)]
    enrolled = 0
    running = np.flatnonzero((studies.opens < clock.last - 200) & (studies.closed == NEVER))
    for site in np.flatnonzero(network.sites.kept == "diary").tolist():
        for study in np.sort(rng.choice(running, min(len(running), 3), replace=False)).tolist():
            begins = max(int(studies.opens[study]) + 60, int(network.sites.activated[site]) + 30, clock.first)
            reports = _month_ends(begins, clock.last)
            body = _reports(str(studies.code[study]), str(network.sites.code[site]), reports, rng)
            rows += body
            enrolled += body[-1][6] if body else 0
    fell = 0
    if len(rows) > 4:  # a clerk's slip: one report is lower than the one before it, and one is below nothing
        rows[3][3], fell = max(rows[2][3] - 1, 0), int(rows[2][3] > 0)
        rows.insert(5, [*rows[4][:3], -1, *rows[4][4:]])
    bad = int(len(rows) > 5)
    folder.csv(
        "enrolment_counts.csv",
        rows,
        FileTruth("enrolment_counts", len(rows) - 1, rejects=bad, planted={"falls": fell, "negative": bad}),
    )
    return enrolled


def _month_ends(begins: int, last: int) -> list[int]:
    """Last days of the months from ``begins`` to ``last``."""
    return [day for day in range(begins, last + 1) if as_date(day).month != as_date(day + 1).month]


def _reports(study: str, site: str, days: list[int], rng: np.random.Generator) -> list[list[Any]]:
    enrolled = rng.poisson(A_MONTH, len(days))
    failed = rng.poisson(1.1 * A_MONTH, len(days))
    again = rng.binomial(failed, 0.1)
    waiting = rng.integers(0, 3, len(days))
    done = np.cumsum(enrolled)
    finished = np.concatenate([np.zeros(min(9, len(days)), np.int64), done[:-9] if len(days) > 9 else done[:0]])
    ended = (finished * 0.2).astype(np.int64)
    columns = [
        np.cumsum(enrolled + failed) + waiting,
        np.cumsum(again),
        np.cumsum(failed),
        done,
        finished - ended,
        ended,
    ]
    # Somebody in screening one month is in none of the outcomes yet: what was screened never falls.
    columns[0] = np.maximum.accumulate(columns[0])
    return [
        [study, site, as_date(day).isoformat(), *(int(column[place]) for column in columns)]
        for place, day in enumerate(days)
    ]


def versions(network: Network, study: int) -> list[tuple[str, int, int]]:
    """(version, approved, in use from) of a study's texts, as days; the second one of every third study."""
    opens = int(network.studies.opens[study])
    first = ("1.0", opens - 45, opens - 30)
    return [first, ("2.0", opens + 150, opens + 165)] if study % 3 == 0 else [first]


def write_profiles(folder: Folder, network: Network) -> int:
    """Writes study_profiles.xlsx; returns how many texts it holds."""
    studies = network.studies
    rows: list[list[Any]] = [list(PROFILES)]
    for study in range(len(studies)):
        area = names.AREAS[studies.area[study]]
        condition = str(studies.title[study]).rpartition(" with ")[2] or area.name
        for version, approved, effective in versions(network, study):
            if approved > network.clock.last:
                continue
            text = (
                f"Adults with {condition} may take part in this study. Those who take part are seen about once a month and keep their own doctor. "
                f"Version {version}."
            )
            rows.append(
                [str(studies.code[study]), version, text, None if study == 1 else as_date(approved), as_date(effective)]
            )
    folder.xlsx(
        "study_profiles.xlsx", "Profiles", rows, FileTruth("study_profiles", len(rows) - 1, planted={"not_approved": 1})
    )
    return len(rows) - 1
