"""What a file turned out to be, shown before anything counts: shape, decisions, findings, preview, corrections."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import session, show
from dashboard.words import counted, plain
from pipelines import ingest, sources
from pipelines.ingest import Choices, Inspection
from pipelines.readers.reading import SetAside
from pipelines.values import time_zones

AUTOMATIC = "Find out"
DELIMITERS = {"Comma": ",", "Semicolon": ";", "Tab": "\t", "Pipe": "|"}
ENCODINGS = ("utf-8", "cp1252", "utf-16", "utf-32", "latin-1")
QUOTES = {'Double quote "': '"', "Single quote '": "'", "No quotes": "none"}
DATE_ORDERS = {"Month first (03/04 is 4 March)": "mdy", "Day first (03/04 is 3 April)": "dmy"}
USUAL_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "UTC",
)  # fmt: skip
# What says where the records stand and how they are cut into cells.
_TABLE_CHOICES = ("header_row", "encoding", "delimiter", "quote", "no_header", "skip_footer")
ASIDE = {
    "preamble": "above the table", "blank": "blank", "totals": "with totals", "footer": "below the table", "repeated_header": "repeating the header", "types": "naming the columns' types", "group": "heading a group",
    "rule": "of a drawn rule", "comment": "with comments", "units": "with units", "sub_header": "with a second header",
}  # fmt: skip
LISTED = 40  # findings that are shown as a table whose words wrap
SEVERITIES = {"reject": "Kept out", "warning": "Look at", "note": "Noted"}


def progress(
    label: str, on_cancel: Callable[[], None] | None = None
) -> tuple[Callable[[str, float], None], Callable[[], None]]:
    """A progress bar with the time left and a button to give up: (what to call as work goes on, what to call at its
    end). The click reruns the page, which ends the work at its next call; what was begun is then taken back."""
    place = st.empty()
    began = time.monotonic()
    turn = st.session_state["progress"] = st.session_state.get("progress", 0) + 1  # two works of one run are told apart
    with place.container():
        bar = st.progress(0.0, label)
        if on_cancel is not None:
            st.button("Cancel", key=f"cancel_{turn}", on_click=on_cancel)

    def advance(text: str, fraction: float) -> None:
        bar.progress(min(1.0, max(0.0, fraction)), plain(f"{text}{time_left(time.monotonic() - began, fraction)}"))

    def done() -> None:
        place.empty()

    return advance, done


def time_left(elapsed_s: float, fraction: float) -> str:
    """ ", about 20 seconds left" once it can be told; nothing for what is over in a moment."""
    left = elapsed_s * (1 - fraction) / fraction if fraction > 0.05 else 0.0
    if elapsed_s < 2 or left < 2:
        return ""
    return f", about {left:.0f} seconds left" if left < 100 else f", about {left / 60:.0f} minutes left"


def title_of(source: str | None) -> str:
    """The plain name of an export shape."""
    return sources.registry()[source].title if source in sources.registry() else "Not recognised"


def summary(found: Inspection, proposed: bool) -> None:
    """What kind of file it was taken for, or is ``proposed`` to be taken for, and how many of its rows would load."""
    st.header(plain(found.file_name))
    if found.source in sources.registry():
        source = sources.registry()[found.source]
        st.markdown(
            f"{'Perhaps:' if proposed else 'Taken for:'} **{plain(source.title)}**. {plain(source.description)}"
        )
    if found.already:
        st.info(plain(found.already))
    if found.problem:
        st.warning(plain(found.problem))
    if found.known_by and found.known_by.startswith("the mapping"):
        st.caption(plain(f"Read by {found.known_by}, which was kept for files with these headers."))
    if found.choices.snapshot:
        st.warning(
            "Declared to hold everything its source has: what earlier files of the same kind and system hold and this one does "
            "not will count as deleted."
        )
    columns = st.columns(4)
    facts = (
        ("Rows in the file", "rows_in"),
        ("Will load" if found.already_loaded is None else "Can be loaded", "rows_loaded"),
        ("Kept out", "rows_rejected"),
        ("Repeats", "rows_duplicate"),
    )
    for column, (label, name) in zip(columns, facts, strict=True):
        column.metric(label, f"{found.counts[name]:,}", border=True)
    aside = found.counts.get("set_aside", 0)
    if aside:
        st.caption(plain(f"{counted(aside, 'line')} set aside as no records: {aside_words(found.reading.set_aside)}."))
    show.worded(_facts(found, proposed), key=f"facts_{found.file_id[:12]}", alt="How the file was read")


def also(found: Inspection) -> Choices | None:
    """What else the table looks like; the choices to have it loaded as that, too, when somebody says that it is both."""
    for said, kind in zip(found.also, found.besides, strict=True):
        st.info(plain(said))
        loaded = found.already_loaded is not None
        if st.button(plain(f"Look at it as: {title_of(kind)}"), key=f"also_{found.file_id[:12]}_{kind}", disabled=not loaded,
                     help=None if loaded else "First load it as what it was taken for."):  # fmt: skip
            read = {name: getattr(found.choices, name) for name in (*_TABLE_CHOICES, "part", "date_order", "time_zone")}
            return Choices(**read, source=kind, besides=True)
    return None


def aside_words(set_aside: Iterable[SetAside]) -> str:
    """Lines that are no records, by why: how many of each, and the first of them."""
    count: dict[str, int] = {}
    first: dict[str, int] = {}
    for aside in set_aside:
        words = ASIDE.get(aside.reason, aside.reason.replace("_", " "))
        count[words] = count.get(words, 0) + aside.count
        first[words] = min(first.get(words, aside.row), aside.row)
    return ", ".join(
        f"{several:,} {words} ({'row' if several == 1 else 'from row'} {first[words]:,}{'' if several == 1 else ' on'})"
        for words, several in count.items()
    )


def _facts(found: Inspection, proposed: bool) -> pd.DataFrame:
    """How the file was read, as question and answer."""
    reading = found.reading
    names = {value: name for name, value in DELIMITERS.items()}
    known = {
        "Kind of file": f"{title_of(found.source)}{_because(found, proposed)}",
        "Format": reading.format.upper(),
        "Table": f"{reading.part} (of {', '.join(reading.parts)})" if reading.part else None,
        "Header row": ", ".join(str(row) for row in reading.header_rows) or "none",
        "Encoding": reading.encoding,
        "Delimiter": names.get(reading.delimiter or "", reading.delimiter),
        "Date format": ", ".join(date_formats(found)) or None,
        "Time zone": f"{found.time_zone}, where a row's site has none of its own",
        "Record numbers of": found.details.get("system") or None,
        **{f"Said above the table: {_label(found, name)}": value for name, value in found.context.items()},
    }
    return pd.DataFrame([{"what": name, "found": str(value)} for name, value in known.items() if value])


def date_formats(found: Inspection) -> list[str]:
    """The date format of each column, as decided for the whole column."""
    formats = found.details.get("date_formats") or {}
    by_format: dict[str, list[str]] = {}
    for name, value in formats.items():
        by_format.setdefault(value, []).append(_label(found, name))
    return [f"{value} ({', '.join(labels)})" for value, labels in by_format.items()]


def _label(found: Inspection, name: str) -> str:
    """The plain name of a field of the kind of file."""
    source = sources.registry().get(found.source or "")
    labels = {field.name: field.label for field in source.fields} if source else {}
    return labels.get(name, name.replace("_", " "))


def _because(found: Inspection, proposed: bool) -> str:
    if found.known_by and found.known_by.startswith("the mapping"):
        return f", by {found.known_by}"
    if proposed:
        return ": a proposal" if found.already_loaded is not None else ": a proposal, see the columns below"
    return ", by what you said" if found.known_by == "your choice" else ""


def findings(found: Inspection) -> None:
    """Everything that was found wrong or decided, worst first, each with where and what to do."""
    st.header("What was found")
    if not found.findings and not found.decisions and not found.reading.notes:
        st.write(
            "Nothing yet: see above what is missing."
            if found.problem
            else "Nothing to say: every row can be loaded as it is."
        )
        return
    if found.findings:
        order = {name: place for place, name in enumerate(SEVERITIES)}
        listed = sorted(found.findings, key=lambda fault: (order.get(fault.severity, 9), -fault.count))
        frame = _fault_frame(listed)
        if len(frame) <= LISTED:  # words that wrap: what to do must not stand beyond the edge
            show.worded(frame, key=f"findings_{found.file_id[:12]}", alt="Findings, worst first")
        else:
            show.table(frame, key=f"findings_{found.file_id[:12]}", alt="Findings, worst first")
    for said in (*found.decisions, *found.reading.notes):
        st.write("- " + plain(said))


def _fault_frame(faults: list[Any]) -> pd.DataFrame:
    """Findings as rows. Of one about a whole row the row is told and not its cells, which may name a patient."""
    told = pd.DataFrame([
        {"": SEVERITIES.get(fault.severity, fault.severity), "rows": fault.count, "what": fault.message, "column": fault.column,
         "first row": fault.row, "value there": fault.value if fault.column else None, "what to do": fault.remedy}
        for fault in faults
    ])  # fmt: skip
    return told.astype({"first row": "Int64"})  # row 2, not row 2.0, beside a finding without a row


def preview(found: Inspection) -> None:
    """The first rows as they would be loaded."""
    if found.preview:
        how = "as they will be loaded" if found.already_loaded is None else "as they were read"
        with st.expander(f"First rows, {how}", expanded=True, key="preview"):
            frame = pd.DataFrame(found.preview).dropna(axis=1, how="all").astype("string")
            show.table(frame, key=f"preview_{found.file_id[:12]}", alt="The first rows of the file")


def corrections(found: Inspection) -> Choices | None:
    """A form to correct how the file was read; the new choices when it was sent. Where that changes the table itself,
    what its columns mean is found out anew."""
    with (
        st.expander("Correct how it was read", expanded=False, key="corrections"),
        st.form(f"choices_{found.file_id[:12]}", border=False),
    ):
        reading = _reading_choices(found) | {"snapshot": _snapshot(found)}
        if not st.form_submit_button("Read again with these", type="primary"):
            return None
    plain_choices = Choices()
    same_table = all(
        getattr(found.choices, name) == reading.get(name, getattr(plain_choices, name)) for name in _TABLE_CHOICES
    ) and (reading.get("part") in (None, found.reading.part))
    return replace(found.choices if same_table else Choices(), **reading)


def _reading_choices(found: Inspection) -> dict[str, Any]:
    given, reading, key = found.choices, found.reading, found.file_id[:12]
    left, middle, right = st.columns(3)
    header = left.number_input("Header row", 1, None, given.header_row, key=f"header_{key}", placeholder=_first(reading.header_rows),
                               help="The row of the file that names the columns. Empty: find out.")  # fmt: skip
    order = middle.selectbox("Dates like 03/04/2026", [AUTOMATIC, *DATE_ORDERS], key=f"order_{key}",
                             index=_at(list(DATE_ORDERS.values()), given.date_order))  # fmt: skip
    zone = right.selectbox("Time zone", [AUTOMATIC, *zones()], index=_at(zones(), given.time_zone), key=f"zone_{key}",
                           help="Of times whose site has no zone of its own.")  # fmt: skip
    chosen: dict[str, Any] = {
        "header_row": header, "date_order": DATE_ORDERS.get(order), "time_zone": None if zone == AUTOMATIC else zone,
    }  # fmt: skip
    if reading.parts:
        part = left.selectbox("Table", reading.parts, index=_index(reading.parts, reading.part), key=f"part_{key}")
        return chosen | {"part": part, "system": _system(found, middle)}
    encoding = left.selectbox(
        "Encoding", [AUTOMATIC, *ENCODINGS], index=_at(list(ENCODINGS), given.encoding), key=f"encoding_{key}"
    )
    split = middle.selectbox(
        "Delimiter", [AUTOMATIC, *DELIMITERS], index=_at(list(DELIMITERS.values()), given.delimiter), key=f"split_{key}"
    )
    system = _system(found, right)
    quote = left.selectbox("Quotation mark around cells", [AUTOMATIC, *QUOTES], index=_at(list(QUOTES.values()), given.quote),
                           key=f"quote_{key}")  # fmt: skip
    footer = middle.number_input("Rows to leave out at the end", 0, None, given.skip_footer, key=f"footer_{key}",
                                 help="Notes and totals are found by themselves; this is for those that are not.")  # fmt: skip
    bare = right.checkbox("The first row is a record, not a header", given.no_header, key=f"bare_{key}")
    return chosen | {
        "encoding": None if encoding == AUTOMATIC else encoding, "delimiter": DELIMITERS.get(split), "system": system,
        "quote": QUOTES.get(quote), "skip_footer": int(footer), "no_header": bare,
    }  # fmt: skip


def _snapshot(found: Inspection) -> bool:
    """Whether the file is declared to hold everything its source has."""
    return st.checkbox(
        "This file holds everything its source has", found.choices.snapshot, key=f"snapshot_{found.file_id[:12]}",
        help="What earlier files of the same kind and system hold and this one does not then counts as deleted, from the load on. "
        "Undoing the load brings it back.",
    )  # fmt: skip


def _system(found: Inspection, place: Any) -> str | None:
    text = place.text_input("Whose record numbers", found.choices.system or "", placeholder=found.details.get("system") or "ehr",
                            key=f"system_{found.file_id[:12]}", help="The system that gave the referral and patient numbers.")  # fmt: skip
    return text.strip() or None


@cache
def zones() -> list[str]:
    """Time zones, the usual ones of the United States first."""
    return [*USUAL_ZONES, *sorted(time_zones() - set(USUAL_ZONES))]


def _at(values: list[str], value: str | None) -> int:
    """Place of ``value`` in a list that starts with AUTOMATIC."""
    return values.index(value) + 1 if value in values else 0


def _index(values: list[str], value: str | None) -> int:
    return values.index(value) if value in values else 0


def _first(rows: list[int]) -> str:
    return str(rows[0]) if rows else AUTOMATIC


def rejects_button(of: Inspection | ingest.Load, rejected: int, key: str) -> None:
    """The kept-out rows as a workbook to mend and load again; made when asked for."""
    if rejected:
        name = f"{of.file_name.rpartition('.')[0] or of.file_name} - rows to mend.xlsx"
        made = session.taken_away(lambda: ingest.rejects_workbook(session.workspace(), of), metric="rows kept out", format="workbook",
                                  rows=rejected, file_id=of.file_id)  # fmt: skip
        st.download_button(f"Download the {counted(rejected, 'row')} kept out", made,
                           name, show.XLSX, key=key, on_click="ignore",
                           help="Mend the coloured cells in the workbook, save it and upload it here: only the mended rows load.")  # fmt: skip
