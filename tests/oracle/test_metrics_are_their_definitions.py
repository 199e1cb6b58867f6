"""Every metric's SQL against a slow plain-Python telling of its definition, on networks that Hypothesis makes."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from oracle import plain
from oracle.network import DEFAULTS, Network, completed
from pipelines.marts import RESEARCH_STAGES
from pipelines.metrics import Filters, Result, Scope, compute, registry
from pipelines.statistics import dormancy

CUT = dt.date(2024, 3, 31)
ALL = Scope.everything()
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
SITES = {1: "North", 2: "South", 3: "North", None: "Unknown site"}  # two sites of the same name
PRACTICES = {1: "Oak", 2: "Oak", 3: "Elm", None: "Unattributed"}
DAYS = st.dates(dt.date(2023, 12, 20), CUT)  # over a new year and a leap day
BYS = st.sampled_from([None, "site", "practice", "channel"])
GRAINS = st.sampled_from([None, "week", "month", "quarter", "year"])


@st.composite
def referral(draw: st.DrawFn) -> dict[str, Any]:
    row: dict[str, Any] = {"received_on": draw(DAYS), "channel": draw(st.sampled_from(["fax", "portal"]))}
    row["site_id"], row["practice_id"] = draw(st.sampled_from(list(SITES))), draw(st.sampled_from(list(PRACTICES)))
    row |= {"site": SITES[row["site_id"]], "practice": PRACTICES[row["practice_id"]]}
    row |= {"attributed": row["practice_id"] is not None, "intent": draw(st.sampled_from(["research", "clinical"]))}
    row["excluded_because"] = draw(st.sampled_from([None, None, None, "duplicate", "void", "outbound"]))
    row |= {
        "countable": row["excluded_because"] is None,
        "received_basis": draw(st.sampled_from(["received", "authored"])),
        "moved_from_site_id": draw(st.sampled_from([None, None, None, 1, 2, -1])),
    }
    later = row["received_on"] + dt.timedelta(days=draw(st.integers(-2, 70)))
    end = draw(st.sampled_from(["open", "enrolled", "left"])) if later <= CUT else "open"
    row["stage"] = "enrolled" if end == "enrolled" else draw(st.sampled_from(RESEARCH_STAGES[:-1]))
    if end == "enrolled":
        row["enrolled_on"] = later
    elif end == "left":
        row |= {"exit_on": later, "exit_code": draw(st.sampled_from(["declined", "screen_failed"]))}
        row["exit_reason"] = draw(st.sampled_from([None, "Too far", "too far ", "Age"]))
    for name in ("scheduled_day", "kept_day"):
        row[name] = draw(st.none() | st.integers(-1, 20))
    return row


NETWORKS = st.lists(referral(), max_size=25)


@pytest.fixture(scope="module")
def empty() -> Network:
    return Network(CUT)


def filled(network: Network, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, defaults and all, after putting them (and nothing else) into the network's journey."""
    network.con.execute("delete from journey")
    network.referrals(rows)
    return [DEFAULTS["journey"] | completed(place, row) for place, row in enumerate(rows)]


def cells(result: Result, by: str | None, *columns: str) -> dict[Any, Any]:
    """The frame as {(member, period): values}."""
    found = {}
    for row in result.frame.to_dict("records"):
        name = row["category"] if by is None or pd.isna(row["category_id"]) else int(row["category_id"])
        start = None if pd.isna(row["period"]) else row["period"].date()
        found[name, start] = tuple(row[column] for column in columns)
    return found


def once(rows: list[dict[str, Any]], by: str | None = None) -> list[dict[str, Any]]:
    """What is counted of ``rows``: a transfer at the site it came to, and not again over all of them."""
    return [row for row in rows if row["countable"] and (by == "site" or row["moved_from_site_id"] is None)]


def research(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["countable"] and row["intent"] == "research"]


