"""Contacts, newsletters, readiness and compensation, told once more in plain Python on networks that Hypothesis makes."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.network import Network
from pipelines.metrics import Filters, Scope, compute, rows
from pipelines.metrics.counted import spread
from pipelines.metrics.definitions.compensation_headroom import LIMITS
from pipelines.metrics.shares import UNSEEN
from pipelines.statistics import proportions, rates

CUT = dt.date(2024, 3, 31)
ALL = Scope.everything()
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
PRACTICES = {1: "Oak", 2: "Elm", 3: "Fir", 4: "Yew"}
DAY = st.dates(dt.date(2023, 3, 20), CUT)
WHO, SITE = st.sampled_from(list(PRACTICES)), st.sampled_from([1, 2])
REFERRALS = st.lists(
    st.tuples(DAY, WHO, SITE, st.sampled_from(["fax", "portal", "unknown"]), st.sampled_from([1, 2])), max_size=20
)
OUTCOMES = st.sampled_from([None, "positive", "no_fit_now", "not_reached", "opt_out", "complaint"])
TOUCHES = st.lists(
    st.tuples(DAY, WHO, SITE, OUTCOMES, st.booleans(), st.sampled_from(["visit", "gift", "mail", "call"])), max_size=20
)
EDGE = st.none() | st.sampled_from([dt.date(2024, 1, 1), CUT, dt.date(2024, 4, 1)])
AGREED = st.lists(
    st.tuples(WHO, st.sampled_from([1, 2, None]), st.none() | st.sampled_from([14, 45, 200]), st.sampled_from([None, "fax", "portal", "unknown"]), EDGE, EDGE), max_size=6
)  # fmt: skip
DESK = st.lists(st.tuples(WHO, st.booleans(), st.booleans()), max_size=6)


@pytest.fixture(scope="module")
def empty() -> Network:
    return Network(CUT)


def fill(network: Network, referrals: Any = (), touches: Any = (), agreed: Any = (), desk: Any = ()) -> None:
    """Only these rows, each given as the tuples above."""
    for name in ("journey", "outreach", "front_touch", "agreement", "desk"):
        network.con.execute(f"delete from {name}")
    network.referrals([
        {"received_on": day, "practice_id": who, "practice": PRACTICES[who], "site_id": site, "site": f"Site {site}", "channel": channel,
         "study_id": study, "study": f"S-{study}"}
        for day, who, site, channel, study in referrals
    ])  # fmt: skip
    network.add("outreach", [
        {"touch_id": place, "occurred_on": day, "practice_id": who, "practice": PRACTICES[who], "site_id": site, "site": f"Site {site}", "outcome": outcome,
         "channel": channel}
        for place, (day, who, site, outcome, _, channel) in enumerate(touches)
    ])  # fmt: skip
    network.add("front_touch", [
        {"touch_id": place, "occurred_on": day, "practice_id": who, "site_id": site, "outcome": outcome}
        for place, (day, who, site, outcome, front, _) in enumerate(touches) if front
    ])  # fmt: skip
    network.add("agreement", [
        {"practice_id": who, "practice": PRACTICES[who], "site_id": site, "site": f"Site {site}", "cadence_days": cadence, "preferred_channel": way,
         "started_on": begins, "ended_on": ends}
        for who, site, cadence, way, begins, ends in agreed
    ])  # fmt: skip
    network.add(
        "desk",
        [
            {
                "contact_id": place,
                "practice_id": who,
                "display_name": f"Desk {place}",
                "front_line": front,
                "opt_out": out,
            }
            for place, (who, front, out) in enumerate(desk)
        ],
    )


def in_force(agreed: Any, site: int | None = None) -> list[Any]:
    """Agreements that hold on the day, for a viewer of all sites or of one."""
    return [
        one
        for one in agreed
        if (one[4] is None or one[4] <= CUT) and (one[5] is None or one[5] > CUT) and (site is None or one[1] == site)
    ]


def within(day: dt.date, days: int) -> bool:
    return (CUT - day).days < days


@FEW
@given(referrals=REFERRALS, touches=TOUCHES, agreed=AGREED, site=st.sampled_from([None, 1, 2]))
def test_each_practice_is_contacted_within_its_own_cadence_or_not(
    empty: Network, referrals: Any, touches: Any, agreed: Any, site: Any
) -> None:
    fill(empty, referrals, touches, agreed)
    seen = [one for one in referrals if site in (None, one[2])]
    held = in_force(agreed, site)
    targets = {who for day, who, *_ in seen if within(day, 365)} | {one[0] for one in held}
    n = hits = attempted = gone = pressed = own = 0
    for who in targets:
        mine = [one for one in touches if one[1] == who and site in (None, one[2])]
        cadences = [one[2] for one in held if one[0] == who and one[2] is not None]
        cadence = min(cadences, default=90)
        if any(one[3] == "opt_out" for one in mine):
            gone += 1
            continue
        reached = any(one[3] != "not_reached" and within(one[0], cadence) for one in mine)
        n, hits, own = n + 1, hits + reached, own + bool(cadences)
        attempted += not reached and any(within(one[0], cadence) for one in mine)
        pressed += sum(within(one[0], 30) for one in mine) > 4
    scope = ALL if site is None else Scope((site,), None)
    result = compute("touch_coverage", scope, warehouse=empty)
    assert result.n == n
    if targets:
        found = result.frame.iloc[0]
        assert [found[name] for name in ("n", "hits", "attempted", "opted_out", "over_cap", "own_cadence")] == [
            n,
            hits,
            attempted,
            gone,
            pressed,
            own,
        ]
    parts = compute("touch_coverage", scope, by="site", warehouse=empty).frame
    assert (parts["n"].sum(), parts["hits"].sum()) == (n, hits)


@FEW
@given(referrals=REFERRALS, touches=TOUCHES, desk=DESK)
def test_the_front_line_of_active_practices_is_reached_or_not(
    empty: Network, referrals: Any, touches: Any, desk: Any
) -> None:
    fill(empty, referrals, touches, desk=desk)
    n = hits = known = attempted = gone = 0
    for who in {who for day, who, *_ in referrals if within(day, 90)}:
        mine = [one for one in touches if one[1] == who and one[4]]
        file = [out for person, front, out in desk if person == who and front]
        if any(one[3] == "opt_out" for one in mine) or (file and all(file)):
            gone += 1
            continue
        reached = any(one[3] != "not_reached" and within(one[0], 90) for one in mine)
        n, hits, known = n + 1, hits + reached, known + bool(mine or file)
        attempted += not reached and any(within(one[0], 90) for one in mine)
    result = compute("front_line_coverage", ALL, warehouse=empty)
    assert result.n == n
    if n + gone:
        found = result.frame.iloc[0]
        assert [found[name] for name in ("n", "hits", "known", "attempted", "opted_out")] == [
            n,
            hits,
            known,
            attempted,
            gone,
        ]


ACTIONS = st.sampled_from(
    ["subscribed", "unsubscribed", "cleaned", "sent", "delivered", "opened", "clicked", "bounced"]
)


@FEW
@given(
    events=st.lists(st.tuples(st.integers(1, 4), ACTIONS, DAY), max_size=20, unique_by=lambda one: (one[0], one[2])),
    out=st.sets(st.integers(1, 4), max_size=1),
    agreed=AGREED,
)
def test_subscribers_get_and_follow_the_newsletter_or_not(empty: Network, events: Any, out: Any, agreed: Any) -> None:
    fill(empty, agreed=agreed)
    empty.con.execute("delete from newsletter")
    empty.add("newsletter", [
        {"recipient_key": uuid.UUID(int=who), "issue": "one", "action": action, "occurred_on": day, "occurred_at": dt.datetime.combine(day, dt.time(12)),
         "practice_id": who, "practice": PRACTICES[who]}
        for who, action, day in events
    ])  # fmt: skip
    empty.add(
        "desk",
        [{"contact_id": who, "opt_out": True, "front_line": False, "address_key": uuid.UUID(int=who)} for who in out],
    )
    n = delivered = clicked = opened = gone = 0
    staying = []
    for who in {one[0] for one in events}:
        mine = [(action, day) for person, action, day in events if person == who]
        words = [(day, action) for action, day in mine if action in ("subscribed", "unsubscribed", "cleaned")]
        if who in out or (words and max(words)[1] != "subscribed"):
            gone += 1
            continue
        lately = {action for action, day in mine if within(day, 90)}
        n += 1
        staying.append(who)
        delivered += bool(lately & {"delivered", "opened", "clicked"})
        opened, clicked = opened + ("opened" in lately), clicked + ("clicked" in lately)
    result = compute("newsletter_reach", ALL, warehouse=empty)
    assert result.n == n
    if events:
        frame = result.frame.set_index("measure")
        assert frame["hits"].to_dict() == {"delivered": delivered, "clicked": clicked}
        assert set(zip(frame["n"], frame["opened"], frame["gone"], strict=True)) == {(n, opened, gone)}
    parts = compute("newsletter_reach", ALL, by="practice", warehouse=empty).frame
    assert parts["n"].sum() == 2 * n
    home: dict[int, set[int]] = {}
    for one in in_force(agreed):
        home.setdefault(one[0], set()).add(one[1])
    for site in (1, 2):
        mine = {who for who, _, _ in events if home.get(who) == {site}}
        assert set(compute("newsletter_reach", ALL, Filters(sites=(site,)), warehouse=empty).frame["n"]) <= {
            sum(who in mine for who in staying)
        }
    assert rows("newsletter_reach", ALL, warehouse=empty)[1] == len(events)
    assert "recipient_key" not in rows("newsletter_reach", ALL, warehouse=empty)[0]


@FEW
@given(referrals=REFERRALS, agreed=AGREED)
def test_referrals_come_by_the_preferred_way_or_by_another(empty: Network, referrals: Any, agreed: Any) -> None:
    fill(empty, referrals, agreed=agreed)
    empty.con.execute("delete from closed_loop")
    empty.con.execute("insert into closed_loop by name select referral_id from journey")
    held = [one for one in agreed if one[3] not in (None, "unknown")]

    def preferred(who: int, site: int, day: dt.date) -> str | None:
        then = [one for one in held if one[0] == who and (one[4] or day) <= day and (one[5] is None or one[5] > day)]
        for fits in (lambda one: one[1] == site, lambda one: one[1] is None, lambda one: True):
            if ways := {one[3] for one in then if fits(one)}:
                return ways.pop() if len(ways) == 1 else None
        return None

    frame = compute("channel_friction", ALL, warehouse=empty).frame.set_index("category")
    for channel in {one[3] for one in referrals}:
        known = [
            (way, channel)
            for day, who, site, how, _ in referrals
            if how == channel != "unknown" and (way := preferred(who, site, day))
        ]
        assert frame.loc[channel, "agreed"] == len(known)
        assert frame.loc[channel, "otherwise"] == sum(way != how for way, how in known)


def test_a_roster_that_does_not_say_of_when_it_is_says_so(empty: Network) -> None:
    for name in ("study_opening", "practice_specialty"):
        empty.con.execute(f"delete from {name}")
    empty.add("study_opening", [{"site_id": 1, "activated_on": dt.date(2023, 1, 1), "planned_lpi_on": CUT}])
    empty.add("practice_specialty", [{"practice_id": 1, "code": "2084N0400X"}])
    said = compute("therapeutic_readiness", ALL, warehouse=empty).caveats
    assert any("does not say of when it is" in caveat for caveat in said)


GIFTS = st.lists(
    st.tuples(st.dates(dt.date(2022, 12, 30), CUT), st.sampled_from([1, 2, None]), st.integers(1, 60000)), max_size=15
)  # fmt: skip


@FEW
@given(gifts=GIFTS, stated=st.dictionaries(st.sampled_from([2023, 2024]), st.sampled_from([100, 535])))
def test_what_is_left_of_the_yearly_limit_is_the_limit_less_what_was_given(
    empty: Network, gifts: Any, stated: Any
) -> None:
    empty.con.execute("delete from compensation")
    empty.con.execute("delete from compensation_year")
    empty.add("compensation", [
        {"ledger_id": place, "given_on": day, "calendar_year": day.year, "practitioner_id": who, "practitioner": f"Dr {who}", "fair_value_usd": cents / 100,
         "source_file_id": "f1", "source_row": place}
        for place, (day, who, cents) in enumerate(gifts)
    ])  # fmt: skip
    empty.add("compensation_year", [{"calendar_year": year, "limit_usd": limit} for year, limit in stated.items()])
    given_: dict[tuple[int, int], list[int]] = defaultdict(list)
    for day, who, cents in gifts:
        if who is not None:
            given_[who, day.year].append(cents)
    frame = compute("compensation_headroom", ALL, grain="year", warehouse=empty).frame
    assert len(frame) == len(given_)
    for row in frame.itertuples():
        cents = given_[row.category_id, row.period.year]
        limit = float(stated.get(row.period.year, LIMITS[row.period.year]))
        assert (row.n, row.limit_usd) == (len(cents), limit)
        assert row.value == pytest.approx(limit - sum(cents) / 100)
        assert row.state == ("over" if sum(cents) > 100 * limit else "alert" if sum(cents) >= 80 * limit else "within")
        assert row.complete == (row.period.year < 2024)
    now = compute("compensation_headroom", ALL, warehouse=empty)
    assert set(now.frame["period"].dt.year) <= {2024}
    assert now.n == sum(len(cents) for (_, year), cents in given_.items() if year == 2024)


def test_a_year_without_a_known_limit_says_so_and_shows_what_was_given(empty: Network) -> None:
    empty.con.execute("delete from compensation")
    empty.add("compensation", [{"ledger_id": 1, "given_on": dt.date(2009, 5, 1), "calendar_year": 2009, "practitioner_id": 1, "practitioner": "Dr 1",
                                "fair_value_usd": 12.5, "source_file_id": "f1", "source_row": 1}])  # fmt: skip
    result = compute("compensation_headroom", ALL, grain="year", warehouse=empty)
    row = result.frame.iloc[0]
    assert (row["state"], row["given_usd"]) == ("no limit known", 12.5)
    assert math.isnan(row["value"])
    assert any("2009" in caveat for caveat in result.caveats)


@FEW
@given(
    reports=st.lists(
        st.tuples(st.integers(1, 200), st.none() | st.integers(0, 12)), max_size=6, unique_by=lambda one: one[0]
    ).map(sorted),
    opened=st.none() | st.integers(-50, 150),
)
def test_counts_become_as_many_days_as_the_last_report_says_each_by_the_report_that_first_knew_it(
    reports: Any, opened: Any
) -> None:
    days = np.array([day for day, _ in reports], float)
    totals = np.array([np.nan if count is None else count for _, count in reports], float)
    found = spread(days, totals, np.nan if opened is None else float(opened))
    known = [(day, count) for day, count in reports if count is not None]
    assert len(found) == (known[-1][1] if known else 0)
    assert list(found) == sorted(found)
    for place, (day, _) in enumerate(known):
        held = min(count for _, count in known[place:])
        assert (found <= day).sum() == held
    if known and len(found):
        first = known[0][0]
        start = opened if opened is not None and opened < first else first - 30
        assert found.min() > start


COUNTS = st.lists(
    st.tuples(st.sampled_from([1, 2, 3]), DAY, st.integers(0, 6), st.integers(0, 6)), max_size=8, unique_by=lambda one: (one[0], one[1])
)  # fmt: skip
LOGGED = st.lists(st.tuples(st.sampled_from([1, 2]), DAY, st.sampled_from(["randomized", "screen_failed"])), max_size=6)


@FEW
@given(counts=COUNTS, logged=LOGGED, as_of=st.sampled_from([None, dt.date(2023, 12, 31)]))
def test_sites_with_counts_alone_are_in_the_same_charts_and_sites_with_subjects_are_never_counted_twice(
    empty: Network, counts: Any, logged: Any, as_of: Any
) -> None:
    for name in ("subject_step", "study_opening", "count_report", "plan_step"):
        empty.con.execute(f"delete from {name}")
    steps = []
    for place, (site, day, code) in enumerate(logged):
        who = {"subject_id": place, "site_id": site, "site": f"Site {site}", "occurred_on": day}
        steps += [who | {"code": "screened"}, who | {"code": code}]
    empty.add("subject_step", steps)
    empty.add("count_report", [
        {"study_id": 1, "study": "S-1", "therapeutic_area": "Neurology", "site_id": site, "site": f"Site {site}", "as_of_on": day, "enrolled": enrolled,
         "screen_failed": failed, "screened": enrolled + failed}
        for site, day, enrolled, failed in counts
    ])  # fmt: skip
    at(empty, as_of or CUT)  # what was recorded later is another test's business: here the day alone cuts
    with_log = {site for site, day, _ in logged if day <= empty.data_cut}
    enrolled = sum(code == "randomized" and day <= empty.data_cut for _, day, code in logged)
    failed = sum(code == "screen_failed" and day <= empty.data_cut for _, day, code in logged)
    for site in {1, 2, 3} - with_log:
        mine = sorted((day, done, lost) for where, day, done, lost in counts if where == site and day <= empty.data_cut)
        if mine:
            enrolled, failed = enrolled + mine[-1][1], failed + mine[-1][2]
    try:
        frame = compute("recruitment_pace", ALL, warehouse=empty).frame
        parts = compute("recruitment_sites", ALL, warehouse=empty).frame
        alone = compute("recruitment_pace", Scope((3,), None), warehouse=empty).frame
    finally:
        at(empty, CUT)
    if enrolled + failed == 0:
        assert frame["n"].sum() == 0
        return
    assert (frame["n"].iloc[0], frame["screen_failed"].iloc[0], frame["screened"].iloc[0]) == (
        enrolled,
        failed,
        enrolled + failed,
    )
    assert frame["screen_fail"].iloc[0] == pytest.approx(failed / (enrolled + failed))
    assert parts["n"].sum() == enrolled
    third = sorted((day, done) for where, day, done, _ in counts if where == 3 and day <= (as_of or CUT))
    assert alone["n"].sum() == (third[-1][1] if third else 0)


def at(network: Network, day: dt.date) -> None:
    """The data end on ``day``."""
    network.data_cut = day
    network.con.execute("update generation set data_cut = $day", {"day": day})


SHOWN = st.lists(
    st.tuples(DAY, WHO, st.sampled_from(["approved", "not approved", "unknown"]), st.sampled_from([1, 2])), max_size=15
)


@FEW
@given(shown=SHOWN)
def test_presentations_use_an_approved_text_or_not(empty: Network, shown: Any) -> None:
    empty.con.execute("delete from presentation")
    empty.add("presentation", [
        {"touch_id": place, "occurred_on": day, "study_id": study, "study": f"S-{study}", "therapeutic_area": "Neurology", "practice_id": who,
         "practice": PRACTICES[who], "site_id": 1, "site": "North", "text_state": state, "source_file_id": "f1", "source_row": place}
        for place, (day, who, state, study) in enumerate(shown)
    ])  # fmt: skip
    frame = compute("study_presentations", ALL, by="study", warehouse=empty).frame
    assert len(frame) == len({one[3] for one in shown})
    for row in frame.itertuples():
        mine = [one for one in shown if one[3] == row.category_id]
        states = [one[2] for one in mine]
        assert (row.n, row.hits, row.not_approved, row.unknown_text) == (
            len(mine),
            *map(states.count, ("approved", "not approved", "unknown")),
        )
        assert row.practices == len({one[1] for one in mine})


@FEW
@given(referrals=REFERRALS, touches=TOUCHES)
def test_readiness_is_what_warm_practices_will_bring_against_the_gap(
    empty: Network, referrals: Any, touches: Any
) -> None:
    fill(empty, referrals, touches)
    for name in ("subject_step", "study_opening", "count_report", "plan_step"):
        empty.con.execute(f"delete from {name}")
    empty.add("study_opening", [{"site_id": site, "site": f"Site {site}", "activated_on": dt.date(2023, 6, 1), "study_target": 60,
                                 "planned_lpi_on": CUT + dt.timedelta(days=100)} for site in (1, 2)])  # fmt: skip
    empty.add("subject_step", [{"subject_id": place, "site_id": 1 + place % 2, "site": "x", "code": "randomized", "source_kind": "practitioner",
                                "occurred_on": dt.date(2023, 7, 1) + dt.timedelta(days=20 * place)} for place in range(10)])  # fmt: skip
    gap = compute("database_gap", ALL, warehouse=empty).frame.iloc[0]
    found = compute("readiness_index", ALL, warehouse=empty).frame.iloc[0]
    warm = {who for day, who, _, outcome, _, channel in touches
            if outcome in ("positive", "no_fit_now", "complaint") and channel not in ("gift", "mail") and within(day, 90)}  # fmt: skip
    mine = [one for one in referrals if one[4] == 1]
    lately = [one for one in mine if within(one[0], 365)]
    ours = [one for one in lately if one[1] in warm]
    assert (found["n"], found["referring"], found["referrals"]) == (len(warm), len({one[1] for one in ours}), len(ours))
    assert found["needed"] == gap["gap"]
    if not mine:
        assert found["expected"] == 0
        return
    had_time = [one for one in referrals if 180 <= (CUT - one[0]).days < 545]
    pools = ([one for one in had_time if one[4] == 1], had_time, had_time)  # both studies are of one area
    pool = next((pool for pool in pools if len(pool) >= 10), None)
    if pool is None:
        assert math.isnan(found["value"])
        return
    known = min((CUT - min(one[0] for one in mine)).days + 1, 365)
    scale = 0.0 * 100 / known  # nobody of the journey enrolled
    assert found["expected"] == pytest.approx(len(ours) * scale)
    assert found["value"] == pytest.approx(min(found["expected"] / gap["gap"], 1) if gap["gap"] else 1)


def test_readiness_is_capped_at_the_whole_and_shows_the_absolute_numbers() -> None:
    empty = Network(CUT)  # what another test enrolled would fill the studies of this one
    old = [(CUT - dt.timedelta(days=300 - place), 1, 1, "fax", 1) for place in range(20)]
    fill(
        empty,
        [*old, *[(CUT - dt.timedelta(days=place), 1, 1, "fax", 1) for place in range(100)]],
        [(CUT, 1, 1, "positive", True, "visit")],
    )
    empty.con.execute(
        "update journey set enrolled_on = received_on + 10, enrolled_day = 10 where received_on < $day",
        {"day": CUT - dt.timedelta(days=180)},
    )
    for name in ("subject_step", "study_opening"):
        empty.con.execute(f"delete from {name}")
    empty.add(
        "study_opening",
        [
            {
                "site_id": site,
                "activated_on": dt.date(2023, 6, 1),
                "study_target": 14,
                "planned_lpi_on": CUT + dt.timedelta(days=100),
            }
            for site in (1, 2)
        ],
    )
    empty.add("subject_step", [{"subject_id": place, "site_id": 1 + place % 2, "site": "x", "code": "randomized", "source_kind": "practitioner",
                                "occurred_on": dt.date(2023, 7, 1) + dt.timedelta(days=9 * place)} for place in range(10)])  # fmt: skip
    found = compute("readiness_index", ALL, warehouse=empty).frame.iloc[0]
    known = 301
    assert (found["referrals"], found["conversion"], found["n"]) == (120, 1.0, 1)
    assert found["expected"] == pytest.approx(120 / known * 100)
    low, high = rates.byar(120, known / 100)
    assert (found["expected_low"], found["expected_high"]) == (pytest.approx(low), pytest.approx(high))
    assert found["value"] == 1 < found["ratio"] == pytest.approx(found["expected"] / found["needed"])
    cold = compute("readiness_index", ALL, Filters(practices=(2,)), warehouse=empty)
    assert cold.frame["n"].sum() == 0
    assert "What is needed is that of the whole study, not of the practices chosen." in cold.caveats
    by_fax = compute("readiness_index", ALL, Filters(channels=("fax",)), warehouse=empty).caveats
    assert "Only the referrals are filtered by channel, not whom we spoke with nor what is needed." in by_fax
    one_site = compute("readiness_index", ALL, Filters(sites=(1,)), warehouse=empty)
    assert one_site.frame.empty
    assert any(
        "1 recruiting study has no gap that is known here: without a target" in said for said in one_site.caveats
    )
    assert not any("Nothing matches" in said for said in one_site.caveats)


PLACES = [(1, "27601", "NC"), (2, "27599", "NC"), (3, None, "NC"), (4, "94110", "CA")]


@FEW
@given(
    held=st.lists(st.tuples(WHO, st.sampled_from(["2084N0400X", "207N00000X", "207Q00000X"])), max_size=6, unique=True),
    touches=TOUCHES, referrals=REFERRALS, really=st.none() | st.tuples(WHO, st.sampled_from(["neurology", "Dermatology"])),
)  # fmt: skip
def test_an_area_is_ready_where_practices_of_its_specialty_near_its_sites_are_known_touched_and_refer(
    empty: Network, held: Any, touches: Any, referrals: Any, really: Any
) -> None:
    fill(empty, referrals, touches)
    for name in ("study_opening", "practice_specialty", "dim_practice", "dim_site"):
        empty.con.execute(f"delete from {name}")
    empty.con.executemany(
        "insert into dim_practice (practice_id, practice, postal_code, state) values (?, ?, ?, ?)",
        [[p, PRACTICES[p], z, s] for p, z, s in PLACES],
    )
    empty.con.execute("insert into dim_site (site_id, site, postal_code, state) values (1, 'North', '27605', 'NC')")
    empty.add(
        "study_opening", [{"site_id": 1, "activated_on": dt.date(2023, 1, 1), "planned_lpi_on": CUT}]
    )  # of Neurology
    empty.add("practice_specialty", [{"practice_id": who, "code": code, "roster_on": CUT} for who, code in held])
    if really:
        empty.add("agreement", [{"practice_id": really[0], "therapeutic_area": really[1]}])
    near = {who for who, postal, state in PLACES if (postal[:3] == "276" if postal else state == "NC")}
    matching = {who for who, code in held if code == "2084N0400X" and not (really and really[0] == who)}
    matching |= {really[0]} if really and really[1] == "neurology" else set()
    universe = matching & near
    shown = [
        one for one in touches if one[5] != "gift"
    ]  # who asks, when given something, not to be contacted was not met
    met = {who for day, who, _, outcome, *_ in shown if outcome != "not_reached" and within(day, 365)}
    touched_ever, referring = {one[1] for one in shown}, {one[1] for one in referrals}
    agreed = {really[0]} if really else set()
    lately = [one for one in referrals if within(one[0], 365)]
    result = compute("therapeutic_readiness", ALL, warehouse=empty)
    found = result.frame.iloc[0]
    assert found["category"] == "Neurology"
    assert (found["n"], found["known"]) == (len(universe), len(universe & (touched_ever | referring | agreed)))
    assert (found["touched"], found["referred"]) == (len(universe & met), len({one[1] for one in lately} & universe))
    since = min((one[0] for one in referrals if one[0] <= CUT), default=None)
    months = min((CUT - since).days + 1 if since else 365, 365) / (365.25 / 12)
    assert found["a_month"] == pytest.approx(sum(one[1] in universe for one in lately) / months)
    assert found["elsewhere"] == pytest.approx(sum(one[1] not in universe for one in lately) / months)
    assert found["by_zip"] == len(universe - {3})
    low, high = proportions.interval(found["touched"], found["n"])
    assert [found["low"], found["high"]] == pytest.approx([float(low), float(high)], nan_ok=True)
    if not held:
        assert "No provider roster" in result.caveats[0]


@FEW
@given(touches=TOUCHES, agreed=AGREED, desk=DESK, referrals=REFERRALS)
def test_lists_of_a_practice_hold_what_the_viewer_may_see_and_no_gift(
    empty: Network, touches: Any, agreed: Any, desk: Any, referrals: Any
) -> None:
    fill(empty, referrals, touches, agreed, desk)
    for scope, sites in ((ALL, None), (Scope(sites=(1,), studies=None), 1)):
        for who in PRACTICES:
            filters = Filters(practices=(who,), start=dt.date(2023, 9, 1))
            met = compute("practice_contacts", scope, filters, warehouse=empty)
            expected = [
                day for day, practice, site, *_, channel in touches
                if practice == who and channel != "gift" and dt.date(2023, 9, 1) <= day <= CUT and sites in (None, site)
            ]  # fmt: skip
            assert [value.date() for value in met.frame["occurred_on"]] == sorted(expected, reverse=True)
            people = compute("practice_people", scope, filters, warehouse=empty)
            known = sites is None or any(site == sites for _, practice, site, *_ in referrals if practice == who)
            assert people.n == (sum(practice == who for practice, *_ in desk) if known else 0)
            held = compute("practice_agreements", scope, filters, warehouse=empty)
            assert held.n == sum(practice == who for practice, *_ in in_force(agreed, sites))
    assert compute("practice_people", Scope(sites=None, studies=(1,)), warehouse=empty).n == 0
    assert compute("practice_agreements", Scope(sites=None, studies=(1,)), warehouse=empty).n == 0


@pytest.mark.parametrize(
    "metric",
    [
        "touch_coverage",
        "front_line_coverage",
        "relationship_state",
        "readiness_index",
        "outreach_lift",
        "therapeutic_readiness",
    ],
)
def test_who_may_see_no_contact_is_told_that_nobody_counts_as_reached(empty: Network, metric: str) -> None:
    assert UNSEEN in compute(metric, Scope(None, (1,)), warehouse=empty).caveats
    assert UNSEEN not in compute(metric, ALL, warehouse=empty).caveats


def test_whoever_was_given_something_was_not_thereby_met(empty: Network) -> None:
    """Who asks on such an occasion not to be contacted is heard, and the day tells nothing of what was given."""
    day = CUT - dt.timedelta(days=20)
    fill(empty, [(CUT - dt.timedelta(days=50), 1, 1, "fax", 1)], [(day, 1, 1, "opt_out", False, "gift")])
    given = compute("relationship_state", ALL, warehouse=empty).frame
    assert given["last_touch_on"].isna().all()
    fill(empty, [(CUT - dt.timedelta(days=50), 1, 1, "fax", 1)], [(day, 1, 1, "opt_out", False, "call")])
    assert list(compute("relationship_state", ALL, warehouse=empty).frame["last_touch_on"].dt.date) == [day]


def test_an_attempt_is_not_the_last_contact(empty: Network) -> None:
    """A practice too rare to judge, met long ago and called in vain last week, is due."""
    met, tried = CUT - dt.timedelta(days=120), CUT - dt.timedelta(days=7)
    referred = [(CUT - dt.timedelta(days=200), 1, 1, "fax", 1)]
    fill(empty, referred, [(met, 1, 1, "positive", False, "visit"), (tried, 1, 1, "not_reached", False, "call")])
    (row,) = compute("relationship_state", ALL, warehouse=empty).frame.itertuples()
    assert (row.last_touch_on.date(), row.days_since_touch, bool(row.touch_due)) == (met, 120, True)
    fill(empty, referred, [(tried, 1, 1, "not_reached", False, "call")])
    (row,) = compute("relationship_state", ALL, warehouse=empty).frame.itertuples()
    assert (pd.isna(row.last_touch_on), bool(row.touch_due)) == (True, True)
    empty.con.execute("update outreach set next_touch_on = ?, occurred_on = ?", [tried, met])
    assert list(compute("relationship_state", ALL, warehouse=empty).frame["touch_due"]) == [
        True
    ]  # agreed at an attempt, and past
