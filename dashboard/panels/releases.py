"""What a release shows its readers, from its frames alone: no count of the warehouse comes near this page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, session, show
from dashboard.words import day, plain, share
from pipelines import export, releases
from pipelines.releases import Release, tables
from pipelines.releases.disclosure import HIDDEN, SMALL, in_words
from pipelines.releases.lattice import month_after

MONTHS_TICKED, MONTHS_NAMED = 6, 15
PALE = charts.faint(charts.PALETTE[0], 0.6)  # fainter, its hatching could not be seen on a dark page


def readable() -> list[Release]:
    """The releases this viewer may read, newest first: whole studies of theirs, nothing for who is confined to some sites."""
    scope = session.viewer().scope
    return releases.released(session.workspace(), scope.studies) if scope.sites is None else []


def chosen(found: list[Release]) -> Release:
    """The release that the viewer picks, its study and month in the address."""
    left, right = st.columns(2)
    codes = sorted({release.study for release in found})
    code = left.selectbox("Study", codes, key="released_study", bind="query-params")
    months = {f"{release.month:%B %Y}": release for release in found if release.study == (code or codes[0])}
    month = right.selectbox("Released up to", list(months), key="released_month", bind="query-params")
    return months.get(str(month)) or next(iter(months.values()))


def totals(release: Release) -> None:
    """The whole study: how many reached each stage, and the shares that these numbers allow."""
    steps = tables.rates(release)
    for place, (column, stage) in enumerate(zip(st.columns(len(release.stages)), release.stages, strict=True)):
        with column:
            line = release.meaning[stage]
            if place:
                value = steps["value"].iloc[place - 1]
                told = (
                    "not shown: one of the counts is small"
                    if pd.isna(value)
                    else f"{share(float(value))} of those {release.stages[place - 1]}"
                )
                line = f"{line} · {told}"
            show.tile(stage.capitalize(), in_words(int(release.said.whole[place])), line)


def monthly(release: Release, stage: str) -> go.Figure:
    """New people of a stage by month, all sites. What is only said to be small is a pale bar over all that it may be, so that
    it is not read as its height."""
    frame = tables.by_month(release)
    frame = frame[frame["stage"] == stage]
    small = frame["shown"] == in_words(HIDDEN)
    silent = ~np.isfinite(frame["most"])
    height = np.where(silent, 0, np.where(small, SMALL, _number(frame["shown"])))
    words = frame["shown"] if len(frame) <= MONTHS_NAMED else pd.Series("", index=frame.index)
    figure = charts.laid_out([go.Bar(
        x=[str(month) for month in frame["month"]], y=height.tolist(), xperiod="M1", xperiodalignment="middle", text=words.where(small | silent, "").tolist(),
        textposition="outside", cliponaxis=False, customdata=frame["shown"].tolist(), hovertemplate="%{x|%B %Y}<br>%{customdata}<extra></extra>",
        marker={"color": [PALE if one else charts.PALETTE[0] for one in small], "pattern": charts.hatched(~small), "line": {"width": 0}},
    )], y_title=f"{stage.capitalize()}, new people")  # fmt: skip
    return _by_date(figure)


def against_plan(found: list[Release], release: Release) -> go.Figure:
    """Enrolled so far as each release told it, within what its rounding leaves open, beside the plan."""
    told = sorted(
        (one for one in found if one.study == release.study and one.month <= release.month), key=lambda one: one.month
    )
    frames = [(one.month, tables.whole(one, "enrolled")) for one in told]
    ends = [month_after(month) - dt.timedelta(days=1) for month, _ in frames]
    least, most = ([float(part[name]) for _, part in frames] for name in ("least", "most"))
    middle = [(low + high) / 2 for low, high in zip(least, most, strict=True)]
    traces = [go.Scatter(
        x=[str(end) for end in ends], y=middle, mode="markers", name="Enrolled so far, as released", marker={"color": charts.PALETTE[0], "size": 9},
        error_y={"type": "data", "array": [high - at for high, at in zip(most, middle, strict=True)], "symmetric": True},
        customdata=[part["shown"] for _, part in frames], hovertemplate="up to %{x|%-d %B %Y}<br>%{customdata}<extra></extra>",
    )]  # fmt: skip
    if release.planned:
        traces.append(go.Scatter(
            x=[str(at) for at, _ in release.planned], y=[by_then for _, by_then in release.planned], mode="lines", name="Planned",
            line={"color": charts.QUIET, "dash": "dot", "width": 2}, hovertemplate="%{x|%-d %B %Y}<br>%{y:,} planned<extra></extra>",
        ))  # fmt: skip
    return _by_date(charts.laid_out(traces, showlegend=True, y_title="Participants"))


def cards(found: list[Release], release: Release) -> None:
    """The two charts and the table of sites."""
    as_of = f"released on {day(release.made_on)} · data up to {day(release.data_cut)}"
    with st.container(border=True, key="card_released_months"):
        st.header("New each month, all sites")
        stage = show.choose("Stage", release.stages, "stage", default=len(release.stages) - 1)
        st.plotly_chart(
            monthly(release, stage),
            key="released_months",
            config=charts.CONFIG,
            alt=f"{stage.capitalize()} by month, up to {release.month:%B %Y}.",
        )
        words = in_words(int(release.said.whole[release.stages.index(stage)]))
        st.caption(
            plain(
                f"{words} people in all months · {as_of} · Pale and hatched: somewhere from none to {SMALL}, the rule does not say where"
            )
        )
    with st.container(border=True, key="card_released_plan"):
        st.header("Enrolled so far, against the plan")
        st.plotly_chart(
            against_plan(found, release),
            key="released_plan",
            config=charts.CONFIG,
            alt=f"Enrolled so far at each release of {release.study}, beside the plan.",
        )
        target = f"Target {release.target:,}" if release.target else "No target is on record"
        end = f", last patient in planned for {day(release.planned_end)}" if release.planned_end else ""
        st.caption(plain(f"{target}{end} · {as_of} · Whiskers: what the rounding leaves open, no interval of chance"))
    with st.container(border=True, key="card_released_sites"):
        st.header("By site, all months")
        show.table(tables.by_site(release), key="released_sites", alt="What is said of each site")
        st.caption(plain(f"{len(release.sites)} sites · {as_of} · A total is not the sum of what stands above it"))
        with st.expander("How is this counted?", key="how_released"):
            st.markdown("\n".join(f"- **{plain(name)}:** {plain(text)}" for name, text in tables.about(release)))
        downloads(release)


def downloads(release: Release) -> None:
    """The release as a workbook, and everything it says as CSV."""
    name = f"rapport-release-{release.study}-{release.month:%Y-%m}"
    left, right = st.columns(2)
    left.download_button("Workbook of this release", _taken(release, "workbook", _workbook), f"{name}.xlsx", show.XLSX, key="xlsx_release",
                         on_click="ignore", width="stretch")  # fmt: skip
    right.download_button("CSV of this release", _taken(release, "csv", _csv), f"{name}.csv", "text/csv", key="csv_release",
                          on_click="ignore", width="stretch")  # fmt: skip


def _taken(release: Release, kind: str, make: Callable[[Release], bytes]) -> Callable[[], bytes]:
    told = {"metric": "release", "study": release.study, "month": f"{release.month:%Y-%m}"}
    return session.taken_away(partial(make, release), format=kind, rows=len(tables.cells(release)), **told)


def _csv(release: Release) -> bytes:
    return export.csv_of_frame(tables.cells(release))


def _workbook(release: Release) -> bytes:
    return export.workbook_of_frames(
        {"By site": tables.by_site(release), "Everything": tables.cells(release), "Shares": tables.rates(release)},
        tables.about(release),
    )


def _number(words: pd.Series) -> pd.Series:
    return pd.to_numeric(words.str.replace(",", ""), errors="coerce").fillna(0)


def _by_date(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(type="date", tickformat="%b<br>%Y", nticks=MONTHS_TICKED, tickangle=0)
    return figure
