"""The demo end to end: what was planted in its files comes out of the numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.demo import Truth
from pipelines.metrics import Filters, Scope, compute
from pipelines.workspace import Workspace


@pytest.fixture
def truth(demo_network: Workspace) -> Truth:
    return Truth.load(demo_network.root.parent / "exports" / "truth.json")


def test_every_file_is_recognised_and_its_rows_add_up_as_planted(demo_network: Workspace, truth: Truth) -> None:
    loads = {load.file_name: load for load in demo_network.ledger.loads("active")}
    for path, planted in truth.files.items():
        load = loads[Path(path).name]
        previews = planted["planted"].get("previews", 0)
        assert load.source == planted["source"], path
        assert (load.rows_in, load.rows_rejected, load.rows_duplicate) == (
            planted["records"] - previews,
            planted["rejects"],
            planted["repeats"],
        ), path
        assert load.rows_in == load.rows_loaded + load.rows_rejected + load.rows_duplicate


def test_countable_referrals_are_those_that_were_planted(demo_network: Workspace, truth: Truth) -> None:
    volume = compute("referral_volume", Scope.everything(), Filters(), warehouse=demo_network.warehouse)
    # Two things may rightly differ by a few: hand-kept repeats within a week that no number identifies, and voids.
    assert volume.n == pytest.approx(truth.referrals["countable"], rel=0.005)


def test_true_conversion_lies_within_the_interval_shown(demo_network: Workspace, truth: Truth) -> None:
    frame = compute("conversion", Scope.everything(), Filters(), warehouse=demo_network.warehouse).frame
    for row in frame.itertuples():
        true = truth.conversion["all"][f"by_{row.horizon}"]
        slack = 0.01  # the truth is of the EHR sites' uncensored paths, the figure of all sites
        assert row.low - slack <= true <= row.high + slack, (row, true)


def test_every_spelling_of_a_practice_is_that_practice(demo_network: Workspace, truth: Truth) -> None:
    with demo_network.warehouse.read() as reader:
        named = dict(
            reader.all(
                "select o.name, any_value(a.to_id) from organization o join organization_alias a on a.id = o.organization_id group by 1"
            )
        )
    variants = {**truth.practices["handwritten"], **truth.practices["second_vendor_records"]}
    met = [
        (named[variant], named[official])
        for variant, official in variants.items()
        if variant in named and official in named
    ]
    assert met
    assert sum(one == other for one, other in met) >= 0.97 * len(met)


def test_the_recommendation_score_is_that_of_the_answers_planted(demo_network: Workspace, truth: Truth) -> None:
    frame = compute("feedback_nps", Scope.everything(), Filters(), warehouse=demo_network.warehouse).frame
    assert frame["n"].iloc[0] == truth.surveys["responses"]
    assert frame["value"].iloc[0] == pytest.approx(truth.surveys["nps"], abs=0.2)