@FEW
@given(rows=NETWORKS, by=BYS, grain=GRAINS)
def test_volume_counts_each_countable_referral_once(empty: Network, rows: Any, by: Any, grain: Any) -> None:
    whole = filled(empty, rows)
    result = compute("referral_volume", ALL, by=by, grain=grain, warehouse=empty)
    columns = ("n", "duplicates", "voids", "outbound", "fallback")
    found = {cell: values for cell, values in cells(result, by, *columns).items() if any(values)}
    told = [row for row in whole if not row["countable"] or row in once(whole, by)]
    expected = plain.volume(told, by, grain)
    assert found == {cell: tuple(counts[name] for name in columns) for cell, counts in expected.items()}
    assert result.n == len(once(whole, by))


@FEW
@given(
    rows=NETWORKS,
    grain=st.sampled_from(["week", "month", "quarter", "year"]),
    start=st.none() | DAYS,
    stop=st.none() | DAYS,
)
def test_periods_follow_one_another_and_only_whole_ones_are_complete(
    empty: Network, rows: Any, grain: str, start: Any, stop: Any
) -> None:
    assume(start is None or stop is None or start <= stop)
    filled(empty, rows)
    frame = compute("referral_volume", ALL, Filters(start=start, stop=stop), grain=grain, warehouse=empty).frame
    days = [value.date() for value in frame["period"]]
    for before, after in itertools.pairwise(days):
        assert after == plain.last_day(before, grain) + dt.timedelta(days=1)
    for day, complete in zip(days, frame["complete"], strict=True):
        assert complete == (plain.last_day(day, grain) <= min(stop or CUT, CUT) and (start is None or day >= start))
    if days:
        assert days[-1] == plain.period(min(stop or CUT, CUT), grain)


@FEW
@given(rows=NETWORKS, by=BYS, grain=GRAINS)
def test_the_unattributed_share_keeps_n_and_hits(empty: Network, rows: Any, by: Any, grain: Any) -> None:
    counted = once(filled(empty, rows), by)
    result = compute("unattributed_share", ALL, by=by, grain=grain, warehouse=empty)
    expected: dict[Any, list[bool]] = {}
    for row in counted:
        expected.setdefault((plain.member(row, by), plain.period(row["received_on"], grain)), []).append(
            not row["attributed"]
        )
    found = {cell: values for cell, values in cells(result, by, "n", "unattributed").items() if values[0]}
    assert found == {cell: (len(hits), sum(hits)) for cell, hits in expected.items()}
    frame = result.frame[result.frame["n"] > 0]
    assert ((frame["low"] <= frame["value"]) & (frame["value"] <= frame["high"])).all()


@FEW
@given(rows=NETWORKS, by=BYS, grain=st.sampled_from([None, "month", "quarter"]))
def test_conversion_is_the_incidence_with_competing_exits(empty: Network, rows: Any, by: Any, grain: Any) -> None:
    expected: dict[Any, list[Any]] = {}
    for row in research(filled(empty, rows)):
        day, what = plain.outcome(row, CUT)
        if day is not None:
            cell = plain.member(row, by), plain.period(row["received_on"], grain)
            expected.setdefault(cell, []).append((day, what, (CUT - row["received_on"]).days))
    result = compute("conversion", ALL, by=by, grain=grain, warehouse=empty)
    for horizon, part in result.frame.groupby("horizon"):
        found = cells(Result(**(vars(result) | {"frame": part})), by, "n", "followed", "enrolled", "value")
        assert set(found) == set(expected)
        for cell, cases in expected.items():
            n, followed, enrolled, value = found[cell]
            assert n == len(cases)
            assert followed == sum(age >= horizon for _, _, age in cases)
            assert enrolled == sum(what == 1 and day <= horizon for day, what, _ in cases)
            wanted = plain.incidence([case[:2] for case in cases], horizon) if followed else math.nan
            assert value == pytest.approx(wanted, nan_ok=True)
    known = result.frame.dropna(subset="value")
    assert (known["low"] <= known["value"] + 1e-12).all()
    assert (known["value"] <= known["high"] + 1e-12).all()
    assert result.n == sum(len(cases) for cases in expected.values())


