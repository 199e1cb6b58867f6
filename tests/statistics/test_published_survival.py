"""Survival and competing risks: the worked examples of Klein & Moeschberger and others, to the digits printed."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.statistics import survival
from pipelines.statistics.gray import gray

# Klein & Moeschberger 2003, section 1.3 (bmt in R's KMsurv): days free of disease after a transplant of bone marrow, whether they
# ended in relapse, whether the patient died, the disease (ALL, AML of low and of high risk) and whether methotrexate was given.
FREE = [
    2081, 1602, 1496, 1462, 1433, 1377, 1330, 996, 226, 1199, 1111, 530, 1182, 1167, 418, 383, 276, 104, 609, 172, 487, 662, 194,
    230, 526, 122, 129, 74, 122, 86, 466, 192, 109, 55, 1, 107, 110, 332, 2569, 2506, 2409, 2218, 1857, 1829, 1562, 1470, 1363,
    1030, 860, 1258, 2246, 1870, 1799, 1709, 1674, 1568, 1527, 1324, 957, 932, 847, 848, 1850, 1843, 1535, 1447, 1384, 414, 2204,
    1063, 481, 105, 641, 390, 288, 421, 79, 748, 486, 48, 272, 1074, 381, 10, 53, 80, 35, 248, 704, 211, 219, 606, 2640, 2430,
    2252, 2140, 2133, 1238, 1631, 2024, 1345, 1136, 845, 422, 162, 84, 100, 2, 47, 242, 456, 268, 318, 32, 467, 47, 390, 183,
    105, 115, 164, 93, 120, 80, 677, 64, 168, 74, 16, 157, 625, 48, 273, 63, 76, 113, 363,
]  # fmt: skip
DEAD = [int(one) for one in
    "00000000000000111111111111111111111111000000000000000000000000000001111111111111111111101110000000000001111111111111111111111111111111111"
]  # fmt: skip
RELAPSED = [int(one) for one in
    "00000000000000010110010100111001110010000000000000000000000000000000000000010110101000010111000000000001011011110111100101100100011110110"
]  # fmt: skip
MTX = [int(one) for one in
    "00000000011111000000000000111111111111000000000001000000000000111110000000000000000111100011000000100110000000000000000000000111000011111"
]  # fmt: skip
DISEASE = [1] * 38 + [2] * 54 + [3] * 45
FAILED = [1 if relapsed else 2 if dead else 0 for relapsed, dead in zip(RELAPSED, DEAD, strict=True)]
# The same, section 1.4 (kidney): months to infection of a catheter placed by surgery or through the skin.
SURGICAL = [1.5, 3.5, 4.5, 4.5, 5.5, 8.5, 8.5, 9.5, 10.5, 11.5, 15.5, 16.5, 18.5, 23.5, 26.5, 2.5, 2.5, 3.5, 3.5, 3.5, 4.5, 5.5,
            6.5, 6.5, 7.5, 7.5, 7.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12.5, 12.5, 13.5, 14.5, 14.5, 21.5, 21.5, 22.5, 22.5, 25.5,
            27.5]  # fmt: skip
THROUGH_SKIN = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 2.5, 2.5, 3.5, 6.5, 15.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.5, 1.5,
                1.5, 1.5, 2.5, 2.5, 2.5, 2.5, 2.5, 3.5, 3.5, 3.5, 3.5, 3.5, 4.5, 4.5, 4.5, 5.5, 5.5, 5.5, 5.5, 5.5, 6.5, 7.5, 7.5,
                7.5, 8.5, 8.5, 8.5, 9.5, 9.5, 10.5, 10.5, 10.5, 11.5, 11.5, 12.5, 12.5, 12.5, 12.5, 14.5, 14.5, 16.5, 16.5, 18.5,
                19.5, 19.5, 19.5, 20.5, 22.5, 24.5, 25.5, 26.5, 26.5, 28.5]  # fmt: skip
INFECTED = [1] * 15 + [0] * 28 + [1] * 11 + [0] * 65
CATHETER = [1] * 43 + [2] * 76
# The same, section 1.8 (larynx): years to death by stage of cancer of the larynx.
LARYNX = [0.6, 1.3, 2.4, 2.5, 3.2, 3.2, 3.3, 3.3, 3.5, 3.5, 4, 4, 4.3, 4.5, 4.5, 5.3, 5.5, 5.9, 5.9, 6, 6.1, 6.2, 6.4, 6.5, 6.5, 6.7,
          7, 7.4, 7.4, 8.1, 8.1, 9.6, 10.7, 0.2, 1.8, 2, 2.2, 2.6, 3.3, 3.6, 3.6, 4, 4.3, 4.3, 5, 6.2, 7, 7.5, 7.6, 9.3, 0.3, 0.3,
          0.5, 0.7, 0.8, 1, 1.3, 1.6, 1.8, 1.9, 1.9, 3.2, 3.5, 3.7, 4.5, 4.8, 4.8, 5, 5, 5.1, 6.3, 6.4, 6.5, 7.8, 8, 9.3, 10.1, 0.1,
          0.3, 0.4, 0.8, 0.8, 1, 1.5, 2, 2.3, 2.9, 3.6, 3.8, 4.3]  # fmt: skip
DIED = [int(one) for one in
    "111010101111100100010011000100000111000101000110001111111111111000010011010001111111110110"
]  # fmt: skip
STAGE = [1] * 33 + [2] * 17 + [3] * 27 + [4] * 13

# R's veteran (Kalbfleisch & Prentice 1980, appendix 1, data set I): days to death with cancer of the lung, by type of cell.
VETERANS = [
    72, 411, 228, 126, 118, 10, 82, 110, 314, 100, 42, 8, 144, 25, 11, 30, 384, 4, 54, 13, 123, 97, 153, 59, 117, 16, 151, 22, 56, 21,
    18, 139, 20, 31, 52, 287, 18, 51, 122, 27, 54, 7, 63, 392, 10, 8, 92, 35, 117, 132, 12, 162, 3, 95, 177, 162, 216, 553, 278, 12,
    260, 200, 156, 182, 143, 105, 103, 250, 100, 999, 112, 87, 231, 242, 991, 111, 1, 587, 389, 33, 25, 357, 467, 201, 1, 30, 44, 283,
    15, 25, 103, 21, 13, 87, 2, 20, 7, 24, 99, 8, 99, 61, 25, 95, 80, 51, 29, 24, 18, 83, 31, 51, 90, 52, 73, 8, 36, 48, 7, 140, 186,
    84, 19, 45, 80, 52, 164, 19, 53, 15, 43, 340, 133, 111, 231, 378, 49,
]  # fmt: skip
CELL = [1] * 15 + [2] * 30 + [3] * 9 + [4] * 15 + [1] * 20 + [2] * 18 + [3] * 18 + [4] * 12
KEPT = np.ones(137, int)
KEPT[[9, 13, 20, 21, 63, 71, 72, 90, 109]] = 0


# Klein & Moeschberger 2003, table 7.3: chi-square and p of the two ways of placing a catheter.
@pytest.mark.parametrize(
    ("asked", "chi", "p"),
    [
        ({}, 2.53, 0.112), ({"weighing": "gehan"}, 0.002, 0.964), ({"weighing": "tarone-ware"}, 0.40, 0.526),
        ({"weighing": "peto"}, 1.40, 0.237), ({"weighing": "andersen"}, 1.28, 0.259),
        ({"powers": (0, 1)}, 9.67, 0.002), ({"powers": (1, 0)}, 1.39, 0.239), ({"powers": (1, 1)}, 9.83, 0.002),
        ({"powers": (0.5, 0.5)}, 9.28, 0.002), ({"powers": (0.5, 2)}, 8.18, 0.004),
    ],
)  # fmt: skip
def test_the_catheters_are_compared_as_printed(asked: dict, chi: float, p: float) -> None:  # type: ignore[type-arg]
    if "powers" in asked:
        asked = {"weighing": "fleming-harrington"} | asked
    found = survival.log_rank(SURGICAL + THROUGH_SKIN, INFECTED, CATHETER, **asked)
    assert found == (pytest.approx(chi, abs=0.0051 if chi > 0.01 else 0.0005), pytest.approx(p, abs=0.00051))


def test_the_transplants_are_compared_as_printed() -> None:
    failed = [int(cause > 0) for cause in FAILED]
    # SAS/STAT, PROC LIFETEST, "Enhanced Survival Plot and Multiple-Comparison Adjustments".
    assert survival.log_rank(FREE, failed, DISEASE) == pytest.approx((13.8037, 0.0010), abs=6e-5)
    assert survival.log_rank(FREE, failed, DISEASE, weighing="gehan") == pytest.approx((16.2407, 0.0003), abs=6e-5)
    observed, expected = survival.expected_events(FREE, failed, DISEASE)  # and as R's survdiff prints them
    assert (list(observed), list(expected.round(1))) == ([24, 25, 34], [21.9, 40.0, 21.2])


def test_stages_of_the_larynx_are_compared_as_printed() -> None:
    # Klein & Moeschberger 2003, examples 7.3 and 7.6: of any difference 22.76, of a trend along the stages 3.72.
    assert survival.log_rank(LARYNX, DIED, STAGE)[0] == pytest.approx(22.76, abs=0.005)
    assert survival.log_rank(LARYNX, DIED, STAGE, scores=[1, 2, 3, 4])[0] ** 0.5 == pytest.approx(3.72, abs=0.005)
    # Medians and restricted means to 10.7 years, by stage, as R's survfit (log-log) prints them.
    printed = {1: (6.5, 4.3, np.nan), 2: (7.0, 3.6, np.nan), 3: (5.0, 1.6, 7.8), 4: (1.5, 0.4, 3.6)}
    means = {1: (7.083, 0.6565), 2: (6.867, 1.0176), 3: (5.127, 0.8050), 4: (2.564, 0.8849)}
    stage, time, died = np.array(STAGE), np.array(LARYNX), np.array(DIED)
    for one, expected in printed.items():
        curve = survival.kaplan_meier(time[stage == one], died[stage == one])
        assert curve.quantile() == pytest.approx(expected, nan_ok=True)
        assert curve.mean_until(10.7) == (
            pytest.approx(means[one][0], abs=5e-4),
            pytest.approx(means[one][1], abs=5e-5),
        )


def test_relapse_and_death_after_a_transplant_are_as_cmprsk_prints_them() -> None:
    free, failed, disease = np.array(FREE), np.array(FAILED), np.array(DISEASE)
    printed = {  # at 100, 365 and 730 days: relapse and its variance, death and its variance
        1: ([0.05263158, 0.23798627, 0.3242890], [0.001349126, 0.004966846, 0.006251675], [0.05263158, 0.21281465, 0.3226545], [0.001349214, 0.004632263, 0.006159699]),
        2: ([0.00000000, 0.07407407, 0.1481481], [0.000000000, 0.001298691, 0.002394891], [0.11111111, 0.14814815, 0.2407407], [0.001865331, 0.002385252, 0.003465300]),
        3: ([0.20000000, 0.35555556, 0.4666667], [0.003654582, 0.005273965, 0.005792137], [0.11111111, 0.26666667, 0.2888889], [0.002251968, 0.004513380, 0.004763777]),
    }  # fmt: skip
    for one, (relapse, relapse_var, death, death_var) in printed.items():
        counted = survival.counts(free[disease == one], failed[disease == one], 2)
        found = survival.aalen_johansen(*counted)
        variance = survival.gray_variance(found, counted[1])
        place = np.searchsorted(found.time, [100, 365, 730], side="right") - 1
        assert found.at([100, 365, 730], 0)[0] == pytest.approx(relapse, abs=6e-8)
        assert found.at([100, 365, 730], 1)[0] == pytest.approx(death, abs=6e-8)
        assert variance[:, place] == pytest.approx(np.array([relapse_var, death_var]), abs=6e-10)


@pytest.mark.parametrize(
    ("asked", "statistics", "p"),
    [
        ({}, (11.92288205, 0.13741078), (0.0025761969, 0.9336016864)),
        ({"stratum": MTX}, (11.83986686, 0.04261883), (0.0026853789, 0.9789160266)),
        ({"rho": 1.0}, (13.300691552, 0.097612282), (0.0012935747, 0.9523657367)),
    ],
)
def test_grays_test_of_the_transplants_is_the_one_that_cmprsk_prints(
    asked: dict,  # type: ignore[type-arg]
    statistics: tuple[float, float],
    p: tuple[float, float],
) -> None:
    for cause, (statistic, chance) in enumerate(zip(statistics, p, strict=True), start=1):
        found = gray(FREE, FAILED, DISEASE, of=cause, **asked)
        assert (found.statistic, found.p) == (pytest.approx(statistic, abs=6e-9), pytest.approx(chance, abs=6e-11))


def test_a_group_that_dies_out_before_the_others_is_compared_as_cmprsk_does() -> None:
    """Of the adenocarcinomas and the small cells nobody is left while others are: the pooled incidence passes 1."""
    found = gray(VETERANS, KEPT, CELL)
    assert (found.statistic, found.p) == (pytest.approx(10.9599, abs=5e-5), pytest.approx(0.01194472, abs=5e-9))
    # Kalbfleisch & Prentice's and R's log-rank of the same: 25.4 with 3 degrees of freedom.
    assert survival.log_rank(VETERANS, KEPT, CELL)[0] == pytest.approx(25.4, abs=0.05)


# R's etm (Meister & Schaefer 2008; abortion): weeks of pregnancy at entry and at its end by induced abortion, birth or spontaneous
# abortion, of the women exposed to coumarin derivatives.
PREGNANT_FROM = """15 5 7 7 5 4 6 7 6 7 6 17 9 6 6 18 6 5 8 10 10 7 6 9 14 6 19 8 7 6 5 7 10 10 7 10 8 7 5 9 4 5 10 6 9 4 5 10 7 8 11 6 8
6 7 7 5 4 8 7 6 8 6 6 8 9 10 8 7 7 7 7 24 6 11 9 6 14 6 11 5 4 5 8 5 8 11 9 14 6 7 9 7 5 14 11 6 7 7 7 22 5 5 5 11 10
7 20 9 6 5 7 10 5 21 10 9 7 15 7 12 7 7 8 9 8 30 14 6 6 16 13 6 6 10 7 6 5 8 4 7 5 6 6 5 8 7 13 5 10 7 8 8 9 5 10 6 4
12 5 11 5 6 7 5 9 5 5 7 4 16 6 8"""
PREGNANT_UNTIL = """42 12 17 42 40 40 29 8 9 9 10 19 10 39 7 39 41 40 11 40 11 9 12 11 15 9 27 12 9 9 42 13 38 12 41 38 10 41 7 13 39 8 12
8 11 36 9 40 9 40 40 8 9 10 41 42 40 23 40 8 41 9 8 12 39 10 40 19 41 8 8 40 39 7 40 34 40 38 7 37 40 6 7 14 14 40 38
37 40 8 41 21 8 39 27 40 8 8 41 8 38 6 38 40 39 35 10 37 39 40 35 40 41 39 38 41 40 11 39 38 38 37 38 10 41 22 41 36 8
40 39 20 7 13 40 42 40 37 10 35 32 9 7 42 8 11 11 18 34 36 8 11 37 37 36 38 38 7 39 7 40 31 40 40 8 39 7 40 8 8 37 13
36"""
ENDED = "21322223133112122232111113311323232232132311323232211122232121112321213221222232233332222321322211232322221222222222332222212122122313222232213213312213222223232222123233232"  # fmt: skip


def test_outcomes_of_who_was_watched_from_later_on_are_as_etm_prints_them() -> None:
    entry, until = (np.array(text.split(), float) for text in (PREGNANT_FROM, PREGNANT_UNTIL))
    time, events, censored = survival.counts(until, [int(letter) for letter in ENDED], 3)
    found = survival.aalen_johansen(time, events, censored, survival.watched(time, entry, until))
    printed = (  # at 8, 12, 20, 30 and 43 weeks: share and variance
        ([0.15837053571, 0.26047749221, 0.27715168366, 0.28511180393, 0.28511180393], [0.00148940629, 0.00178536244, 0.00179976906, 0.00180566215, 0.00180566215]),
        ([0, 0, 0, 7.74774791e-03, 3.52565100e-01], [0, 0, 0, 3.02118247e-05, 1.77569349e-03]),
        ([0.21785714286, 0.31434927259, 0.35070193687, 0.35849179211, 0.36232309602], [0.00264916119, 0.00257150139, 0.00248273890, 0.00245926082, 0.00244761713]),
    )  # fmt: skip
    for cause, (shares, variances) in enumerate(printed):
        share, variance = found.at([8, 12, 20, 30, 43], cause)
        assert share == pytest.approx(shares, abs=6e-11)
        assert variance == pytest.approx(variances, abs=6e-12)


def test_a_group_gone_before_the_first_event_takes_no_degree_of_freedom() -> None:
    """R 4, survival: survdiff(Surv(t, e) ~ g) prints chisq 0.0739030023095 and p 0.7857365."""
    time, event, group = [1, 1, 2, 3, 4, 5, 6, 7], [0, 0, 1, 1, 0, 1, 1, 0], [2, 2, 0, 1, 0, 1, 0, 1]
    assert survival.log_rank(time, event, group) == pytest.approx((0.0739030023095, 0.7857365), abs=5e-8)


def test_strata_that_compare_different_groups_have_a_degree_of_freedom_each() -> None:
    time, event, group = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5], [1, 1, 0, 1, 1] * 2, [0, 1, 0, 1, 1, 2, 3, 3, 2, 2]
    parts = [survival.log_rank(time[half], event[half], group[half])[0] for half in (slice(5), slice(5, None))]
    chi, p = survival.log_rank(time, event, group, [0] * 5 + [1] * 5)
    assert (chi, p) == pytest.approx((sum(parts), np.exp(-sum(parts) / 2)))  # chi-square of two degrees of freedom


def test_without_an_event_curves_are_not_shown_to_be_alike() -> None:
    assert np.isnan(survival.log_rank([1, 2, 3], [0, 0, 0], [0, 1, 1])).all()
    assert np.isnan(survival.log_rank([1, 1, 2, 3], [0, 0, 1, 1], [0, 0, 1, 1])).all()
    assert np.isnan(survival.log_rank([1, 2], [0, 0], [0, 1], scores=[0, 1])).all()


def test_a_time_that_is_not_known_does_not_pass_for_the_latest() -> None:
    time, event, group = [1.0, np.nan, 3.0], [1, 1, 1], [0, 1, 1]
    for asked in (survival.kaplan_meier, survival.log_rank, survival.expected_events, gray):
        with pytest.raises(ValueError, match="every time must be known"):
            asked(time, event, *([] if asked is survival.kaplan_meier else [group]))


def test_who_has_no_group_is_no_group_of_their_own() -> None:
    time, event = [1.0, 2.0, 3.0, 4.0], [1, 1, 1, 0]
    for missing in ([0.0, 1.0, np.nan, 1.0], ["a", "b", None, "b"], np.array(["a", "b", np.nan, "b"], object)):
        for asked in (survival.log_rank, survival.expected_events, gray):
            with pytest.raises(ValueError, match="everybody must have a group"):
                asked(time, event, missing)
            with pytest.raises(ValueError, match="and a stratum"):
                asked(time, event, [0, 1, 0, 1], stratum=missing)


def test_a_code_of_ones_own_or_a_missing_event_is_no_event() -> None:
    """R's lung has 1 for who is alive and 2 for the dead: all of them would have died."""
    for event in ([1, 2, 2], [1, 0, np.nan], [True, False, None]):
        for asked in (survival.kaplan_meier, survival.log_rank, survival.expected_events):
            with pytest.raises(ValueError, match="an event is 1"):
                asked([1, 2, 3], event, *([] if asked is survival.kaplan_meier else [[0, 0, 1]]))
    for cause in ([1, 0, np.nan], [1, 0, 1.5]):
        with pytest.raises(ValueError, match="every cause is a whole number"):
            survival.counts([1, 2, 3], np.array(cause), 2)
        with pytest.raises(ValueError, match="every cause is a whole number"):
            gray([1, 2, 3], np.array(cause), [0, 0, 1])


