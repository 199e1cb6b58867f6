"""One JSON value a line, into DuckDB: the elements that are asked for, extracted in one parse of each line.

Several paths at once cost one parse where a path each costs as many (0.8 against 5 CPU-seconds per 200,000
Encounters), and a resource of another version or with a wrong type in some place loses that element, not the row.
"""

from __future__ import annotations

import codecs
import json
import re
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import FileRefused
from pipelines.readers.fhir import references

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LONGEST = 32_000_000  # bytes of one resource
_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT = 100  # resources that show which elements a file has
_ROOT = re.compile(r"\$\.\w+")
_PATH = re.compile(r"\{(\$[^}]*)\}")
ALWAYS = ("$.resourceType", "$.id", "$.meta.lastUpdated", "$.meta.versionId", "$.contained")


def decoded(head: bytes) -> str:
    """The start of a file as text, whatever Unicode form it has; undecodable bytes are replaced."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head.decode(encoding, errors="replace")
    return head.decode("utf-8-sig", errors="replace")


@contextmanager
def prepared(path: Path) -> Iterator[tuple[Path, str, list[str]]]:
    """The file as clean UTF-8 (itself where it is so already), ndjson or document, and what was done to it.

    JSON is UTF-8. A file saved in another Unicode form is decoded; bytes that cannot be are replaced and told.
    """
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix=".fhir-", dir=path.parent) as folder:
        plain = path
        with path.open("rb") as file:
            head = file.read(4)
        encoding = next((name for mark, name in _MARKS if head.startswith(mark)), None)
        if encoding or _dirty(path):
            plain = Path(folder) / "plain.json"
            notes += _clean(path, plain, encoding or "utf-8-sig")
        if _ends_in_commas(plain):
            plain = _without_commas(plain, Path(folder) / "parted.json")
        yield plain, _kind(plain), notes


def _dirty(path: Path) -> bool:
    """Whether the file has bytes that are not UTF-8, control characters that no JSON text may hold, or returns: DuckDB takes each for
    the end of a line, and would number the lines of a file from Windows twice."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if b"\r" in chunk or b"\x00" in chunk or b"\x01" in chunk:
                return True
            if chunk.isascii() and not decoder.getstate()[0]:
                continue  # most exports are; looking costs a tenth of decoding
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return True
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return True
    return False


