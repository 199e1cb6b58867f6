"""The road to a number: scope fails closed, filters only narrow, parts sum to the whole, the past stays as it was."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from oracle.network import Network

from pipelines import export
from pipelines.errors import NotAllowed, UnknownName
from pipelines.metrics import CATEGORIES_SHOWN, Filters, Scope, compute, options, registry, rows

CUT = dt.date(2026, 3, 31)
ALL = Scope.everything()
JOURNEY = [name for name, metric in registry().items() if metric.relation == "journey"]
METRICS = pytest.mark.parametrize("metric", registry())


def busy() -> Network:
    """60 referrals of 30 practices at 3 sites and 2 studies, with answers, invitations and touches."""
    network = Network(CUT)
    network.referrals([
        {
            "received_on": dt.date(2026, 1, 1) + dt.timedelta(days=place), "practice_id": 100 + place % 30, "practice": f"Practice {place % 15}",
            "site_id": place % 3, "site": f"Site {place % 3}", "study_id": place % 2, "study": f"Study {place % 2}",
            "channel": "fax" if place % 4 else "portal", "countable": place % 10 != 9, "excluded_because": None if place % 10 != 9 else "duplicate",
            "source_file_id": f"f{place % 3}", "source_row": place + 2, "stage": "contacted",
        }
        for place in range(60)
    ])  # fmt: skip
    for site in range(3):
        who = {
            "site_id": site,
            "site": f"Site {site}",
            "practice_id": 100,
            "practice": "Practice 0",
            "completed_on": dt.date(2026, 2, 1),
        }
        network.add("feedback", [
            who | {"response_id": site, "value_num": 9, "anonymous": site == 1},
            who | {"response_id": site, "kind": "rating", "item_code": "overall", "scale_max": 5, "value_num": 5},
            who | {"response_id": site, "kind": "comment", "item_code": "comment", "value_text": "Kind staff.", "anonymous": site == 1},
        ])  # fmt: skip
        network.add(
            "invitation",
            [{"invite_id": site, "sent_on": dt.date(2026, 1, 20), "site_id": site, "site": f"Site {site}"}],
        )
        network.add("load", [{"load_id": f"l{site}", "source_file_id": f"f{site}", "file_name": f"file{site}.csv"}])
    return network


@pytest.fixture(scope="module")
def network() -> Network:
    return busy()


@METRICS
@pytest.mark.parametrize(
    "scope", [Scope(), Scope(sites=()), Scope(sites=(), studies=None), Scope(sites=(99,), studies=None)]
)
def test_a_scope_of_nothing_gives_nothing(network: Network, metric: str, scope: Scope) -> None:
    result = compute(metric, scope, warehouse=network)
    assert result.n == 0
    assert result.frame.empty or result.frame["n"].sum() == 0
    assert result.loads == ()
    assert rows(metric, scope, warehouse=network)[1] == 0


def test_a_scope_of_nothing_has_nothing_to_choose_from(network: Network) -> None:
    found = options(Scope(), warehouse=network)
    assert not any(found.values())


@METRICS
def test_a_viewer_sees_only_their_sites_and_files(network: Network, metric: str) -> None:
    scope = Scope(sites=(1,), studies=None)
    found, total = rows(metric, scope, warehouse=network)
    assert set(found.get("site", ())) <= {"Site 1"}  # people of a practice belong to no site: they are tested below
    assert len(found) == total
    assert "patient_key" not in found.columns
    assert {load["file_name"] for load in compute(metric, scope, warehouse=network).loads} <= {"file1.csv"}


@pytest.mark.parametrize("scope", [Scope(sites=(1,), studies=None), Scope(sites=None, studies=(0, 1))])
def test_how_many_rows_a_file_has_is_told_to_nobody_who_may_see_only_some_of_them(
    network: Network, scope: Scope
) -> None:
    part, whole = (compute("referral_volume", who, warehouse=network) for who in (scope, Scope.everything()))
    assert part.loads
    assert not [name for load in part.loads for name in load if name.startswith("rows")]
    assert all("rows_in" in load for load in whole.loads)
    about = [str(cell) for row in load_workbook(io.BytesIO(export.workbook(part)))["About"].values for cell in row]
    assert not [line for line in about if "rows loaded" in line]


def test_a_viewer_limited_to_studies_sees_no_record_that_names_none(network: Network) -> None:
    scope = Scope(sites=None, studies=(0, 1))
    assert compute("referral_volume", scope, warehouse=network).n == 54
    for metric in ("feedback_nps", "feedback_comments", "feedback_response"):
        result = compute(metric, scope, warehouse=network)
        assert result.n == 0
        assert any("name no study" in caveat for caveat in result.caveats)


IDS = st.lists(st.integers(0, 3), max_size=2).map(tuple)
FILTERS = st.builds(
    Filters, sites=IDS, studies=IDS, practices=st.lists(st.integers(98, 103), max_size=2).map(tuple),
    channels=st.lists(st.sampled_from(["fax", "portal", "x"]), max_size=1).map(tuple),
    start=st.none() | st.dates(dt.date(2025, 12, 1), CUT), stop=st.none() | st.dates(dt.date(2025, 12, 1), dt.date(2027, 1, 1)),
)  # fmt: skip
SCOPES = st.builds(Scope, sites=st.none() | IDS, studies=st.none() | IDS)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(scope=SCOPES, filters=FILTERS)
def test_no_filter_can_widen_a_scope(network: Network, scope: Scope, filters: Filters) -> None:
    whole, _ = rows("referral_volume", scope, warehouse=network)
    part, _ = rows("referral_volume", scope, filters, warehouse=network)
    assert set(part["source_row"]) <= set(whole["source_row"])
    if scope.sites is not None:
        assert set(part["site"]) <= {f"Site {site}" for site in scope.sites}
    assert compute("referral_volume", scope, filters, warehouse=network).n == len(part)


@pytest.mark.parametrize(
    "metric", ["referral_volume", "unattributed_share", "enrolment_funnel", "conversion", "scheduling"]
)
@pytest.mark.parametrize("by", ["practice", "site", "channel", "study", "practitioner"])
def test_parts_sum_to_the_whole(network: Network, metric: str, by: str) -> None:
    keep = {"enrolment_funnel": "step", "conversion": "horizon", "scheduling": "horizon"}.get(metric)
    whole = compute(metric, ALL, warehouse=network)
    parts = compute(metric, ALL, by=by, warehouse=network)
    if keep:
        assert parts.frame.groupby(keep)["n"].sum().equals(whole.frame.groupby(keep)["n"].sum())
    assert parts.frame["n"].sum() == whole.frame["n"].sum()
    assert parts.n == whole.n


def test_beyond_twenty_members_the_rest_are_one_and_namesakes_stay_apart(network: Network) -> None:
    frame = compute("referral_volume", ALL, by="practice", warehouse=network).frame
    assert len(frame) == CATEGORIES_SHOWN + 1
    assert frame["category"].is_unique
    assert frame["category"].iloc[-1] == "Other (10 more)"
    assert pd.isna(frame["category_id"].iloc[-1])
    assert any(name.endswith(" (2)") for name in frame["category"])


@pytest.mark.parametrize("by", ["practice", "site", "channel", "practitioner"])
def test_the_rows_behind_a_bar_are_as_many_as_the_bar_says(network: Network, by: str) -> None:
    frame = compute("referral_volume", ALL, by=by, grain="month", warehouse=network).frame
    for bar in frame.itertuples():
        where = {by: bar.category, "period": f"{bar.period:%Y-%m-%d}", "grain": "month"}
        found, total = rows("referral_volume", ALL, where=where, warehouse=network)
        assert total == bar.n == len(found)


def test_rows_come_newest_first_with_their_file_and_line_and_no_more_than_asked(network: Network) -> None:
    found, total = rows("referral_volume", ALL, limit=3, warehouse=network)
    assert total == 54
    assert list(found["source_row"]) == [60, 59, 58]
    assert list(found["file_name"]) == ["file1.csv", "file0.csv", "file2.csv"]


def test_a_stage_of_the_funnel_opens_into_its_rows(network: Network) -> None:
    assert rows("enrolment_funnel", ALL, where={"reached": "contacted"}, warehouse=network)[1] == 54
    assert rows("enrolment_funnel", ALL, where={"reached": "enrolled"}, warehouse=network)[1] == 0
    assert rows("enrolment_funnel", ALL, where={"stage": "contacted", "exited": "false"}, warehouse=network)[1] == 54


def test_a_name_that_is_no_sql_is_only_a_name(network: Network) -> None:
    nasty = "x' or 1=1 --"
    assert rows("referral_volume", ALL, where={"practice": nasty}, warehouse=network)[1] == 0
    assert compute("referral_volume", ALL, Filters(channels=(nasty,)), warehouse=network).n == 0
    assert all(nasty not in sql for sql in network.asked)


def test_an_anonymous_answer_has_no_practice_anywhere(network: Network) -> None:
    comments = compute("feedback_comments", ALL, warehouse=network).frame
    assert set(comments["practice"]) == {"Practice 0", "Anonymous"}
    assert compute("feedback_comments", ALL, Filters(practices=(100,)), warehouse=network).n == 2
    by = compute("feedback_nps", ALL, by="practice", warehouse=network).frame.set_index("category")["n"]
    assert by.to_dict() == {"Practice 0": 2, "Anonymous": 1}


def test_what_can_be_chosen_is_what_the_viewer_has(network: Network) -> None:
    found = options(Scope(sites=(1,), studies=None), warehouse=network)
    assert found["sites"] == [(1, "Site 1")]
    assert found["studies"] == [(0, "Study 0"), (1, "Study 1")]
    assert found["channels"] == ["fax", "portal"]
    assert (found["first"], found["last"]) == (dt.date(2026, 1, 2), dt.date(2026, 2, 28))
    assert len(found["practices"]) == 10


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"metric": "nonsense"}, "There are: acknowledgement, active_referrers"),
        ({"metric": "referral_volume", "by": "shoe_size"}, "Allowed: site"),
        ({"metric": "referral_volume", "grain": "century"}, "Allowed: week"),
        ({"metric": "relationship_state", "by": "site"}, "Allowed: practice, practitioner"),
        ({"metric": "relationship_state", "grain": "month"}, "Allowed: none"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(network: Network, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(UnknownName, match=said):
        compute(scope=ALL, warehouse=network, **asked)


@pytest.mark.parametrize("where", [{"shoe_size": "9"}, {"period": "2026-01-01"}, {"period": "soon", "grain": "month"}])
def test_rows_of_an_unknown_bar_are_refused(network: Network, where: dict[str, str]) -> None:
    with pytest.raises(UnknownName):
        rows("referral_volume", ALL, where=where, warehouse=network)


def test_a_sponsor_sees_released_figures_only(network: Network) -> None:
    sponsor = Scope(sites=None, studies=(1,), role="sponsor")
    for ask in (compute, rows):
        with pytest.raises(NotAllowed):
            ask("referral_volume", sponsor, warehouse=network)
    with pytest.raises(NotAllowed):
        options(sponsor, warehouse=network)


def test_an_answer_says_what_it_left_out_and_what_is_not_over(network: Network) -> None:
    result = compute("referral_volume", ALL, Filters(stop=dt.date(2026, 2, 10)), grain="month", warehouse=network)
    assert any("repeated within 7 days" in caveat for caveat in result.caveats)
    assert any(caveat.startswith("Feb 2026 is not shown whole") for caveat in result.caveats)
    assert list(result.frame["complete"]) == [True, False]
    few = compute("referral_volume", ALL, Filters(practices=(100,)), warehouse=network)
    assert any("Only 2 in all" in caveat for caveat in few.caveats)
    ignored = compute("feedback_nps", ALL, Filters(channels=("fax",)), warehouse=network)
    assert any("Not filtered by channel" in caveat for caveat in ignored.caveats)


def test_a_day_after_the_data_end_is_answered_as_of_their_end(network: Network) -> None:
    result = compute("referral_volume", ALL, as_of=dt.date(2030, 1, 1), warehouse=network)
    assert result.as_of == CUT
    assert any("nothing later is known" in caveat for caveat in result.caveats)


def test_a_warehouse_without_data_answers_with_nothing() -> None:
    network = Network(CUT)
    network.data_cut = None  # type: ignore[assignment]
    result = compute("referral_volume", ALL, grain="month", warehouse=network)
    assert result.n == 0
    assert any("Nothing matches" in caveat for caveat in result.caveats)


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_promises_of_one_day_the_earlier_is_due_whatever_their_order(turn: int) -> None:
    network = busy()
    touches = [
        {"practice_id": 100, "occurred_on": dt.date(2026, 3, 2), "liaison": liaison, "next_touch_on": dt.date(2026, month, 1)}
        for liaison, month in (("Ann", 5), ("Bo", 4))
    ]  # fmt: skip
    network.add("outreach", touches[::turn])
    frame = compute("relationship_state", ALL, warehouse=network).frame.set_index("category_id")
    assert frame.loc[100, "next_touch_on"] == pd.Timestamp(2026, 4, 1)
    assert frame.loc[100, "liaison"] == "Bo"
