"""Data quality: what came when, what became of it, what it leaves blank, and what has not come."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, notices, session, show
from dashboard.panels import data_quality
from dashboard.words import counted, day, plain
from pipelines import export, ingest, quality
from pipelines.quality import Expectation, Quality

ALL = "All sources"
SITES_NAMED = 12
LATE = {"7 days": 7, "30 days": 30, "90 days": 90}
LEARNED, SET, SILENT = "Learn it from the files", "A file every", "Wait for none"
WORDS = {
    "name": "Source", "state": "State", "files": "Files", "last_arrival": "Last arrival", "gap": "Usual gap",
    "expected_on": "Expected", "month": "Month", "rows_in": "Rows in", "rows_loaded": "Loaded", "rows_rejected": "Rejected",
    "rows_duplicate": "Duplicate", "facts_late": "Late facts", "facts_judged": "Facts judged", "column": "Column",
    "blank": "Left blank", "rows": "Rows", "share": "Share",
}  # fmt: skip


def main() -> None:
    st.title("Data quality")
    st.caption(
        "What came from each source and what became of it: rows loaded, rejected, duplicate and late, columns left blank, "
        "and files that were expected and have not come. No cell of a file is shown here."
    )
    if not session.has_data():
        show.empty()
        return
    late_days = LATE[st.segmented_control("A fact is late when it was told more than this after it happened", list(LATE), default="30 days",
                                          key="late", required=True, bind="query-params")]  # fmt: skip
    found = quality.measure(session.workspace(), late_days=late_days)
    if found.feeds.empty:
        show.empty()
        return
    st.caption(plain(f"{counted(int(found.feeds['files'].sum()), 'file')} · {counted(int(found.feeds['rows_in'].sum()), 'row')} of loads "
                     f"that count, as read · as of {day(found.as_of)}"))  # fmt: skip
    outdated()
    foreign_calendars()
    waited_for(found)
    arrivals(found)
    what_became(found)
    left_blank(found)
    downloads(found)
    st.page_link("app_pages/loads.py", label="See every load, its findings, and undo")


def outdated() -> None:
    """That loads of an older version should be read again, and how."""
    old = ingest.outdated(session.workspace())
    if old:
        st.warning(
            plain(ingest.said_of(session.workspace(), old)) + " To read their stored files again, in a terminal:"
        )
        st.code("rapport renew", language=None)


def foreign_calendars() -> None:
    """Sites abroad whose business days are counted by the holidays and the weekend of the United States."""
    named = quality.assumed_calendars(session.workspace(), session.viewer().scope.sites)
    if named:
        told = ", ".join(named[:SITES_NAMED]) + (
            f" and {len(named) - SITES_NAMED:,} more" if len(named) > SITES_NAMED else ""
        )
        st.warning(plain(
            f"Business days are counted by the holidays and the weekend of the United States at {counted(len(named), 'site')} abroad or with a "
            f"holiday calendar that is not known: {told}. Load a site list whose column Holiday calendar has the country's two "
            "letters (DE, SA), those of a part of it (GB-ENG, AU-WA), or none."
        ))  # fmt: skip


def waited_for(found: Quality) -> None:
    """The files that have not come, each in a sentence."""
    late = found.feeds.assign(name=data_quality.feed_names(found.feeds))
    for row in late[late["state"] == quality.OVERDUE].to_dict("records"):
        usual = "set to come" if row["basis"] == "set" else "usually comes"
        st.warning(plain(
            f"{row['name']}: a file was expected on {day(row['expected_on'])} and has not come. One {usual} every {gap(row)}; "
            f"the last came on {day(row['last_arrival'])}."
        ))  # fmt: skip
    judged = found.feeds["expected_on"].notna().sum()
    if judged and found.overdue.empty:
        st.success(plain(f"No expected file is overdue ({counted(int(judged), 'source')} watched)."))


def gap(row: Any) -> str:
    """The usual gap in words; why there is none, where there is none."""
    return quality.usual_gap(row["every_days"], row["working_days"]) or str(row["basis"])


def arrivals(found: Quality) -> None:
    """When files came, and how often they are expected."""
    with st.container(border=True, key="card_arrivals"):
        st.header("Arrivals")
        if found.arrivals["arrived_on"].nunique() > 1 or len(found.overdue):  # one day alone is told by the table
            st.plotly_chart(data_quality.arrivals(found), key="arrivals", config=charts.CONFIG, alt=f"Days on which files came, up to {day(found.as_of)}. {counted(len(found.overdue), 'source')} overdue.")  # fmt: skip
        st.caption(
            f"The usual gap is the median of the last {quality.GAPS_USED} gaps between days with a file, once there are "
            f"{quality.LEAST_ARRIVALS} such days. A file is overdue when one and a half gaps and a day have passed without one."
        )
        frame = found.feeds.assign(gap=found.feeds.apply(gap, axis=1), name=data_quality.feed_names(found.feeds))
        table(frame, ("name", "state", "last_arrival", "gap", "expected_on", "files", "rows_in", "rows_rejected"), "Sources and when their files come")  # fmt: skip
        with st.expander("Change how often a file is expected", key="expecting"):
            change(found)


def change(found: Quality) -> None:
    """Set, silence or learn again how often a source's files are expected; kept in the ledger."""
    names = data_quality.feed_names(found.feeds)
    label = st.selectbox("Source", names.tolist(), key="expected_feed")
    row = found.feeds[names == label].iloc[0]
    feed = (row["source"], row["system"])
    said = quality.expectation(session.workspace().ledger, feed)
    place = 2 if said.silenced else 1 if said.every_days is not None else 0
    with st.form(f"expect_{'_'.join(feed)}", border=False):
        how = st.radio("How often", [LEARNED, SET, SILENT], index=place, key=f"how_{'_'.join(feed)}")
        days = st.number_input("Days, where a file is expected every so many", 1.0, quality.LONGEST_DAYS, said.every_days or 7.0, 1.0,
                               key=f"days_{'_'.join(feed)}")  # fmt: skip
        if st.form_submit_button("Keep", key=f"keep_{'_'.join(feed)}"):
            changed = Expectation(days if how == SET else None, how == SILENT)
            quality.expect(session.workspace().ledger, feed, changed, session.viewer().name)
            notices.leave(f"Kept for {label}: {_expected(changed)}.")
            st.rerun()


