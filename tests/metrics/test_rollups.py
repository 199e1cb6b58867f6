"""A roll-up gives exactly the answer of the rows, whatever is asked, and answers what the pages ask by default."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import promises
from oracle.network import Facts, Network
from oracle.test_metrics_are_their_definitions import CUT, NETWORKS, SITES
from oracle.test_promises_are_their_definitions import CASE, FEW
from oracle.test_promises_are_their_definitions import CUT as LAST
from oracle.test_promises_are_their_definitions import network as promised

from pipelines.metrics import Filters, Result, Scope, compute, registry
from pipelines.metrics.engine import Ask
from pipelines.metrics.relations import RELATIONS
from pipelines.metrics.rollups import JOURNEY, counting
from pipelines.workspace import Workspace

ALL = Scope.everything()
YEAR = Filters(start=dt.date(2023, 4, 1))
TABLES = {one.source.rpartition(" ")[2].strip(")"): one for one in JOURNEY}
COUNTING = [name for name, metric in registry().items() if metric.relation == "journey"]
# What the pages ask of the journey when nothing is filtered but the last twelve months.
BY_DEFAULT = {
    ("referral_volume", None, "month"): "site_study_month",
    ("complete_to_date", None, None): "known_day",
    ("scheduling", None, "month"): "visit_course_day",
    ("referral_volume", "channel", "month"): "site_study_month",
    ("unattributed_share", None, "month"): "site_study_month",
    ("active_referrers", None, "month"): "practice_day",
    ("new_referrers", None, "month"): "practice_day",
    ("conversion", None, "month"): "course_day",
    ("conversion", None, None): "course_day",
    ("conversion_curve", None, None): "course_day",
    ("enrolment_funnel", None, None): "outcome_month",
    ("exit_reasons", None, None): "outcome_month",
    ("relationship_state", "practice", None): "practice_day",
    ("relationship_survival", "practice", None): "practice_day",
}
# Whole months more often than chance would have them: only they can be asked of the months.
STARTS = st.sampled_from([None, dt.date(2023, 12, 1), dt.date(2024, 1, 1), dt.date(2024, 2, 11)])
STOPS = st.sampled_from([None, CUT, dt.date(2024, 2, 29), dt.date(2024, 2, 28), dt.date(2024, 1, 31)])


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(CUT)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(LAST, promises.SITES)


def of_rows(monkeypatch: pytest.MonkeyPatch, *asked: Any, **more: Any) -> Result:
    """The answer with no roll-up to choose from."""
    with monkeypatch.context() as patch:
        for name, relation in RELATIONS.items():
            patch.setitem(RELATIONS, name, replace(relation, roll_ups=()))
        return compute(*asked, **more)


@pytest.mark.parametrize("metric", COUNTING)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=NETWORKS, data=st.data(), start=STARTS, stop=STOPS, sites=st.sampled_from([(), (1, 2)]), narrow=st.booleans()
)
def test_a_roll_up_answers_as_its_rows_do(
    metric: str, network: Network, rows: list[dict[str, Any]], data: st.DataObject, start: dt.date | None,
    stop: dt.date | None, sites: tuple[int, ...], narrow: bool,
) -> None:  # fmt: skip
    network.con.execute("delete from journey")
    network.referrals(rows)
    declared = registry()[metric]
    by, grain = (data.draw(st.sampled_from((None, *allowed))) for allowed in (declared.dimensions, declared.grains))
    scope = Scope(sites=(1,), studies=None) if narrow else ALL
    asked = (metric, scope, Filters(sites=sites, start=start, stop=stop), by, grain)
    with pytest.MonkeyPatch.context() as patch:
        plain = of_rows(patch, *asked, warehouse=network)
    rolled = compute(*asked, warehouse=network)
    pd.testing.assert_frame_equal(rolled.frame, plain.frame, check_exact=True)
    assert (rolled.n, rolled.caveats) == (plain.n, plain.caveats)


@FEW
@given(
    cases=st.lists(CASE, min_size=1, max_size=8), grain=st.sampled_from([None, "week", "month"]), by=st.sampled_from([None, None, "site"]),
    start=st.none() | st.dates(dt.date(2025, 11, 20), LAST),
)  # fmt: skip
def test_a_roll_up_of_promises_answers_as_its_rows_do(
    facts: Facts, cases: list[dict[str, Any]], grain: str | None, by: str | None, start: dt.date | None
) -> None:
    facts.fill(promised(cases))
    for metric in ("acknowledgement", "set_notice", "loop_closed"):
        asked = (metric, ALL, Filters(start=start), by, grain)
        with pytest.MonkeyPatch.context() as patch:
            plain = of_rows(patch, *asked, warehouse=facts)
        facts.asked.clear()
        rolled = compute(*asked, warehouse=facts)
        pd.testing.assert_frame_equal(rolled.frame, plain.frame, check_exact=True)
        assert (rolled.n, rolled.caveats) == (plain.n, plain.caveats)
        assert all("rows_stacked" in sql for sql in facts.asked if "scoped" in sql) is (by is None)


@FEW
@given(
    cases=st.lists(CASE, min_size=1, max_size=8), grain=st.sampled_from([None, "week", "month"]),
    by=st.sampled_from([None, "site", "channel", "priority", "intent", "practice"]), start=st.sampled_from([None, dt.date(2025, 12, 1), dt.date(2025, 12, 9)]),
)  # fmt: skip
def test_a_roll_up_of_what_slips_answers_as_its_rows_do(
    facts: Facts, cases: list[dict[str, Any]], grain: str | None, by: str | None, start: dt.date | None
) -> None:
    facts.fill(promised(cases))
    whole_months = start is None or start.day == 1
    for asked, stacked in (
        (("slipped_patients", ALL, Filters(start=start), by, None), whole_months and by != "practice"),
        (("ever_slipped", ALL, Filters(start=start), by, grain), whole_months and by != "practice" and grain != "week"),
        (("channel_friction", ALL, Filters(start=start), None, grain), True),
    ):
        with pytest.MonkeyPatch.context() as patch:
            plain = of_rows(patch, *asked, warehouse=facts)
        facts.asked.clear()
        rolled = compute(*asked, warehouse=facts)
        pd.testing.assert_frame_equal(rolled.frame, plain.frame, check_exact=True)
        assert (rolled.n, rolled.caveats) == (plain.n, plain.caveats)
        assert any("join closed_loop" in sql for sql in facts.asked) is not stacked


@FEW
@given(
    people=st.lists(st.tuples(st.integers(1, 3), st.none() | st.integers(1, 8), st.none() | st.sampled_from(["self", "own_database"]), st.none() | st.integers(0, 80)), max_size=12),
    kinds=st.lists(st.tuples(st.sampled_from(["practitioner", "campaign", "own_database"]), st.booleans(), st.integers(1, 3)), min_size=8, max_size=8),
    start=st.none() | st.dates(dt.date(2023, 6, 1), CUT), narrow=st.booleans(),
)  # fmt: skip
def test_a_roll_up_of_the_enrolled_answers_as_their_milestones_do(
    network: Network, people: list[Any], kinds: list[Any], start: dt.date | None, narrow: bool
) -> None:
    for name in ("journey", "subject_step", "study_opening", "plan_step"):
        network.con.execute(f"delete from {name}")
    patients = [str(uuid.UUID(int=patient)) for _, _, patient in kinds]
    network.referrals([
        {"received_on": dt.date(2023, 5, 1) + dt.timedelta(days=place), "source_kind": kind, "countable": countable, "patient_key": patient}
        for place, ((kind, countable, _), patient) in enumerate(zip(kinds, patients, strict=True))
    ])  # fmt: skip
    network.add("subject_step", [
        {"subject_id": place, "site_id": site, "site": f"Site {site}", "code": code, "referral_id": referral, "source_kind": kind,
         "occurred_on": dt.date(2023, 6, 1) + dt.timedelta(days=days + later)}
        for place, (site, referral, kind, days) in enumerate(people) if days is not None
        for later, code in enumerate(("screened", "randomized", "on_study"))
    ])  # fmt: skip
    scope = Scope(sites=(1,), studies=None) if narrow else ALL
    for asked in (("enrolled_sources", scope, Filters(start=start)), ("recruitment_pace", scope, Filters())):
        with pytest.MonkeyPatch.context() as patch:
            plain = of_rows(patch, *asked, warehouse=network)
        network.asked.clear()
        rolled = compute(*asked, warehouse=network)
        pd.testing.assert_frame_equal(rolled.frame, plain.frame, check_exact=True)
        assert (rolled.n, rolled.caveats) == (plain.n, plain.caveats)
        assert any("screened_day" in sql for sql in network.asked)
        assert narrow or not any(
            "from subject_step" in sql for sql in network.asked
        )  # whose files they are, is asked of the rows


@pytest.mark.parametrize(("asked", "table"), BY_DEFAULT.items())
def test_what_the_pages_ask_by_default_is_answered_by_a_roll_up(
    network: Network, asked: tuple[str, str | None, str | None], table: str
) -> None:
    network.referrals([{"received_on": CUT}])
    network.asked.clear()
    metric, by, grain = asked
    compute(metric, ALL, YEAR, by, grain, warehouse=network)
    assert any(f"from {table})" in sql for sql in network.asked)
    assert not any("from journey" in sql for sql in network.asked)


@pytest.mark.parametrize(
    "filters",
    [Filters(start=dt.date(2024, 2, 11)), Filters(stop=dt.date(2024, 2, 28))],
)
def test_part_of_a_month_is_never_asked_of_the_months(network: Network, filters: Filters) -> None:
    network.asked.clear()
    compute("unattributed_share", ALL, filters, warehouse=network)
    assert any("from journey" in sql for sql in network.asked)


@pytest.mark.parametrize(
    ("metric", "day", "stacked"),
    [
        ("referral_volume", CUT, True),
        ("referral_volume", CUT - dt.timedelta(days=1), False),
        ("slipped_patients", CUT - dt.timedelta(days=1), True),
    ],
)
def test_the_past_has_no_roll_up_of_the_journey_but_of_what_is_dearer(metric: str, day: dt.date, stacked: bool) -> None:
    class Listener:
        """A reader that only notes what it is asked."""

        generation, data_cut, asked = "g1", CUT, ""

        def columns(self, sql: str, params: dict[str, Any]) -> dict[str, Any]:
            self.asked = sql
            return {}

        def then(self, day: dt.date) -> Listener:
            return self

    reader: Any = Listener()
    Ask(reader, registry()[metric], ALL, Filters(), None, None, day).frame("select {count} as n from scoped")
    assert ("rows_stacked" in reader.asked) is stacked


@pytest.mark.parametrize("by", [None, "site"])
@pytest.mark.parametrize("months", [0, 2, 5])
def test_a_roll_up_of_an_earlier_day_answers_as_the_rows_of_that_day_do(
    demo_network: Workspace, monkeypatch: pytest.MonkeyPatch, months: int, by: str | None
) -> None:
    day = dt.date(2026, 6, 17) - dt.timedelta(days=30 * months)
    promised = [name for name, metric in registry().items() if metric.relation in ("closed_loop", "visit")]
    told = [*promised, *(("recruitment_pace", "enrolled_sources") if by is None else ())]
    for name in (name for name in told if by is None or by in registry()[name].dimensions):
        for filters in (Filters(), Filters(start=dt.date(2025, 7, 1))):
            asked = (name, ALL, filters, by, None, day)
            plain = of_rows(monkeypatch, *asked, warehouse=demo_network.warehouse)
            rolled = compute(*asked, warehouse=demo_network.warehouse)
            pd.testing.assert_frame_equal(rolled.frame, plain.frame, check_exact=True)
            assert (rolled.n, rolled.caveats) == (plain.n, plain.caveats), name


def test_a_site_without_a_roll_up_of_its_own_is_counted_from_the_rows(network: Network) -> None:
    network.asked.clear()
    compute("conversion", ALL, Filters(sites=(next(iter(SITES)),)), grain="month", warehouse=network)
    assert any("from journey" in sql for sql in network.asked)


def test_a_condition_with_brackets_is_counted_whole() -> None:
    sql = "select {count}, {count((a or b) and coalesce(c, false))} as met"
    met = "case when (a or b) and coalesce(c, false) then {} end"
    assert counting(sql, stacked=False) == f"select count(1), count({met.format(1)}) as met"
    of_stacks = "select coalesce(sum(rows_stacked), 0)::bigint, coalesce(sum({}), 0)::bigint as met"
    assert counting(sql, stacked=True) == of_stacks.format(met.format("rows_stacked"))