def test_tumours_of_the_tongue_are_compared_as_printed() -> None:
    """Klein & Moeschberger 2003, section 1.11 (tongue in R's KMsurv), aneuploid and diploid: exercise 7.4, and R's survfit."""
    weeks = [
        1, 3, 3, 4, 10, 13, 13, 16, 16, 24, 26, 27, 28, 30, 30, 32, 41, 51, 65, 67, 70, 72, 73, 77, 91, 93, 96, 100, 104, 157, 167, 61, 74,
        79, 80, 81, 87, 87, 88, 89, 93, 97, 101, 104, 108, 109, 120, 131, 150, 231, 240, 400, 1, 3, 4, 5, 5, 8, 12, 13, 18, 23, 26, 27, 30,
        42, 56, 62, 69, 104, 104, 112, 129, 181, 8, 67, 76, 104, 176, 231,
    ]  # fmt: skip
    died, kind = [1] * 31 + [0] * 21 + [1] * 22 + [0] * 6, ["aneuploid"] * 52 + ["diploid"] * 28
    assert survival.log_rank(weeks, died, kind) == pytest.approx((2.79, 0.0949), abs=5e-4)
    for here, median in ((slice(0, 52), (93, 67, np.nan)), (slice(52, 80), (42, 23, 112))):
        assert survival.kaplan_meier(weeks[here], died[here]).quantile(scale="log") == pytest.approx(
            median, nan_ok=True
        )