def _expected(said: Expectation) -> str:
    if said.silenced:
        return "no file is waited for"
    if said.every_days is None:
        return "how often is learned from its files"
    return "a file every day" if said.every_days == 1 else f"a file every {said.every_days:g} days"


def what_became(found: Quality) -> None:
    """Rows by source and month of arrival."""
    with st.container(border=True, key="card_rows"):
        st.header("Rows by month of arrival")
        names = data_quality.feed_names(found.months)
        chosen = st.selectbox("Source", [ALL, *dict.fromkeys(names)], key="rows_of", bind="query-params")
        months = found.months if chosen not in set(names) else found.months[names == chosen]
        if months.empty:
            st.info("Every load was undone: no rows count.")
            return
        n = int(months["rows_in"].sum())
        st.plotly_chart(data_quality.rows(months), key="rows", config=charts.CONFIG, alt=f"{counted(n, 'row')} in by month of arrival, loaded, duplicate and rejected.")  # fmt: skip
        st.caption(plain(
            f"n = {n:,} rows in · rows in = loaded + rejected + duplicate · late: facts recorded, or where the source does not say "
            f"when, first received, more than {found.late_days} days after they happened; a source's first files are not judged"
        ))  # fmt: skip
        columns = ("month", "name", "files", *quality.COUNTS, "facts_late", "facts_judged", "last_arrival")
        months = months.assign(name=data_quality.feed_names(months))
        table(months.sort_values(["month", "name"], ascending=[False, True]), columns, "Rows by source and month")


