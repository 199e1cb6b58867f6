"""The Overview's parts: a few figures beside their predecessors, and a list of what asks for someone's time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, session, show
from dashboard.words import counted, day, plain, share
from pipelines.metrics import Result
from pipelines.metrics.caveats import NOT_FILTERED
from pipelines.metrics.shares import UNTOLD
from pipelines.statistics import rates

HORIZON = 90
FIGURES = ("referral_volume", "conversion", "relationship_state", "feedback_nps")


@dataclass(frozen=True)
class Notice:
    """A sentence on what needs somebody, and the page that helps: its file's name and the words of the link."""

    said: str
    page: str
    label: str


@dataclass(frozen=True)
class Change:
    """A figure of the last complete month beside that of the month before."""

    month: str
    earlier: str
    value: float | None
    before: float | None


def as_of() -> dt.date:
    """The day the page speaks of."""
    return session.result(show.view(), "referral_volume", grain="month").as_of


def last_two(frame: pd.DataFrame, column: str) -> Change | None:
    """The last two complete months of ``frame``; ``None`` if not even one is complete. An incomplete month is
    never compared with a complete one."""
    whole = frame[frame["complete"] & frame["period"].notna()]
    by_month = whole.groupby("period")[column].sum(min_count=1)
    if by_month.empty:
        return None
    values = [None if pd.isna(value) else float(value) for value in by_month.tail(2)]
    earlier = charts.period_name(by_month.index[-2], "month") if len(values) == 2 else ""
    return Change(
        charts.period_name(by_month.index[-1], "month"), earlier, values[-1], values[0] if len(values) == 2 else None
    )


def figures() -> None:
    """Four figures: volume, conversion, relationships, recommendation."""
    columns = st.columns(4)
    with columns[0]:
        _volume_figure()
    with columns[1]:
        _conversion_figure()
    with columns[2]:
        _state_figure()
    with columns[3]:
        _nps_figure()
    with st.expander("How are these computed?", key="how_figures", on_change="rerun") as opened:
        if opened.open:
            show.definitions(FIGURES)


def _volume_figure() -> None:
    change = last_two(session.result(show.view(), "referral_volume", grain="month").frame, "n")
    if change is None or change.value is None:
        show.tile("Referrals", "–", "No month of this period is complete yet.")
        return
    if not change.before or not change.value:
        show.tile(
            f"Referrals in {change.month}",
            f"{change.value:,.0f}",
            f"None in {change.earlier}" if change.earlier else "",
        )
        return
    # Counts of single months scatter by themselves: the change comes with the range that scatter leaves open, and
    # an arrow only when that range excludes no change.
    ratio, low, high, _ = rates.ratio((int(change.value), int(change.before)), (1.0, 1.0))
    show.tile(
        f"Referrals in {change.month}", f"{change.value:,.0f}", f"95% interval: {low - 1:+.0%} to {high - 1:+.0%}",
        delta=f"{ratio - 1:+.0%} vs {change.earlier}" if round(100 * (ratio - 1)) else f"as in {change.earlier}", sure=not low <= 1 <= high,
    )  # fmt: skip


def _conversion_figure() -> None:
    label = f"Enrolled within {HORIZON} days"
    frame = session.result(show.view(), "conversion").frame
    found = frame[frame["horizon"] == HORIZON]
    if found.empty or pd.isna(found["value"].iloc[0]):
        show.tile(
            label,
            "–",
            "Nobody who was referred to a study was followed that long."
            if len(found)
            else "No referral to a study in this period.",
        )
        return
    row = found.iloc[0]
    show.tile(label, share(row["value"]), f"95% interval: {share(row['low'])} to {share(row['high'])} · n = {int(row['n']):,}",
            "Of the research referrals of the whole period.")  # fmt: skip


def _state_figure() -> None:
    states = session.result(show.view(), "relationship_state", by="practice").frame["state"].value_counts()
    dormant, lost, cooling = (int(states.get(name, 0)) for name in ("dormant", "lost", "cooling"))
    show.tile("Practices gone quiet", f"{dormant + lost:,}", f"of {int(states.sum()):,} · {cooling:,} more {'is' if cooling == 1 else 'are'} cooling",
            f"By their own rhythm: {dormant:,} dormant and {lost:,} lost.")  # fmt: skip


def _nps_figure() -> None:
    result = session.result(show.view(), "feedback_nps")
    frame, beside = result.frame, unfiltered(result)
    if frame.empty or pd.isna(frame["value"].iloc[0]):
        show.tile("Net promoter score", "–", " ".join(("Fewer than ten answers in this period.", *beside)))
        return
    row = frame.iloc[0]
    line = f"95% interval: {row['low']:+.0f} to {row['high']:+.0f} · n = {int(row['n']):,}"
    show.tile("Net promoter score", f"{row['value']:+.0f}", " · ".join((line, *beside)), "Of the answers of the whole period.")  # fmt: skip


def unfiltered(result: Result) -> tuple[str, ...]:
    """The sentence on filters that mean nothing to this figure, which else would seem to be of the few that were chosen."""
    return tuple(caveat for caveat in result.caveats if caveat.startswith(NOT_FILTERED))


