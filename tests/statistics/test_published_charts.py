"""Control charts: the data sets of Montgomery's Introduction to Statistical Quality Control and others, to the digits that R's qcc
3.0 prints in its vignette ("A quick tour of qcc")."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.statistics import drift, spc
from pipelines.statistics.gate import TooLittle

# pistonrings: 40 samples of five inside diameters, in thousandths of a millimetre above 74 mm; the first 25 are the baseline.
DIAMETERS = """
30 2 19 -8 8 -5 -8 1 11 4 -12 24 21 5 2 2 -4 -7 15 9 -8 7 15 -11 14 9 -6 -3 -15 -7 -5 6 -6 0 5 -15 3 -7 15 -12 8 -5 9 5 4 -2 0 -10 7 -5
-6 -2 -6 -5 -10 4 0 7 0 -4 -17 2 -2 -3 12 6 -33 -6 0 -16 12 14 -2 -1 7 0 -16 5 -2 -4 -6 12 -14 5 7 6 10 18 3 0 -16 2 3 5 -3 0 10 13 20 3
-12 1 9 5 -4 4 -1 -10 6 9 10 -11 -10 9 14 15 8 -7 0 10 -18 -16 -5 17 13 12 15 30 -14 0 -5 10 -10 15 1 -13 -1 -15 0 -10 8 10 3 -9 6
3 0 1 -14 -3 -6 3 15 20 4 8 2 18 -5 5 1 4 -10 -4 -2 15 0 16 25 0 30 5 0 16 12 1 -10 -5 10 24 15 20 24 5 19 35 10 12 15 26
17 13 36 25 26 10 5 29 0 20
"""
RINGS = 74 + np.array(DIAMETERS.split(), float).reshape(40, 5) / 1000
VISCOSITY = [34.05, 34.40, 33.59, 35.96, 34.70, 33.51, 33.79, 34.04, 34.52, 33.75, 33.27, 33.71, 34.03, 34.58, 34.02, 33.97, 34.05,
             34.04, 33.73, 34.05]  # fmt: skip
LATER = [34.39, 33.75, 33.40, 33.27, 34.65, 34.80, 34.55, 35.40, 34.75, 34.50, 34.70, 34.29, 34.61, 34.49, 35.03]
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
BOARDS = [21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15]
COMPUTERS = [10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5]


def test_means_and_ranges_of_piston_rings_have_the_printed_limits() -> None:
    found = spc.xbar(RINGS, baseline=25)
    assert found.sigma == pytest.approx(0.009785039, abs=5e-10)
    assert (found.means.centre[0], found.means.low[0], found.means.high[0]) == pytest.approx(
        (74.00118, 73.98805, 74.0143), abs=6e-6
    )
    assert (found.spreads.centre[0], found.spreads.low[0], found.spreads.high[0]) == pytest.approx(
        (0.02276, 0, 0.04812533),
        abs=2e-7,  # qcc's table has 0.8640855 for a d3 that is 0.8640819
    )
    assert list(np.flatnonzero(found.means.outside) + 1) == [37, 38, 39]


def test_means_and_deviations_of_piston_rings_have_the_printed_limits() -> None:
    found = spc.xbar(RINGS, "deviation", baseline=25)
    assert found.sigma == pytest.approx(0.009829977, abs=5e-10)
    assert (found.spreads.centre[0], found.spreads.low[0], found.spreads.high[0]) == pytest.approx(
        (0.009240037, 0, 0.01930242), abs=5e-9
    )
    # Montgomery, example 6.3: limits of the means 74.014 and 73.988, of the deviations 0.0196 by rounded constants.
    assert (found.means.low[0], found.means.high[0]) == pytest.approx((73.988, 74.014), abs=5e-4)


def test_samples_of_unequal_size_have_limits_by_their_size() -> None:
    some = RINGS[:25].copy()
    some.ravel()[np.array([9, 10, 30, 35, 45, 64, 65, 74, 75, 85, 99, 100]) - 1] = np.nan
    found = spc.xbar(some)
    assert found.sigma == pytest.approx(0.009856701, abs=5e-10)
    assert found.means.centre[0] == pytest.approx(74.00075, abs=5e-6)
    assert list(found.means.low[:2].round(5)) == [73.98753, 73.98368]
    assert list(found.means.high[:2].round(5)) == [74.01398, 74.01782]
    # The range of three is narrower than that of five: its centre line is lower, where qcc draws one for all.
    assert found.spreads.centre[1] / found.spreads.centre[0] == pytest.approx(1.693 / 2.326)


def test_samples_of_one_measurement_have_no_chart_of_samples() -> None:
    with pytest.raises(TooLittle, match="sample of two"):
        spc.xbar([[1.0], [2.0]])
    with pytest.raises(ValueError, match="is one of"):
        spc.xbar(RINGS, "variance")  # type: ignore[arg-type]
    lone = spc.xbar([[1.0, 2.0], [3.0, np.nan], [np.nan, np.nan]])
    assert np.isnan([lone.spreads.value[1], lone.means.value[2]]).all()
    assert lone.means.value[1] == 3


def test_one_at_a_time_data_have_the_printed_limits() -> None:
    found = spc.xmr(VISCOSITY, screen=False, exact=True)
    assert (found.centre[0], found.sigma[0]) == pytest.approx((34.088, 0.5076521), abs=5e-8)
    assert (found.low[0], found.high[0]) == pytest.approx((32.56504, 35.61096), abs=5e-6)
    assert list(np.flatnonzero(found.outside) + 1) == [4]
    without = spc.xmr([*VISCOSITY[:3], *VISCOSITY[4:], *LATER], baseline=19, screen=False, exact=True)
    assert (without.centre[0], without.sigma[0]) == pytest.approx((33.98947, 0.4117415), abs=5e-6)
    assert (without.low[0], without.high[0]) == pytest.approx((32.75425, 35.2247), abs=5e-6)


def test_counts_and_shares_have_the_printed_limits() -> None:
    cans = spc.p_chart(CANS, 50)
    assert (cans.centre[0], cans.low[0], cans.high[0]) == pytest.approx((0.2313333, 0.05242755, 0.4102391), abs=5e-8)
    numbers = spc.np_chart(CANS, 50)
    assert (numbers.centre[0], numbers.sigma[0]) == pytest.approx((11.56667, 2.981763), abs=5e-6)
    assert (numbers.low[0], numbers.high[0]) == pytest.approx((2.621377, 20.51196), abs=5e-6)
    kept = spc.p_chart([x for at, x in enumerate(CANS, 1) if at not in (15, 23)], 50)
    assert (kept.centre[0], kept.low[0], kept.high[0]) == pytest.approx((0.215, 0.04070284, 0.3892972), abs=5e-8)
    boards = spc.c_chart(BOARDS)
    assert (boards.centre[0], boards.sigma[0]) == pytest.approx((19.84615, 4.454902), abs=5e-6)
    assert (boards.low[0], boards.high[0]) == pytest.approx((6.481447, 33.21086), abs=5e-6)
    fewer = [x for at, x in enumerate(BOARDS, 1) if at not in (6, 20)]
    rest = spc.c_chart(fewer)
    assert (rest.centre[0], rest.low[0], rest.high[0]) == pytest.approx((19.66667, 6.362532, 32.9708), abs=6e-6)
    a_board = spc.u_chart(fewer, 100)
    assert (a_board.centre[0], a_board.low[0], a_board.high[0]) == pytest.approx(
        (0.1966667, 0.06362532, 0.329708), abs=6e-8
    )
    computers = spc.u_chart(COMPUTERS, 5)
    assert (computers.centre[0], computers.low[0], computers.high[0]) == pytest.approx(
        (1.93, 0.06613305, 3.793867), abs=5e-7
    )


def test_moving_averages_of_samples_have_the_printed_limits() -> None:
    base = spc.xbar(RINGS, baseline=25)
    found = drift.ewma(base.means.value, base.means.centre[0], base.means.sigma[0])
    assert list(found.low[[0, 1, 24]].round(5)) == [73.99855, 73.99781, 73.99680]
    assert list(found.high[[0, 1, 24]].round(5)) == [74.00380, 74.00454, 74.00555]
    narrow = drift.ewma(base.means.value, base.means.centre[0], base.means.sigma[0], width=2.7)
    assert list(narrow.low[[0, 1, 39]].round(5)) == [73.99881, 73.99815, 73.99724]
    assert list(narrow.high[[0, 1, 39]].round(5)) == [74.00354, 74.00420, 74.00511]
    single = spc.xmr([*VISCOSITY, *LATER], baseline=20, screen=False, exact=True)
    averaged = drift.ewma(single.value, single.centre[0], single.sigma[0], width=2.7)
    assert list(averaged.low[[0, 1, 34]].round(5)) == [33.81387, 33.73694, 33.63111]
    assert list(averaged.high[[0, 1, 34]].round(5)) == [34.36213, 34.43906, 34.54489]
