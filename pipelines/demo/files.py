"""Writing the demo's files, byte for byte the same each time, and counting what was put into each."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

Row = Sequence[Any]


@dataclass
class FileTruth:
    """What one file holds: ``records`` rows of data (repeats and bad ones included; preamble, header, blank and
    totals rows not), of which ``rejects`` cannot be loaded, ``repeats`` repeat a row of the same file word for
    word and ``again`` one of an earlier file. ``planted`` counts each quirk."""

    source: str
    records: int = 0
    rejects: int = 0
    repeats: int = 0
    again: int = 0
    planted: dict[str, int] = field(default_factory=dict)


class Folder:
    """The folder that the demo is written into; ``files`` says what went into each, by path within it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, FileTruth] = {}

    def tsv(self, path: str, header: Sequence[str], columns: Sequence[Any], truth: FileTruth) -> None:
        """Columns of texts (no tab, quote or line end in them) as an EHR writes them."""
        lines = map("\t".join, zip(*columns, strict=True))
        text = "\n".join(["\t".join(header), *lines]) + "\n"
        self._keep(path, text.encode(), truth)

    def csv(
        self, path: str, rows: Iterable[Row], truth: FileTruth, *, encoding: str = "utf-8", end: str = "\r\n"
    ) -> None:
        """Rows, header and preamble included, as a spreadsheet saves them."""
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator=end).writerows(rows)
        self._keep(path, buffer.getvalue().encode(encoding), truth)

    def xlsx(self, path: str, title: str, rows: Iterable[Row], truth: FileTruth, header: int = 0) -> None:
        """Rows as one sheet; row ``header`` (0-based) is bold."""
        book = Workbook(write_only=True)
        sheet = book.create_sheet(title[:31])
        for number, row in enumerate(rows):
            sheet.append(
                [_bold(sheet, cell) for cell in row]
                if number == header
                else [None if cell == "" else cell for cell in row]
            )
        buffer = io.BytesIO()
        book.save(buffer)
        self._keep(path, _undated(buffer.getvalue()), truth)

    def truth_of(self) -> dict[str, Any]:
        """``files`` as plain values, in the order of their paths."""
        return {path: asdict(self.files[path]) for path in sorted(self.files)}

    def _keep(self, path: str, data: bytes, truth: FileTruth) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.files[path] = truth


def texts(values: Any) -> list[str]:
    """An array of texts as a list of Python texts."""
    made: list[str] = np.asarray(values).tolist()
    return made


def _bold(sheet: Any, value: Any) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    cell.font = Font(bold=True)
    return cell


def _undated(book: bytes) -> bytes:
    # openpyxl writes the time of saving into the archive's entries and its properties: both are set to a fixed day.
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?", b"2026-01-01T00:00:00Z", data)
            new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
