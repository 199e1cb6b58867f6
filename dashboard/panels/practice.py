"""One practice on one sheet: its figures, its lists, and the same to print or as a workbook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, session, show
from dashboard.session import View
from dashboard.words import counted, day, headed, plain, share
from pipelines import export, printing
from pipelines.metrics import Result
from pipelines.metrics.shares import UNTOLD

FIGURES = ("relationship_state", "referral_volume", "slipped_patients", "conversion", "acknowledgement", "loop_closed")
HORIZON, PROMISED, REPORTED = 90, 1, 30
LATELY = 20  # contacts on the sheet


@dataclass(frozen=True)
class Chosen:
    """The practice looked at: its id and name."""

    id: int
    name: str


@dataclass(frozen=True)
class Listed:
    """A list of the sheet: what is asked, under which plain headings, and what to say where it is empty."""

    key: str
    title: str
    result: Result
    columns: dict[str, str]
    nothing: str


def chosen() -> Chosen | None:
    """The practice in the address; unless one is chosen there, the one that the filters name, else the first to call."""
    frame = session.result(show.view(), "relationship_state", "practice").frame.dropna(subset=["category_id"])
    if frame.empty:
        return None
    named = session.labelled(zip(frame["category_id"].astype(int), frame["category"].astype(str), strict=True))
    filtered = show.view().filters.practices
    first = list(named.values()).index(filtered[0]) if len(filtered) == 1 and filtered[0] in named.values() else 0
    asked = st.query_params.get("about")  # before the control is drawn, which drops what it does not know
    if asked and asked not in named:
        st.warning(plain(f"The address asks for {asked[:show.LONGEST]}, of which nothing is known within these filters or that you may not see: another practice is shown."))  # fmt: skip
    label = st.selectbox("Practice", list(named), index=first, key="about", bind="query-params",
                         help="Type a part of the name. They stand in the order of the call list.")  # fmt: skip
    found = named.get(str(label))
    return (
        None if found is None else Chosen(int(found), str(frame.loc[frame["category_id"] == found, "category"].iloc[0]))
    )


def narrow(practice: Chosen) -> None:
    """Everything below asks about this practice alone; where nothing came in the period, about its whole history."""
    view = show.view()
    theirs = replace(view, filters=replace(view.filters, practices=(practice.id,)))
    if not session.result(theirs, "referral_volume", None, "month").n:
        st.caption("Nothing came from them in the period chosen: their whole history is shown.")
        theirs = replace(theirs, filters=replace(theirs.filters, start=None, stop=None))
        st.session_state["view_words"] = ("Whole history", *st.session_state.get("view_words", ())[1:])
    st.session_state["view"] = theirs


def figures(practice: Chosen) -> None:
    """The relationship, its referrals, what waits, and what was kept of our promises."""
    told = summary(show.view(), practice)
    for three in (told[:3], told[3:]):
        for column, (label, value, line) in zip(st.columns(3), three, strict=True):
            with column:
                show.tile(label, value, line)
    with st.expander("How are these computed?", key="how_practice", on_change="rerun") as opened:
        if opened.open:
            show.definitions(FIGURES)


def summary(view: View, practice: Chosen) -> list[tuple[str, str, str]]:
    """Six figures: label, value, and a line with interval and n."""
    # Judged among all, as on the call list: a limit learned from one practice alone would be another one.
    among = replace(view, filters=replace(view.filters, practices=(), start=None, stop=None))
    state = _row(session.result(among, "relationship_state", "practice"), "category_id", practice.id)
    volume = session.result(view, "referral_volume", grain="month")
    late = _row(session.result(view, "slipped_patients"), "rule", "any rule")
    return [
        _state(state),
        ("Referrals", f"{volume.n:,}", "" if state is None else f"{int(state['n']):,} ever, {int(state['enrolled']):,} enrolled"),
        ("Waiting for us now", "0" if late is None else f"{int(late['hits']):,}", "none is open" if late is None else f"of {counted(int(late['n']), 'open referral')}"),
        _share(f"Enrolled within {HORIZON} days", session.result(view, "conversion"), {"horizon": HORIZON}),
        _share(f"Acknowledged within {PROMISED} business day", session.result(view, "acknowledgement"), {"horizon": PROMISED, "measure": "anyhow"}),
        _share(f"Report sent within {REPORTED} days", session.result(view, "loop_closed"), {"horizon": REPORTED, "measure": "report sent"}),
    ]  # fmt: skip


def _state(row: pd.Series | None) -> tuple[str, str, str]:
    if row is None:
        return "Relationship", "not known", ""
    silent = f"silent for {counted(int(row['days_silent']), 'day')}"
    limit = "" if pd.isna(row["alarm_days"]) else f", dormant after {row['alarm_days']:,.0f}"
    return "Relationship", str(row["state"]).capitalize(), silent + limit


def _share(label: str, result: Result, where: dict[str, Any]) -> tuple[str, str, str]:
    frame = result.frame
    for name, value in where.items():
        frame = frame[frame[name] == value]
    if frame.empty or pd.isna(frame["value"].iloc[0]):
        return label, "–", "not known yet"
    if UNTOLD in result.caveats:
        return label, "–", "no message to a referrer is on record"
    row = frame.iloc[0]
    return (
        label,
        share(row["value"]),
        f"95% interval: {share(row['low'])} to {share(row['high'])} · n = {int(row['n']):,}",
    )


def _row(result: Result, column: str, value: object) -> pd.Series | None:
    found = result.frame[result.frame[column] == value] if len(result.frame) else result.frame
    return None if found.empty else found.iloc[0]


def listed(view: View, practice: Chosen) -> list[Listed]:
    """What is a list: people, agreements, contacts, what they said, studies to speak of. People, agreements and contacts
    whatever the period."""
    whole = replace(view, filters=replace(view.filters, start=None, stop=None))
    return [
        Listed("their_desk", "Who works there", _worded(session.result(whole, "practice_people")), {
            "person": "Name", "role": "Role", "front_line": "Front line", "preferred_channel": "Wants to be reached by", "opt_out": "Asked not to be contacted",
        }, "No contact list names anybody there."),
        Listed("their_agreements", "What was agreed", _worded(session.result(whole, "practice_agreements")), {
            "site": "Site", "service_line": "Service", "preferred_channel": "Prefers to refer by", "cadence_days": "To be contacted within days", "tier": "Tier",
            "owner_user": "Looked after by", "started_on": "Since",
        }, "No account list names an agreement with them."),
        Listed("their_contacts", "Our last contacts", _worded(_head(session.result(whole, "practice_contacts"))), {
            "occurred_on": "Day", "liaison": "By", "channel": "How", "practitioner": "With", "purpose": "Why", "studies": "Studies presented", "outcome": "Outcome",
            "next_touch_on": "Agreed next",
        }, "The outreach log names no contact with them."),
        Listed("their_comments", "What they said", session.result(whole, "feedback_comments"), {
            "completed_on": "Day", "survey": "Survey", "question": "Question", "comment": "Comment", "score": "Would recommend, 0 to 10",
        }, "No comment names them. Anonymous ones are never shown with a practice."),
        Listed("their_studies", "Studies to speak of", _studies(view), {
            "category": "Study", "n": "Enrolled", "target": "Target", "value": "Share of the plan by now", "deadline": "Planned end", "sites": "Sites open",
        }, "No study is recruiting in the therapeutic areas that they refer for."),
    ]  # fmt: skip


def _head(result: Result) -> Result:
    said = (f"The newest {LATELY} of {result.n:,} contacts.",) if result.n > LATELY else ()
    return replace(result, frame=result.frame.head(LATELY), caveats=said)


def _studies(view: View) -> Result:
    """Studies with a site that recruits now, in the therapeutic areas of this practice's referrals, those furthest behind first."""
    whole = replace(view, filters=replace(view.filters, start=None, stop=None))
    areas = session.result(whole, "referral_volume", "therapeutic_area").frame
    known = session.options(view).get("therapeutic_areas", {})
    wanted = tuple(sorted(name for name in areas["category"] if name in known and name != "None"))
    asked = replace(view, filters=replace(view.filters, practices=(), therapeutic_areas=wanted))
    result = session.result(asked, "recruitment_pace")
    running = (
        result.frame[~result.frame["why"].str.contains("closed") & (result.frame["sites"] > 0)]
        if wanted and len(result.frame)
        else result.frame.head(0)
    )
    return replace(
        result,
        caveats=(),  # they are about the forecast, of which nothing is shown here
        frame=running.sort_values("value").reset_index(drop=True),
        n=int(running["n"].sum()) if len(running) else 0,
    )


