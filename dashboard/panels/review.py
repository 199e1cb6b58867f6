"""What changed since an earlier day: two answers to one question, row by row."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import nouns, session, show
from dashboard.words import counted, day, plain
from pipelines import metrics
from pipelines.metrics import differences

MEASURES = {"n": "", "hits": "of these ", "value": "figure "}
# Of two days the largest twenty may be different ones: who moved into or out of them would pass for new or gone.
EACH = 10_000
BACK = 28  # days: from one monthly review to the next
FIRST = "referral_volume"


def judged_by(view: session.View) -> str:
    """Month or week: by which periods the volume is judged. By weeks where there are too few whole months for limits, and the
    data reach back over the whole period: weeks before the first file would pass for weeks without a referral."""
    months = session.result(view, "volume_change", None, "month").frame
    judged = months.empty or (months["chart"] != "none").any() or months["n"].iloc[0] == 0
    return "month" if judged else "week"


def since_review() -> None:
    """The card: which figure, since when, what changed in it and which records did."""
    view = show.view()
    today = view.as_of or session.data_cut(view)
    with st.container(border=True, key="card_since"):
        st.header("What changed since the last review")
        left, right = st.columns(2)
        names = {
            metric.label: metric.name
            for metric in metrics.registry().values()
            if session.may_see(view.scope, metric.name)
        }
        label = str(
            left.selectbox(
                "Figure", list(names), index=list(names.values()).index(FIRST), key="review_figure", bind="query-params"
            )
        )
        chosen = right.date_input(
            "Last review",
            today - dt.timedelta(days=BACK),
            max_value=today,
            key="review",
            format="YYYY-MM-DD",
            bind="query-params",
        )
        then = chosen if isinstance(chosen, dt.date) else today - dt.timedelta(days=BACK)
        _changes(view, names[label], then)


def _changes(view: session.View, metric: str, then: dt.date) -> None:
    by = next((name for name in ("site", "study") if name in session.result_dimensions(metric)), None)
    earlier = replace(view, as_of=then)
    after, before = (session.result(one, metric, by, members=EACH) for one in (view, earlier))
    frame = differences.between(before, after)
    moved = frame[frame["change"] != "same"]
    st.caption(plain(
        f"As of {day(before.as_of)} and as of {day(after.as_of)}, each from what was known by then: {_how_many(frame, by)}."
    ))  # fmt: skip
    if len(moved):
        moved = moved.sort_values("category", key=_is_rest, kind="stable", ignore_index=True) if by else moved
        told = _worded(moved, by, nouns.noun(after.metric))
        columns = _headings(told, after.metric.unit == "share")
        show.table(told, key="since", alt=f"What changed in {after.metric.label}", columns=columns)
    _records(view, earlier, metric)
    show.definition(after.metric, "since")
    if len(moved):
        show.downloads(replace(after, frame=moved, by=by), "since", "this comparison")


def _headings(told: pd.DataFrame, shares: bool) -> dict[str, Any]:
    """The columns of the table; figures that are ``shares`` as per cent, changes of counts with their sign."""
    number, figures = (
        st.column_config.NumberColumn,
        [f"{MEASURES['value']}{when}" for when in ("before", "after", "change")],
    )
    made: dict[str, Any] = {str(name): None for name in told}
    for name in made:
        if shares and name in figures:
            made[name] = number(name.capitalize(), format="percent")
        elif name.endswith(" change") and pd.api.types.is_integer_dtype(told[name]):
            made[name] = number(name.capitalize(), format="%+,d")
    return made


def _is_rest(names: pd.Series) -> pd.Series:
    """Of each row, whether it stands for the members that have no row of their own."""
    return names.astype(str).str.startswith("Other (")


def _how_many(frame: pd.DataFrame, by: str | None) -> str:
    """How many of the compared members changed; those without a row of their own are one figure together."""
    if "category" not in frame or not by:
        return f"{int((frame['change'] != 'same').sum()):,} of {counted(len(frame), 'figure')} changed"
    names = frame["category"].astype(str)
    rest, moved = _is_rest(names), frame["change"] != "same"
    whole = counted(names[~rest].nunique(), by, {"study": "studies"}.get(by))
    together = ", and the others together" if (rest & moved).any() else ""
    return f"{names[~rest & moved].nunique():,} of {whole} changed{together}"


def _worded(moved: pd.DataFrame, by: str | None, one: str) -> pd.DataFrame:
    """The rows that changed under headings a reader knows, without columns that say nothing; counts as counts."""
    told = moved.dropna(axis="columns", how="all").convert_dtypes()
    if set(told["change"]) == {"changed"}:
        told = told.drop(columns="change")
    names = {"category": by or "category", "change": "what happened"}
    for measure, words in MEASURES.items():
        of = f"{one}s " if measure == "n" else words
        names |= {f"{measure}_{when}": f"{of}{when}" for when in ("before", "after", "change")}
    return told.rename(columns=names)


def _records(view: session.View, earlier: session.View, metric: str) -> None:
    with st.expander("Records that changed", key="since_records", on_change="rerun") as opened:
        if not opened.open:
            return
        (new, now), (old, was) = (session.rows(one, metric, (), named=True) for one in (view, earlier))
        if max(now, was) > session.ROWS_SHOWN:
            st.caption(plain(
                f"There are {max(now, was):,} records, and at most {session.ROWS_SHOWN:,} are compared one by one: choose a site, a study or a shorter period."
            ))  # fmt: skip
            return
        found = differences.records(old, new)
        if found.empty:
            st.caption("No record changed.")
            return
        columns: dict[str, Any] = {str(name): None for name in found}
        if found["what"].any():  # the column that the table is there for
            columns["what"] = st.column_config.TextColumn("What", width="large")
        show.table(
            found, key="since_rows", alt="Records that are new, gone or otherwise than they were", columns=columns
        )
