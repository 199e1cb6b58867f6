"""Damaged workbooks, archives, JSON and Parquet: none may crash, hang, raise or lose a row."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import os
import random
import tarfile
import zipfile
from pathlib import Path

import duckdb
import pytest
from faults import mutations
from readers.spreadsheets import WRITERS, Styled, packed

LOG = Path(__file__).parents[1] / "golden" / "files" / "clinic_log.csv"
MUTANTS = int(os.environ.get("RAPPORT_MUTANTS", "10000"))
KEEP = os.environ.get("RAPPORT_KEEP_MUTANTS")


def edit_member(data: bytes, chance: random.Random) -> bytes:
    """What is packed in the file is damaged, and packed again so that the container is whole."""
    if data.startswith(b"\x1f\x8b"):
        try:
            return gzip.compress(mutations.mutate(gzip.decompress(data), chance), 1)
        except Exception:  # damaged before
            return mutations.flip_bytes(data, chance)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except Exception:  # no archive, or damaged before
        return mutations.flip_bytes(data, chance)
    name = chance.choice(sorted(parts))
    match chance.randrange(12):
        case 0:
            del parts[name]
        case 1:
            parts[name + "x"] = parts.pop(name)
        case _:
            parts[name] = mutations.mutate(parts[name] or b"x", chance)
    return packed(parts) if parts else b"PK\5\6" + bytes(18)


def tags(data: bytes, chance: random.Random) -> bytes:
    """Pieces that mean something to a reader of XML or JSON are put where others stood."""
    pieces = (b"<", b">", b"/>", b'r="XFD1048576"', b'r="A1"', b't="e"', b't="s"', b"<v>999999999</v>", b"</row>", b"&#0;", b"&amp;", b"<![CDATA[", b"<!--",
              b'ss:Index="99999"', b'table:number-columns-repeated="99999"', b'table:number-rows-repeated="-1"', b"[", b"]", b"{}", b"null", b"1e999", b'"\\ud800"')  # fmt: skip
    for _ in range(chance.choice((1, 2, 6))):
        place = chance.randrange(len(data) + 1)
        piece = chance.choice(pieces)
        data = data[:place] + piece + data[place + chance.choice((0, len(piece))) :]
    return data


WAYS = (*mutations.MUTATIONS, tags, edit_member, edit_member, edit_member, edit_member)


def seeds() -> dict[str, bytes]:
    """The same referral log in every format that is no delimited text."""
    rows = list(csv.reader(LOG.read_text("utf-8").splitlines()))[:40]
    typed = [[_typed(cell) for cell in row] for row in rows]
    sheets = {"Log": typed, "Notes": [["About", "this", "log"], ["a", "b", "c"]]}
    width = max(map(len, rows))
    head = max(range(len(rows)), key=lambda row: (sum(map(bool, rows[row])), -row))
    header = [name or f"x{place}" for place, name in enumerate(rows[head])]
    records = [dict(zip(header, row, strict=False)) for row in rows[head + 1 :] if len(row) == width]
    text = LOG.read_bytes()
    page = (
        "<html><table>"
        + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        + "</table></html>"
    )
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        entry = tarfile.TarInfo("log.csv")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return {f"log.{kind}": write(sheets) for kind, write in WRITERS.items()} | {
        "log.json": json.dumps({"site": "A", "referrals": records}, indent=1).encode(), "array.json": json.dumps(records).encode(),
        "log.ndjson": "\n".join(map(json.dumps, records)).encode(), "log.parquet": _parquet(records), "page.xls": page.encode(),
        "log.zip": packed({"a/log.csv": text, "log.xlsx": WRITERS["xlsx"](sheets)}), "log.csv.gz": gzip.compress(text), "log.tar.gz": tar.getvalue(),
    }  # fmt: skip


def _typed(cell: str) -> object:
    try:
        return dt.datetime.strptime(cell, "%m/%d/%Y").date()
    except ValueError:
        return Styled(float(cell), "00000") if len(cell) == 5 and cell.isdigit() else cell or None


def _parquet(records: list[dict[str, str]]) -> bytes:
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"seed-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    source, target = folder / "a.json", folder / "a.parquet"
    source.write_text(json.dumps(records), "utf-8")
    connection = duckdb.connect()
    connection.execute(f"copy (select * from read_json_auto('{source}')) to '{target}' (format parquet)")
    made = target.read_bytes()
    for path in (source, target):
        path.unlink()
    folder.rmdir()
    return made


def test_a_few_damaged_containers_are_loaded_or_refused_with_every_row_accounted_for() -> None:
    report = mutations.run(seeds(), 42, seed=5, ways=WAYS)
    assert not report.faults, report


@pytest.mark.slow
def test_thousands_of_damaged_containers_are_loaded_or_refused_with_every_row_accounted_for() -> None:
    report = mutations.run(seeds(), MUTANTS, seed=13, ways=WAYS, keep=Path(KEEP) if KEEP else None)
    print(f"\n{report}")
    assert not report.faults, report.faults[:20]
