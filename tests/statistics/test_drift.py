"""Small shifts, and the older rule books, against the figures that textbooks print."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.statistics import drift, spc

# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, 6.3.2.3, 6.3.2.4 and 6.3.3.1.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
WAFERS = [16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13]
AVERAGED = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, *FLOW]
SUMMED = [324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600,
          324.625, 325.150, 328.325, 327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350]  # fmt: skip
# Montgomery, Introduction to Statistical Quality Control, table 9.1: ten at the target, then one sigma above it.
SHIFTED = [9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08,
           9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52]  # fmt: skip


def test_the_handbooks_charts_come_out_as_printed() -> None:
    flow = spc.xmr(FLOW, screen=False, exact=True)
    assert (flow.centre[0], flow.low[0], flow.high[0]) == pytest.approx((50.81, 45.8159, 55.8041), abs=5e-5)
    assert flow.range_mean == pytest.approx(1.8778, abs=5e-5)
    wafers = spc.c_chart(WAFERS)
    assert (wafers.centre[0], wafers.low[0], wafers.high[0]) == (16, 4, 28)
    assert list(np.flatnonzero(wafers.outside) + 1) == [24]


def test_the_moving_average_is_the_printed_one() -> None:
    found = drift.ewma(AVERAGED, 50, 2.0539, weight=0.3, settled=True)
    assert list(found.value.round(2)) == [
        50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99
    ]  # fmt: skip
    assert (found.low[0], found.high[0]) == pytest.approx((47.4115, 52.5884), abs=1e-4)
    shifted = drift.ewma(SHIFTED, 10, 1, weight=0.1, width=2.7)
    printed = [9.945, 9.7495, 9.70355, 9.8992, 10.1253, 10.1307, 9.92167, 10.0755, 9.98796, 10.0232]
    assert shifted.value[:10] == pytest.approx(printed, abs=5e-5)
    assert (shifted.high[0], shifted.high[1], shifted.high[-1]) == pytest.approx((10.27, 10.36, 10.62), abs=0.005)
    assert list(np.flatnonzero(shifted.outside) + 1) == [29, 30]


def test_the_cumulative_sums_are_the_printed_ones() -> None:
    found = drift.cusum(SHIFTED, target=10)
    assert list(found.upper.round(2)) == [
        0, 0, 0, 1.16, 2.82, 2.50, 0.04, 1.00, 0, 0, 0, 0.97, 0.98, 0, 0, 0, 0.12, 0, 0, 0.34, 0.74, 0, 1.79, 2.79, 2.89, 3.47, 3.35, 4.47, 5.28, 5.30
    ]  # fmt: skip
    assert list(found.lower[:11].round(2)) == [0.05, 1.56, 1.77, 0, 0, 0, 1.46, 0, 0.30, 0, 0.47]
    assert list(np.flatnonzero(found.outside) + 1) == [29, 30]
    nist = drift.cusum(SUMMED, target=325, sigma=0.635, limit=4.1959 / 0.635)
    assert nist.upper[12:] == pytest.approx([3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16.00, 19.04], abs=0.006)
    assert list(np.flatnonzero(nist.outside) + 1) == list(range(14, 21))


def test_a_head_start_sees_a_shift_that_was_there_from_the_beginning_sooner() -> None:
    assert list(np.flatnonzero(drift.cusum([11.5] * 6, 10, head_start=2.5).outside)) == [2, 3, 4, 5]
    assert list(np.flatnonzero(drift.cusum([11.5] * 6, 10).outside)) == [5]


@pytest.mark.parametrize(
    ("rule", "series", "where"),
    [
        (1, [0, 3.1, 0, -3.1], [1, 3]),
        (2, [0.5] * 10 + [-1], [8, 9]),
        (3, [0, 1, 2, 3, 4, 5, 6, 6], [5, 6]),
        (4, [1, -1] * 8, [13, 14, 15]),
        (5, [2.1, 0, 2.2, -2.1], [2]),
        (6, [1.1, 1.2, 0, 1.3, 1.4, -1.5], [4]),
        (7, [0.5, -0.5] * 8, [14, 15]),
        (8, [1.1, -1.1] * 4 + [0.2], [7]),
    ],
)
def test_each_of_nelsons_rules_speaks_where_its_pattern_is_complete(
    rule: int, series: list[float], where: list[int]
) -> None:
    found = drift.rules(series, np.zeros(len(series)), np.ones(len(series)))
    assert list(np.flatnonzero(found[rule - 1])) == where


def test_the_western_electric_rules_are_four() -> None:
    found = drift.rules([0.1] * 8 + [3.5, 2.5, 1.5, 1.5], np.zeros(12), np.ones(12), "western electric")
    assert [list(np.flatnonzero(rule)) for rule in found] == [[8], [9], [11], [7, 8, 9, 10, 11]]


# Lucas & Saccucci 1990: points until an EWMA speaks, by its (weight, width), at shifts of 0, 0.25, 0.5 and 1 sigma.
EWMA_LENGTHS = {
    (0.40, 3.054): (500, 224, 71.2, 14.3), (0.25, 2.998): (500, 170, 48.2, 11.1), (0.20, 2.962): (500, 150, 41.8, 10.5),
    (0.10, 2.814): (500, 106, 31.3, 10.3), (0.05, 2.615): (500, 84.1, 28.7, 11.4),
}  # fmt: skip
# Lucas & Crosier 1982: of two cumulative sums with slack 0.5, by limit and head start, at shifts of 0 to 4 sigma.
SHIFTS = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4)
CUSUM_LENGTHS = {
    (4, 0): (168, 74.2, 26.6, 13.3, 8.38, 4.75, 3.34, 2.62, 2.19, 1.71),
    (5, 0): (465, 139, 38.0, 17.0, 10.4, 5.75, 4.01, 3.11, 2.57, 2.01),
    (5, 2.5): (430, 122, 28.7, 11.2, 6.35, 3.37, 2.36, 1.86, 1.54, 1.16),
}  # fmt: skip


@pytest.mark.parametrize(("weight", "width"), EWMA_LENGTHS)
def test_a_moving_average_runs_as_long_as_the_tables_say(weight: float, width: float) -> None:
    found = [drift.ewma_run_length(weight, width, shift) for shift in (0, 0.25, 0.5, 1)]
    assert found == pytest.approx(EWMA_LENGTHS[weight, width], rel=0.004)


@pytest.mark.parametrize(("limit", "head_start"), CUSUM_LENGTHS)
def test_cumulative_sums_run_as_long_as_the_tables_say(limit: float, head_start: float) -> None:
    found = [drift.cusum_run_length(shift, 0.5, limit, head_start) for shift in SHIFTS]
    assert found == pytest.approx(CUSUM_LENGTHS[limit, head_start], rel=0.004)


def test_a_shewhart_chart_runs_as_long_as_the_tables_say() -> None:
    """Champ & Woodall 1987, table 1 (also Montgomery, Introduction to Statistical Quality Control, 5.3.3), at shifts of 0 to 1
    sigma: by the limits alone, and with the rules of Western Electric."""
    shifts = (0, 0.2, 0.4, 0.6, 0.8, 1)
    plain = [drift.shewhart_run_length(shift) for shift in shifts]
    assert plain == pytest.approx((370.40, 308.43, 200.08, 119.67, 71.55, 43.89), abs=0.006)
    ruled = [drift.shewhart_run_length(shift, "western electric") for shift in shifts]
    assert ruled == pytest.approx((91.75, 66.80, 36.61, 20.90, 13.25, 9.22), abs=0.006)


def test_the_run_length_of_rules_is_that_of_the_rules() -> None:
    rng, ends = np.random.default_rng(6), []
    for _ in range(300):
        value = rng.normal(1, 1, 120)
        ends.append(1 + int(np.argmax(drift.rules(value, 0, 1, "western electric").any(axis=0))))
    assert np.mean(ends) == pytest.approx(drift.shewhart_run_length(1, "western electric"), rel=0.15)


def test_a_run_length_is_that_of_simulated_charts() -> None:
    rng = np.random.default_rng(4)
    ends = []
    for _ in range(400):
        chart = drift.cusum(rng.normal(1, 1, 200), 0, head_start=2.5)
        ends.append(1 + int(np.argmax(chart.upper > chart.limit)))
    assert np.mean(ends) == pytest.approx(drift.cusum_run_length(1, head_start=2.5, sides=1), rel=0.1)


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"head_start": 5}, {"head_start": -1}])
def test_a_chart_that_cannot_be_has_no_run_length(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="limit"):
        drift.cusum_run_length(**wrong)
    with pytest.raises(ValueError, match="weight"):
        drift.ewma_run_length(0, 3)
