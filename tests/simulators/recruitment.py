"""Studies whose sites open at different times and may tire: does the forecast's interval hold what comes?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipelines.statistics.recruitment import MONTH, Study, backtest

# sites, months over which they open, month at which the forecast is made
SCENARIOS = {
    "ramping, month 3": (50, 9, 3),
    "ramping, month 6": (50, 9, 6),
    "all open": (50, 0, 6),
    "8 sites": (8, 0, 6),
}
DECAYS = (0.0, 0.05, 0.10)  # a month of site age


def study(rng: np.random.Generator, sites: int, ramp: float, decay: float, mean: float = 0.6) -> Study:
    """Two years of enrolment; ``mean`` a month and site at opening, gamma of shape 1.5."""
    opened = rng.uniform(0, ramp * MONTH, sites) if ramp else np.zeros(sites)
    rate, slope = rng.gamma(1.5, mean / 1.5, sites) / MONTH, decay / MONTH
    length = 24 * MONTH - opened
    exposure = -np.expm1(-slope * length) / slope if slope else length
    count = rng.poisson(rate * exposure)
    site = np.repeat(np.arange(sites), count)
    part = rng.random(len(site)) * exposure[site]
    age = -np.log1p(-slope * part) / slope if slope else part
    return Study(opened, site, opened[site] + age)


def coverage(seed: int, repeats: int, ahead: float = 6.0) -> Iterator[tuple[str, float, float, float]]:
    """(scenario, decay, share of 80% intervals that held, of 95%) for the number enrolled ``ahead`` months later."""
    for name, (sites, ramp, month) in SCENARIOS.items():
        for decay in DECAYS:
            rng = np.random.default_rng(seed)
            held = []
            for _ in range(repeats):
                found = backtest(study(rng, sites, ramp, decay), [month * MONTH], (month + ahead) * MONTH, draws=800)
                if len(found.cut):
                    held.append(found.within)
            inner, outer = np.mean(held, axis=0)
            yield name, decay, float(inner), float(outer)


def straight_line(found: Study, cut: float, until: float) -> tuple[float, float]:
    """The usual 80% interval: the pace so far drawn on, with Poisson noise about it."""
    so_far = float(np.sum(np.asarray(found.day) <= cut))
    more = so_far / cut * (until - cut)
    half = 1.2816 * np.sqrt(more)
    return so_far + more - half, so_far + more + half
