"""Two answers to one question: what is new, gone, changed or the same, row by row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from oracle.network import Network

from dashboard.panels import review
from pipelines.metrics import Filters, Result, Scope, compute, registry
from pipelines.metrics.differences import between, records

DAY = dt.date(2026, 3, 31)


def result(rows: list[dict[str, Any]]) -> Result:
    return Result(registry()["referral_volume"], pd.DataFrame(rows), DAY, "g1", Filters(), None, None, 0)


def test_rows_are_new_gone_changed_or_the_same() -> None:
    before = result(
        [
            {"category": "North", "n": 4, "value": 0.5},
            {"category": "South", "n": 2, "value": 0.1},
            {"category": "West", "n": 1, "value": 1.0},
        ]
    )
    after = result(
        [
            {"category": "North", "n": 9, "value": 0.5},
            {"category": "East", "n": 3, "value": 0.2},
            {"category": "West", "n": 1, "value": 1.0},
        ]
    )
    found = between(before, after).set_index("category")
    assert found["change"].to_dict() == {"North": "changed", "South": "gone", "East": "new", "West": "same"}
    assert found.loc["North", "n_change"] == 5
    assert found.index[-1] == "West"


def test_rows_of_one_category_are_told_apart_by_what_they_measure() -> None:
    rows = [{"category": "All", "measure": measure, "n": n} for measure, n in (("delivered", 5), ("clicked", 5))]
    found = between(result(rows), result([rows[0] | {"n": 6}, rows[1]]))
    assert dict(zip(found["measure"], found["change"], strict=True)) == {"delivered": "changed", "clicked": "same"}


def test_rows_that_nothing_tells_apart_are_compared_in_their_order() -> None:
    rows = [{"category": "All", "n": 1}, {"category": "All", "n": 2}]
    assert list(between(result(rows), result(rows))["change"]) == ["same", "same"]


def test_every_metric_compared_with_itself_has_not_changed() -> None:
    network = Network(DAY)
    network.referrals(
        [
            {"received_on": DAY - dt.timedelta(days=9 * place), "practice_id": place % 3, "practice": f"P{place % 3}"}
            for place in range(12)
        ]
    )
    for name in registry():
        answer = compute(name, Scope.everything(), warehouse=network)
        assert set(between(answer, answer)["change"]) <= {"same"}, name


def test_records_say_what_became_of_them() -> None:
    old = pd.DataFrame([
        {"record": "1", "stage": "contacted", "enrolled_on": pd.NaT, "file_name": "a.csv", "source_row": 2},
        {"record": "2", "stage": "referred", "enrolled_on": pd.NaT, "file_name": "a.csv", "source_row": 3},
        {"record": "3", "stage": "referred", "enrolled_on": pd.NaT, "file_name": "a.csv", "source_row": 4},
    ])  # fmt: skip
    new = pd.DataFrame([
        {"record": "4", "stage": "referred", "enrolled_on": pd.NaT, "file_name": "a.csv", "source_row": 2},
        {"record": "2", "stage": "referred", "enrolled_on": pd.NaT, "file_name": "b.csv", "source_row": 9},
        {"record": "1", "stage": "enrolled", "enrolled_on": pd.Timestamp(2026, 3, 4), "file_name": "a.csv", "source_row": 3},
    ])  # fmt: skip
    found = records(old, new).set_index(["file_name", "source_row"])
    assert found["change"].to_dict() == {("a.csv", 2): "new", ("a.csv", 4): "gone", ("a.csv", 3): "changed"}
    assert found.loc[("a.csv", 3), "what"] == "stage: contacted → enrolled; enrolled on: nothing → 2026-03-04"


def test_records_of_no_row_and_several_rows_of_one_record_are_compared() -> None:
    rows = pd.DataFrame({"record": ["1", "1"], "code": ["consented", "consented"], "attempt": [1, 2]})
    assert records(rows, rows).empty
    assert list(records(rows.iloc[:1], rows)["change"]) == ["new"]
    assert list(records(rows, rows.iloc[:0])["change"]) == ["gone", "gone"]


def test_whoever_moves_into_the_largest_twenty_is_neither_new_nor_does_another_go() -> None:
    early, late = DAY - dt.timedelta(days=60), DAY - dt.timedelta(days=5)
    days = [(place, early) for place in range(22) for _ in range(place + 1)]
    answers = []
    for known in (days, days + [(0, late)] * 30):
        network = Network(DAY)
        network.referrals([{"received_on": day, "practice_id": one, "practice": f"P{one:02d}"} for one, day in known])
        answers.append(
            compute("referral_volume", Scope.everything(), by="practice", warehouse=network, members=review.EACH)
        )
    found = between(*answers).set_index("category")
    assert len(found) == 22
    assert found[found["change"] != "same"]["n_change"].to_dict() == {"P00": 30}
