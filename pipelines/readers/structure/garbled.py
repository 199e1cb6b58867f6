"""What programs leave in cells that nobody typed: signs without a shape, letters of a wrong encoding, a web page's names for
letters, the mark by which a spreadsheet tells a text. Found before anything is looked up by it: a record number with a sign that
nobody sees is another patient's.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelines.readers.reading import Reading

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MOST_ROWS = 20_000  # rows of which every cell is looked at; larger files are a program's, and asked by a sample
_SAMPLE = 2_000
_MOST_TEXTS = 50_000
_SHAPELESS = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"
_ENTITY = r"&(?:#[0-9]{2,6}|#x[0-9a-fA-F]{2,5}|[a-zA-Z]{2,8}[0-9]{0,2});"
_WRONG = "[ÃÂâ][\u0080-\u00bf\u0152-\u2122]"  # what UTF-8 looks like, read as a Windows code page
_ANY = f"[{_SHAPELESS}ÃÂâ&]"
_MARKED = 0.9


def settle(con: DuckDBPyConnection, reading: Reading) -> None:
    """Put such cells of ``stage`` and names of columns right, in place, and say what was found."""
    names = [f"c{place}" for place in range(len(reading.header))]
    if not names:
        return
    some = [
        *_where(con, reading, names, _ANY),
        *(name for name, text in zip(names, reading.header, strict=True) if re.search(_ANY, text)),
    ]
    names = [name for name in names if name in some]
    _mend(con, reading, names, _WRONG, _decoded, "were written in one encoding and read in another before they came here (Ã¡ for á); they were put right")  # fmt: skip
    _mend(con, reading, names, f"[{_SHAPELESS}]", _shown, "have signs that nobody sees; they were left out")
    _mend(con, reading, names, _ENTITY, html.unescape, "have letters by their names on web pages (&amp;); they were put right")  # fmt: skip
    _unmark(con, reading, [f"c{place}" for place in range(len(reading.header))])


def _mend(
    con: DuckDBPyConnection,
    reading: Reading,
    names: Sequence[str],
    pattern: str,
    mended: Callable[[str], str],
    said: str,
) -> None:
    reading.header = [mended(text).strip() or text if re.search(pattern, text) else text for text in reading.header]
    found = 0
    for name in _where(con, reading, names, pattern):
        texts = con.execute(
            f"select distinct {name} from stage where regexp_matches({name}, $pattern) limit {_MOST_TEXTS}",
            {"pattern": pattern},
        ).fetchall()
        pairs = [(text, mended(text).strip() or None) for (text,) in texts]
        pairs = [(text, better) for text, better in pairs if text != better]
        if not pairs:
            continue
        con.execute("create or replace temp table better as select unnest($old::varchar[]) as old, unnest($new::varchar[]) as new",
                    {"old": [old for old, _ in pairs], "new": [new for _, new in pairs]}).fetchall()  # fmt: skip
        ((count,),) = con.execute(
            f"update stage set {name} = better.new from better where stage.{name} = better.old"
        ).fetchall()
        con.execute("drop table better").fetchall()
        found += count
    if found:
        reading.notes.append(f"{found:,} cells {said}.")


def _where(con: DuckDBPyConnection, reading: Reading, names: Sequence[str], pattern: str) -> list[str]:
    """The columns in which ``pattern`` is found: of a large file, in a sample of its rows."""
    of = "stage" if reading.records <= _MOST_ROWS else f"(select * from stage limit {_SAMPLE})"
    if not names:
        return []
    asked = ", ".join(f"bool_or(regexp_matches({name}, $pattern))" for name in names)
    hits = con.execute(f"select {asked} from {of}", {"pattern": pattern}).fetchall()[0]
    return [name for name, hit in zip(names, hits, strict=True) if hit]


def _shown(text: str) -> str:
    return re.sub(f"[{_SHAPELESS}]", "", text)


def _decoded(text: str) -> str:
    """A text as it was before it was read in the wrong encoding, once or twice; as it is where that makes no sense."""
    for _ in range(2):
        try:
            text = b"".join(map(_byte, text)).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            break
    return text


def _byte(letter: str) -> bytes:
    """The byte that Windows, or where it knows none Latin-1, reads as ``letter``."""
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1")


def _unmark(con: DuckDBPyConnection, reading: Reading, names: Sequence[str]) -> None:
    """An apostrophe before every text of a column is a spreadsheet's mark, not part of what it says."""
    if reading.records > _MOST_ROWS:
        return
    asked = ", ".join(f"count({name}), count(*) filter (starts_with({name}, '''') and not ends_with({name}, ''''))" for name in names)  # fmt: skip
    counts = con.execute(f"select {asked} from stage").fetchall()[0]
    marked = [
        name
        for name, filled, hits in zip(names, counts[::2], counts[1::2], strict=True)
        if hits > 1 and hits >= _MARKED * filled
    ]
    for name in marked:
        con.execute(
            f"update stage set {name} = nullif(trim(substr({name}, 2)), '') where starts_with({name}, '''')"
        ).fetchall()
    if marked:
        reading.notes.append(
            f"{len(marked):,} columns have an apostrophe before their texts, a spreadsheet's mark; it was left out."
        )