def _worded(result: Result) -> Result:
    """The result with its codes as words: Front desk, Not reached."""
    codes = [name for name in ("role", "channel", "outcome", "preferred_channel") if name in result.frame]
    frame = result.frame.assign(
        **{name: result.frame[name].map(_word, na_action="ignore").astype(object) for name in codes}
    )
    return replace(result, frame=frame)


def _word(code: str) -> str:
    return headed(code.replace("_", " "))


def lists(practice: Chosen) -> None:
    """The lists, each a card."""
    for one in listed(show.view(), practice):
        with st.container(border=True, key=f"card_{one.key}"):
            st.header(one.title)
            if one.result.frame.empty:
                st.caption(one.nothing)
                continue
            show.table(one.result.frame, key=one.key, alt=f"{one.title}: {practice.name}", columns=_columns(one))
            show.facts(one.result)
            show.definition(one.result.metric, one.key)
            show.downloads(one.result, one.key, "this list")


def _columns(one: Listed) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, heading in one.columns.items():
        values = one.result.frame.get(name, pd.Series(dtype=object))
        if pd.api.types.is_datetime64_any_dtype(values):
            made[name] = st.column_config.DateColumn(heading, format="YYYY-MM-DD")
        elif name == "value":
            made[name] = st.column_config.NumberColumn(heading, format="percent")
        elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            made[name] = st.column_config.NumberColumn(heading, format="%,d")
        else:
            made[name] = st.column_config.Column(heading)
    return made


