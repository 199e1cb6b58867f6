"""Referrals that happen now and are reported later: a monthly spreadsheet, and a drift in volume."""

from __future__ import annotations

import numpy as np


def weeks(seed: int, count: int = 52, a_week: float = 400.0, monthly: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    """(week it happened, weeks until it was reported), one entry per referral. A share ``monthly`` comes with the
    spreadsheet of its month, the rest within days."""
    rng = np.random.default_rng(seed)
    happened = np.repeat(np.arange(count), rng.poisson(a_week * np.linspace(0.9, 1.1, count)))
    by_sheet = rng.random(len(happened)) < monthly
    phase = rng.integers(0, 4, len(happened))  # practices send on different days
    wait = np.where(by_sheet, 1 + (phase + rng.integers(0, 2, len(happened))), rng.integers(0, 2, len(happened)))
    return happened, wait