def test_devices_and_stained_tumours_are_as_collett_prints_them() -> None:
    """Collett 2015 (Modelling Survival Data in Medical Research), tables 1.1 and 1.2, examples 2.1 to 2.13."""
    weeks = [10, 13, 18, 19, 23, 30, 36, 38, 54, 56, 59, 75, 93, 97, 104, 107, 107, 107]
    found = survival.kaplan_meier(weeks, [1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0])
    steps = found.events > 0
    assert found.surviving[steps] == pytest.approx(
        [0.9444, 0.8815, 0.8137, 0.7459, 0.6526, 0.5594, 0.4662, 0.3729, 0.2486], abs=5.1e-5
    )
    assert found.error[steps] == pytest.approx(
        [0.0540, 0.0790, 0.0978, 0.1107, 0.1303, 0.1412, 0.1452, 0.1430, 0.1392], abs=6e-5
    )
    assert found.quantile()[0] == 93
    months = [23, 47, 69, 70, 71, 100, 101, 148, 181, 198, 208, 212, 224, 5, 8, 10, 13, 18, 24, 26, 26, 31, 35, 40, 41, 48, 50, 59, 61, 68,
              71, 76, 105, 107, 109, 113, 116, 118, 143, 154, 162, 188, 212, 217, 225]  # fmt: skip
    died = [1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, *[1] * 18, 0, 0, 0, 0, 1, 0, 1, 1, *[0] * 6]
    stained = [0] * 13 + [1] * 32
    assert survival.log_rank(months, died, stained) == pytest.approx((3.515, 0.061), abs=5e-4)
    assert survival.log_rank(months, died, stained, weighing="gehan") == pytest.approx((4.180, 0.041), abs=5e-4)
    assert survival.expected_events(months, died, stained)[1] == pytest.approx([9.565, 16.435], abs=5e-4)


def test_the_rats_of_pike_are_as_kalbfleisch_and_prentice_print_them() -> None:
    """Days to death of cancer of the vagina after two regimes (table 1.1), log-rank 3.12, medians 216 and 233."""
    first = [143, 164, 188, 188, 190, 192, 206, 209, 213, 216, 220, 227, 230, 234, 246, 265, 304, 216, 244]
    second = [142, 156, 163, 198, 205, 232, 232, 233, 233, 233, 233, 239, 240, 261, 280, 280, 296, 296, 323, 204, 344]
    died = [1] * 17 + [0] * 2 + [1] * 19 + [0] * 2
    assert survival.log_rank(first + second, died, [0] * 19 + [1] * 21) == pytest.approx((3.12, 0.077), abs=5e-3)
    assert survival.kaplan_meier(first, died[:19]).quantile()[0] == 216
    assert survival.kaplan_meier(second, died[19:]).quantile()[0] == 233
