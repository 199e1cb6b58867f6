"""Workbooks for people: a blank template of each export shape, and the rows a load kept out, ready to be mended.

Nothing written here can run: every cell is text, also one that begins like a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from pipelines.checks import EITHER, REJECT, Finding, sentence
from pipelines.readers import Reading
from pipelines.readers.workbook.book import GUIDE
from pipelines.recognition.columns import WHY
from pipelines.sources import Field, Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from openpyxl.worksheet.worksheet import Worksheet

BAD = PatternFill("solid", fgColor="FFF2B8")
TOLD = PatternFill("solid", fgColor="EEF2F6")
KINDS = {
    "text": "Text", "identifier": "Number or code, as text so that leading zeros stay", "name": "Name", "date": "Date, such as 2026-03-31",
    "datetime": "Date, with the time if known, such as 2026-03-31 14:05", "instant": "Time with its offset, such as 2026-03-31T14:05:00-04:00",
    "integer": "Whole number", "number": "Number", "boolean": "Yes or no",
    "enum": "One of the allowed values", "npi": "Ten digits with a right check digit", "phone": "Ten digits", "zone": "Time zone, such as America/New_York",
}  # fmt: skip
# Characters that a workbook cannot hold.
_CONTROL = {code: None for code in range(32) if code not in (9, 10, 13)}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EITHER_WAY = re.compile(r"\s*(0?[1-9]|1[0-2])([-/. ])(0?[1-9]|1[0-2])\2(\d{4}|\d{2})(?!\d)(.*)", re.DOTALL)
MOST_REJECTS = 1_000_000  # rows a sheet can hold, less the header


def template(source: Source) -> bytes:
    """A blank workbook of a shape: a sheet with the header row, and one that says what each column means."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Data"
    _header(sheet, 1, [*(declared.label for declared in source.fields), *source.further])
    sheet.freeze_panes = "A2"
    guide = book.create_sheet("Columns")
    _header(guide, 1, GUIDE)
    for row, declared in enumerate(source.fields, start=2):
        for place, text in enumerate(_explained(source, declared), start=1):
            _write(guide, row, place, text).alignment = Alignment(wrap_text=True, vertical="top")
    _widen(guide, [28, 14, 34, 44, 26, 60])
    return _bytes(book)


def _explained(source: Source, declared: Field) -> list[str]:
    groups = [group for group in source.one_of if declared.name in group]
    needed = "yes" if declared.required else "one of these" if groups else "no"
    kind = KINDS[declared.kind] + (" (used to recognise the patient, then dropped)" if declared.phi else "")
    allowed = ", ".join(dict.fromkeys(value for value in declared.values.values() if value not in ("none", "void")))
    return [declared.label, needed, kind, allowed, declared.example, ", ".join(declared.aliases[:8])]


def rejects_workbook(header: Sequence[str], rows: Sequence[tuple[int, Sequence[str | None]]], findings: Sequence[Finding],
                     context: Mapping[str, str] | None = None, sub_headers: Sequence[Sequence[str]] = (), step: int = 1) -> bytes:  # fmt: skip
    """The rows kept out, with their original cells, the bad ones coloured, why and what to do beside them.

    ``rows`` are (row in the file, cells); ``context`` what stood above the table and ``sub_headers`` further header
    rows: both are written again, so that the mended workbook reads as the same shape. Row numbers are the file's times
    ``step``.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Mend and load again"
    top = _context(sheet, context or {})
    _header(sheet, top, [*header, *WHY])
    for below, texts in enumerate(sub_headers, start=1):
        _header(sheet, top + below, [*texts, *[""] * (len(header) - len(texts) + len(WHY))])
    start = top + 1 + len(sub_headers)
    sheet.freeze_panes = f"A{start}"
    by_row = _by_row(findings)
    for offset, (number, cells) in enumerate(rows[:MOST_REJECTS]):
        _reject(sheet, start + offset, header, number // step, cells, by_row.get(number, []))
    _widen(sheet, [*[18] * len(header), 48, 48, 10])
    return _bytes(book)


def write_rejects(
    con: DuckDBPyConnection, reading: Reading, out: Path, workbook: Path, formats: Mapping[int, str] | None = None
) -> int:
    """Write the rejected rows of the file that was just mapped (``out`` has its ``findings.parquet``) to
    ``workbook``; nothing is written if there are none. ``formats`` says how the file's columns of dates were read, by their place:
    03/04/2026 gets the month's name, for the few rows kept out no longer show which of the two the file puts first. Returns how many
    rows it holds."""
    path = str(Path(out) / "findings.parquet")
    found = con.execute(
        "select row, col, value, code, severity from read_parquet($path) where row in "
        f"(select row from read_parquet($path) where severity = '{REJECT}')", {"path": path}).fetchall()  # fmt: skip
    findings = [
        Finding(code=code, severity=severity, row=row, column=column, value=value)
        for row, column, value, code, severity in found
    ]
    numbers = sorted({finding.row for finding in findings if finding.row is not None})
    if not numbers:
        return 0
    cells = ", ".join(f"c{place}" for place in range(len(reading.header)))
    staged = {row[0]: list(row[1:]) for row in
              con.execute(f"select row, {cells} from stage where row in (select unnest($rows))", {"rows": numbers}).fetchall()}  # fmt: skip
    rows = [(number, _dated(staged.get(number) or _unstaged(number, findings), formats or {})) for number in numbers]
    workbook.write_bytes(
        rejects_workbook(reading.header, rows, findings, reading.context, reading.sub_headers, reading.step)
    )
    return len(rows)


def _dated(cells: list[str | None], formats: Mapping[int, str]) -> list[str | None]:
    return [
        _unmistakable(text, formats[place]) if text and place in formats else text for place, text in enumerate(cells)
    ]


def _unmistakable(text: str, formats: str) -> str:
    """A day of two numbers, either of which could be the month, as the column's ``formats`` ("DD/MM/YYYY, YYYY-MM-DD") read it."""
    found = _EITHER_WAY.fullmatch(text)
    firsts = {told[:2] for told in formats.split(", ")} & {"DD", "MM"}
    if not found or len(firsts) != 1:
        return text
    day, month = (found[1], found[3]) if firsts == {"DD"} else (found[3], found[1])
    return f"{int(day):02}-{MONTHS[int(month) - 1]}-{found[4]}{found[5]}"