def _clean(path: Path, target: Path, encoding: str) -> list[str]:
    """Write the file as clean UTF-8, each line ended alike; returns what is to be said of it."""
    with (
        path.open(encoding=encoding, errors="replace", newline=None) as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        replaced = False
        while chunk := source.read(_CHUNK):
            replaced = replaced or "\ufffd" in chunk or "\0" in chunk or "\1" in chunk
            out.write(chunk.replace("\0", "\ufffd").replace("\1", "\ufffd"))
    if replaced:
        return ["Some characters cannot be read as UTF-8, which JSON is written in; they were replaced by �."]
    if encoding == "utf-8-sig":
        return []
    return [f"The file is {encoding.upper()} and was read as such; JSON is usually UTF-8."]


def _ends_in_commas(path: Path) -> bool:
    """Whether lines are whole objects with a comma behind each, as they stand in a list."""
    with path.open("rb") as file:
        first = file.readline(LONGEST).decode("utf-8-sig", errors="replace").strip()
    return first.startswith("{") and first.endswith("},") and _whole(first[:-1])


def _without_commas(path: Path, target: Path) -> Path:
    with path.open("rb") as source, target.open("wb") as out:
        for line in source:
            text = line.rstrip()
            out.write(line if not text.endswith(b"},") else text[:-1] + b"\n")
    return target


def _kind(path: Path) -> str:
    """ndjson where lines begin with a value each, document where one value runs over lines or is a Bundle."""
    starts = []
    with path.open("rb") as file:
        for _ in range(200):
            line = file.readline(LONGEST)
            if not line:
                break
            text = line.decode("utf-8-sig", errors="replace").strip()
            if text:
                starts.append(text)
            if len(starts) == 2:
                break
    if not starts or starts[0][0] != "{" or len(starts[0]) < 3:
        return "document"
    if len(starts) > 1 and starts[1][0] != "{":
        # A value that runs over lines, or an NDJSON file whose second line is damaged.
        return "ndjson" if _whole(starts[0]) else "document"
    if len(starts) == 1 or re.match(r'\{.{0,400}"resourceType"\s*:\s*"(Bundle|Parameters)"', starts[0]):
        return "document"
    return "document" if _wraps(starts[0]) else "ndjson"


def _wraps(text: str) -> bool:
    """Whether a line is no resource but has one within."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "resourceType" not in value and "resourceType" in text


def _whole(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def first_type(path: Path) -> str | None:
    """The resource type of the first line that has one."""
    with path.open("rb") as file:
        for _ in range(50):
            try:
                value = json.loads(file.readline(LONGEST))
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict) and isinstance(value.get("resourceType"), str):
                return str(value["resourceType"])
    return None


_LINES = """read_csv($path, auto_detect = false, header = false, delim = chr(1), quote = '', escape = '', columns = {'line': 'VARCHAR'},
    new_line = '\\n', max_line_size = $longest, strict_mode = false, encoding = 'utf-8')"""
_USUAL = 2_000_000  # bytes of a line; room for the longest possible costs every file a fifth of its time


def _run(con: DuckDBPyConnection, sql: str, path: Path) -> list[tuple[Any, ...]]:
    """Run SQL over the file's lines. Raises ``FileRefused`` for a line longer than any resource."""
    for longest in (_USUAL, LONGEST):
        try:
            return con.execute(sql, {"path": str(path), "longest": longest}).fetchall()
        except Exception as problem:
            if "maximum line size" not in str(problem).lower():
                raise
    raise FileRefused("A line of the file is longer than any FHIR resource.", "Export it again, one resource a line.")


def types(con: DuckDBPyConnection, path: Path) -> dict[str | None, int]:
    """How many resources of each type the file holds, in order of first appearance."""
    rows = _run(con, f"""
        select kind, count(*) from (select row_number() over () as row, try(json_extract_string(line, '$.resourceType')) as kind from {_LINES})
        group by kind order by min(row)""", path)  # fmt: skip
    return {kind: int(count) for kind, count in rows}


def extract(con: DuckDBPyConnection, path: Path, elements: Mapping[str, str]) -> set[int]:
    """Make ``fhir_line``, a row per line of the file: ``row`` (its number), ``kind`` (resource type), ``blank``, ``whole`` (is JSON),
    ``held`` (holds another resource), ``partial`` (a bit for each date that names no day) and the elements ``c0 ...``; and ``fhir_told``,
    its first columns. Returns the numbers of the lines that are no JSON."""
    present = _present(path)
    for held in (True,) if "contained" in present else (False, True):
        _extract(con, path, elements, present, held=held)
        if held or not con.execute("select 1 from fhir_line where held limit 1").fetchall():
            break
    # Rows lie in the file's order; numbering them afterwards leaves the parsing to all threads.
    con.execute("update fhir_line set row = rowid + 1").fetchall()
    con.execute("create or replace temp table fhir_told as select row, kind, blank, whole, partial from fhir_line")
    return {row for (row,) in con.execute("select row from fhir_told where not whole and not blank").fetchall()}


def _extract(
    con: DuckDBPyConnection, path: Path, elements: Mapping[str, str], present: Collection[str], *, held: bool
) -> None:
    """Make ``fhir_line`` but for the numbers of its rows; without ``held`` what is held within a resource is not looked for."""
    for macro in references.macros(held=held):
        con.execute(macro)
    paths = paths_of(elements, present)
    shown = ", ".join(f"nullif({bound(sql, paths)}, '') as c{place}" for place, sql in enumerate(elements.values()))
    partial = " | ".join(
        f"((length({bound(sql, paths)}) in (4, 7))::bigint << {turn})" for turn, (_, sql) in enumerate(dates(elements))
    )
    named = ", ".join(f"'{path}'" for path in paths)
    # No condition on what is found: one would be asked of the lines themselves, which then are parsed twice.
    _run(con, f"""
        create or replace table fhir_line as
        select 0::bigint as row, found[1] as kind, blank, found is not null as whole, {bound("{$.contained}", paths)} is not null as held,
            {partial or "0"} as partial, {shown}
        from (select try(json_extract_string(line, [{named}])) as found, case when strlen(line) > 200 then false else coalesce(trim(line, e' \\t\\r'), '') = '' end as blank
              from {_LINES})""", path)  # fmt: skip


def dates(elements: Mapping[str, str]) -> list[tuple[str, str]]:
    """(header, SQL of the date as written) of the elements that are dates."""
    return [(header, sql[len("fhir_day(") : -1]) for header, sql in elements.items() if sql.startswith("fhir_day(")]


def _present(path: Path) -> set[str]:
    """The names of the elements that the first resources of the file have."""
    names: set[str] = set()
    with path.open("rb") as file:
        for _ in range(_LOOKED_AT):
            try:
                names |= set(json.loads(file.readline(LONGEST)))
            except (ValueError, TypeError, RecursionError):
                continue
    return names


def paths_of(elements: Mapping[str, str], present: Collection[str]) -> list[str]:
    """Every JSON path that the elements' SQL names, each once, after those that every resource is asked for. An element that
    is not among those ``present`` (other versions have it, or nobody) is asked for as a whole, not for each of its parts:
    to look for what is not there takes half as long as to find what is."""
    named = dict.fromkeys(ALWAYS)
    for sql in elements.values():
        named |= dict.fromkeys(_PATH.findall(sql))
    roots = Counter(map(_root, named))
    return list(dict.fromkeys(
        path if path in ALWAYS or roots[_root(path)] == 1 or _root(path)[2:] in present else _root(path) for path in named
    ))  # fmt: skip


def _root(path: str) -> str:
    return _ROOT.match(path)[0]  # type: ignore[index]


def bound(sql: str, paths: list[str]) -> str:
    """An element's SQL with its paths as places in ``found``, or within what is found there."""

    def place(match: re.Match[str]) -> str:
        path = match[1]
        if path in paths:
            return f"found[{paths.index(path) + 1}]"
        root = _root(path)
        return f"fhir_text(found[{paths.index(root) + 1}], '${path.removeprefix(root)}')"

    return _PATH.sub(place, sql)


def texts(path: Path, rows: set[int]) -> dict[int, str]:
    """The beginnings of the given lines."""
    found: dict[int, str] = {}
    if not rows:
        return found
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number in rows:
                found[number] = line[:200].decode("utf-8", errors="replace").strip()
                if len(found) == len(rows):
                    break
    return found