def sheet(practice: Chosen) -> None:
    """The same to take along: a page to print, and a workbook with a sheet for each part. Made when asked for."""
    view, words = show.view(), tuple(st.session_state.get("view_words", ()))
    name = f"rapport-visit-sheet-{view.as_of or session.data_cut(view)}"
    kinds = (("to print", "html", "text/html", _printed), ("as a workbook", "xlsx", show.XLSX, _workbook))
    for column, (label, ending, mime, make) in zip(st.columns(2), kinds, strict=True):
        asked = session.taken_away(partial(make, view, words, practice), metric="visit sheet", format=ending, rows=1)
        column.download_button(f"Visit sheet {label}", asked, f"{name}.{ending}", mime, key=f"sheet_{ending}", on_click="ignore", width="stretch")  # fmt: skip


def _parts(view: View, practice: Chosen) -> list[Listed]:
    grain = "month" if view.filters.start else "quarter"  # of a whole history a page has no room for each month
    return [
        Listed("months", f"Referrals by {grain}", session.result(view, "referral_volume", None, grain), {"period": grain.capitalize(), "n": "Referrals"}, "None in this period."),
        Listed("people", "Who refers there", session.result(view, "referral_volume", "practitioner"), {"category": "Referrer", "n": "Referrals"}, "Nobody in this period."),
        Listed("waiting", "Waiting for us now", session.result(view, "slipped_patients"), {"rule": "Why", "hits": "Open referrals"}, "Nothing is waiting."),
        Listed("stages", "How far their referrals came", session.result(view, "enrolment_funnel"),
               {"stage": "Stage", "n": "Came so far", "moved_on": "Went on", "open": "Still there", "exited": "Left there"}, "No research referral in this period."),
        *listed(view, practice),
    ]  # fmt: skip


def _said(one: Listed) -> list[str]:
    """n, day and caveats of a part, and its definition in a sentence."""
    if one.result.frame.empty:
        return [one.nothing]
    result = one.result
    return [f"n = {result.n:,} · as of {day(result.as_of)} · {result.metric.description}", *result.caveats]


def _lead(view: View, words: tuple[str, ...], practice: Chosen) -> list[str]:
    return [
        f"Prepared from: {' · '.join(words)}.",
        *(f"{label}: {value}{f' ({line})' if line else ''}" for label, value, line in summary(view, practice)),
    ]


def _printed(view: View, words: tuple[str, ...], practice: Chosen) -> bytes:
    sections = [printing.Section(one.title, _said(one), _readable(one), one.columns) for one in _parts(view, practice)]
    return printing.page(practice.name, _lead(view, words, practice), sections)


def _readable(one: Listed) -> pd.DataFrame:
    """Shares as per cent and periods by their names: a printed page has no formats."""
    frame = one.result.frame
    if "period" in one.columns and len(frame):
        frame = frame.assign(period=[charts.period_name(value, one.result.grain) for value in frame["period"]])
    return (
        frame.assign(value=[share(value) for value in frame["value"]])
        if "value" in one.columns and len(frame)
        else frame
    )


def _workbook(view: View, words: tuple[str, ...], practice: Chosen) -> bytes:
    parts = [one for one in _parts(view, practice) if len(one.result.frame)]
    sheets = {
        one.title: one.result.frame[[name for name in one.columns if name in one.result.frame]].rename(columns=one.columns) for one in parts
    }  # fmt: skip
    about = [("Practice", practice.name), *(("", line) for line in _lead(view, words, practice)),
             *((one.title, " ".join(_said(one))) for one in _parts(view, practice))]  # fmt: skip
    return export.workbook_of_frames(sheets, about)
