"""Visits aimed at physicians whose referrals fell, with a true effect that one chooses: zero, to begin with."""

from __future__ import annotations

import numpy as np


def network(
    seed: int, size: int = 3000, months: int = 36, effect: float = 0.0, chance: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """(counts (physician, month), month of first visit or inf). Each refers at a steady rate of its own; in each month
    from the tenth on, those whose last quarter fell to 60% of the half-year before are visited with a ``chance``; from
    then on their rate is (1 + ``effect``) times what it was."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(2.0, 0.8, size)
    counts = np.zeros((size, months))
    visit = np.full(size, np.inf)
    for month in range(months):
        if month >= 9:
            base, dip = counts[:, month - 9 : month - 3].mean(axis=1), counts[:, month - 3 : month].mean(axis=1)
            fell = (base >= 0.5) & (dip <= 0.6 * base) & np.isinf(visit)
            visit = np.where(fell & (rng.random(size) < chance), month, visit)
        counts[:, month] = rng.poisson(rate * np.where(visit <= month, 1 + effect, 1.0))
    return counts, visit
