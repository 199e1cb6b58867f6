"""A metric's answer as a file to keep: a formatted workbook, or CSV. Neither can run a formula when opened.

A cell that a spreadsheet would take for a formula (it starts with = + - @, a tab or a line end) is written as text:
in a workbook with the quote prefix that spreadsheets themselves use, in CSV after an apostrophe.
"""

from __future__ import annotations

import csv as csv_format
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.metrics import Filters, Result

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_COMMON = {
    "category": "the member of the cut", "category_id": "its id", "period": "first day of the period",
    "complete": "whether the period is over and wholly shown", "n": "how many are behind the row",
    "value": "the figure", "low": "lower end of its 95% interval", "high": "upper end of its 95% interval",
}  # fmt: skip
_HEAD = Font(bold=True, color="FFFFFF")
_FILL = PatternFill("solid", fgColor="1F4E5F")
_WIDEST, _CELL_LIMIT = 60, 32_767


def file_name(result: Result, ending: str) -> str:
    """``rapport-<metric>[-by-<dimension>]-<as of>.<ending>``: says what it is and names no person or site."""
    cut = f"-by-{result.by}" if result.by else ""
    return f"rapport-{result.metric.name}{cut}-{result.as_of.isoformat()}.{ending}".replace("_", "-")


def csv(result: Result) -> bytes:
    """The frame as CSV in UTF-8 with a byte-order mark (spreadsheets need it), ISO dates, blanks for unknown."""
    return csv_of_frame(result.frame)


