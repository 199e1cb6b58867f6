"""The table ``stage``: every record as text under the number of the row it came from.

Records are written to a passing file of one strict, known shape and parsed by DuckDB from there: that is several
times faster than handing Python strings over, and memory stays flat. A clean text file is parsed where it lies.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FLUSH = 5_000  # records kept before they are written
AT_ONCE = 64  # columns asked about together: DuckDB plans a question about thousands for longer than it answers it
LONGEST = 4_000_000  # characters of one record; a longer one is rejected
SPACES, ALL = "spaces", "all"  # which blanks may stand at the ends of cells in a file
# What Python's strip() takes off, for the files that have such characters at all.
_BLANKS = (
    " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000"
)
_BLANK_EDGE = "^[" + _BLANKS + "]|[" + _BLANKS + "]$"


class Records:
    """Where records go: ``add`` one as cells, ``line`` one as delimited text known to have the right shape."""

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self._file, self._delimiter = file, delimiter
        self._lines: list[str] = []
        self._rows: list[list[str | int]] = []
        self._writer = csv.writer(file, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
        self.count = 0
        self.odd_blanks = False  # at the ends of cells: line ends, tabs and the like

    def line(self, row: int, text: str) -> None:
        if self._rows:
            self._write_rows()
        self.count += 1
        self._lines.append(f"{row}{self._delimiter}{text}\n")
        if len(self._lines) >= _FLUSH:
            self._write_lines()

    def add(self, row: int, cells: Sequence[str]) -> None:
        if self._lines:
            self._write_lines()
        self.count += 1
        # Of all blanks only the space is printable, and nearly all rows have no other.
        if not self.odd_blanks and not "".join(cells).isprintable():
            self.odd_blanks = any(cell.strip() != cell.strip(" ") for cell in cells)
        self._rows.append([row, *cells])
        if len(self._rows) >= _FLUSH:
            self._write_rows()

    def finish(self) -> None:
        self._write_lines()
        self._write_rows()
        self._file.flush()

    def _write_lines(self) -> None:
        self._file.write("".join(self._lines))
        self._lines.clear()

    def _write_rows(self) -> None:
        self._writer.writerows(self._rows)
        self._rows.clear()


@contextmanager
def collect(
    con: DuckDBPyConnection, width: int, beside: Path, delimiter: str = ",", blanks: str = ALL
) -> Iterator[Records]:
    """Collect records and make ``stage`` of them at the end. The passing file lies in a private folder next to
    ``beside`` (where the file itself lies in plain) and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".stage-", dir=_folder(beside)) as folder:
        path = Path(folder) / "records.csv"
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            records = Records(file, delimiter)
            yield records
            records.finish()
        blanks = ALL if records.odd_blanks else blanks
        for parallel in (True, False):
            load(con, path, width, delimiter=delimiter, quote='"', numbered=True, blanks=blanks, parallel=parallel)
            if count(con) == records.count:
                return
        raise AssertionError(f"{records.count} records became {count(con)}")


def _folder(beside: Path) -> str | None:
    """The folder of the file if one can write there, else the system's."""
    try:
        with tempfile.TemporaryFile(dir=beside.parent):
            return str(beside.parent)
    except OSError:
        return None


def load(
    con: DuckDBPyConnection, path: Path, width: int, *, delimiter: str, quote: str, numbered: bool,
    blanks: str = ALL, newline: str = "\\n", skip: int = 0, limit: int | None = None, parallel: bool = True,
) -> None:  # fmt: skip
    """Parse ``path`` strictly into ``stage``. ``numbered`` files carry the row as their first column, others get
    consecutive numbers from ``skip + 1``. ``blanks`` (SPACES | ALL) says what is to be taken off both ends of
    cells, ``newline`` is how lines end, spelled with backslashes. Whatever is not exactly of this shape raises DuckDB's error."""
    names = [f"c{place}" for place in range(width)]
    declared = ([("row", "BIGINT")] if numbered else []) + [(name, "VARCHAR") for name in names]
    columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in declared) + "}"
    row = "row" if numbered else "0::bigint"
    cells = ", ".join(names)
    parameters = {
        "path": str(path),
        "delimiter": delimiter,
        "quote": quote,
        "newline": newline,
        "skip": skip,
        "limit": limit,
    }
    sql = f"""
        create or replace table stage as
        select {row} as row, {cells}
        from read_csv($path, auto_detect = false, header = false, skip = $skip, delim = $delimiter, quote = $quote,
            escape = $quote, columns = {columns}, strict_mode = true, null_padding = false, encoding = 'utf-8',
            nullstr = '', new_line = $newline, max_line_size = {8 * LONGEST if numbered else 2_000_000}, parallel = {str(parallel).lower()})
        {"limit $limit" if limit is not None else ""}"""
    con.execute(sql, {name: value for name, value in parameters.items() if f"${name}" in sql}).fetchall()
    if not numbered:  # rows lie in the file's order; numbering them afterwards leaves the parsing to all threads
        con.execute("update stage set row = rowid + 1 + $skip", {"skip": skip}).fetchall()
    _strip_spaces(con, names)
    if blanks == ALL:
        _strip_rare_blanks(con, names)


def _strip_spaces(con: DuckDBPyConnection, names: Sequence[str]) -> None:
    """Trimming is dear and seldom needed: look first which columns need it."""
    padded = set(_columns_with(con, names, "{0} like ' %' or {0} like '% '"))
    if padded:
        _trim(con, names, padded)


def _strip_rare_blanks(con: DuckDBPyConnection, names: Sequence[str]) -> None:
    """Take tabs, line ends, no-break spaces and their like off the ends of the few cells that have them there:
    trimming every cell by a long list of characters costs many times what finding those cells does. Each change of a
    wide table in place takes memory for all of its columns, so many columns are changed by writing it anew."""
    edged = _columns_with(con, names, "regexp_matches({0}, $edge)", {"edge": _BLANK_EDGE})
    if len(edged) > AT_ONCE:
        _trim(con, names, set(edged), ", $blanks", {"blanks": _BLANKS})
        return
    for name in edged:
        found = f"regexp_matches({name}, $edge)"
        sql = f"update stage set {name} = nullif(trim({name}, $blanks), '') where {found}"
        con.execute(sql, {"blanks": _BLANKS, "edge": _BLANK_EDGE}).fetchall()


def _trim(
    con: DuckDBPyConnection, names: Sequence[str], which: set[str], by: str = "", told: dict[str, str] | None = None
) -> None:
    cells = ", ".join(f"nullif(trim({name}{by}), '') as {name}" if name in which else name for name in names)
    con.execute(f"create or replace table stage as select row, {cells} from stage", told).fetchall()


def _columns_with(
    con: DuckDBPyConnection, names: Sequence[str], what: str, told: dict[str, str] | None = None
) -> list[str]:
    """The columns in which ``what`` (a condition about ``{0}``) holds of some cell."""
    found: list[str] = []
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        asked = ", ".join(f"bool_or({what.format(name)})" for name in some)
        answers = con.execute(f"select {asked} from stage", told).fetchall()[0]
        found += [name for name, answer in zip(some, answers, strict=True) if answer]
    return found


def count(con: DuckDBPyConnection) -> int:
    """Records in ``stage``."""
    return int(con.execute("select count(*) from stage").fetchall()[0][0])


def empty(con: DuckDBPyConnection, width: int) -> None:
    """``stage`` without rows, for a file that has only a header."""
    columns = ", ".join(f"c{place} varchar" for place in range(width))
    con.execute(f"create or replace table stage (row bigint, {columns})").fetchall()
