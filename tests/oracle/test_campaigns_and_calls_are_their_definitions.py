"""Every campaign and call metric, built from canonical rows through the marts, against a slow calculation."""

from __future__ import annotations

import datetime as dt
import math
import statistics
import zoneinfo
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from oracle import campaigns, plain, promises
from oracle.network import Facts
from pipelines.generation import describe
from pipelines.metrics import Filters, Scope, compute, rows

ALL = Scope.everything()
CUT = dt.date(2026, 3, 20)
START = dt.date(2025, 12, 1)
RULES = ("first contact", "last contact", "as stated")
FEW = settings(
    max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
DAY = st.integers(0, 120)
LEAD = st.tuples(
    st.integers(1, 2),
    DAY,
    st.integers(0, 23),
    st.sampled_from(["new", "qualified", "not_qualified", "unreachable", "referred", "void"]),
    st.none() | st.integers(0, 30),
)
PERSON = st.fixed_dictionaries({
    "leads": st.lists(LEAD, max_size=3), "known": st.booleans(), "practice": st.sampled_from([None, None, 1, 2]),
    "referral": st.none() | st.tuples(DAY, st.integers(0, 23), st.sampled_from([1, 2, 3]), st.sampled_from([None, 1, 2])),
    "subject": st.none() | st.tuples(DAY, st.sampled_from([None, "campaign", "practitioner"])),
})  # fmt: skip
SPEND = st.lists(
    st.tuples(st.integers(1, 2), DAY, st.integers(-500, 100_000)), max_size=6, unique_by=lambda one: one[:2]
)
LENGTH = st.none() | st.integers(0, 200)
CALL = st.fixed_dictionaries({
    "day": st.integers(90, 112), "minute": st.integers(0, 1439), "site": st.sampled_from([None, 1, 2, 3, 4]), "direction": st.sampled_from(["inbound", "inbound", "outbound", None]),
    "queued": LENGTH, "ring": LENGTH, "end": st.sampled_from([(True, False), (False, True), (False, False), (None, None)]), "practice": st.sampled_from([None, 1, 2]),
})  # fmt: skip


@pytest.fixture(scope="module")
def warehouse() -> Facts:
    made = Facts(CUT, promises.SITES)
    made._insert(
        "organization",
        [{"organization_id": number, "name": f"Practice {number}", "kind": "practice"} for number in (1, 2)],
    )
    made._insert("campaign", [{"campaign_id": number, "name": f"Campaign {number}"} for number in (1, 2)])
    describe(made.con, ())
    return made


def day(offset: int) -> dt.date:
    return START + dt.timedelta(days=offset)


def at(offset: int, hour: int) -> dt.datetime:
    return dt.datetime.combine(day(offset), dt.time(hour))


def key(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def network(people: list[dict[str, Any]], spend: Any = ()) -> campaigns.Facts:
    """Canonical rows of people, what they answered, who referred them and what became of them."""
    facts: campaigns.Facts = {
        name: []
        for name in (
            "referral",
            "referral_source",
            "research_subject",
            "subject_event",
            "lead",
            "campaign_spend",
            "call",
        )
    }
    facts["referral_source"] = [
        {"source_id": 1, "kind": "practice"},
        {"source_id": 2, "kind": "campaign", "label": "Some advertisement"},
        {"source_id": 3, "kind": "self"},
    ]
    for number, person in enumerate(people, start=1):
        known = key(number) if person["known"] else None
        for turn, (campaign, offset, hour, status, since) in enumerate(person["leads"]):
            facts["lead"].append({
                "lead_id": 100 * number + turn, "campaign_id": campaign, "patient_key": known, "organization_id": None if known else person["practice"],
                "created_at": at(offset, hour), "created_on": day(offset), "status": status, "status_on": None if since is None else day(offset + since),
            })  # fmt: skip
        if person["referral"]:
            offset, hour, source, practice = person["referral"]
            facts["referral"].append({
                "referral_id": number, "direction": "in", "intent": "research", "patient_key": key(number), "source_id": source, "requester_org_id": practice,
                "received_at": at(offset, hour), "received_on": day(offset),
            })  # fmt: skip
        if person["subject"]:
            offset, says = person["subject"]
            facts["research_subject"].append(
                {"subject_id": number, "study_id": 1, "patient_key": key(number), "source_kind": says}
            )
            facts["subject_event"].append(
                {
                    "subject_id": number,
                    "code": "randomized",
                    "attempt": 1,
                    "occurred_at": at(offset, 12),
                    "occurred_on": day(offset),
                }
            )
    facts["campaign_spend"] = [
        {"campaign_id": campaign, "spent_on": day(offset), "spend": cents / 100} for campaign, offset, cents in spend
    ]
    return facts


@FEW
@given(people=st.lists(PERSON, min_size=1, max_size=9), spend=SPEND)
def test_three_rules_say_whose_a_participant_is(warehouse: Facts, people: Any, spend: Any) -> None:
    facts = network(people, spend)
    known = campaigns.leads(facts, CUT)
    paid = sum(row["spend"] for row in facts["campaign_spend"] if row["spent_on"] <= CUT)
    frame = compute("campaign_cost", ALL, warehouse=warehouse.fill(facts)).frame
    for row in frame[frame["rule"] != "no campaign"].itertuples():
        assert row.n == len(known)
        assert row.qualified == sum(lead["qualified"] for lead in known)
        assert row.errors == sum(lead["time_error"] for lead in known)
        assert row.randomised == sum(lead[row.rule] for lead in known), row.rule
        assert row.new_practices == len({lead["new_practice"] for lead in known} - {None})
        if any(one["spent_on"] <= CUT for one in facts["campaign_spend"]):
            assert row.spend == pytest.approx(paid, abs=0.005)
        shown = row.randomised >= 5 and paid > 0
        assert row.value == pytest.approx(paid / row.randomised if shown else math.nan, nan_ok=True)


@FEW
@given(people=st.lists(PERSON, min_size=1, max_size=9), spend=SPEND)
def test_campaigns_sum_to_the_whole_and_a_period_takes_its_leads(warehouse: Facts, people: Any, spend: Any) -> None:
    facts = network(people, spend)
    warehouse.fill(facts)
    whole, parts = (compute("campaign_cost", ALL, by=by, warehouse=warehouse).frame for by in (None, "campaign"))
    for rule in RULES:
        one, many = whole[whole["rule"] == rule], parts[parts["rule"] == rule]
        for name in ("n", "qualified", "randomised", "errors"):
            assert many[name].sum() == one[name].sum()
        assert many["spend"].sum() == pytest.approx(one["spend"].sum())
    early = Filters(stop=day(40))
    of_period = [lead for lead in campaigns.leads(facts, CUT) if lead["created_on"] <= day(40)]
    assert compute("campaign_cost", ALL, early, warehouse=warehouse).n == len(of_period)


@FEW
@given(people=st.lists(PERSON, min_size=1, max_size=9))
def test_leads_become_participants_unless_they_leave(warehouse: Facts, people: Any) -> None:
    facts = network(people)
    known = [lead for lead in campaigns.leads(facts, CUT) if not lead["time_error"] and not lead["by_practice"]]
    times = []
    for lead in known:
        left = lead["last_status_on"]
        gone = lead["last_status"] in ("not_qualified", "unreachable") and left >= lead["created_on"]
        if lead["randomised_on"]:
            times.append(((lead["randomised_on"] - lead["created_on"]).days, 1))
        elif gone:
            times.append(((left - lead["created_on"]).days, 2))
        else:
            times.append(((CUT - lead["created_on"]).days, 0))
    frame = compute("campaign_conversion", ALL, warehouse=warehouse.fill(facts)).frame
    for row in frame.itertuples():
        followed = sum((CUT - lead["created_on"]).days >= row.horizon for lead in known)
        assert (row.n, row.followed) == (len(known), followed)
        assert row.reached == sum(what == 1 and when <= row.horizon for when, what in times)
        assert row.value == pytest.approx(plain.incidence(times, row.horizon) if followed else math.nan, nan_ok=True)


def calls(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for number, case in enumerate(cases, start=1):
        start = dt.datetime.combine(day(case["day"]), dt.time()) + dt.timedelta(minutes=case["minute"])
        of = zoneinfo.ZoneInfo(
            next((row["time_zone"] for row in promises.SITES if row["site_id"] == case["site"]), "America/New_York")
        )
        local = start.replace(tzinfo=dt.UTC).astimezone(of)
        answered, abandoned = case["end"]
        found.append({
            "call_id": number, "site_id": case["site"], "direction": case["direction"], "started_at": start, "started_on": local.date(), "queued_s": case["queued"],
            "ring_s": case["ring"], "answered": answered, "abandoned": abandoned, "caller_org_id": case["practice"], "hour": local.hour,
        })  # fmt: skip
    return found


@FEW
@given(cases=st.lists(CALL, min_size=1, max_size=14))
def test_calls_are_answered_given_up_or_neither(warehouse: Facts, cases: Any) -> None:
    made = calls(cases)
    warehouse.fill(
        network([]) | {"call": [{name: value for name, value in row.items() if name != "hour"} for row in made]}
    )
    known = [row for row in made if row["started_on"] <= CUT and row["direction"] != "outbound"]
    told = [row for row in known if row["answered"] is not None]
    short = [row for row in told if row["abandoned"] and (wait := campaigns.waited(row)) is not None and wait <= 5]
    counted = [row for row in told if row not in short]
    soon = [row for row in told if row["answered"] and (wait := campaigns.waited(row)) is not None and wait <= 30]
    result = compute("call_answering", ALL, warehouse=warehouse)
    assert result.n == len(counted)
    for row in result.frame.itertuples():
        assert (row.n, row.hits, row.short) == (len(counted), sum(one["answered"] for one in counted), len(short))
        assert row.abandoned == sum(one["abandoned"] for one in counted)
        assert row.n == row.hits + row.abandoned + row.elsewhere
        assert row.in_time == len(soon)
    waits = [wait for row in told if row["answered"] and (wait := campaigns.waited(row)) is not None]
    frame = compute("call_waits", ALL, warehouse=warehouse).frame
    assert list(frame["n"]) == ([len(waits)] if waits else [])
    assert list(frame["value"]) == ([statistics.median(waits)] if waits else [])
    by_office = [row for row in known if row["caller_org_id"]]
    hours = compute("calls_by_hour", ALL, warehouse=warehouse).frame
    assert {row.hour: (row.n, row.abandoned) for row in hours.itertuples()} == {
        hour: (sum(row["hour"] == hour for row in by_office), sum(bool(row["hour"] == hour and row["abandoned"]) for row in by_office))
        for hour in {row["hour"] for row in by_office}
    }  # fmt: skip
    days = len({row["started_on"] for row in known})
    assert all(row.value == pytest.approx(row.n / days) for row in hours.itertuples())
    for row in compute("calls_by_hour", ALL, by="site", warehouse=warehouse).frame.itertuples():
        there = None if pd.isna(row.category_id) else row.category_id
        assert row.days == len({one["started_on"] for one in known if one["site_id"] == there})


def test_days_on_which_a_practice_did_not_call_are_days_of_its_rate(warehouse: Facts) -> None:
    """Ten days with calls, one of them by the practice: a tenth of a call a day, not one."""
    case = {"minute": 900, "site": 1, "direction": "inbound", "queued": 9, "ring": 3, "end": (True, False)}
    made = calls([case | {"day": 100 + place, "practice": 1 if place else 2} for place in range(10)])
    warehouse.fill(
        network([]) | {"call": [{name: told for name, told in row.items() if name != "hour"} for row in made]}
    )
    second = Filters(practices=(2,))
    for within, days in (
        (second, 10),
        (replace(second, start=day(100), stop=day(103)), 4),
        (replace(second, sites=(1,)), 10),
    ):
        (row,) = compute("calls_by_hour", ALL, within, warehouse=warehouse).frame.itertuples()
        assert (row.n, row.days, row.value) == (1, days, 1 / days)
    (row,) = compute("calls_by_hour", Scope((1,), None), second, by="site", warehouse=warehouse).frame.itertuples()
    assert (row.n, row.days) == (1, 10)


def test_a_practice_that_answered_is_no_lead_that_stays_open(warehouse: Facts) -> None:
    people = [person(leads=[(1, 0, 9, "new", None)], subject=(20, None)) for _ in range(4)]
    offices = [person(leads=[(1, 0, 9, "new", None)], known=False, practice=which) for which in (1, 2)]
    frame = compute("campaign_conversion", ALL, warehouse=warehouse.fill(network(people + offices))).frame
    assert set(frame["n"]) == {4}
    assert frame["value"].iloc[0] == 1.0


@pytest.mark.parametrize(
    ("answers", "gone"),
    [
        ([(1, 0, 9, "not_qualified", 2), (1, 30, 9, "new", None)], False),
        ([(1, 0, 9, "new", None), (1, 30, 9, "unreachable", 3)], True),
    ],
)
def test_who_answers_again_stands_where_the_last_answer_stands(warehouse: Facts, answers: Any, gone: bool) -> None:
    warehouse.fill(network([person(leads=answers)]))
    told = warehouse.con.execute("select count(*), any_value(left_on) from campaign_lead").fetchone()
    assert told == (1, day(33) if gone else None)


def person(**told: Any) -> dict[str, Any]:
    return {"leads": [], "known": True, "practice": None, "referral": None, "subject": None} | told


# (who, the campaign that each rule names)
WHOSE: dict[str, tuple[dict[str, Any], tuple[int, int, int]]] = {
    "an answer and nothing else": (person(leads=[(1, 0, 9, "qualified", None)], subject=(30, "campaign")), (1, 1, 1)),
    "two campaigns": (person(leads=[(1, 0, 9, "new", None), (2, 10, 9, "new", None)], subject=(30, None)), (1, 2, 0)),
    "answered, then referred by a practice": (
        person(leads=[(1, 0, 9, "new", None)], referral=(5, 9, 1, None), subject=(30, None)),
        (1, 0, 0),
    ),
    "referred by a practice, then answered": (
        person(leads=[(1, 10, 9, "new", None)], referral=(5, 9, 1, None), subject=(30, "practitioner")),
        (0, 1, 0),
    ),
    "a referral that the campaign made": (
        person(leads=[(1, 0, 9, "new", None)], referral=(5, 9, 2, None), subject=(30, "campaign")),
        (1, 1, 1),
    ),
    "answered after randomisation as well": (
        person(leads=[(1, 0, 9, "new", None), (2, 40, 9, "new", None)], subject=(30, None)),
        (1, 1, 0),
    ),
    "randomised before any answer": (person(leads=[(1, 40, 9, "new", None)], subject=(30, "campaign")), (0, 0, 0)),
    "a test": (person(leads=[(1, 0, 9, "void", None)], subject=(30, "campaign")), (0, 0, 0)),
}


@pytest.mark.parametrize("name", WHOSE)
def test_whose_a_participant_is(warehouse: Facts, name: str) -> None:
    who, wanted = WHOSE[name]
    frame = compute("campaign_cost", ALL, by="campaign", warehouse=warehouse.fill(network([who]))).frame
    for rule, campaign in zip(RULES, wanted, strict=True):
        found = frame[(frame["rule"] == rule) & (frame["randomised"] > 0)]
        assert list(found["category"]) == ([f"Campaign {campaign}"] if campaign else []), rule


def test_below_five_participants_no_cost_is_shown_and_the_baseline_is(warehouse: Facts) -> None:
    people = [person(leads=[(1, 0, 9, "qualified", None)], subject=(30, None)) for _ in range(4)]
    others = [person(referral=(5, 9, 1, None), subject=(30, None)), person(referral=(5, 9, 1, None))]
    facts = network([*people, *others], [(1, 3, 100_000)])
    result = compute("campaign_cost", ALL, warehouse=warehouse.fill(facts))
    assert result.frame["value"].isna().all()
    assert any("needs 5" in caveat for caveat in result.caveats)
    baseline = result.frame[result.frame["rule"] == "no campaign"].iloc[0]
    assert baseline["n"] == 2
    people.append(people[0])
    frame = compute("campaign_cost", ALL, warehouse=warehouse.fill(network(people, [(1, 3, 100_000)]))).frame
    first = frame.iloc[0]
    assert first["value"] == 200
    assert first["low"] <= 200 <= first["high"]


def test_amounts_of_several_currencies_are_not_added(warehouse: Facts) -> None:
    facts = network(
        [person(leads=[(1, 0, 9, "qualified", None)], subject=(30, None)) for _ in range(6)],
        [(1, 3, 100_000), (1, 4, 100_000)],
    )
    for row, currency in zip(facts["campaign_spend"], ("USD", "EUR"), strict=True):
        row["currency"] = currency
    result = compute("campaign_cost", ALL, warehouse=warehouse.fill(facts))
    assert result.frame["value"].isna().all()
    assert any("several currencies" in caveat for caveat in result.caveats)


def test_each_campaign_tells_the_currency_of_its_amounts(warehouse: Facts) -> None:
    facts = network(
        [person(leads=[(which, 0, 9, "qualified", None)], subject=(30, None)) for which in (1, 2) for _ in range(6)],
        [(1, 3, 100_000), (2, 4, 100_000)],
    )
    for row, currency in zip(facts["campaign_spend"], ("USD", "EUR"), strict=True):
        row["currency"] = currency
    result = compute("campaign_cost", ALL, by="campaign", warehouse=warehouse.fill(facts))
    first = result.frame[result.frame["rule"] == "first contact"]
    assert sorted(first["currency"]) == ["EUR", "USD"]
    assert first["value"].notna().all()
    assert any("do not compare" in caveat for caveat in result.caveats)
    facts["campaign_spend"][0]["currency"] = None
    caveats = compute("campaign_cost", ALL, warehouse=warehouse.fill(facts)).caveats
    assert "1 amounts name no currency and are taken to be in that of the others" in caveats
    for row in facts["campaign_spend"]:
        row["currency"] = None
    assert "The files name no currency" in compute("campaign_cost", ALL, warehouse=warehouse.fill(facts)).caveats


def test_rows_behind_an_hour_and_a_campaign_can_be_chosen(warehouse: Facts) -> None:
    made = calls(
        [
            {
                "day": 100,
                "minute": 14 * 60 + 5,
                "site": 1,
                "direction": "inbound",
                "queued": 9,
                "ring": 3,
                "end": (True, False),
                "practice": 1,
            }
        ]
    )
    hour = made[0].pop("hour")
    warehouse.fill(network([person(leads=[(1, 0, 9, "new", None)])]) | {"call": made})
    assert hour == 10  # summer time
    assert rows("calls_by_hour", ALL, where={"hour": "10"}, warehouse=warehouse)[1] == 1
    assert rows("campaign_cost", ALL, where={"campaign": "Campaign 1"}, warehouse=warehouse)[1] == 1