def left_blank(found: Quality) -> None:
    """Which columns the newest files leave blank, against those before."""
    with st.container(border=True, key="card_missing"):
        st.header("Columns left blank")
        if found.missing.empty:
            st.info("No load that counts says which cells are blank. Loads made from now on do.")
            return
        names = data_quality.feed_names(found.missing)
        chosen = st.selectbox("Source", list(dict.fromkeys(names)), key="blank_of", bind="query-params")
        frame = found.missing[names == chosen]
        newest = frame[frame["month"] == frame["month"].max()]
        figure = data_quality.missing(frame)
        st.plotly_chart(figure, key="missing", config=charts.CONFIG, alt=f"Share of rows that leave a column blank, newest month: {counted(len(newest), 'column')}.")  # fmt: skip
        shown = min(len(newest), data_quality.COLUMNS_SHOWN)
        st.caption(plain(f"n = {int(newest['rows'].max()):,} rows · {shown} of {counted(len(newest), 'column')} that such a file has, most blank on top"))  # fmt: skip
        table(frame.sort_values(["month", "share"], ascending=False), ("month", "column", "blank", "rows", "share"), "Blank cells by month and column")  # fmt: skip


def table(frame: pd.DataFrame, columns: tuple[str, ...], alt: str) -> None:
    """Some columns of a frame under their plain names; days as days, shares as per cent."""
    config = {}
    for name in columns:
        if pd.api.types.is_datetime64_any_dtype(frame[name]):
            frame = frame.assign(
                **{name: frame[name].dt.strftime("%Y-%m" if name == "month" else "%Y-%m-%d").fillna("")}
            )
            config[name] = st.column_config.TextColumn(WORDS[name])
        elif name == "share":
            config[name] = st.column_config.NumberColumn(WORDS[name], format="percent")
        elif pd.api.types.is_integer_dtype(frame[name]):
            config[name] = st.column_config.NumberColumn(WORDS[name], format="%,d")
        else:
            config[name] = st.column_config.Column(WORDS[name])
    show.table(frame[list(columns)], key=f"table_{alt}", alt=alt, columns=config, height=min(360, 38 + 36 * len(frame)))


def downloads(found: Quality) -> None:
    """Everything on the page as a workbook, and the months as CSV."""
    left, right = st.columns(2)
    name = f"rapport-data-quality-{found.as_of}"
    left.download_button("Workbook of this page", taken(found, "workbook", workbook), f"{name}.xlsx", show.XLSX, key="xlsx_quality",
                         on_click="ignore", width="stretch")  # fmt: skip
    right.download_button("CSV of rows by month", taken(found, "csv", csv), f"{name}.csv", "text/csv", key="csv_quality",
                          on_click="ignore", width="stretch")  # fmt: skip


def taken(found: Quality, kind: str, make: Callable[[Quality], bytes]) -> Callable[[], bytes]:
    """The file, for whoever may still see the page, entered in the trail."""
    return session.taken_away(partial(make, found), metric="data quality", format=kind, rows=len(found.months))


def csv(found: Quality) -> bytes:
    """The rows by month."""
    return export.csv_of_frame(found.months)


def workbook(found: Quality) -> bytes:
    """All of the page."""
    about = [
        ("What", "How well the files of each source come"), ("As of", str(found.as_of)),
        ("Rows", "rows in = loaded + rejected + duplicate; only loads that count, by month in which the file came"),
        ("Late facts", f"recorded, or else first received, more than {found.late_days} days after they happened; the first files of a source are not judged"),
        ("Expected", f"median of the last {quality.GAPS_USED} gaps between days with a file; overdue after 1.5 gaps and a day"),
    ]  # fmt: skip
    sheets = {"Sources": found.feeds, "Rows by month": found.months, "Columns left blank": found.missing, "Arrivals": found.arrivals}  # fmt: skip
    return export.workbook_of_frames(sheets, about)


main()
