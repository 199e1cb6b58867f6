"""The statistics at the sizes they must keep up with: seconds of processor time and of the clock, beside their limits."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from pipelines.statistics import lapse, recruitment, survival

PHYSICIANS, SUBJECTS, STUDIES, SITES = 50_000, 1_000_000, 40, 60


def run() -> None:
    """Print each method's best of three."""
    rng = np.random.default_rng(1)
    _timed(f"MBG/NBD fit of {PHYSICIANS:,} physicians", 2, _fit(rng))
    _timed(f"their P(active) and expected referrals lost, {PHYSICIANS:,}", 1, _score(rng))
    _timed(f"recruitment forecast of {STUDIES} studies x {SITES} sites", 3, _forecast(rng))
    days, causes = rng.integers(0, 1100, SUBJECTS), rng.integers(0, 5, SUBJECTS)
    _timed(f"Aalen-Johansen of {SUBJECTS:,} subjects, in days", 1, _incidence(days, causes))
    _timed(f"Aalen-Johansen of {SUBJECTS:,} subjects, no two alike", 1, _incidence(rng.random(SUBJECTS) * 1100, causes))
    _timed(f"Kaplan-Meier of {SUBJECTS:,} subjects, in days", 1, lambda: survival.kaplan_meier(days, causes > 0))


def _timed(what: str, limit: float, work: Callable[[], object]) -> None:
    best = (np.inf, np.inf)
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        best = min(best, (time.process_time() - cpu, time.perf_counter() - wall))
    print(f"{what:<58} {best[0]:6.2f} CPU-s, {best[1]:6.2f} s (limit {limit} s)")


def _histories(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(repeats, weeks of the last, weeks observed) of physicians who live as the model says."""
    rate, chance = rng.gamma(1.0, 1 / 6, PHYSICIANS), rng.beta(1.0, 6.0, PHYSICIANS)
    total = rng.integers(200, 1100, PHYSICIANS) / 7
    lasting = rng.geometric(np.clip(chance, 1e-6, 1)) - 1
    repeats = np.minimum(rng.poisson(rate * total), lasting).astype(float)
    return repeats, np.where(repeats > 0, np.floor(total * rng.beta(2, 1, PHYSICIANS) * 7) / 7, 0.0), total


def _fit(rng: np.random.Generator) -> Callable[[], object]:
    histories = _histories(rng)
    return lambda: lapse.fit(*histories)


def _score(rng: np.random.Generator) -> Callable[[], object]:
    histories = _histories(rng)
    model = lapse.fit(*histories)
    return lambda: (model.p_active(*histories), model.expected_next(*histories, 13))


def _forecast(rng: np.random.Generator) -> Callable[[], object]:
    studies = []
    for _ in range(STUDIES):
        opened = rng.uniform(0, 540, SITES)
        count = rng.poisson(rng.gamma(1.5, 0.4, SITES) * (600 - opened) / 30)
        site = np.repeat(np.arange(SITES), count)
        studies.append(recruitment.Study(opened, site, opened[site] + rng.random(len(site)) * (600 - opened[site])))
    return lambda: [recruitment.forecast(study, 600, 900, 900) for study in studies]


def _incidence(days: np.ndarray, causes: np.ndarray) -> Callable[[], object]:
    return lambda: survival.aalen_johansen(*survival.counts(days, causes, 4))
