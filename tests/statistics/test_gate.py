"""What every method has in common: it answers what was asked, or says that it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipelines.statistics import delay, differences, drift, funnel, lapse, survival

MANY = np.r_[np.ones(60), np.zeros(60)]
PANEL = np.arange(40.0).reshape(10, 4)
TRIANGLE = [[1, 2, 3], [2, 3, np.nan], [3, np.nan, np.nan]]
MISSPELT: dict[str, Callable[[], Any]] = {
    "scale": lambda: survival.kaplan_meier([1, 2, 3], [1, 1, 0]).interval(scale="arcsin"),  # type: ignore[arg-type]
    "scale of an incidence": lambda: survival.incidence_interval([0.2], [0.01], scale="loglog"),  # type: ignore[arg-type]
    "weighing": lambda: survival.log_rank([1, 2], [1, 1], [0, 1], weighing="wilcoxon"),  # type: ignore[arg-type]
    "spread": lambda: funnel.proportions([1, 2], [10, 20], spread="random"),  # type: ignore[arg-type]
    "scale of shares": lambda: funnel.proportions([1, 2], [10, 20], scale="log"),  # type: ignore[arg-type]
    "scale of rates": lambda: funnel.rates([1, 2], [10, 20], scale="arcsine"),  # type: ignore[arg-type]
    "extremes": lambda: funnel.rates([1, 2], [10, 20], extremes="trimmed"),  # type: ignore[arg-type]
    "law": lambda: funnel.exact_limits([10], 0.2, kind="normal"),  # type: ignore[arg-type]
    "model": lambda: lapse.fit(MANY, MANY, np.full(120, 5.0), kind="pareto"),  # type: ignore[arg-type]
    "model of known parameters": lambda: lapse.Lapse(1, 1, 1, 1, kind="bgnbd"),  # type: ignore[arg-type]
    "last variance": lambda: delay.chain_ladder(TRIANGLE, last="loglinear"),  # type: ignore[arg-type]
    "book": lambda: drift.rules([1, 2, 3], 0, 1, book="westgard"),  # type: ignore[arg-type]
    "rules": lambda: drift.shewhart_run_length(rules_of="westgard"),  # type: ignore[arg-type]
    "sides": lambda: drift.cusum_run_length(sides=3),  # type: ignore[arg-type]
    "control group": lambda: differences.group_time(PANEL, [2, np.inf] * 5, control="notyettreated"),  # type: ignore[arg-type]
    "base": lambda: differences.group_time(PANEL, [2, np.inf] * 5, base="long"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("option", MISSPELT)
def test_an_option_that_is_none_is_refused_and_never_taken_for_another(option: str) -> None:
    with pytest.raises(ValueError, match="is one of"):
        MISSPELT[option]()