@FEW
@given(rows=NETWORKS)
def test_all_outcomes_and_the_open_ones_sum_to_one(empty: Network, rows: Any) -> None:
    filled(empty, rows)
    frame = compute("conversion_curve", ALL, warehouse=empty).frame.dropna(subset="value")
    assert (frame.groupby("day")["value"].sum() <= 1 + 1e-9).all()
    overall = compute("conversion", ALL, warehouse=empty).frame.set_index("horizon")["value"]
    enrolled = frame[frame["outcome"] == "enrolled"].set_index("day")["value"]
    for horizon in overall.dropna().index.intersection(enrolled.index):
        assert enrolled[horizon] == pytest.approx(overall[horizon])


@FEW
@given(rows=NETWORKS, by=BYS)
def test_the_funnel_loses_nobody(empty: Network, rows: Any, by: Any) -> None:
    people = research(filled(empty, rows))
    frame = compute("enrolment_funnel", ALL, by=by, warehouse=empty).frame
    assert (frame["n"] == frame["moved_on"] + frame["exited"] + frame["open"]).all()
    for _, part in frame.groupby("category"):
        assert list(part["moved_on"][:-1]) == list(part["n"][1:])
        key = (
            part["category"].iloc[0]
            if by is None or pd.isna(part["category_id"].iloc[0])
            else part["category_id"].iloc[0]
        )
        mine = [row for row in people if plain.member(row, by) == key]
        found = part[["n", "moved_on", "exited", "open"]].itertuples(index=False, name=None)
        assert list(found) == plain.funnel(mine)
    assert frame.loc[frame["step"] == 0, "n"].sum() == len(people)


@FEW
@given(rows=NETWORKS, by=BYS)
def test_every_exit_has_one_reason(empty: Network, rows: Any, by: Any) -> None:
    left = [row for row in research(filled(empty, rows)) if row.get("exit_on")]
    frame = compute("exit_reasons", ALL, by=by, warehouse=empty).frame
    assert frame["n"].sum() == len(left)
    if by is None:
        found = {(row.exit_code, row.reason.lower()): row.n for row in frame.itertuples()}
        expected: dict[Any, int] = {}
        for row in left:
            cell = row["exit_code"], (row["exit_reason"] or "no reason given").strip().lower()
            expected[cell] = expected.get(cell, 0) + 1
        assert found == expected


@FEW
@given(rows=NETWORKS, grain=GRAINS, start=st.none() | DAYS)
def test_active_and_new_practices_are_counted_by_their_days(empty: Network, rows: Any, grain: Any, start: Any) -> None:
    counted = once(filled(empty, rows))
    active = compute("active_referrers", ALL, Filters(start=start), grain=grain, warehouse=empty).frame
    for row in active.itertuples():
        assert row.n == plain.active(counted, row.on.date())
    new = compute("new_referrers", ALL, Filters(start=start), grain=grain, warehouse=empty)
    expected = [row for row in plain.firsts(counted) if start is None or row["received_on"] >= start]
    assert new.n == len(expected)
    for row in new.frame.itertuples():
        assert row.n == sum(
            plain.period(one["received_on"], grain) == (row.period.date() if grain else None) for one in expected
        )


def test_the_first_referral_is_that_of_the_first_day_whichever_clock_tells_it(empty: Network) -> None:
    # Half past midnight in New York comes before eleven at night in Los Angeles, a day earlier there.
    east = {
        "received_at": dt.datetime(2024, 2, 2, 5, 30),
        "received_on": dt.date(2024, 2, 2),
        "site_id": 1,
        "site": SITES[1],
    }
    west = {
        "received_at": dt.datetime(2024, 2, 2, 7, 0),
        "received_on": dt.date(2024, 2, 1),
        "site_id": 2,
        "site": SITES[2],
    }
    filled(empty, [one | {"practice_id": 7, "practice": "Elm"} for one in (east, west)])
    whole = compute("new_referrers", ALL, grain="year", warehouse=empty)
    parts = compute("new_referrers", ALL, by="site", warehouse=empty).frame
    assert (whole.n, list(parts["category_id"])) == (1, [2])
    assert list(compute("welcome", ALL, by="site", warehouse=empty).frame["category_id"]) == [2]


