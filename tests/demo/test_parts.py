"""The demo's clock, check digits and spellings."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest

from pipelines.demo import outcomes, referrals, spellings
from pipelines.demo.clock import DAY, NEVER, Clock, as_date, day_number, moment
from pipelines.demo.names import SOURCES
from pipelines.demo.network import Size, build, with_check_digit

EAST, WEST = np.array([0]), np.array([1])


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(dt.date(2023, 11, 1), dt.date(2026, 10, 31))


def seconds(*when: int) -> np.ndarray:
    return np.array([int(dt.datetime(*when, tzinfo=dt.UTC).timestamp())])


def test_summer_and_winter_have_their_own_offset(clock: Clock) -> None:
    assert (clock.local(seconds(2025, 7, 1, 12), EAST) == seconds(2025, 7, 1, 8)).all()
    assert (clock.local(seconds(2025, 1, 1, 12), WEST) == seconds(2025, 1, 1, 4)).all()


def test_a_local_time_comes_back_from_utc(clock: Clock) -> None:
    for when in ((2024, 3, 10, 4), (2024, 11, 3, 9), (2025, 11, 1, 23, 30), (2026, 6, 1, 0)):
        assert (clock.local(clock.utc(seconds(*when), EAST), EAST) == seconds(*when)).all()


def test_a_time_that_the_clocks_skip_is_taken_an_hour_later_or_earlier_but_exists(clock: Clock) -> None:
    there = clock.local(clock.utc(seconds(2025, 3, 9, 2, 30), EAST), EAST)
    assert there[0] in {seconds(2025, 3, 9, 3, 30)[0], seconds(2025, 3, 9, 1, 30)[0]}


def test_what_never_happened_has_no_time(clock: Clock) -> None:
    never = np.array([NEVER])
    assert clock.local(never, EAST)[0] == NEVER
    assert clock.stamps(never).tolist() == [""]
    assert clock.days(never).tolist() == [""]


def test_stamps_are_spelled_as_an_ehr_does(clock: Clock) -> None:
    assert clock.stamps(seconds(2026, 3, 4, 0, 5, 9)).tolist() == ["03/04/2026 12:05:09 AM"]
    assert clock.stamps(seconds(2026, 3, 4, 13, 0, 0)).tolist() == ["03/04/2026 01:00:00 PM"]


def test_office_time_is_on_a_weekday_in_the_day(clock: Clock) -> None:
    rng = np.random.default_rng(1)
    some = clock.first * DAY + rng.integers(0, 900 * DAY, 2000)
    zone = rng.integers(0, 2, 2000)
    moved = clock.local(clock.office(some, zone, rng), zone)
    assert set(((moved // DAY) + 3) % 7) <= set(range(5))
    assert ((moved % DAY >= 8 * 3600) & (moved % DAY < 17.5 * 3600)).all()
    assert (clock.office(some, zone, rng) >= some).all()


def test_holidays_and_weekends_are_lighter_than_a_monday(clock: Clock) -> None:
    weight = dict(zip((as_date(day) for day in range(clock.first, clock.last + 1)), clock.weights(), strict=True))
    monday = weight[dt.date(2025, 7, 7)]
    assert max(weight[dt.date(2025, 7, 4)], weight[dt.date(2025, 5, 26)], weight[dt.date(2025, 7, 6)]) < 0.2 * monday


def test_days_and_moments_are_counted_from_1970() -> None:
    assert as_date(day_number(dt.date(2026, 2, 28))) == dt.date(2026, 2, 28)
    assert moment(DAY + 60) == dt.datetime(1970, 1, 2, 0, 1)


def test_the_check_digit_is_that_of_the_published_example() -> None:
    assert with_check_digit(123_456_789) == "1234567893"


def test_a_practice_is_spelled_in_several_ways_but_stays_recognisable() -> None:
    rng = np.random.default_rng(3)
    ways = {spellings.practice("Lakeside Family Medicine", rng) for _ in range(60)}
    assert len(ways) >= 6
    assert "Lakeside Fam Med" in ways
    assert all("k" in way.lower() for way in ways)


def test_a_day_has_five_spellings() -> None:
    day = dt.date(2026, 3, 4)
    assert [spellings.day(day, style) for style in range(5)] == [
        "3/4/2026",
        "03/04/26",
        "2026-03-04",
        "4-Mar-2026",
        "Mar 4, 2026",
    ]


def test_a_physician_has_five_spellings() -> None:
    ways = [spellings.physician("Null", "Ann", "MD", style) for style in range(5)]
    assert ways == ["Dr. Ann Null", "Null, Ann MD", "Ann Null, MD", "NULL ANN", "A. Null"]


def test_patients_sent_by_a_practitioner_are_enrolled_more_often_than_those_of_an_advertisement(clock: Clock) -> None:
    network = build(Size.at(0.25), clock, 5)
    sent = referrals.simulate(network, 5)
    paths = outcomes.simulate(network, sent, 5)
    enrolled, study = paths.enrolled != NEVER, sent.study >= 0
    share = {
        kind: enrolled[study & (sent.source == SOURCES.index(kind))].mean() for kind in ("practitioner", "campaign")
    }
    assert share["practitioner"] > 1.4 * share["campaign"]


def test_a_path_only_goes_forward_and_ends_once(clock: Clock) -> None:
    network = build(Size.at(0.1), clock, 6)
    sent = referrals.simulate(network, 6)
    paths = outcomes.simulate(network, sent, 6)
    steps = [
        sent.received,
        paths.accepted,
        paths.contacted,
        paths.prescreened,
        paths.consented,
        paths.screened,
        paths.judged,
        paths.enrolled,
    ]
    for earlier, later in itertools.pairwise(steps):
        both = (later != NEVER) & (earlier != NEVER)
        assert (later[both] >= earlier[both]).all()
    assert not ((paths.enrolled != NEVER) & (paths.left != NEVER)).any()
    assert not (
        (paths.enrolled != NEVER)
        & (network.studies.closed[sent.study] != NEVER)
        & (paths.enrolled > (network.studies.closed[sent.study] + 1) * DAY)
    ).any()
