"""From extracted lines to one resource type's ``stage``, with what was set aside and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.checks import REJECT, WARNING, Finding
from pipelines.errors import FileRefused
from pipelines.readers.fhir import lines
from pipelines.readers.fhir.elements import EARLIER_REQUESTS, ELEMENTS, HISTORY
from pipelines.readers.reading import SetAside

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MOST_SHOWN = 100  # cells of one column named one by one; the rest is a sentence
_NEWEST = """try_cast({updated} as timestamptz) desc nulls last, try_cast(regexp_extract({version}, '[0-9]+') as bigint) desc nulls last, row desc"""


def counted(con: DuckDBPyConnection) -> dict[str | None, int]:
    """Resources of each type in ``fhir_told``; under ``None`` the JSON values that are no resource."""
    rows = con.execute("select kind, count(*) from fhir_told where whole group by kind").fetchall()
    return {kind: int(count) for kind, count in rows}


def stage(con: DuckDBPyConnection, part: str, elements: Mapping[str, str], limit: int | None) -> list[str]:
    """Make ``stage`` of the part's resources, and nothing else of ``fhir_line``; returns its header. The last column marks
    resources of which the file has a newer version."""
    _only(con, part, limit)
    con.execute(f"alter table stage add column c{len(elements)} varchar").fetchall()
    if part not in HISTORY:
        _mark_superseded(con, len(elements))
    return [*elements, f"{'ServiceRequest' if part in EARLIER_REQUESTS else part}.meta.superseded"]


def _only(con: DuckDBPyConnection, part: str, limit: int | None) -> None:
    """The part's lines as ``stage``. Where all lines are, as in most files, they are not copied."""
    con.execute("drop table if exists stage").fetchall()
    others = con.execute("select 1 from fhir_told where kind is distinct from $part limit 1", {"part": part}).fetchall()
    if others or limit is not None:
        some = "limit $limit" if limit is not None else ""
        con.execute(
            f"create table stage as select * exclude (kind, blank, whole, held, partial) from fhir_line where kind = $part {some}",
            {"part": part, **({"limit": limit} if limit is not None else {})},
        ).fetchall()
        con.execute("drop table fhir_line").fetchall()
        return
    con.execute("alter table fhir_line rename to stage").fetchall()
    for name in ("kind", "blank", "whole", "held", "partial"):
        con.execute(f"alter table stage drop column {name}").fetchall()


def _mark_superseded(con: DuckDBPyConnection, place: int) -> None:
    """Of several versions of a resource only the newest counts; the others say so in their last cell."""
    newest = _NEWEST.format(updated="c1", version="c2")
    con.execute(
        f"""update stage set c{place} = 'true' where row in (
            select row from stage where c0 in (select c0 from stage where c0 is not null group by c0 having count(*) > 1)
            qualify row_number() over (partition by c0 order by {newest}) > 1)"""
    ).fetchall()


def rejects(
    con: DuckDBPyConnection, source: Path, part: str, counts: Mapping[str | None, int], broken: set[int]
) -> list[Finding]:
    """Lines that are no JSON and values that are no resource. A broken line belongs to the type that can still be
    read in it, else to the file's first part."""
    used = [name for name in ELEMENTS if counts.get(name)] or [part]
    homeless = {row for (row,) in con.execute("select row from fhir_told where whole and kind is null").fetchall()}
    if len(broken) + len(homeless) > 1000 and len(broken) + len(homeless) > sum(counts.values()):
        raise FileRefused(
            "Most lines of the file are no FHIR resources.", "Export it again, as NDJSON with one resource a line."
        )
    said = lines.texts(source, broken | homeless)
    found = []
    for row in sorted(broken | homeless):
        text = said.get(row, "")
        home = next((name for name in used if f'"{name}"' in text), used[0])
        if home == part:
            found.append(Finding("broken_json" if row in broken else "no_resource_type", REJECT, row, None, text[:120]))
    return found


def taken_out(con: DuckDBPyConnection, findings: Sequence[Finding]) -> list[Finding]:
    """Those of the findings that are rejects, whose rows ``stage`` then has no more."""
    found = [one for one in findings if one.severity == REJECT]
    if found:
        con.execute(
            "delete from stage where list_contains($rows, row)", {"rows": [one.row for one in found]}
        ).fetchall()
    return found


def set_aside(con: DuckDBPyConnection, counts: Mapping[str | None, int]) -> list[SetAside]:
    """Resources of types that Rapport has no use for, and blank lines; listed with the file's first part."""
    rows = con.execute(
        "select kind, min(row), count(*) from fhir_told where kind is not null group by kind order by 2"
    ).fetchall()
    aside = [SetAside(row, f"{kind} (not used)", count) for kind, row, count in rows if kind not in ELEMENTS]
    blank = con.execute("select min(row), count(*) from fhir_told where blank").fetchall()[0]
    return [*aside, *([SetAside(blank[0], "blank", blank[1])] if blank[1] else [])]


def partial_dates(con: DuckDBPyConnection, part: str, elements: Mapping[str, str]) -> tuple[list[Finding], list[str]]:
    """Dates that name only a year or a month, which FHIR allows: read as its first day, and said."""
    findings, told = [], []
    headers = list(elements)
    for turn, (header, _) in enumerate(lines.dates(elements)):
        where = f"where kind = $part and (partial >> {turn}) & 1 = 1"
        count = con.execute(f"select count(*) from fhir_told {where}", {"part": part}).fetchall()[0][0]
        if count:
            rows = con.execute(
                f"select row, c{headers.index(header)} from stage join fhir_told using (row) {where} order by 1 limit {_MOST_SHOWN}",
                {"part": part},
            ).fetchall()
            findings += [Finding("partial_date", WARNING, row, header, value) for row, value in rows]
            told.append(f"{count:,} of “{header}” name only a month or a year, and are read as its first day.")
    return findings, told
