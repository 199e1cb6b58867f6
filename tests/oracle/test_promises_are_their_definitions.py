"""Every promise metric, built from canonical rows through the marts, against a slow calculation from the same rows."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from oracle import plain, promises
from oracle.network import Facts
from pipelines.metrics import Scope, compute, rows
from pipelines.metrics.relations import RELATIONS

ALL = Scope.everything()
CUT = dt.date(2026, 3, 20)
# Without shrinking: an example builds whole marts, and what fails is small enough to read.
FEW = settings(
    max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
# Around Thanksgiving and Christmas, over the end of winter time, and up to the last day.
DAYS = st.sampled_from([
    *(dt.date(2025, 11, 24) + dt.timedelta(place) for place in range(9)), *(dt.date(2025, 12, 22) + dt.timedelta(place) for place in range(12)),
    *(dt.date(2026, 3, 5) + dt.timedelta(place) for place in range(16)),
])  # fmt: skip
CODES = ("acknowledged", "accepted", "contact_attempt", "contact_made", "scheduled", "rescheduled", "appt_notice", "kept",
         "no_show", "outcome_notice", "report_sent", "info_requested", "completed")  # fmt: skip
KINDS = ("ack", "appt_set", "kept", "not_kept", "report", "thank_you")
STATUSES = ("proposed", "booked", "arrived", "fulfilled", "cancelled", "noshow", "left_unseen", "void")
OFFSET = st.integers(-2, 20)
CASE = st.fixed_dictionaries({
    "day": DAYS, "hour": st.integers(0, 23), "site": st.sampled_from([None, 1, 2, 3, 4]), "priority": st.sampled_from(["routine", "urgent", "stat"]),
    "channel": st.sampled_from(["fax", "portal"]),
    "events": st.lists(st.tuples(st.sampled_from(CODES), OFFSET), max_size=5),
    "messages": st.lists(st.tuples(st.sampled_from(KINDS), OFFSET, st.booleans(), st.none() | st.integers(0, 9)), max_size=4),
    "visits": st.lists(st.tuples(st.sampled_from(STATUSES), OFFSET, st.integers(0, 12), st.integers(0, 23), st.none() | st.integers(0, 60)), max_size=3),
})  # fmt: skip


@pytest.fixture(scope="module")
def warehouse() -> Facts:
    return Facts(CUT, promises.SITES)


def at(day: dt.date, hour: int = 15) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour))


def network(cases: list[dict[str, Any]]) -> promises.Facts:
    """Canonical rows of the cases; every day stays within what a generation would know."""
    facts: promises.Facts = {"referral": [], "referral_event": [], "communication": [], "appointment": []}
    for number, case in enumerate(cases, start=1):
        day = case["day"]
        facts["referral"].append({
            "referral_id": number, "direction": "in", "intent": "clinical", "performer_site_id": case["site"], "priority": case["priority"],
            "channel": case["channel"], "received_at": at(day, case["hour"]), "received_on": day,
            "patient_key": f"00000000-0000-0000-0000-{number:012}",
        })  # fmt: skip
        for seq, (code, offset) in enumerate(case["events"]):
            when = day + dt.timedelta(offset)
            facts["referral_event"].append(
                {"referral_id": number, "seq": seq, "code": code, "occurred_at": at(when), "occurred_on": when}
            )
        for turn, (kind, offset, automatic, arrives) in enumerate(case["messages"]):
            when = day + dt.timedelta(offset)
            came = None if arrives is None else when + dt.timedelta(arrives)
            facts["communication"].append({
                "communication_id": 100 * number + turn, "referral_id": number, "kind": kind, "sent_at": at(when, 16), "sent_on": when,
                "automatic": automatic, "received_on": came, "received_at": None if came is None else at(came),
            })  # fmt: skip
        for turn, (status, offset, lead, hour, notice) in enumerate(case["visits"]):
            booked = day + dt.timedelta(offset)
            start = booked + dt.timedelta(lead)
            facts["appointment"].append({
                "appointment_id": 100 * number + turn, "referral_id": number, "site_id": case["site"], "created_at": at(booked, 10), "created_on": booked,
                "start_at": at(start, hour), "start_on": start, "status": status,
                "recorded_at": None if notice is None else at(start, hour) - dt.timedelta(hours=notice),
            })  # fmt: skip
            if notice is not None:
                facts["appointment"][-1]["recorded_on"] = promises.local_day(facts["appointment"][-1])
    return facts


def known_visits(facts: promises.Facts) -> list[dict[str, Any]]:
    """Appointments that should have started by the cut, as far as they were recorded by then."""
    return [row for row in facts["appointment"] if row["start_on"] <= CUT and promises.known(row, CUT)]


def expected(cases: list[tuple[int, int]], followed: list[int], horizon: int) -> float:
    return plain.incidence(cases, horizon) if any(days >= horizon for days in followed) else math.nan


def check(frame: Any, cases: list[tuple[int, int]], followed: list[int]) -> None:
    """Every horizon's n, followed, reached and value."""
    for row in frame.itertuples():
        assert row.n == len(cases)
        assert row.followed == sum(days >= row.horizon for days in followed)
        assert row.reached == sum(what == 1 and day <= row.horizon for day, what in cases)
        assert row.value == pytest.approx(expected(cases, followed, row.horizon), nan_ok=True)
    assert len(frame) or not cases


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_acknowledgements_count_business_days_of_the_site(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    loops = [promises.loop(facts, row, CUT) for row in facts["referral"]]
    frame = compute("acknowledgement", ALL, warehouse=warehouse.fill(facts)).frame
    for measure, name in (("anyhow", "ack_bd"), ("by a person", "person_ack_bd")):
        right = [loop for loop in loops if loop[name] != -1]
        times = [((loop[name], 1) if loop[name] is not None else (loop["followed_bd"], 0)) for loop in right]
        times = [(day if day <= 30 else 31, what if day <= 30 else 0) for day, what in times]
        check(frame[frame["measure"] == measure], times, [loop["followed_bd"] for loop in right])


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_notices_answer_the_scheduling_they_follow(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    loops = [
        loop
        for row in facts["referral"]
        if (loop := promises.loop(facts, row, CUT))["scheduled_on"] and loop["set_notice_bd"] != -1
    ]
    times = [
        ((loop["set_notice_bd"], 1) if loop["set_notice_bd"] is not None else (loop["notice_followed_bd"], 0))
        for loop in loops
    ]
    check(
        compute("set_notice", ALL, warehouse=warehouse.fill(facts)).frame,
        times,
        [loop["notice_followed_bd"] for loop in loops],
    )


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_a_loop_is_closed_by_a_report_after_the_visit(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    loops = [loop for row in facts["referral"] if (loop := promises.loop(facts, row, CUT))["kept_on"]]
    followed = [(CUT - loop["kept_on"]).days for loop in loops]
    times = [
        (loop["report_day"], 1) if loop["report_day"] is not None else (days, 0)
        for loop, days in zip(loops, followed, strict=True)
    ]
    frame = compute("loop_closed", ALL, warehouse=warehouse.fill(facts)).frame
    check(frame[frame["measure"] == "report sent"], times, followed)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_urgent_referrals_without_a_visit_in_two_days_are_misses(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    urgent = [row for row in facts["referral"] if row["priority"] != "routine"]
    judged = [row for row in urgent if row["received_on"] <= CUT - dt.timedelta(2)]
    met = 0
    for row in judged:
        start = promises.loop(facts, row, CUT)["first_start_at"]
        met += start is not None and dt.timedelta() <= start - row["received_at"] <= dt.timedelta(hours=48)
    result = compute("urgent_scheduling", ALL, warehouse=warehouse.fill(facts))
    assert result.n == len(judged)
    if urgent:
        found = result.frame.iloc[0]
        assert (found["n"], found["hits"], found["too_recent"]) == (len(judged), met, len(urgent) - len(judged))


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_every_appointment_has_one_outcome(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    found = [promises.outcome(row, CUT) for row in known_visits(facts)]
    warehouse.fill(facts)
    frame = compute("appointment_outcomes", ALL, warehouse=warehouse).frame
    final = [one for one in found if one not in ("to_come", "unresolved")]
    for row in frame.itertuples():
        assert (row.n, row.hits, row.unresolved) == (len(final), final.count(row.outcome), found.count("unresolved"))
    assert rows("appointment_outcomes", ALL, warehouse=warehouse)[1] == len(found) - found.count("to_come")
    assert frame["hits"].sum() == len(final)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_the_booked_lead_is_of_every_appointment_that_was_to_start_by_now(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    leads = [(row["start_on"] - row["created_on"]).days for row in known_visits(facts)
             if row["status"] != "proposed" and row["created_on"] is not None and row["created_on"] <= row["start_on"] <= CUT]  # fmt: skip
    found = compute("booked_lead_time", ALL, warehouse=warehouse.fill(facts))
    assert found.n == len(leads)
    if leads:
        assert found.frame["value"].iloc[0] == statistics.median(leads)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_referrers_are_told_how_appointments_ended(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    ended = [
        (row, what)
        for row in known_visits(facts)
        if (what := promises.outcome(row, CUT)) not in ("to_come", "unresolved")
    ]
    frame = compute("outcome_notice", ALL, warehouse=warehouse.fill(facts)).frame
    for measure in ("kept", "not kept"):
        times, followed = [], []
        for row, what in ended:
            if (what == "kept") != (measure == "kept"):
                continue
            told = promises.told_after(facts, row, CUT)
            watched = promises.business_time.between(promises.calendar(row["site_id"]), row["start_on"], CUT)
            day, how = (told, 1) if told is not None else (watched, 0)
            if day >= 0:  # cancelled before it was to start: nothing is owed yet
                times.append((day, how))
                followed.append(watched)
        check(frame[frame["measure"] == measure], times, followed)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_a_way_of_referring_is_as_fast_as_what_came_that_way(warehouse: Facts, cases: Any) -> None:
    """A scheduling on a day before the receipt is an error: of such a referral nobody knows how soon."""
    facts = network(cases)
    loops = [(row, promises.loop(facts, row, CUT)["scheduled_day"]) for row in facts["referral"]]
    frame = compute("channel_friction", ALL, warehouse=warehouse.fill(facts)).frame
    for way in frame.itertuples():
        right = [(row, day) for row, day in loops if row["channel"] == way.category and (day is None or day >= 0)]
        followed = [(CUT - row["received_on"]).days for row, _ in right]
        times = [(watched, 0) if day is None else (day, 1) for (_, day), watched in zip(right, followed, strict=True)]
        assert way.scheduled_7 == pytest.approx(expected(times, followed, 7), nan_ok=True)


def test_a_scheduling_before_the_receipt_makes_no_way_of_referring_slower(warehouse: Facts) -> None:
    facts = network([slip(events=[("scheduled", -3)]), slip(events=[("scheduled", 2)])])
    row = compute("channel_friction", ALL, warehouse=warehouse.fill(facts)).frame.iloc[0]
    assert (row["n"], row["scheduled_7"]) == (2, 1.0)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_specialist_reports_count_patients_by_their_first_referral_of_the_year(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    in_time = [row for row in facts["referral"] if row["received_on"].month <= 10]
    met = [row for row in in_time
           if (day := promises.loop(facts, row, CUT)["any_report_on"]) is not None and day.year == row["received_on"].year]  # fmt: skip
    frame = compute("specialist_reports", ALL, warehouse=warehouse.fill(facts)).frame
    assert (frame["n"].sum(), frame["hits"].sum()) == (len(in_time), len(met))


def test_the_year_of_a_referral_is_the_one_it_was_written_in(warehouse: Facts) -> None:
    first, received = dt.date(2023, 10, 31), dt.date(2023, 11, 3)
    case = {"day": received, "site": 1, "priority": "routine", "channel": "fax", "hour": 9, "events": [], "visits": [],
            "messages": [("report", 20, False, None)]}  # fmt: skip
    facts = network([case])
    facts["referral"][0]["authored_on"] = first
    frame = compute("specialist_reports", ALL, warehouse=warehouse.fill(facts)).frame
    assert (frame["n"].sum(), frame["hits"].sum()) == (1, 1)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_parts_by_site_sum_to_the_whole(warehouse: Facts, cases: Any) -> None:
    warehouse.fill(network(cases))
    for metric in ("slipped_patients", "ever_slipped", "appointment_outcomes", "urgent_scheduling", "channel_friction"):
        by = "channel" if metric == "channel_friction" else "site"
        whole, parts = compute(metric, ALL, warehouse=warehouse), compute(metric, ALL, by=by, warehouse=warehouse)
        assert parts.n == whole.n
        counts = [name for name in ("n", "hits") if name in whole.frame]
        assert list(parts.frame[counts].sum()) == list(whole.frame[counts].sum())


def slip(**told: Any) -> dict[str, Any]:
    return {"day": dt.date(2026, 3, 2), "hour": 15, "site": 1, "priority": "routine", "channel": "fax", "events": [], "messages": [],
            "visits": []} | told  # fmt: skip


# The cut is Friday 20 March, fourteen business days after the referral came.
SLIPS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing was heard of it": (slip(), {"not acknowledged", "no next step"}),
    "two business days are not yet late": (slip(day=dt.date(2026, 3, 18)), set()),
    "the third is": (slip(day=dt.date(2026, 3, 17)), {"not acknowledged"}),
    "an urgent one is late the day after": (slip(day=dt.date(2026, 3, 19), priority="urgent"), {"urgent, not scheduled"}),
    "an urgent one of the morning is late at the day's end": (slip(day=CUT, priority="stat"), {"urgent, not scheduled"}),
    "an urgent one has four hours": (slip(day=CUT, priority="stat", site=3, hour=19), set()),
    "and no more": (slip(day=CUT, priority="stat", site=3, hour=18), {"urgent, not scheduled"}),
    "each site's day has an end of its own": (slip(day=CUT, priority="urgent", site=2, hour=19), {"urgent, not scheduled"}),
    "accepted and never called": (
        slip(events=[("acknowledged", 0), ("accepted", 12)]), {"accepted, patient not contacted"},
    ),
    "three calls and no word to the referrer": (
        slip(events=[("acknowledged", 0), ("contact_attempt", 9), ("contact_attempt", 10), ("contact_attempt", 11)]),
        {"not reached, referrer not told"},
    ),
    "three calls and the referrer told": (
        slip(events=[("acknowledged", 0), ("contact_attempt", 9), ("contact_attempt", 10), ("contact_attempt", 11)], messages=[("not_kept", 12, False, None)]),
        set(),
    ),
    "missed, and nobody followed up": (
        slip(events=[("acknowledged", 0), ("scheduled", 1), ("no_show", 9)]), {"no-show, not followed up"},
    ),
    "missed, and booked again": (
        slip(events=[("acknowledged", 0), ("scheduled", 1), ("no_show", 9), ("rescheduled", 10)]), set(),
    ),
    "seen, and no report": (slip(events=[("acknowledged", 0), ("kept", 7)]), {"seen, report not sent"}),
    "seen and reported on is closed": (slip(events=[("acknowledged", 0), ("kept", 7), ("report_sent", 9)]), set()),
    "quiet, but a visit is to come": (
        slip(events=[("acknowledged", 0)], visits=[("booked", 1, 30, 15, None)]), set(),
    ),
    "left is not open": (slip(events=[("declined", 1)]), set()),
}  # fmt: skip


@pytest.mark.parametrize("case", SLIPS)
def test_a_patient_slips_by_the_rules_alone(warehouse: Facts, case: str) -> None:
    given_, wanted = SLIPS[case]
    frame = compute("slipped_patients", ALL, warehouse=warehouse.fill(network([given_]))).frame
    found = set(frame.loc[(frame["hits"] == 1) & (frame["rule"] != "any rule"), "rule"]) if len(frame) else set()
    assert found == wanted
    if wanted:
        assert frame.loc[frame["rule"] == "any rule", "hits"].sum() == 1
        shown, total = rows("slipped_patients", ALL, where={"rule": next(iter(wanted))}, warehouse=warehouse)
        assert total == 1
        assert next(iter(wanted)) in shown["slipped_because"].iloc[0]


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=6))
def test_whoever_was_late_or_slips_today_has_slipped(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    warehouse.fill(facts)
    loops = RELATIONS["closed_loop"]
    today = warehouse.frame(
        f"select referral_id from {loops.table} where slip_mask <> 0", {"cut_day": CUT, **loops.parameters}
    )
    slipping = set(today["referral_id"])
    late = {row["referral_id"] for row in facts["referral"] if promises.was_late(facts, row, CUT)}
    found = compute("ever_slipped", ALL, warehouse=warehouse).frame.iloc[0]
    assert (found["n"], found["hits"]) == (len(facts["referral"]), len(late | slipping))


def test_an_urgent_referral_without_an_appointment_has_slipped_today_and_ever(warehouse: Facts) -> None:
    seen = [("acknowledged", 0), ("scheduled", 3), ("kept", 4), ("report_sent", 5)]
    cases = [slip(priority="urgent", events=seen), slip(priority="routine", events=seen), slip(day=CUT, priority="stat", events=[("acknowledged", 0)])]  # fmt: skip
    found = compute("ever_slipped", ALL, warehouse=warehouse.fill(network(cases))).frame.iloc[0]
    assert (found["n"], found["hits"]) == (3, 2)


def test_a_young_cohort_is_not_yet_to_be_compared(warehouse: Facts) -> None:
    cases = [slip(day=dt.date(2025, 12, 1)), slip(day=dt.date(2026, 1, 19)), slip(day=dt.date(2026, 2, 20))]
    frame = compute("ever_slipped", ALL, grain="month", warehouse=warehouse.fill(network(cases))).frame
    told = {str(row.period)[:7]: (row.followed, row.mature) for row in frame.itertuples()}
    # 19 January is sixty days before the cut, 20 March.
    assert told == {"2025-12": (1, True), "2026-01": (1, True), "2026-02": (0, False)}


@pytest.mark.parametrize(("received", "starts", "met"), [
    (10, 40, False),  # forty seconds late, within the minute
    (50, 10, True),
    (10, 10, True),
])  # fmt: skip
def test_forty_eight_hours_are_counted_by_the_second(warehouse: Facts, received: int, starts: int, met: bool) -> None:
    facts = network([slip(day=dt.date(2026, 3, 10), priority="urgent", visits=[("booked", 0, 2, 15, None)])])
    visit, referral = facts["appointment"][0], facts["referral"][0]
    referral["received_at"] = at(referral["received_on"], 15) + dt.timedelta(seconds=received)
    visit["start_at"] += dt.timedelta(seconds=starts)
    found = compute("urgent_scheduling", ALL, warehouse=warehouse.fill(facts)).frame.iloc[0]
    assert (found["n"], found["hits"]) == (1, met)


@pytest.mark.parametrize(("told", "late"), [(50, 1), (0, 0), (-10, 0)])
def test_a_cancellation_is_late_by_the_second(warehouse: Facts, told: int, late: int) -> None:
    """Told of at so many seconds after the same minute of the day before."""
    facts = network([slip(visits=[("cancelled", 0, 3, 15, 24)])])
    facts["appointment"][0]["recorded_at"] += dt.timedelta(seconds=told)
    found = compute("appointment_outcomes", ALL, warehouse=warehouse.fill(facts)).frame
    assert found.loc[found["outcome"] == "cancelled_late", "hits"].sum() == late
