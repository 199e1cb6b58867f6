"""A release as frames: what its page draws and its files hold, never more than it says."""

from __future__ import annotations

import pandas as pd

from pipelines.releases import Release
from pipelines.releases.disclosure import bounds, in_words, rate

ALL_SITES, ALL_MONTHS = "All sites", "All months"


def by_month(release: Release) -> pd.DataFrame:
    """One row per stage and month over all sites: ``stage``, ``month``, ``shown`` (words), ``least``, ``most`` (what the count may
    be; most is inf where nothing is said)."""
    said = release.said
    rows = [
        (stage, month, said.months[place, at], said.exact[place, at])
        for place, stage in enumerate(release.stages) for at, month in enumerate(release.months)
    ]  # fmt: skip
    return _told(pd.DataFrame(rows, columns=["stage", "month", "code", "exact"]))


def whole(release: Release, stage: str) -> pd.Series:
    """What is said of a stage over all sites and months: ``shown``, ``least``, ``most``."""
    place = release.stages.index(stage)
    frame = pd.DataFrame({"code": [release.said.whole[place]], "exact": [release.said.exact[place, -1]]})
    return _told(frame).iloc[0]


def by_site(release: Release) -> pd.DataFrame:
    """One row per site, the whole study last: ``site`` and, per stage, what is said of all months."""
    said = release.said
    columns = {
        stage: [in_words(int(code)) for code in (*said.sites[place], said.whole[place])] for place, stage in enumerate(release.stages)
    }  # fmt: skip
    return pd.DataFrame({"site": [*release.sites, ALL_SITES], **columns})


def rates(release: Release) -> pd.DataFrame:
    """One row per step: ``step``, ``of`` and ``hits`` in words, ``value`` (empty where the rule hides it)."""
    said, rows = release.said, []
    for place, stage in enumerate(release.stages[1:], start=1):
        hits, of = int(said.whole[place]), int(said.whole[place - 1])
        value = rate(hits, of, bool(said.exact[place, -1] and said.exact[place - 1, -1]))
        rows.append((f"{stage} of {release.stages[place - 1]}", in_words(hits), in_words(of), value))
    return pd.DataFrame(rows, columns=["step", "hits", "of", "value"]).astype({"value": "float64"})


def cells(release: Release) -> pd.DataFrame:
    """Everything that is said, one row per stage, site and month, totals included: ``stage``, ``site``, ``month``, ``shown``."""
    said, rows = release.said, []
    months = [f"{month:%Y-%m}" for month in release.months]
    for place, stage in enumerate(release.stages):
        for at, site in enumerate((*release.sites, ALL_SITES)):
            whole = at == len(release.sites)
            codes = [
                *(said.months[place] if whole else said.cells[place, at]),
                said.whole[place] if whole else said.sites[place, at],
            ]
            rows += [
                (stage, site, month, in_words(int(code)))
                for month, code in zip([*months, ALL_MONTHS], codes, strict=True)
            ]
    return pd.DataFrame(rows, columns=["stage", "site", "month", "shown"])


def about(release: Release) -> list[tuple[str, str]]:
    """(name, text) of everything a reader must know, for the page and the sheet *About*."""
    exact = [stage for stage, one in zip(release.stages, release.said.exact, strict=True) if one.any()]
    return [
        ("Study", release.study), ("Released up to", f"{release.month:%B %Y}"), ("Made on", str(release.made_on)),
        ("Data up to", str(release.data_cut)), *((stage.capitalize(), release.meaning[stage]) for stage in release.stages),
        ("Counted", "Distinct people, once in each stage, in the month in which they were first known to have reached it. A month is never "
                    "counted again: who becomes known later counts in a later month, so what stands here may be below the latest pages."),
        ("Shown", "Up to ten, none included: <11. Above: the nearest five, at least 15, each total from its own count. Exact as the contract "
                  f"allows: {', '.join(exact) or 'none'}. Totals that would give a hidden count away are not shown."),
        ("Left out", "Sites that report only how many they enrolled, and people whose site is not known."),
    ]  # fmt: skip


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    spans = [bounds(code, exact) for code, exact in zip(frame["code"], frame["exact"], strict=True)]
    words = [in_words(int(code)) for code in frame["code"]]
    return frame.drop(columns=["code", "exact"]).assign(
        shown=words, least=[float(low) for low, _ in spans], most=[float(high) for _, high in spans]
    )