def volume() -> None:
    """The months of the period."""
    show.card("Referrals by month", "referral_volume", charts.volume, key="overview_volume", grain="month")
    st.page_link("app_pages/volume.py", label="More on referral volume →")


def attention() -> None:
    """Whom to call first, which patients and studies need somebody, and what is wrong with the data."""
    with st.container(border=True, key="card_attention"):
        st.header("Needs attention")
        _calls(session.result(show.view(), "relationship_state", by="practice"))
        for notice in notices():
            st.write("- " + plain(notice.said))
            st.page_link(f"app_pages/{notice.page}.py", label=f"{notice.label} →")


def _calls(result: Result) -> None:
    listed = result.frame.dropna(subset=["call_rank"]).sort_values("call_rank").head(6)
    if listed.empty:
        st.write("No referrer has gone quiet beyond their own rhythm.")
        return
    st.write("Call first: the practices whose silence is likely to cost most referrals.")
    columns = {
        "days_silent": st.column_config.NumberColumn(
            "Silent", format="%,d days", width=85, help="Days since their last referral"
        ),
        "category": st.column_config.TextColumn("Practice", width=300),
    }
    show.table(
        listed,
        key="attention_calls",
        alt="Practices to call first, by expected referrals lost a month",
        columns=columns,
    )
    show.facts(replace(result, caveats=()))
    show.definition(result.metric, "attention")
    show.downloads(replace(result, frame=listed, n=len(listed)), "attention")
    st.page_link("app_pages/dormancy.py", label="The whole call list →")


def notices() -> list[Notice]:
    """What asks for somebody besides: patients who wait, studies behind plan, files that have not come, rows kept out,
    referrals without a referrer. Only what there is."""
    found = (_slipping(), _behind(), _overdue(), _kept_out(), _unknown())
    return [notice for notice in found if notice]


def _slipping() -> Notice | None:
    result = session.result(show.view(), "slipped_patients")
    frame = result.frame
    late = frame[frame["rule"] == "any rule"] if len(frame) else frame
    if late.empty or not late["hits"].iloc[0]:
        return None
    several = int(late["hits"].iloc[0])
    said = f"{counted(several, 'open referral')} {'waits' if several == 1 else 'wait'} longer than promised"
    return Notice(
        said + (", as far as is known: no message to a referrer is on record." if UNTOLD in result.caveats else "."),
        "promises",
        "Which ones, and why",
    )


def _behind() -> Notice | None:
    result = session.result(show.view(), "recruitment_pace")
    frame = result.frame
    if frame.empty:
        return None
    late = frame[(frame["high"] < 1) & ~frame["why"].str.contains("closed")].sort_values("value")
    if late.empty:
        return None
    row = late.iloc[0]
    said = f"{counted(len(late), 'study', 'studies')} behind plan by more than chance, the furthest {row['category']} with {share(row['value'])} of its plan."
    return Notice(" ".join((said, *unfiltered(result))), "recruitment", "Pace of every study")


def _overdue() -> Notice | None:
    if not session.may_load(show.view().scope):
        return None
    late = session.overdue()
    if late.empty:
        return None
    names = ", ".join(late["title"].astype(str).head(2))
    return Notice(
        f"{counted(len(late), 'expected file')} {'has' if len(late) == 1 else 'have'} not come: {names}.",
        "data_quality",
        "When files are expected",
    )


def _kept_out() -> Notice | None:
    if not session.may_load(show.view().scope):
        return None
    rejected = sum(int(load["rows_rejected"]) for load in _loads())
    if not rejected:
        return None
    said = f"{counted(rejected, 'row')} of the loaded files {'was' if rejected == 1 else 'were'} kept out, each with its reason and a workbook to mend it in."
    return Notice(said, "loads", "Loads and their kept-out rows")


def _unknown() -> Notice | None:
    frame = session.result(show.view(), "unattributed_share").frame
    if frame.empty or not frame["unattributed"].sum():
        return None
    row = frame.iloc[0]
    several = int(row["unattributed"])
    said = f"{counted(several, 'referral')} ({share(row['value'])}) {'names' if several == 1 else 'name'} nobody whom Rapport could recognise as the referrer."
    return Notice(said, "volume", "Referrals without a known referrer")


def provenance() -> None:
    """Which files the figures come from."""
    loads = _loads()
    if not loads:
        return
    latest = max(loads, key=lambda load: pd.Timestamp(load["loaded_at"]))
    when = pd.Timestamp(latest["loaded_at"])
    told = [int(load["rows_loaded"]) for load in loads if "rows_loaded" in load]
    rows = (
        f" with {counted(sum(told), 'row')}" if told else ""
    )  # others' rows, too, are in the files of whoever sees some sites
    st.caption(plain(
        f"From {counted(len(loads), 'load')}{rows}; the latest, {latest['file_name']}, "
        f"on {day(when.date())} at {when:%H:%M} UTC."
    ))  # fmt: skip


def _loads() -> tuple[dict[str, Any], ...]:
    """The loads that this viewer's figures come from: never those of other sites."""
    return session.result(show.view(), "referral_volume", grain="month").loads
