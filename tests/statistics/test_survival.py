"""Cumulative incidence against published figures, plain Python and known truths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from pipelines.statistics import survival
from pipelines.statistics.gray import gray

# cmprsk's test of cuminc: exponential times, two causes, censoring (values at 1, 2, 3, 4, 5).
TIMES = """.686305386407 .14981822184 1.611874897234 1.077275481355 1.553026613208 .286782732781 .234918733881 .255626243832
.53621501651 1.420936247491 1.979940807734 .816767431758 .97078273564 3.376076683607 1.407218258982 .229477146927 2.82124285339
1.598965870415 .661165788691 .291715883982 2.421805450879 .264711200315 .419970412604 .994871950038 5.248649866553 .493776539688
.036222038339 .039556430895 2.225511042542 1.896815691411 1.562481316677 2.080966883781 .062461943613 .30857372361 .854362679677
1.086975256264 .183905219159 .877296838037 .166353048471 1.346991764725 3.303842775712 .723760951508 .043172865164 1.635106556456
1.022372916608 1.565542464658 .734399741716 1.705070955902 1.5272559246 1.921497015556 1.854679495494 .310276407122 2.424570822124
.515171852781 1.251790269599 1.054939732231 .010266538799 1.079948588555 .136024056449 .466942509512 1.348636621953 .113959913401
2.535241620828 .762921569487 .432437741997 .66629927749 .862623858496 .479770515459 .397440323549 1.493170373518 .661090880692
.540538646174 1.355944048958 .773166753561 3.90256329452 .117417340556 1.786273376125 .072698123072 .259388179346 2.09270868131
.229583577074 .490496266583 .425987185311 .33519486695 .697602055273 .097860200586 .917997591661 .174527985443 .680716847927
1.83519412857 2.997399263201 1.937913026938 .52041768644 1.653624899365 2.238664807896 .14935734662 .720765824627 .096726299985
.831950272657 1.003850492912"""
CAUSES = "1202210220022000001021111200101112001201212020021211210202120221212210000202222000112122101112122011"
SUBJECTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=1, max_size=25)


def plainly(subjects: list[tuple[int, int]], cause: int) -> dict[int, tuple[float, float]]:
    """(incidence, variance) after each time, the definition spelled out step by step."""
    result, steps = {}, []
    surviving, value = 1.0, 0.0
    for time in sorted({when for when, _ in subjects}):
        at_risk = sum(1 for when, _ in subjects if when >= time)
        events = sum(1 for when, what in subjects if when == time and what > 0)
        mine = sum(1 for when, what in subjects if when == time and what == cause)
        value += surviving * mine / at_risk
        steps.append((value, surviving, at_risk, events, mine))
        surviving *= 1 - events / at_risk
        variance = 0.0
        for then, before, y, d, own in steps:
            gap = value - then
            if y > d:
                variance += gap**2 * d / (y * (y - d))
            variance += before**2 * own * (y - own) / y**3 - 2 * gap * before * own / y**2
        result[time] = (value, max(variance, 0.0))
    return result


def test_the_published_cumulative_incidence_is_found() -> None:
    times = [float(word) for word in TIMES.split()]
    causes = [int(letter) for letter in CAUSES]
    found = survival.aalen_johansen(*survival.counts(times, causes, 2))
    expected = (
        (
            [0.2352861, 0.3287068, 0.4247898, 0.4247898, 0.4247898],
            [0.002062112, 0.002957844, 0.004170634] + [0.004170634] * 2,
        ),
        (
            [0.2567862, 0.393158, 0.4631781, 0.4911861, 0.4911861],
            [0.002190305, 0.003273248, 0.004004514] + [0.00436994] * 2,
        ),
    )
    for cause, (values, printed_variance) in enumerate(expected):
        value, variance = found.at([1, 2, 3, 4, 5], cause)
        assert value == pytest.approx(values, abs=1e-6)
        # Aalen's variance is 1.6 to 10% below Gray's at this size; which one we use is stated.
        assert np.all((variance / printed_variance > 0.90) & (variance / printed_variance < 0.99))
        printed = survival.gray_variance(found, survival.counts(times, causes, 2)[1])
        place = np.searchsorted(found.time, [1, 2, 3, 4, 5], side="right") - 1
        assert printed[cause, place] == pytest.approx(printed_variance, abs=1e-8)


@given(SUBJECTS, st.sampled_from([1, 2]))
def test_incidence_and_variance_are_what_the_definition_says(subjects: list[tuple[int, int]], cause: int) -> None:
    times, causes = zip(*subjects, strict=True)
    found = survival.aalen_johansen(*survival.counts(times, causes, 2))
    for time, (value, variance) in plainly(subjects, cause).items():
        seen, spread = found.at(time, cause - 1)
        assert float(seen) == pytest.approx(value, abs=1e-12)
        assert float(spread) == pytest.approx(variance, abs=1e-12)


@given(SUBJECTS)
def test_outcomes_and_those_remaining_sum_to_one(subjects: list[tuple[int, int]]) -> None:
    found = survival.aalen_johansen(*survival.counts(*zip(*subjects, strict=True), 2))
    assert found.value.sum(axis=0) + found.surviving == pytest.approx(np.ones(len(found.time)))


@given(SUBJECTS)
def test_several_cohorts_at_once_are_the_cohorts_one_by_one(subjects: list[tuple[int, int]]) -> None:
    times = np.arange(8)
    table = np.zeros((3, 2, 8))
    for place, (when, what) in enumerate(subjects):
        table[what, place % 2, when] += 1
    both = survival.aalen_johansen(times, table[1:], table[0])
    for cohort in (0, 1):
        one = survival.aalen_johansen(times, table[1:, cohort], table[0, cohort])
        assert both.value[:, cohort] == pytest.approx(one.value)
        assert both.var[:, cohort] == pytest.approx(one.var)


@given(SUBJECTS)
def test_with_one_cause_it_is_one_minus_kaplan_meier(subjects: list[tuple[int, int]]) -> None:
    times, causes = zip(*[(when, min(what, 1)) for when, what in subjects], strict=True)
    time, events, censored = survival.counts(times, causes, 1)
    curve = survival.kaplan_meier(times, causes)
    found = survival.aalen_johansen(time, events, censored)
    assert found.value[0] == pytest.approx(1 - curve.surviving)
    assert np.all(curve.var >= 0)


def test_nobody_having_the_event_gives_zero_and_no_median() -> None:
    found = survival.aalen_johansen(*survival.counts([1, 2, 3], [0, 0, 0], 1))
    assert float(found.at(3)[0]) == 0
    assert np.isnan(found.when(0.5))


def test_the_median_is_the_first_time_that_half_had_it() -> None:
    found = survival.aalen_johansen(*survival.counts([1, 4, 6, 9], [1, 1, 1, 1], 1))
    assert float(found.when(0.5)) == 4


def test_ignoring_open_cases_understates_where_incidence_does_not() -> None:
    rng = np.random.default_rng(11)
    age, delay = rng.uniform(0, 365, 60_000), rng.exponential(45, 60_000)
    will, exits = rng.random(60_000) < 0.4, rng.exponential(120, 60_000)
    first = np.minimum(np.where(will, delay, np.inf), exits)
    cause = np.where(first > age, 0, np.where(will & (delay <= exits), 1, 2))
    found = survival.aalen_johansen(*survival.counts(np.ceil(np.minimum(first, age)), cause, 2))
    truth = np.mean(will & (delay <= exits) & (delay <= 90))
    assert float(found.at(90)[0]) == pytest.approx(truth, abs=0.008)
    recent = age < 60
    assert np.mean(cause[recent] == 1) < 0.7 * truth


def test_the_interval_stays_within_zero_and_one_and_is_unknown_at_the_ends() -> None:
    low, high = survival.incidence_interval([0.0, 0.02, 0.98, 1.0], [0.0, 0.0004, 0.0004, 0.0])
    assert np.isnan(low[[0, 3]]).all()
    assert np.all((low[1:3] > 0) & (high[1:3] < 1) & (low[1:3] < [0.02, 0.98]) & (high[1:3] > [0.02, 0.98]))


# Freireich et al. 1963: weeks of remission of acute leukaemia under 6-MP and placebo (Kalbfleisch & Prentice; Klein &
# Moeschberger; the curve and its errors as every textbook prints them).
REMISSION = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_textbook_survival_curve_is_found() -> None:
    found = survival.kaplan_meier(REMISSION, RELAPSED)
    steps = found.events > 0
    assert list(found.time[steps]) == [6, 7, 10, 13, 16, 22, 23]
    assert list(found.at_risk[steps]) == [21, 17, 15, 12, 11, 7, 6]
    assert list(found.surviving[steps].round(3)) == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert list(found.error[steps].round(4)) == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]


def test_the_median_and_its_interval_are_the_published_ones() -> None:
    treated = survival.kaplan_meier(REMISSION, RELAPSED)
    assert treated.quantile(scale="log")[:2] == (23, 16)
    assert treated.quantile(scale="log-log")[:2] == (23, 13)
    assert np.isnan(treated.quantile()[2])  # not reached: said, not guessed
    assert survival.kaplan_meier(PLACEBO, np.ones(21)).quantile(scale="log") == (8, 4, 12)


def test_the_published_log_rank_and_restricted_mean_are_found() -> None:
    chi, p = survival.log_rank(REMISSION + PLACEBO, RELAPSED + [1] * 21, [0] * 21 + [1] * 21)
    assert (chi, p) == (pytest.approx(16.79, abs=0.005), pytest.approx(4.17e-5, abs=1e-7))
    assert survival.kaplan_meier(REMISSION, RELAPSED).mean_until(35) == pytest.approx((23.29, 2.83), abs=0.005)


def test_all_but_a_rounding_error_is_all() -> None:
    low, high = survival.incidence_interval([1 - 1e-16, 1e-16, 0.5], [1e-4, 1e-4, 1e-4])
    assert list(np.isnan(low)) == list(np.isnan(high)) == [True, True, False]


# Maintained chemotherapy in acute myelogenous leukaemia, weeks to relapse (Miller 1981; R's survival prints it so).
MAINTAINED = ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
NOT_MAINTAINED = ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])


def test_the_leukaemia_curves_are_as_printed() -> None:
    found = survival.kaplan_meier(*MAINTAINED)
    steps = found.events > 0
    low, high = found.interval(scale="log")
    assert list(found.surviving[steps].round(3)) == [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    assert list(found.error[steps].round(4)) == [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535]
    assert list(low[steps].round(4)) == [0.7541, 0.6192, 0.4884, 0.3769, 0.2549, 0.1549, 0.0359]
    assert list(high[steps].round(3)) == [1, 1, 1, 0.999, 0.946, 0.875, 0.944]
    assert found.quantile(scale="log")[:2] == (31, 18)
    assert survival.kaplan_meier(*NOT_MAINTAINED).quantile(scale="log")[:2] == (23, 8)
    both = [first + second for first, second in zip(MAINTAINED, NOT_MAINTAINED, strict=True)]
    assert survival.log_rank(*both, [0] * 11 + [1] * 12) == pytest.approx((3.396389, 0.0653393), abs=1e-6)


@pytest.mark.parametrize(
    ("weighing", "chi"),
    [("log-rank", 16.79), ("gehan", 13.46), ("tarone-ware", 15.12), ("peto", 14.08), ("fleming-harrington", 14.46)],
)
def test_early_differences_can_be_made_to_count_more(weighing: survival.Weighing, chi: float) -> None:
    # The remission times again, as Kleinbaum & Klein (2012, chapter 2) print the tests.
    found = survival.log_rank(REMISSION + PLACEBO, RELAPSED + [1] * 21, [0] * 21 + [1] * 21, weighing=weighing)
    assert found[0] == pytest.approx(chi, abs=0.005)


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.booleans(), st.integers(0, 2)), min_size=8, max_size=40))
def test_people_are_compared_within_their_stratum(people: list[tuple[int, bool, bool, int]]) -> None:
    time, event, group, stratum = map(np.array, zip(*people, strict=True))
    mixed = {one for one in set(stratum) if len(set(group[stratum == one])) == 2}
    if not mixed or not event.any():
        return
    parts = [survival._apart(time[stratum == one].astype(float), event[stratum == one], group[stratum == one].astype(int), 2, "log-rank")
             for one in mixed]  # fmt: skip
    gap, variance = sum(part[0][0] for part in parts), sum(part[1][0, 0] for part in parts)
    chi = gap**2 / variance if variance > 1e-12 else np.nan  # no event at which both are there: nothing is compared
    assert survival.log_rank(time, event, group, stratum)[0] == pytest.approx(chi, abs=1e-8, nan_ok=True)


# Klein & Moeschberger 2003, exercise 4.7: ages at entry and at death or last contact.
ENTERED = [
    58,
    58,
    59,
    60,
    60,
    61,
    61,
    62,
    62,
    62,
    63,
    63,
    64,
    66,
    66,
    67,
    67,
    67,
    68,
    69,
    69,
    69,
    70,
    70,
    70,
    71,
    72,
    72,
    73,
    73,
]
LEFT = [
    60,
    63,
    69,
    62,
    65,
    72,
    69,
    73,
    66,
    65,
    68,
    74,
    71,
    68,
    69,
    70,
    77,
    69,
    72,
    79,
    72,
    70,
    76,
    71,
    78,
    79,
    76,
    73,
    80,
    74,
]
DIED = [1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1]


def test_who_was_watched_from_later_on_is_at_risk_from_then() -> None:
    found = survival.kaplan_meier(LEFT, DIED, entry=ENTERED)
    plain = [sum(begin < when <= end for begin, end in zip(ENTERED, LEFT, strict=True)) for when in found.time]
    assert list(found.at_risk) == plain
    hazard, variance = found.hazard()
    first = [(when, y, h.round(3), np.sqrt(v).round(3)) for when, y, h, v in zip(found.time, found.at_risk, hazard, variance, strict=True)]  # fmt: skip
    assert first[0] == (60, 3, 0.333, 0.333)
    assert first[1][:2] == (62, 6)
    assert found.surviving[0] == pytest.approx(2 / 3)
    incidence = survival.aalen_johansen(*survival.counts(LEFT, DIED, 1), at_risk=found.at_risk)
    assert incidence.value[0] == pytest.approx(1 - found.surviving)
    with pytest.raises(ValueError, match="watched for some time"):
        survival.kaplan_meier([3], [1], entry=[3])


@given(SUBJECTS)
def test_the_curve_is_that_of_statsmodels(subjects: list[tuple[int, int]]) -> None:
    times, causes = zip(*[(when + 1, min(what, 1)) for when, what in subjects], strict=True)
    found = survival.kaplan_meier(times, causes)
    steps = found.events > 0
    if not steps.any():
        return
    oracle = SurvfuncRight(np.array(times, float), np.array(causes))
    assert found.surviving[steps] == pytest.approx(oracle.surv_prob)
    assert np.nan_to_num(found.error[steps][found.surviving[steps] > 0]) == pytest.approx(
        oracle.surv_prob_se[oracle.surv_prob > 1e-12][: (found.surviving[steps] > 0).sum()]
    )


@pytest.mark.parametrize("scale", ["log-log", "log", "plain"])
def test_every_interval_holds_the_curve_within_zero_and_one(scale: str) -> None:
    found = survival.kaplan_meier(REMISSION, RELAPSED)
    low, high = found.interval(scale=scale)  # type: ignore[arg-type]
    assert ((low >= 0) & (low <= found.surviving) & (found.surviving <= high) & (high <= 1)).all()


def test_counts_stand_for_people() -> None:
    one_by_one = survival.kaplan_meier([2, 2, 2, 5], [1, 1, 0, 1])
    grouped = survival.kaplan_meier([2, 2, 5], [1, 0, 1], weight=[2, 1, 1])
    assert grouped.surviving == pytest.approx(one_by_one.surviving)
    assert grouped.var == pytest.approx(one_by_one.var)


def test_one_group_has_nothing_to_be_compared_with() -> None:
    assert np.isnan(survival.log_rank([1, 2], [1, 1], ["a", "a"])).all()


# Edmonson et al. 1979: days after chemotherapy for ovarian cancer, by treatment (R's survival has and prints it).
OVARIAN = [59, 115, 156, 431, 448, 477, 638, 803, 855, 1040, 1106, 268, 329,
           421, 464, 475, 563, 744, 769, 770, 1129, 1206, 1227, 353, 365, 377]  # fmt: skip
DEATHS = [1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0]


def test_the_ovarian_trial_is_as_printed() -> None:
    treatment = [1] * 13 + [2] * 13
    observed, expected = survival.expected_events(OVARIAN, DEATHS, treatment)
    assert (list(observed), list(expected.round(2))) == ([7, 5], [5.23, 6.77])
    assert survival.log_rank(OVARIAN, DEATHS, treatment) == pytest.approx((1.06, 0.303), abs=0.005)
    first, second = (survival.kaplan_meier(OVARIAN[part], DEATHS[part]) for part in (slice(0, 13), slice(13, 26)))
    assert first.quantile(scale="log")[:2] == (638, 268)
    assert np.isnan(second.quantile(scale="log")[0])
    assert second.quantile(scale="log")[1] == 475
    assert list(second.surviving[second.events > 0].round(3)) == [0.923, 0.846, 0.752, 0.658, 0.564]
    assert list(second.error[second.events > 0].round(4)) == [0.0739, 0.1001, 0.1256, 0.1407, 0.1488]


@pytest.mark.parametrize(
    ("scale", "low", "high"),
    [
        ("arcsine", [0.6795, 0.5493, 0.4201, 0.3122, 0.1927, 0.0998, 0.0031], [0.9999, 0.9791, 0.9346, 0.8735, 0.7928, 0.6921, 0.5461]),
        ("logit", [0.5614, 0.4930, 0.3961, 0.3102, 0.2101, 0.1289, 0.0295], [0.9874, 0.9542, 0.9064, 0.8487, 0.7775, 0.6965, 0.6258]),
    ],
)  # fmt: skip
def test_other_scales_give_the_intervals_that_r_prints(
    scale: survival.Scale, low: list[float], high: list[float]
) -> None:
    found = survival.kaplan_meier(*MAINTAINED)
    below, above = found.interval(scale=scale)
    assert list(below[found.events > 0].round(4)) == low
    assert list(above[found.events > 0].round(4)) == high


# cmprsk's exponential times again, taken as of three groups in turn and two strata: what its cuminc prints of them.
@pytest.mark.parametrize(
    ("asked", "statistics", "p"),
    [
        ({}, (1.27185459093, 0.47206415325), (0.52944430931, 0.78975534084)),
        ({"stratum": np.arange(100) % 2}, (1.70048409803, 0.52164828566), (0.42731148910, 0.77041639095)),
        ({"rho": 1.0}, (1.38955467219, 0.56091544256), (0.49918558622, 0.75543788231)),
    ],
)
def test_grays_test_is_the_one_that_cmprsk_prints(
    asked: dict, statistics: tuple[float, float], p: tuple[float, float]
) -> None:  # type: ignore[type-arg]
    times, causes = np.array([float(word) for word in TIMES.split()]), [int(letter) for letter in CAUSES]
    for cause, (statistic, chance) in enumerate(zip(statistics, p, strict=True), start=1):
        found = gray(times, causes, np.arange(100) % 3, of=cause, **asked)
        assert (found.statistic, found.p, found.df) == (
            pytest.approx(statistic, abs=1e-9),
            pytest.approx(chance, abs=1e-9),
            2,
        )


def test_grays_test_allows_for_ties_as_cmprsk_does() -> None:
    times, causes = np.ceil([5 * float(word) for word in TIMES.split()]), [int(letter) for letter in CAUSES]
    found = [gray(times, causes, np.arange(100) % 3, of=cause).statistic for cause in (1, 2)]
    assert found == pytest.approx([1.30688210162, 0.64328060312], abs=1e-8)


def test_groups_that_cannot_be_told_apart_have_no_test() -> None:
    assert np.isnan(gray([1, 2, 3], [1, 2, 0], ["a"] * 3).statistic)
    assert np.isnan(gray([1, 2, 3], [2, 2, 0], ["a", "b", "b"]).p)
    with pytest.raises(ValueError, match="one length"):
        gray([1, 2], [1], ["a", "b"])


@given(SUBJECTS)
def test_without_competitors_or_ties_grays_score_is_the_log_ranks(subjects: list[tuple[int, int]]) -> None:
    time = np.arange(len(subjects)) + 1.0
    event, group = np.array([what > 0 for _, what in subjects]), np.array([when % 2 for when, _ in subjects])
    if len(set(group)) < 2:
        return
    observed, expected = survival.expected_events(time, event, group)
    assert gray(time, event.astype(int), group).score == pytest.approx((observed - expected)[:-1], abs=1e-9)


def test_late_differences_can_be_made_to_count_more() -> None:
    both, events, group = REMISSION + PLACEBO, RELAPSED + [1] * 21, [0] * 21 + [1] * 21

    def asked(p: float, q: float) -> float:
        return survival.log_rank(both, events, group, weighing="fleming-harrington", powers=(p, q))[0]

    assert asked(1, 0) == pytest.approx(14.46, abs=0.005)
    assert asked(0, 0) == pytest.approx(survival.log_rank(both, events, group)[0])
    times, pooled = np.array(both), survival.kaplan_meier(both, events)
    gap = spread = 0.0
    for when in pooled.time[pooled.events > 0]:
        before = float(np.append(1.0, pooled.surviving)[np.searchsorted(pooled.time, when)])
        weight = before**0.5 * (1 - before) ** 2
        y, y1 = (times >= when).sum(), (times[:21] >= when).sum()
        d, d1 = (
            sum(t == when and e for t, e in zip(both, events, strict=True)),
            sum(t == when and e for t, e in zip(REMISSION, RELAPSED, strict=True)),
        )
        gap += weight * (d1 - d * y1 / y)
        spread += weight**2 * (d * (y - d) / max(y - 1, 1) * y1 / y * (1 - y1 / y))
    assert asked(0.5, 2) == pytest.approx(gap**2 / spread)


def test_a_trend_over_groups_has_one_degree_of_freedom() -> None:
    both, events, group = REMISSION + PLACEBO, RELAPSED + [1] * 21, [0] * 21 + [1] * 21
    assert survival.log_rank(both, events, group, scores=[1, 2]) == pytest.approx(
        survival.log_rank(both, events, group)
    )
    three = [place % 3 for place in range(42)]
    assert survival.log_rank(both, events, three, scores=[1, 2, 3]) == pytest.approx(
        survival.log_rank(both, events, three, scores=[10, 30, 50])
    )


def test_groups_watched_from_later_on_are_compared_among_who_was_watched() -> None:
    half = [place % 2 for place in range(30)]
    late = survival.log_rank(LEFT, DIED, half, entry=ENTERED)
    assert late[0] != pytest.approx(survival.log_rank(LEFT, DIED, half)[0])
    assert survival.log_rank(LEFT, DIED, half, entry=[0] * 30) == pytest.approx(survival.log_rank(LEFT, DIED, half))
    expected = observed = spread = 0.0
    for when in sorted(set(LEFT)):
        there = [begin < when <= end for begin, end in zip(ENTERED, LEFT, strict=True)]
        y, y1 = sum(there), sum(here for here, mine in zip(there, half, strict=True) if mine == 0)
        d = sum(end == when and died for end, died in zip(LEFT, DIED, strict=True))
        observed += sum(end == when and died for end, died, mine in zip(LEFT, DIED, half, strict=True) if mine == 0)
        if y > 1:
            expected += d * y1 / y
            spread += d * (y - d) / (y - 1) * y1 / y * (1 - y1 / y)
        else:
            expected += d * y1 / y if y else 0
    assert late[0] == pytest.approx((observed - expected) ** 2 / spread)


def test_restricted_means_are_compared_by_difference_and_ratio() -> None:
    treated, placebo = survival.kaplan_meier(REMISSION, RELAPSED), survival.kaplan_meier(PLACEBO, np.ones(21))
    (gap, low, high, p), (ratio, less, more, q) = survival.mean_difference(treated, placebo, 20)
    one, other = treated.mean_until(20), placebo.mean_until(20)
    assert (gap, ratio) == pytest.approx((one[0] - other[0], one[0] / other[0]))
    assert (high - low) / 2 == pytest.approx(1.959964 * np.hypot(one[1], other[1]))
    assert np.log(more / less) / 2 == pytest.approx(1.959964 * np.hypot(one[1] / one[0], other[1] / other[0]))
    assert max(p, q) < 0.001
    assert survival.mean_difference(treated, treated, 20)[0][3] == pytest.approx(1)


def test_an_incidence_has_intervals_on_every_scale() -> None:
    for scale in ("log-log", "log", "plain", "logit", "arcsine"):
        low, high = survival.incidence_interval([0.0, 0.3, 1.0], [0.0, 0.002, 0.0], scale=scale)  # type: ignore[arg-type]
        assert np.isnan([low[0], low[2], high[0], high[2]]).all()
        assert 0 < low[1] < 0.3 < high[1] < 1
    low, high = survival.incidence_interval(0.3, 0.0025, scale="log")  # as R's survfit prints a state's probability
    assert (low, high) == (pytest.approx(0.3 * np.exp(-1.959964 / 6)), pytest.approx(0.3 * np.exp(1.959964 / 6)))


@pytest.mark.parametrize(("people", "censored"), [(12, 0.0), (30, 0.5)])
def test_the_interval_of_a_median_covers_as_often_as_it_says(people: int, censored: float) -> None:
    rng, held, asked = np.random.default_rng(31), 0, 400
    for _ in range(asked):
        event, lost = rng.exponential(1, people), rng.exponential(1, people) if censored else np.full(people, np.inf)
        _, low, high = survival.kaplan_meier(np.minimum(event, lost), event <= lost).quantile()
        held += np.nan_to_num(low, nan=0.0) <= np.log(2) <= np.nan_to_num(high, nan=np.inf)
    assert 0.915 < held / asked <= 1


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_the_interval_of_an_incidence_covers_as_often_as_it_says(share: float) -> None:
    """Thirty people, two outcomes, a fifth lost: on the log-log scale, where the first outcome was seen at all."""
    rng, held, told = np.random.default_rng(32), 0, 0
    for _ in range(400):
        when, lost = rng.exponential(1, 30), rng.exponential(5, 30)
        cause = np.where(when <= lost, np.where(rng.random(30) < share, 1, 2), 0)
        found = survival.aalen_johansen(*survival.counts(np.minimum(when, lost), cause, 2))
        low, high = survival.incidence_interval(*found.at([1.0]))
        if not np.isnan(low[0]):
            told, held = told + 1, held + bool(low[0] <= share * (1 - np.exp(-1)) <= high[0])
    assert told > 250
    assert 0.915 < held / told <= 1
