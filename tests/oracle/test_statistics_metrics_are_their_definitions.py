"""The metrics that stand on statistics, told once more in plain Python on networks that Hypothesis makes."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle import plain
from oracle.network import DEFAULTS, Network, completed
from pipelines.metrics import Filters, Scope, compute, relationships
from pipelines.statistics import proportions, shrinkage
from pipelines.statistics.gate import TooLittle

CUT = dt.date(2024, 3, 31)
ALL = Scope.everything()
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
DAYS = st.dates(dt.date(2023, 6, 1), CUT)
PRACTICES = {1: "Oak", 2: "Oak", 3: "Elm", None: "Unattributed"}
REFERRALS = st.lists(
    st.tuples(DAYS, st.sampled_from(list(PRACTICES)), st.sampled_from([1, 2, 3]), st.none() | st.integers(-3, 120)), max_size=30
)  # fmt: skip
STEPS = ("screened", "screen_failed", "reinstated", "eligible", "randomized")
SUBJECTS = st.lists(
    st.tuples(st.sampled_from([1, 2]), st.sampled_from([1, 2, 3]), st.lists(st.tuples(st.sampled_from(STEPS), DAYS), max_size=4)),
    max_size=20,
)  # fmt: skip


@pytest.fixture(scope="module")
def empty() -> Network:
    return Network(CUT)


def referred(network: Network, made: list[Any]) -> list[dict[str, Any]]:
    """Rows of research referrals as put into the journey, and nothing else."""
    network.con.execute("delete from journey")
    rows = []
    for day, practice, site, enrolled in made:
        row = {
            "received_on": day,
            "practice_id": practice,
            "practice": PRACTICES[practice],
            "site_id": site,
            "site": f"Site {site}",
        }
        if enrolled is not None and day + dt.timedelta(days=enrolled) <= CUT:
            row["enrolled_on"] = day + dt.timedelta(days=enrolled)
        rows.append(row)
    network.referrals(rows)
    return [DEFAULTS["journey"] | completed(place, row) for place, row in enumerate(rows)]


@FEW
@given(made=REFERRALS, start=st.dates(dt.date(2023, 12, 1), CUT))
def test_the_waterfall_sums_exactly_and_puts_each_practice_in_one_step(
    empty: Network, made: Any, start: dt.date
) -> None:
    rows = referred(empty, made)
    span = (CUT - start).days + 1
    units = {row["practice_id"] for row in rows}
    expected: Counter[str] = Counter()
    for unit in units:
        days = [row["received_on"] for row in rows if row["practice_id"] == unit]
        now = sum(start <= day <= CUT for day in days)
        before = sum(start - dt.timedelta(days=span) <= day < start for day in days)
        if unit is None:
            step = "No practice"
        elif now and min(days) >= start:
            step = "New"
        elif now and not before:
            step = "Returned"
        else:
            step = "Went silent" if before and not now else "Grew" if now > before else "Shrank"
        expected[step] += now - before
    frame = compute("volume_waterfall", ALL, Filters(start=start), warehouse=empty).frame.set_index("category")["value"]
    assert frame["Before"] + frame.iloc[1:-1].sum() == frame["After"]
    assert frame["After"] == sum(start <= row["received_on"] <= CUT for row in rows)
    for step in ("New", "Returned", "Grew", "Shrank", "Went silent", "No practice"):
        assert frame[step] == expected[step], step


@FEW
@given(made=REFERRALS, by=st.sampled_from([None, "site"]))
def test_concentration_is_one_over_the_sum_of_squared_shares(empty: Network, made: Any, by: Any) -> None:
    rows = [row for row in referred(empty, made) if row["practice_id"] is not None]
    frame = compute("concentration", ALL, by=by, warehouse=empty).frame
    cells = {plain.member(row, by) for row in rows}
    assert len(frame) == len(cells)
    for found in frame.to_dict("records"):
        name = "All" if by is None else found["category_id"]
        counts = Counter(row["practice_id"] for row in rows if plain.member(row, by) == name)
        total = sum(counts.values())
        assert found["n"] == total
        assert found["practices"] == len(counts)
        assert found["value"] == pytest.approx(1 / sum((count / total) ** 2 for count in counts.values()))
        assert found["top_share"] == pytest.approx(sum(count for _, count in counts.most_common(5)) / total)
        assert found["low"] <= found["value"]
        if max(counts.values()) == 1:  # nobody referred twice: no upper end
            assert math.isnan(found["high"])
        else:
            assert found["value"] <= found["high"]


@FEW
@given(made=REFERRALS, by=st.sampled_from([None, "practice"]))
def test_the_fair_comparison_counts_only_who_had_the_time(empty: Network, made: Any, by: Any) -> None:
    rows = [
        row for row in referred(empty, made)
        if (CUT - row["received_on"]).days >= 90 and not (row.get("enrolled_on") and row["enrolled_on"] < row["received_on"])
    ]  # fmt: skip
    cells: dict[Any, list[int]] = {}
    for row in rows:
        hit = bool(row.get("enrolled_on")) and (row["enrolled_on"] - row["received_on"]).days <= 90
        cells.setdefault(plain.member(row, by or "site"), []).append(hit)
    frame = compute("site_comparison", ALL, by=by, warehouse=empty).frame
    assert frame["n"].sum() == len(rows)
    assert frame["enrolled"].sum() == sum(map(sum, cells.values()))
    assert len(frame) == len(cells)
    try:
        prior = shrinkage.beta_prior(frame["enrolled"], frame["n"])
    except TooLittle:
        assert frame["value"].isna().all()
        return
    for found in frame.to_dict("records"):
        hits = cells[found["category_id"] if not np.isnan(found["category_id"] or np.nan) else found["category"]]
        assert (found["n"], found["enrolled"]) == (len(hits), sum(hits))
        assert found["value"] == pytest.approx((prior[0] + sum(hits)) / (sum(prior) + len(hits)))
        assert math.isnan(found["raw"]) == (len(hits) < 5)


def recruited(network: Network, made: list[Any], opened: dt.date = dt.date(2023, 5, 1)) -> list[dict[str, Any]]:
    """Subjects of two studies at three sites that opened before anyone came."""
    for table in ("subject_step", "study_opening", "plan_step"):
        network.con.execute(f"delete from {table}")
    steps, people = [], []
    for number, (study, site, events) in enumerate(made):
        people.append({"study": study, "site": site, "events": events})
        for code, day in events:
            steps.append({"subject_id": number, "code": code, "occurred_on": day, "study_id": study, "study": f"S-{study}",
                          "site_id": site, "site": f"Site {site}"})  # fmt: skip
    network.add("subject_step", steps)
    network.add("study_opening", [
        {"study_id": study, "study": f"S-{study}", "site_id": site, "site": f"Site {site}", "activated_on": opened, "target": 20,
         "study_target": 60, "planned_lpi_on": dt.date(2024, 12, 31)}
        for study in (1, 2) for site in (1, 2, 3)
    ])  # fmt: skip
    network.add("plan_step", [{"study_id": 1, "site_id": site, "as_of_on": day, "cum_target": many}
                              for site in (1, 2) for day, many in ((dt.date(2023, 12, 31), 3), (dt.date(2024, 6, 30), 9))])  # fmt: skip
    return people


def enrolled_on(person: dict[str, Any]) -> dt.date | None:
    return min((day for code, day in person["events"] if code == "randomized"), default=None)


@FEW
@given(made=SUBJECTS)
def test_recruitment_counts_each_participant_once_against_the_plan(empty: Network, made: Any) -> None:
    people = recruited(empty, made)
    frame = compute("recruitment_pace", ALL, warehouse=empty).frame.set_index("category")
    for study in (1, 2):
        mine = [person for person in people if person["study"] == study]
        days = [day for person in mine if (day := enrolled_on(person))]
        row = frame.loc[f"S-{study}"]
        assert (row["n"], row["target"], row["sites"]) == (len(days), 60, 3)
        assert row["per_month_28"] == pytest.approx(sum((CUT - day).days < 28 for day in days) / 28 * 30.4375)
        assert row["needed"] == pytest.approx((60 - len(days)) / (dt.date(2024, 12, 31) - CUT).days * 30.4375)
        assert (row["planned"] == 6) if study == 1 else math.isnan(row["planned"])
        failed = passed = 0
        for person in mine:
            codes = dict.fromkeys(code for code, _ in person["events"])
            last = {code: max(day for one, day in person["events"] if one == code) for code in codes}
            if "screened" not in codes:
                continue
            back = last.get("reinstated")
            later = last.get("eligible")
            lost = (
                "screen_failed" in codes
                and not (back and back >= last["screen_failed"])
                and not (later and later > last["screen_failed"])
                and "randomized" not in codes
            )
            failed += lost
            passed += ("randomized" in codes or "eligible" in codes) and not lost
        assert (row["screen_failed"], row["screened"]) == (failed, failed + passed)
        assert bool(row["why"]) == (len(days) < 5)
        assert math.isnan(row["p_on_time"]) == (len(days) < 5)


@FEW
@given(made=SUBJECTS)
def test_sites_add_up_to_their_study_and_so_does_the_course(empty: Network, made: Any) -> None:
    people = recruited(empty, made)
    sites = compute("recruitment_sites", ALL, warehouse=empty).frame
    course = compute("recruitment_forecast", ALL, warehouse=empty).frame
    for study in (1, 2):
        days = [day for person in people if person["study"] == study and (day := enrolled_on(person))]
        assert sites.loc[sites["study"] == f"S-{study}", "n"].sum() == len(days)
        past = course[(course["category"] == f"S-{study}") & (course["kind"] == "enrolled")]
        for row in past.itertuples():
            assert row.value == sum(day <= row.on.date() for day in days)
        ahead = course[(course["category"] == f"S-{study}") & (course["kind"] == "expected")]
        assert ahead.empty == (len(days) < 5)
        assert (ahead["low"] <= ahead["inner_low"]).all()
        assert (ahead["inner_high"] <= ahead["high"]).all()


def test_enrolments_before_the_stated_opening_move_it_and_are_counted(empty: Network) -> None:
    recruited(empty, [(1, 1, [("randomized", dt.date(2023, 7, 1))]), (1, 2, [("randomized", dt.date(2023, 9, 1))])],
              opened=dt.date(2023, 8, 1))  # fmt: skip
    result = compute("recruitment_sites", ALL, Filters(studies=(1,)), warehouse=empty)
    opened = result.frame.set_index("category")["opened_on"]
    assert opened["Site 1"].date() == dt.date(2023, 7, 1)
    assert opened["Site 2"].date() == dt.date(2023, 8, 1)
    assert any(caveat.startswith("1 enrolments lie before") for caveat in result.caveats)


def test_a_pause_that_ended_before_it_began_is_none(empty: Network) -> None:
    """Its days would count twice towards what the site could have enrolled, and the forecast be of half the pace."""
    people = [(1, site, [("randomized", dt.date(2023, 7, day))]) for site in (1, 2) for day in range(1, 29, 3)]
    recruited(empty, people, opened=dt.date(2023, 7, 1))
    said = compute("recruitment_sites", ALL, Filters(studies=(1,)), warehouse=empty).frame
    empty.con.execute("update study_opening set paused_from_on = '2024-01-01', paused_to_on = '2023-07-10'")
    told = compute("recruitment_sites", ALL, Filters(studies=(1,)), warehouse=empty).frame
    assert told["value"].tolist() == said["value"].tolist()


def test_a_study_whose_openings_nobody_stated_still_shows_its_counts(empty: Network) -> None:
    recruited(empty, [(1, site, [("randomized", dt.date(2023, 7, day))]) for site in (1, 2) for day in range(1, 9)])
    empty.con.execute("delete from study_opening")
    frame = compute("recruitment_pace", ALL, warehouse=empty).frame
    assert list(frame["n"]) == [16]
    assert "No target is stated" in frame["why"].iloc[0]
    assert compute("recruitment_sites", ALL, warehouse=empty).frame["value"].notna().all()


def test_a_viewer_of_one_site_sees_that_sites_target_and_people(empty: Network) -> None:
    recruited(empty, [(1, site, [("randomized", dt.date(2023, 7, day))]) for site in (1, 2) for day in range(1, 9)])
    frame = compute("recruitment_pace", Scope(sites=(1,), studies=None), warehouse=empty).frame.set_index("category")
    assert (frame.loc["S-1", "n"], frame.loc["S-1", "target"], frame.loc["S-1", "planned"]) == (8, 20, 3)


@pytest.mark.parametrize(
    ("scope", "filters"), [(Scope(sites=(1,), studies=None), Filters()), (ALL, Filters(sites=(1,)))]
)
def test_a_site_is_not_measured_against_the_plan_of_the_whole_study(
    empty: Network, scope: Scope, filters: Filters
) -> None:
    recruited(empty, [(1, site, [("randomized", dt.date(2023, 7, day))]) for site in (1, 2) for day in range(1, 9)])
    empty.con.execute("delete from plan_step")
    empty.add("plan_step", [{"study_id": 1, "site_id": None, "as_of_on": dt.date(2023, 12, 31), "cum_target": 40}])
    whole = compute("recruitment_pace", ALL, warehouse=empty).frame.set_index("category").loc["S-1"]
    assert (whole["n"], whole["planned"], whole["value"]) == (16, 40, 0.4)
    narrowed = compute("recruitment_pace", scope, filters, warehouse=empty)
    row = narrowed.frame.set_index("category").loc["S-1"]
    assert row["n"] == 8
    assert math.isnan(row["planned"])
    assert math.isnan(row["value"])
    assert any("plan for all sites together" in said for said in narrowed.caveats)


@FEW
@given(made=SUBJECTS, kinds=st.lists(st.sampled_from(["practitioner", "campaign", "self"]), min_size=20, max_size=20))
def test_the_sources_of_each_basis_are_all_the_enrolled(empty: Network, made: Any, kinds: Any) -> None:
    empty.con.execute("delete from journey")
    empty.referrals([{"received_on": dt.date(2023, 6, 1), "source_kind": kind} for kind in kinds[:10]])
    people = recruited(empty, made)
    empty.con.execute(
        "update subject_step set referral_id = subject_id + 1, source_kind = case when subject_id % 2 = 0 then 'self' end"
    )
    frame = compute("enrolled_sources", ALL, warehouse=empty).frame
    enrolled = [number for number, person in enumerate(people) if enrolled_on(person)]
    for basis in ("stated", "last", "first"):
        part = frame[frame["basis"] == basis]
        assert part["n"].sum() == len(enrolled)
        assert part["value"].sum() == pytest.approx(1 if enrolled else 0)
    last = Counter(kinds[number] if number < 10 else "not known" for number in enrolled)
    assert {row.category: row.n for row in frame[frame["basis"] == "last"].itertuples()} == dict(last)


def test_own_database_and_network_share_what_is_to_come(empty: Network) -> None:
    recruited(
        empty,
        [
            (1, 1 + number % 3, [("randomized", dt.date(2023, 6, 1) + dt.timedelta(days=7 * number))])
            for number in range(40)
        ],
    )
    empty.con.execute(
        "update subject_step set source_kind = case when subject_id % 4 = 0 then 'own_database' else 'practitioner' end"
    )
    row = compute("database_gap", ALL, warehouse=empty).frame.iloc[0]
    assert (row["n"], row["remaining"], row["own_so_far"]) == (40, 20, 10)
    assert row["own"] / (row["own"] + row["network"]) == pytest.approx(0.25, abs=0.08)
    assert row["gap"] == 20 - row["own"]
    assert row["value"] > 0.6


def test_completeness_is_learnt_from_how_late_rows_came(empty: Network) -> None:
    """Each week 10 referrals, 6 known in their week, 4 a week later: the last week is 60% complete."""
    empty.con.execute("delete from journey")
    rows = []
    for week in range(20):
        monday = dt.date(2023, 11, 13) + dt.timedelta(days=7 * week)
        for number in range(10):
            known = monday + dt.timedelta(days=3 if number < 6 else 10)
            if known <= CUT:
                rows.append({"received_on": monday, "known_on": known, "known_by_load": False})
    empty.referrals(rows)
    frame = compute("complete_to_date", ALL, warehouse=empty).frame
    assert frame["share"].iloc[-1] == pytest.approx(0.6)
    assert frame["value"].iloc[-1] == pytest.approx(10)
    assert frame["low"].iloc[-1] <= 10 <= frame["high"].iloc[-1]
    assert (frame["value"].iloc[:-1] == 10).all()


def test_a_real_fall_is_seen_and_few_periods_have_no_limits(empty: Network) -> None:
    days = [dt.date(2022, 1, 1) + dt.timedelta(days=number) for number in range(820)]
    made = [(day, 1, 1, None) for day in days for _ in range(3 if day < dt.date(2023, 9, 1) else 1)]
    referred(empty, made)
    frame = compute("volume_change", ALL, grain="month", warehouse=empty).frame
    assert set(frame["chart"]) == {"XmR"}
    assert (frame["signal"].iloc[-5:] == -1).all()
    assert frame["complete"].all()
    referred(empty, made[-40:])
    short = compute("volume_change", ALL, grain="month", warehouse=empty)
    assert (short.frame["chart"] == "none").all()
    assert any("fewer than 12 complete periods" in caveat for caveat in short.caveats)


VOLUMES, FALLS = (0.5, 2.5, 5.5, 11.5, 23.5), (0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.75)


def month_of(day: dt.date) -> int:
    return day.year * 12 + day.month


def matched_path(counts: dict[int, Counter[int]], first: dict[int, int], end: int) -> tuple[int, int, list[float]]:
    """(matched visited, visited after a fall, mean difference by month) told one visit at a time."""
    begin = min(min(months) for months in counts.values())

    def fallen(unit: int, at: int) -> tuple[list[int], tuple[int, int]] | None:
        months = [counts[unit][at + step] for step in range(-9, 3)]
        base, dip = sum(months[:6]) / 6, sum(months[6:9]) / 3
        if min(counts[unit]) > at - 9 or base == 0 or dip > 0.6 * base:
            return None
        return months, (sum(base * 6 > edge for edge in VOLUMES), sum(dip / base > edge for edge in FALLS))

    gaps, candidates = [], 0
    for unit, at in first.items():
        if at - 9 < begin or at + 2 > end or not (mine := fallen(unit, at)):
            continue
        candidates += 1
        later = [fallen(other, at) for other in counts if first.get(other, end + 1) > at]
        alike = [other[0] for other in later if other and other[1] == mine[1]]
        if alike:
            gap = [own - sum(others) / len(alike) for own, *others in zip(mine[0], *alike, strict=True)]
            gaps.append([value - sum(gap[:9]) / 9 for value in gap])
    return len(gaps), candidates, [sum(values) / len(gaps) for values in zip(*gaps, strict=True)] if gaps else []


def test_visits_are_compared_with_practices_that_fell_as_much_and_were_not_visited(empty: Network) -> None:
    """Visits at which nobody was reached, calls, and visits without a fall are none of it."""
    random = np.random.default_rng(5)
    days = [dt.date(2022, 1, 1) + dt.timedelta(days=number) for number in range((CUT - dt.date(2022, 1, 1)).days + 1)]
    made = [
        (day, unit, 1, None) for unit in range(1, 181) for day in days if random.random() < 0.02 + 0.04 * (unit % 3)
    ]
    empty.con.execute("delete from journey")
    empty.con.execute("delete from outreach")
    empty.referrals([{"received_on": day, "practice_id": unit, "practice": f"P{unit}"} for day, unit, _, _ in made])
    counts: dict[int, Counter[int]] = {unit: Counter() for unit in range(1, 181)}
    for day, unit, _, _ in made:
        counts[unit][month_of(day)] += 1
    first: dict[int, int] = {}
    rows: list[dict[str, Any]] = []
    for unit in range(1, 181):
        for month in range(month_of(dt.date(2022, 10, 15)), month_of(CUT)):
            before = [counts[unit][month + step] for step in range(-9, 0)]
            if sum(before[6:]) / 3 <= 0.6 * sum(before[:6]) / 6 and random.random() < 0.5:
                channel, outcome = (
                    str(random.choice(values)) for values in (("visit", "visit", "call"), ("positive", "not_reached"))
                )
                day = dt.date((month - 1) // 12, (month - 1) % 12 + 1, 9)
                rows.append(
                    {
                        "touch_id": len(rows),
                        "occurred_on": day,
                        "practice_id": unit,
                        "channel": channel,
                        "outcome": outcome,
                    }
                )
                if (channel, outcome) == ("visit", "positive"):
                    first.setdefault(unit, month)
    empty.add("outreach", rows)
    frame = compute("outreach_lift", ALL, warehouse=empty).frame
    matched, candidates, path = matched_path(counts, first, month_of(CUT))
    assert matched >= 20
    assert (frame["n"].iloc[0], frame["candidates"].iloc[0]) == (matched, candidates)
    assert list(frame["value"]) == pytest.approx(path, abs=1e-9)
    assert frame["effect"].iloc[0] == pytest.approx(sum(path[9:]) / 3, abs=1e-9)
    empty.con.execute("delete from outreach")


def test_a_placebo_that_cannot_be_told_is_not_said_to_have_failed(empty: Network) -> None:
    """Eighty that fell alike, forty of them visited in the tenth month: nothing lies before the months matched on."""
    empty.con.execute("delete from journey")
    empty.con.execute("delete from outreach")
    empty.referrals(
        [
            {"received_on": dt.date(2022, month, 5), "practice_id": unit, "practice": f"P{unit}"}
            for unit in range(1, 81)
            for month in (1, 2, 3, 4, 5, 6, 10, 11)
        ]
    )
    visit = {"occurred_on": dt.date(2022, 10, 9), "channel": "visit", "outcome": "positive"}
    empty.add("outreach", [{"touch_id": unit, "practice_id": unit, **visit} for unit in range(1, 41)])
    result = compute("outreach_lift", ALL, warehouse=empty)
    assert result.frame["n"].iloc[0] == 40
    assert result.frame["placebo"].isna().all()
    assert any("No placebo can be told" in caveat for caveat in result.caveats)
    assert not any("already differed" in caveat for caveat in result.caveats)
    empty.con.execute("delete from outreach")


def test_visits_need_matched_practices_or_say_so(empty: Network) -> None:
    referred(empty, [(dt.date(2023, 7, 1), 1, 1, None)] * 5)
    result = compute("outreach_lift", ALL, warehouse=empty)
    assert result.frame.empty
    assert any("needs 30 visited" in caveat for caveat in result.caveats)


def test_five_who_agree_do_not_make_a_band_certain(empty: Network) -> None:
    """All that answered are promoters: the weighted score is 100, its interval is not."""
    for table in ("journey", "feedback", "invitation"):
        empty.con.execute(f"delete from {table}")
    empty.add("invitation", [{"invite_id": at, "sent_on": dt.date(2024, 1, 1), "practice_id": at} for at in range(12)])
    empty.add("feedback", [
        {"response_id": at, "practice_id": at, "value_num": 10.0, "completed_on": dt.date(2024, 1, 9)} for at in range(5)
    ])  # fmt: skip
    weighted = compute("feedback_weighted", ALL, warehouse=empty).frame.set_index("kind").loc["weighted"]
    # 8 answers with those added: 5.75 promoters, 0.75 detractors, 7 degrees of freedom; 5 of 12 asked answered
    up, down = 5.75 / 8, 0.75 / 8
    half = 2.364624 * math.sqrt((1 - 5 / 12) * (up + down - (up - down) ** 2) / 5)
    assert (weighted["value"], weighted["high"]) == (100, 100)
    assert weighted["low"] == pytest.approx(100 * (1 - half), abs=1e-4)


def test_weighted_scores_stand_beside_plain_ones(empty: Network) -> None:
    empty.con.execute("delete from journey")
    for table in ("feedback", "invitation"):
        empty.con.execute(f"delete from {table}")
    day = dt.date(2024, 2, 1)
    empty.referrals(
        [
            {"received_on": dt.date(2023, 12, 1), "practice_id": unit, "practice": f"P{unit}"}
            for unit in range(1, 11)
            for _ in range(20)
        ]
    )
    empty.add(
        "invitation",
        [{"invite_id": unit, "sent_on": day, "practice_id": unit, "practice": f"P{unit}"} for unit in range(1, 41)],
    )
    answers = [(unit, 10) for unit in range(1, 11)] + [(unit, 5) for unit in range(11, 21)]
    empty.add("feedback", [{"response_id": place, "completed_on": day, "practice_id": unit, "practice": f"P{unit}", "value_num": score}
                           for place, (unit, score) in enumerate(answers)])  # fmt: skip
    frame = compute("feedback_weighted", ALL, warehouse=empty).frame.set_index("category")
    assert frame.loc["As answered", "value"] == 0
    assert frame.loc["Weighted", "value"] == pytest.approx(100 * (10 - 30) / 40)
    assert (frame.loc["12 or more referrals a year", "asked"], frame.loc["No referral a year", "asked"]) == (10, 30)
    empty.con.execute("delete from feedback where practice_id > 13")
    assert math.isnan(
        compute("feedback_weighted", ALL, warehouse=empty).frame.set_index("category").loc["Weighted", "value"]
    )


def test_words_that_come_up_are_named_and_few_comments_name_none(empty: Network) -> None:
    empty.con.execute("delete from feedback")
    old = [("The staff answer quickly", dt.date(2023, 9, 1))] * 40
    new = [("The portal is slow", dt.date(2024, 3, 1))] * 20 + [("The staff answer quickly", dt.date(2024, 3, 2))] * 20
    empty.add("feedback", [{"response_id": place, "kind": "comment", "value_text": text, "completed_on": day}
                           for place, (text, day) in enumerate(old + new)])  # fmt: skip
    frame = compute("comment_words", ALL, warehouse=empty).frame.set_index("category")
    assert set(frame.index[:2]) == {"portal", "slow"}
    assert tuple(frame.loc["portal", ["n", "before"]]) == (20, 0)
    empty.con.execute("delete from feedback where response_id > 10")
    assert compute("comment_words", ALL, warehouse=empty).frame.empty


@FEW
@given(made=REFERRALS)
def test_relationships_that_can_be_judged_are_all_on_the_curve(empty: Network, made: Any) -> None:
    referred(empty, made)
    states = compute("relationship_state", ALL, warehouse=empty).frame
    result = compute("relationship_survival", ALL, warehouse=empty)
    judged = states[states["state"] != "too rare to judge"]
    assert result.n == len(judged)
    if len(judged):
        assert result.frame["n"].iloc[0] == len(judged)
        assert result.frame["value"].isna().all()  # fewer than 20: no curve
        low, high = proportions.interval(0, 1)
        assert low <= high


def test_several_referrals_of_one_week_are_one_sign_of_life() -> None:
    """Who sent a first one on Monday and a second on Friday is as likely to be active as who sent both on Monday."""
    repeats = np.r_[np.zeros(60), np.tile([1, 2, 5], 20)]
    known_for = np.r_[np.full(60, 300.0), np.linspace(200, 400, 60)]
    spans = [np.r_[np.full(60, friday), np.linspace(20, 190, 60)] for friday in (0.0, 4.0)]
    monday, friday = (
        relationships._p_active(pd.DataFrame({"repeats": repeats, "span": span, "known_for": known_for}))
        for span in spans
    )
    assert not np.isnan(monday).any()
    assert list(monday) == list(friday)