@FEW
@given(rows=NETWORKS, by=st.sampled_from([None, "practitioner"]))
def test_each_relationship_is_judged_by_its_own_rhythm(empty: Network, rows: Any, by: Any) -> None:
    counted = [row for row in once(filled(empty, rows)) if row[f"{by or 'practice'}_id"] is not None]
    units: dict[int, list[dt.date]] = {}
    for row in counted:
        units.setdefault(row[f"{by or 'practice'}_id"], []).append(row["received_on"])
    frame = compute("relationship_state", ALL, by=by, warehouse=empty).frame.set_index("category_id")
    assert set(frame.index) == set(units)
    rhythms = {unit: plain.rhythm(days) for unit, days in units.items()}
    known = {unit: (CUT - min(days)).days for unit, days in units.items()}
    prior = dormancy.moments_prior([rhythms[unit][0] - 1 for unit in units], [known[unit] for unit in units])
    for unit, days in units.items():
        weeks, span = rhythms[unit]
        row, a, b = frame.loc[unit], prior[0] + weeks - 1, prior[1] + span
        limit = b * (min(0.5, 0.1 * b / (a * 365.25)) ** (-1 / a) - 1)
        assert (row["n"], row["weeks"], row["days_silent"]) == (len(days), weeks, (CUT - max(days)).days)
        assert row["alarm_days"] == pytest.approx(limit, rel=1e-6)
        if known[unit] <= 90:
            assert row["state"] == "new"
        elif weeks == 1:
            assert row["state"] == "too rare to judge"
        elif a / b * 30.4375 >= 0.5 and row["state"] not in ("active", "reactivated"):
            quiet = row["days_silent"]
            wanted = "lost" if quiet > 2 * limit else "dormant" if quiet > limit else "cooling"
            assert row["state"] == wanted


@FEW
@given(rows=NETWORKS)
def test_scheduling_competes_with_leaving(empty: Network, rows: Any) -> None:
    counted = [row for row in filled(empty, rows) if row["countable"]]
    frame = compute("scheduling", ALL, warehouse=empty).frame
    for measure, name in (("scheduled", "scheduled_day"), ("kept", "kept_day")):
        cases, mine = [], [row for row in counted if (row[name] or 0) >= 0]
        for row in mine:
            left = (row["exit_on"] - row["received_on"]).days if row.get("exit_on") else None
            left = None if left is not None and left < 0 else left
            if row[name] is not None and (left is None or row[name] <= left):
                cases.append((row[name], 1))
            else:
                cases.append((left, 2) if left is not None else ((CUT - row["received_on"]).days, 0))
        part = frame[frame["measure"] == measure].set_index("horizon")
        for horizon in part.index:
            followed = sum((CUT - row["received_on"]).days >= horizon for row in mine)
            wanted = plain.incidence(cases, horizon) if followed else math.nan
            assert part.loc[horizon, "value"] == pytest.approx(wanted, nan_ok=True)


