"""Cost per success: money that is known over successes that chance decided."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def divided(spend: ArrayLike, hits: ArrayLike) -> Array:
    """``spend / hits``, NaN where there are no hits or no money was spent."""
    money, found = np.asarray(spend, float), np.asarray(hits, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((found > 0) & (money > 0), money / found, np.nan))


def per_success(
    spend: ArrayLike, hits: ArrayLike, n: ArrayLike, level: float = 0.95, draws: int = 4000, seed: int = 0
) -> tuple[Array, Array]:
    """(low, high) of spend / hits by the percentile bootstrap over the n cases (Efron & Tibshirani 1993, chapter 13):
    a resample of n cases, ``hits`` of them successes, has a binomial number of successes, and the money stays what it
    was. The upper end is inf where the resamples without any success reach it; NaN without cases, money or hits.
    Seeded, so that the same counts always give the same interval; each element draws from its own stream."""
    money, found, cases = np.broadcast_arrays(
        np.asarray(spend, float), np.asarray(hits, np.int64), np.asarray(n, np.int64)
    )
    low, high = np.full(money.shape, np.nan), np.full(money.shape, np.nan)
    tail = 100 * (1 - level) / 2
    for place in np.ndindex(money.shape):
        if not (money[place] > 0 and cases[place] > 0 and 0 < found[place] <= cases[place]):
            continue
        rng = np.random.default_rng([seed, int(found[place]), int(cases[place])])
        again = rng.binomial(int(cases[place]), found[place] / cases[place], draws).astype(float)
        few, many = np.percentile(again, [tail, 100 - tail], method="inverted_cdf")
        low[place] = money[place] / many
        high[place] = money[place] / few if few > 0 else np.inf
    return low, high