def csv_of_frame(frame: pd.DataFrame) -> bytes:
    """Any frame as CSV, guarded as ``csv`` does."""
    text = io.StringIO(newline="")
    writer = csv_format.writer(text)
    writer.writerow([_guarded(str(name)) for name in frame.columns])
    for row in _rows(frame):
        writer.writerow([_plain(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def workbook(result: Result, names: Mapping[int, str] | None = None) -> bytes:
    """An .xlsx with the frame on the sheet *Data* (typed cells, frozen header in words, filter, widths) and, on *About*,
    what it means: definition, question asked, as-of day, generation, loads and caveats. ``names`` are those of the sites,
    studies and practices that the filters choose by number."""
    book = Workbook()
    data = book.active
    if not isinstance(data, Worksheet):
        raise TypeError("a new workbook has a sheet")
    data.title = "Data"
    _fill_data(
        data, result.frame, result.metric.unit, [headed(name, result.by) for name in map(str, result.frame.columns)]
    )
    _fill_about(book.create_sheet("About"), result, names or {})
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def workbook_of_frames(sheets: Mapping[str, pd.DataFrame], about: Sequence[tuple[str, str]]) -> bytes:
    """An .xlsx with one sheet per frame, as ``workbook`` writes them, and (name, text) pairs on the sheet *About*."""
    book = Workbook()
    page = book.active
    if not isinstance(page, Worksheet):
        raise TypeError("a new workbook has a sheet")
    page.title = "About"
    for row, (name, text) in enumerate(about, start=1):
        _put(page, row, 1, name).font = Font(bold=True)
        _put(page, row, 2, text).alignment = Alignment(wrap_text=True, vertical="top")
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 24, 100
    for title, frame in sheets.items():
        _fill_data(book.create_sheet(title), frame, "rows", [headed(str(name)) for name in frame.columns])
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def headed(name: str, by: str | None = None) -> str:
    """The heading of a column in words: "Received on"; of the member of a cut, what it is cut ``by``: "Practice"."""
    if name == "n":
        return name
    said = name.replace("category", by, 1) if by and name.startswith("category") else name
    words = said.replace("_", " ")
    return words[:1].upper() + words[1:]


def _fill_data(sheet: Worksheet, frame: pd.DataFrame, unit: str, heads: Sequence[str] | None = None) -> None:
    names = list(heads or map(str, frame.columns))
    widths = [len(name) + 4 for name in names]
    formats = [_number_format(name, frame[name], unit) for name in frame.columns]
    _heading(sheet, 1, names)
    for place, row in enumerate(_rows(frame), start=2):
        for column, value in enumerate(row, start=1):
            cell = _put(sheet, place, column, value)
            if formats[column - 1] and not isinstance(value, str):
                cell.number_format = str(formats[column - 1])
            widths[column - 1] = max(widths[column - 1], min(len(str(value)) + 2, _WIDEST))
    sheet.freeze_panes = "A2"
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(frame) + 1}"
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(width, _WIDEST)


def _fill_about(sheet: Worksheet, result: Result, names: Mapping[int, str]) -> None:
    row = 1
    for title, pairs in _about(result, names):
        _heading(sheet, row, [title, ""])
        for name, value in pairs:
            row += 1
            _put(sheet, row, 1, name).font = Font(bold=True)
            _put(sheet, row, 2, value).alignment = Alignment(wrap_text=True, vertical="top")
        row += 2
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 100


def _about(result: Result, names: Mapping[int, str]) -> list[tuple[str, list[tuple[str, Any]]]]:
    metric = result.metric
    definition = [
        ("Metric", metric.label), ("Question", metric.question), ("Description", metric.description),
        ("Numerator", metric.numerator), ("Denominator", metric.denominator), ("Unit", metric.unit),
        ("Window", metric.window), ("Method", metric.source),
        *(("Edge case", case) for case in metric.edge_cases), *((name, value) for name, value in metric.settings.items()),
    ]  # fmt: skip
    asked = [
        ("As of", result.as_of), ("Generation of the data", result.generation), ("Cut by", result.by or "nothing"),
        ("By period", result.grain or "none"), ("n", result.n), *_filters(result.filters, names),
        *(("Caveat", caveat) for caveat in result.caveats),
    ]  # fmt: skip
    columns = [
        (headed(str(name), result.by), {**_COMMON, **metric.columns}.get(str(name), ""))
        for name in result.frame.columns
    ]
    loads = [(str(load["file_name"]), _load(load)) for load in result.loads] or [("", "no loads")]
    return [("Definition", definition), ("This answer", asked), ("Columns", columns), ("Files it is made from", loads)]


def _filters(filters: Filters, names: Mapping[int, str]) -> list[tuple[str, Any]]:
    chosen = [
        (f"Filter: {name.replace('_', ' ')}", ", ".join(str(names.get(one, one)) for one in value) if isinstance(value, tuple) else value)
        for name, value in vars(filters).items() if value
    ]  # fmt: skip
    return chosen or [("Filters", "none")]


def _load(load: dict[str, Any]) -> str:
    counts = f", {load['rows_loaded']:,} of {load['rows_in']:,} rows loaded" if "rows_in" in load else ""
    return f"{load['source']}, loaded {pd.Timestamp(load['loaded_at']):%Y-%m-%d %H:%M} UTC{counts}"


def _heading(sheet: Worksheet, row: int, names: list[str]) -> None:
    for column, name in enumerate(names, start=1):
        cell = _put(sheet, row, column, name)
        cell.font, cell.fill = _HEAD, _FILL


def _put(sheet: Worksheet, row: int, column: int, value: Any) -> Cell:
    """Write one value; text stays text, whatever it looks like."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise TypeError("merged cells are not written to")
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_CELL_LIMIT]
        cell.data_type = "s"  # openpyxl takes a leading = for a formula
        cell.quotePrefix = value.startswith(_RISKY)
    else:
        cell.value = value
    return cell


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The frame's values as Python's own: None for unknown, dates without a time of day as dates."""
    return [list(row) for row in zip(*(_values(frame[name]) for name in frame.columns), strict=True)]


def _values(column: pd.Series) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column):
        days = bool((column.dropna() == column.dropna().dt.normalize()).all())
        return [None if pd.isna(value) else value.date() if days else value.to_pydatetime() for value in column]
    return [_own(value) for value in column.astype(object)]


def _own(value: Any) -> Any:
    """One value as a type that openpyxl and csv know."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    unwrapped = value.item() if hasattr(value, "item") else value
    known = isinstance(unwrapped, str | int | float | bool | dt.date | dt.datetime)
    return unwrapped if known and unwrapped not in (float("inf"), float("-inf")) else str(unwrapped)


def _plain(value: Any) -> Any:
    """A value as CSV holds it."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return _guarded(value) if isinstance(value, str) else value


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_RISKY) else text


def _number_format(name: str, column: pd.Series, unit: str) -> str | None:
    if pd.api.types.is_datetime64_any_dtype(column):
        return "yyyy-mm-dd"
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return None
    if pd.api.types.is_integer_dtype(column):
        return "0" if re.search(r"(^|_)(id|row|year)$", name) else "#,##0"
    return "0.0%" if unit == "share" and name in ("value", "low", "high", "step_share") else "0.00"