@FEW
@given(
    scores=st.lists(
        st.tuples(st.integers(0, 10), st.integers(1, 5), DAYS, st.booleans(), st.sampled_from(list(PRACTICES))),
        max_size=25,
    ),
    grain=GRAINS,
)
def test_feedback_counts_answers_and_keeps_the_anonymous_apart(empty: Network, scores: Any, grain: Any) -> None:
    empty.con.execute("delete from feedback")
    for place, (nps, stars, day, anonymous, practice) in enumerate(scores):
        who = {"response_id": place, "completed_on": day, "anonymous": anonymous}
        who |= {"practice_id": practice, "practice": PRACTICES[practice] if practice else None}
        stars_row = {"kind": "rating", "item_code": "overall", "scale_max": 5, "value_num": stars}
        empty.add("feedback", [who | {"value_num": nps}, who | stars_row])
    found = cells(
        compute("feedback_nps", ALL, grain=grain, warehouse=empty), None, "promoters", "passives", "detractors"
    )
    for (_, start), counts in found.items():
        mine = [score for score, _, day, _, _ in scores if plain.period(day, grain) == start]
        assert counts == (sum(s >= 9 for s in mine), sum(7 <= s <= 8 for s in mine), sum(s <= 6 for s in mine))
    by_practice = compute("feedback_top_box", ALL, by="practice", warehouse=empty)
    named = by_practice.frame.dropna(subset="category_id")
    for row in named.itertuples():
        mine = [stars for _, stars, _, anonymous, practice in scores if not anonymous and practice == row.category_id]
        assert (row.n, row.top, row.mean) == (len(mine), mine.count(5), pytest.approx(sum(mine) / len(mine)))
    assert by_practice.n == len(scores)
    assert set(named["category_id"]) == {
        practice for _, _, _, anonymous, practice in scores if practice and not anonymous
    }


@FEW
@given(
    sent=st.lists(
        st.tuples(DAYS, st.none() | st.booleans(), st.none() | st.dates(CUT - dt.timedelta(9), CUT + dt.timedelta(9))),
        max_size=20,
    ),
    loose=st.none() | st.dates(CUT - dt.timedelta(2), CUT + dt.timedelta(2)),
)
def test_only_delivered_invitations_answered_in_time_count(empty: Network, sent: Any, loose: dt.date | None) -> None:
    empty.con.execute("delete from invitation")
    empty.add("invitation", [
        {"invite_id": place, "sent_on": day, "delivered": delivered, "answered_on": answered, "loose_on": loose}
        for place, (day, delivered, answered) in enumerate(sent)
    ])  # fmt: skip
    frame = compute("feedback_response", ALL, warehouse=empty).frame
    arrived = [answered for _, delivered, answered in sent if delivered is not False]
    # A survey with answers of which none names its invitation is anonymous: its invitations tell nothing.
    traceable = any(answered is not None and answered <= CUT for _, _, answered in sent) or not (loose and loose <= CUT)
    assert frame["n"].sum() == (len(arrived) if traceable else 0)
    assert frame["answered"].sum() == sum(answered is not None and answered <= CUT for answered in arrived)


# Metrics over the journey whose n is not its rows: those who left, those followed up, practices.
OF_OTHERS = ("exit_reasons", "site_comparison", "readiness_index", "therapeutic_readiness")
# Its stacks are of the journey, which stands without its closed loop nowhere but here.
OF_JOURNEY_STACKS = ("channel_friction",)


@pytest.mark.parametrize("metric", list(registry()))
@pytest.mark.parametrize("rows", [[], [{"received_on": dt.date(2024, 2, 29)}]], ids=["empty", "one row"])
def test_every_metric_answers_an_empty_network_and_a_single_row(empty: Network, metric: str, rows: Any) -> None:
    for table in ("feedback", "invitation", "outreach"):
        empty.con.execute(f"delete from {table}")
    filled(empty, rows)
    declared = registry()[metric]
    asked = [(None, grain) for grain in (None, *declared.grains)] + [(by, None) for by in declared.dimensions]
    for by, grain in asked:
        result = compute(metric, ALL, by=by, grain=grain, warehouse=empty)
        of_rows = declared.relation == "journey" and metric not in OF_OTHERS
        assert metric in OF_JOURNEY_STACKS or result.n == (len(rows) if of_rows else 0)
        assert result.caveats
        assert "n" in result.frame.columns