def _unstaged(number: int, findings: Sequence[Finding]) -> list[str | None]:
    """A record that could not be read into cells stands as it was found, in the first one."""
    return [next((finding.value for finding in findings if finding.row == number and finding.value), None)]


def _by_row(findings: Sequence[Finding]) -> dict[int, list[Finding]]:
    grouped: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.row is not None:
            grouped.setdefault(finding.row, []).append(finding)
    return grouped


def _reject(
    sheet: Worksheet, at: int, header: Sequence[str], number: int, cells: Sequence[str | None], found: Sequence[Finding]
) -> None:
    bad = set[str]().union(*(_named(finding.column, header) for finding in found if finding.column))
    for place, text in enumerate(cells, start=1):
        cell = _write(sheet, at, place, text)
        if place <= len(header) and header[place - 1] in bad:
            cell.fill = BAD
    for place, name in enumerate(header, start=1):
        if name in bad:
            sheet.cell(at, place).fill = BAD
    told = [
        (finding, sentence(finding.code)) for finding in sorted(found, key=lambda finding: finding.severity != REJECT)
    ]
    why = " ".join(
        dict.fromkeys(f"{finding.column}: {said.message}" if finding.column else said.message for finding, said in told)
    )
    remedy = " ".join(dict.fromkeys(said.remedy for _, said in told))
    for place, text in enumerate((why, remedy, str(number)), start=len(header) + 1):
        cell = _write(sheet, at, place, text)
        cell.fill = TOLD
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _named(told: str, header: Sequence[str]) -> set[str]:
    """The columns that a finding names, joined by "or" where any of several would do. A header may hold that word, too:
    the whole is taken for one column before its parts are, and longer headers before shorter ones."""
    if told in header:
        return {told}
    for name in sorted(header, key=len, reverse=True):
        if told.startswith(name + EITHER) and (rest := _named(told[len(name + EITHER) :], header)):
            return {name, *rest}
    return set()


def _context(sheet: Worksheet, context: Mapping[str, str]) -> int:
    """What stood above the table, and the row where the header comes."""
    for row, (label, value) in enumerate(context.items(), start=1):
        _write(sheet, row, 1, f"{label}:")
        _write(sheet, row, 2, value)
    return len(context) + 2 if context else 1


def _header(sheet: Worksheet, row: int, texts: Sequence[str]) -> None:
    for place, text in enumerate(texts, start=1):
        cell = _write(sheet, row, place, text)
        cell.font = Font(bold=True)
    _widen(sheet, [max(12, min(30, len(text) + 2)) for text in texts])


def _write(sheet: Worksheet, row: int, place: int, text: str | None) -> Cell:
    """A cell of text, whatever it looks like."""
    cell: Any = sheet.cell(row, place)
    if text is not None and text != "":
        cell.value = text.translate(_CONTROL)[:32_767]
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = text[:1] in "=+-@\t\r"
    return cell


def _widen(sheet: Worksheet, widths: Sequence[float]) -> None:
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _bytes(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
