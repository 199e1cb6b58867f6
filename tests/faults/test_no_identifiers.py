"""No name, number, birthday or address of a patient is kept in readable form anywhere but in the sealed archive.

Patients with names and numbers that occur nowhere else ("canaries") are written into files of every kind that may name
patients - whole rows, broken rows, sheets and JSON cut off, sentences above and below a table - and are then looked for
in everything a workspace leaves behind and everything that is printed.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import openpyxl
import pytest

from pipelines import ingest
from pipelines.sources import Field, Source, registry
from pipelines.workspace import Workspace

PATIENT = {
    "patient": "Qanaryson, Zyxtina", "patient_last": "Qanaryson", "patient_first": "Zyxtina", "misspelt": "Zyxtina",
    "mrn": "QM7731904", "record": "QM7731905", "replaced_by": "QM7731906", "born": "1907-11-23", "sex": "female",
    "patient_phone": "(646) 555-0137", "patient_email": "zyxtina@qanary.example", "patient_zip": "10299", "year": "1907",
}  # fmt: skip
# What each is looked for by, in any case. Digits are looked for whole: five of them also turn up by chance among the
# thousands of hexadecimal digests that a workspace keeps.
NUMBERS = ("7731904", "7731905", "7731906", "5550137")
TRACES = ("qanary", "zyxtina", "1907-11-23", "11/23/1907", "555-0137", *NUMBERS)
PLAIN = {
    "datetime": "2026-03-05", "instant": "2026-03-05T10:00:00Z", "date": "2026-03-05", "npi": "1234567893", "integer": "3", "number": "3", "boolean": "yes",
    "zone": "America/Chicago", "phone": "2125550100", "identifier": "A12", "name": "Harbor Practice",
}  # fmt: skip
NAMING_PATIENTS = [source for source in registry().values() if any(field.phi for field in source.fields)]


def cell(field: Field, said: str = "words") -> str:
    """A value that such a field may hold: the canary's where it is about the patient, ``said`` where anything may be written."""
    if field.phi:
        return PATIENT.get(field.name, "Qanaryson")
    if field.kind == "text" and field.name in ("reason", "why", "cancelled_because", "more", "result", "progress"):
        return said
    return field.example or (next(iter(field.values), "") if field.kind == "enum" else PLAIN.get(field.kind, "words"))


def said_of(source: Source) -> str:
    """Free text that names the patient as far as columns of the same row do."""
    told = {field.name for field in source.fields if field.phi and field.aliases}
    named = "patient" in told or {"patient_last", "patient_first"} <= told
    return "knee pain" + ", pt Zyxtina Qanaryson" * named + ", chart QM7731904" * ("mrn" in told)


def misplaced(field: Field) -> str:
    """The patient's name where it does not belong, and nothing where something is needed."""
    if field.phi:
        return cell(field) + "Qanary"
    if field.required:
        return ""
    return (
        "Zyxtina Qanary"
        if field.kind in ("datetime", "instant", "date", "npi", "integer", "number", "boolean")
        else cell(field)
    )


def table_of(source: Source) -> list[list[str]]:
    """A header, a whole row, a row with names in the wrong cells, a row that is too long."""
    fields = list({field.aliases[0]: field for field in source.fields if field.aliases}.values())
    whole = [cell(field, said_of(source)) for field in fields]
    return [
        [field.aliases[0] for field in fields], whole, [misplaced(field) for field in fields],
        whole[:2] + ["Qanary"] * (len(whole) + 2),
    ]  # fmt: skip


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def other_shapes(folder: Path, source: Source) -> Iterator[Path]:
    """The same table without a header, between sentences, as a workbook, as JSON, cut off, and with a quote left open."""
    header, whole, wrong, _ = table_of(source)
    yield write_csv(folder / "headless.csv", [whole, wrong, whole])
    above = [["Patients of Zyxtina Qanaryson, QM7731904"], ["Patient:", "Qanaryson, Zyxtina"]]
    yield write_csv(folder / "between.csv", [*above, header, whole, ["Total", "Qanary"], ["Call Zyxtina Qanaryson"]])
    book = openpyxl.Workbook()
    for row in (["Report on Zyxtina Qanaryson"], header, whole, wrong, ["=1/0"]):
        book.worksheets[0].append(row)
    book.save(folder / "sheet.xlsx")
    yield folder / "sheet.xlsx"
    text = json.dumps([dict(zip(header, row, strict=True)) for row in (whole, wrong)])
    for name, content in (
        ("rows.json", text),
        ("cut_off.json", text[:-7]),
        ("open_quote.csv", ",".join(header) + '\n"' + "Zyxtina Qanaryson," * 50 + "\n" + ",".join(whole)),
    ):
        (folder / name).write_text(content)
        yield folder / name


def told(text: str) -> list[str]:
    return [trace for trace in TRACES if trace in text.casefold()]


def rows_kept(workspace: Workspace) -> Iterator[tuple[str, object]]:
    """(where, row) of everything that is kept as rows: the record, the generation, the ledger."""
    with duckdb.connect() as con:
        for path in workspace.record.rglob("*.parquet"):
            for row in con.execute("select * from read_parquet($path)", {"path": str(path)}).fetchall():
                yield f"{path.parent.name}/{path.name}", row
    with workspace.warehouse.read() as reader:
        for (table,) in reader.all("select table_name from information_schema.tables where table_type = 'BASE TABLE'"):
            for row in reader.all(f'select * from "{table}"'):
                yield f"generation, {table}", row
    with sqlite3.connect(workspace.ledger.path) as ledger:
        for (table,) in ledger.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in ledger.execute(f'select * from "{table}"').fetchall():
                yield f"ledger, {table}", row


def test_nothing_that_identifies_a_patient_is_kept_or_printed(
    workspace: Workspace, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    files = [write_csv(folder / f"{source.name}.csv", table_of(source)) for source in NAMING_PATIENTS]
    files += other_shapes(folder, registry()["referral_log"])

    outcomes = ingest.ingest_files(workspace, files)

    loads = [load for load in workspace.ledger.loads() if load.rows_loaded]
    assert len(loads) > 20
    refused = [str(found) for _, inspections, _ in outcomes for found in inspections if isinstance(found, Exception)]
    assert refused
    kept = [(where, str(row)) for where, row in rows_kept(workspace)]
    assert any("Harbor Practice" in row for _, row in kept)  # what may be kept is found where it is looked for
    assert not [f"{where}: {found}" for where, row in kept if (found := told(row))]
    sealed = workspace.root / "raw"
    left = [path for path in workspace.root.rglob("*") if path.is_file() and sealed not in path.parents]
    assert not [path for path in left if told(path.read_bytes().decode("latin-1"))]
    printed = capfd.readouterr()
    assert not told(printed.out + printed.err + caplog.text + "".join(refused))
