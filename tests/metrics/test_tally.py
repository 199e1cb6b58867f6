"""What a metric counts is said once: asked whole, by weeks or months, it is put together to the periods asked for, and cut
by a dimension with one member it is the same."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.network import Network

from pipelines.frames import columns_of, framed
from pipelines.metrics import Scope, compute
from pipelines.metrics.tally import Tally

TALLY = Tally(
    {"n": "count(*)", "rating": "sum(value_num)", "best": "max(scale_max)"}, by={"question": "item_label"}, sums=("rating",), greatest=("best",)
)  # fmt: skip
PLAIN = Tally({"n": "count(*)"})
FIRSTS = {
    "week": lambda day: day - dt.timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "year": lambda day: day.replace(month=1, day=1),
}
ROWS = st.lists(
    st.tuples(
        st.sampled_from([dt.date(2023, month, 1) for month in (1, 2, 3, 4, 12)] + [dt.date(2024, 1, 1)]),
        st.none() | st.sampled_from(["Überall", "a", "B", "b"]),
        st.integers(1, 9), st.floats(0, 50).map(lambda value: round(value * 4) / 4), st.integers(1, 10),
    ), unique_by=lambda row: row[:2], max_size=12,
)  # fmt: skip


def in_order(rows: list[Any]) -> list[Any]:
    """As SQL orders them: by period, then by name as it is written, unnamed ones last."""
    return sorted(rows, key=lambda row: (row[0], row[1] is None, (row[1] or "").encode()))


@pytest.mark.parametrize("grain", ["quarter", "year"])
@given(rows=ROWS)
def test_months_are_put_together_to_quarters_and_years(grain: str, rows: list[Any]) -> None:
    day, question, n, rating, best = zip(*in_order(rows), strict=True) if rows else ((),) * 5
    found = {
        "period": np.array(day, "datetime64[us]"), "question": np.array(question, object), "n": np.array(n, "int64"),
        "rating": np.array(rating, float), "best": np.array(best, "int64"),
    }  # fmt: skip
    whole = TALLY.in_whole_periods(found, grain)
    expected: dict[Any, list[Any]] = defaultdict(lambda: [0, 0.0, 0])
    for row in rows:
        cell = expected[(FIRSTS[grain](row[0]), row[1])]
        cell[:] = [cell[0] + row[2], cell[1] + row[3], max(cell[2], row[4])]
    period = whole["period"].astype("datetime64[D]").tolist()
    got = list(zip(period, whole["question"], whole["n"], whole["rating"], whole["best"], strict=True))
    assert got == in_order([(*cell, *values) for cell, values in expected.items()])


@pytest.mark.parametrize("grain", FIRSTS)
def test_periods_without_anything_that_tells_rows_apart_come_in_order(grain: str) -> None:
    days = [dt.date(2024, 2, 1), dt.date(2023, 12, 1), dt.date(2024, 1, 1)]
    whole = PLAIN.in_whole_periods({"period": np.array(days, "datetime64[us]"), "n": np.array([2, 3, 5])}, grain)
    expected: dict[dt.date, int] = defaultdict(int)
    for day, n in zip(days, (2, 3, 5), strict=True):
        expected[day if grain in ("week", "month") else FIRSTS[grain](day)] += n
    assert dict(zip(whole["period"].astype("datetime64[D]").tolist(), whole["n"], strict=True)) == expected
    assert (np.diff(whole["period"]) > np.timedelta64(0, "us")).all()


@pytest.mark.parametrize("grain", [None, *FIRSTS])
@pytest.mark.parametrize("metric", ["feedback_nps", "feedback_top_box", "feedback_response"])
def test_cut_by_the_only_site_the_answer_is_the_whole_one(metric: str, grain: str | None) -> None:
    network = Network(dt.date(2024, 6, 30))
    days = [dt.date(2023, 11, 1) + dt.timedelta(days=9 * place) for place in range(20)]
    network.add("invitation", [{"invite_id": place, "sent_on": day, "delivered": place % 5 > 0, "answered_on": day if place % 2 else None,
                                "survey": f"{place % 3}"} for place, day in enumerate(days)])  # fmt: skip
    for kind, most in (("nps", None), ("rating", 5)):
        network.add("feedback", [{"response_id": place, "kind": kind, "completed_on": day, "value_num": place % 6, "scale_max": most,
                                  "item_code": f"q{place % 2}", "item_label": f"Question {place % 2}"} for place, day in enumerate(days)])  # fmt: skip
    scope = Scope.everything()
    whole, cut = (compute(metric, scope, by=by, grain=grain, warehouse=network) for by in (None, "site"))
    drop = ["category", "category_id"]
    pd.testing.assert_frame_equal(whole.frame.drop(columns=drop), cut.frame.drop(columns=drop), check_exact=True)
    assert len(whole.frame)
    assert (whole.n, whole.caveats) == (cut.n, cut.caveats)


def test_a_frame_and_its_columns_are_one_thing() -> None:
    frame = pd.DataFrame(
        {"name": pd.array(["a", None], "str"), "n": [1, 2], "day": pd.to_datetime(["2024-01-01", None])}
    )
    pd.testing.assert_frame_equal(framed(columns_of(frame)), frame)
