"""What every method has in common: it answers what was asked, or says that it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipelines.statistics import (
    concentration,
    delay,
    differences,
    drift,
    funnel,
    lapse,
    nps,
    proportions,
    quantiles,
    rates,
    shrinkage,
    spc,
    survival,
    words,
)  # fmt: skip

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


CANNOT_BE: dict[str, Callable[[], Any]] = {
    "more hits than people in a funnel": lambda: funnel.proportions([5, 2], [3, 10]),
    "fewer events than none in a funnel": lambda: funnel.rates([-1, 5], [3, 10]),
    "more hits than people, shrunken": lambda: shrinkage.shares_allowing([5, 2, 1], [3, 10, 9]),
    "events below none, shrunken": lambda: shrinkage.event_rates([-1, 2, 1], [3, 10, 9]),
    "events below none": lambda: rates.byar(-1, 1),
    "promoters below none": lambda: nps.adjusted_wald(-1, 3, 2),
    "more hits than people on a chart": lambda: spc.p_chart([5, 2], [3, 10]),
    "counts below none on a chart": lambda: spc.c_chart([-5, 2]),
    "small counts below none": lambda: spc.counts([-5, 2]),
    "referrals below none": lambda: concentration.effective_number([-1, 5]),
    "the largest below none": lambda: concentration.top_share([-1, 5]),
    "occurrences below none": lambda: quantiles.of_counts([1, 2], [-1, 3], 0.5),
    "people below none": lambda: survival.kaplan_meier([1, 2], [1, 0], weight=[-1, 2]),
    "words below none": lambda: words.log_odds([-1, 2], [3, 4], [5, 6]),
    "answers below none": lambda: proportions.paired_difference(-1, 2, 3, 4),
    "an entry that is not known": lambda: survival.kaplan_meier([3, 4], [1, 1], entry=[np.nan, 0]),
    "who came once and later again": lambda: lapse.fit(MANY, np.full(120, 2.0), np.full(120, 5.0)),
}


@pytest.mark.parametrize("what", CANNOT_BE)
def test_numbers_that_cannot_be_give_no_figure(what: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be below 0|between 0 and n|must be known|who came once"):
        CANNOT_BE[what]()


def test_two_rates_of_which_one_was_never_watched_have_no_ratio() -> None:
    assert np.isnan(rates.ratio((1, 3), (0, 10))).all()
