"""Hand-written files of health-data standards, which hold several parts each, against reviewed results.

``expected/*.json`` holds what each part of each file must become, without surrogate keys. After a deliberate change,
look at the difference and run this file as a program to write them anew.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipelines import mapping, model, readers, warehouse
from pipelines.readers import ReadOptions
from pipelines.sources import registry

HERE = Path(__file__).parent
FILES = sorted(path.name for path in (HERE / "files").iterdir())
RECEIVED = dt.datetime(2026, 11, 1, 12)
CANARIES = ("Canaryname", "Canaryfirst", "00012345", "1961-07-04", "CANARY", "Patient/p1", "Patient/p2")


@cache
def become(name: str) -> dict[str, Any]:
    """What each part of the golden file ``name`` becomes: source, counts, findings, notes and rows without keys."""
    with tempfile.TemporaryDirectory() as folder:
        parts, found = [None], {}
        while parts:
            part = parts.pop(0)
            told = _mapped(name, part, Path(folder))
            parts = parts or [other for other in told.pop("parts") if other not in found and other != told["part"]]
            found[told["part"] or ""] = told
        return found


def _mapped(name: str, part: str | None, out: Path) -> dict[str, Any]:
    for old in out.glob("*.parquet"):
        old.unlink()
    with warehouse.scratch(out, memory_mb=400, patient_secret=b"golden secret 16") as con:
        reading = readers.read(HERE / "files" / name, name, ReadOptions(part=part), con)
        best = mapping.recognise(reading)[0]
        con.execute("create table zone (site_id bigint, time_zone varchar)")
        source = registry()[best.source]
        mapped = mapping.apply(
            con, reading, source, best.columns, best.context, mapping.Choices(), file_id="f" * 64, system=source.system,
            received_at=RECEIVED, out_dir=out,
        )  # fmt: skip
        tables = {table: _rows(con, out, table) for table in mapped.tables}
    counts = [mapped.rows_in, mapped.rows_loaded, mapped.rows_rejected, mapped.rows_duplicate, mapped.set_aside]
    found = [
        f"{one['severity']} {one['code']} x{one['count']} @{one['row']} {one['column']}: {one['value']}"
        for one in mapped.findings
    ]
    return {"part": reading.part, "parts": reading.parts, "source": best.source, "recognised": best.recognised,
            "in, loaded, rejected, duplicate, aside": counts, "set aside": [vars(aside) for aside in reading.set_aside], "findings": found,
            "notes": reading.notes, "tables": tables}  # fmt: skip


def _rows(con: Any, out: Path, table: str) -> list[str]:
    """Rows as text without surrogate keys and empty cells; a filled key shows as ``+``."""
    names = [column.name for column in model.table(table).columns]
    keys = ("_id", "merged_into", "_key", "_hash")
    shown = ", ".join(
        f"case when {name} is not null then '+' end as {name}" if name.endswith(keys) and name not in ("registry_id", "source_key")
        else f"{name}::varchar as {name}" for name in names
    )  # fmt: skip
    path = str(out / f"{table}.parquet")
    rows = con.execute(f"select source_row, {shown} from read_parquet($path) order by all", {"path": path}).fetchall()
    return [
        f"{row[0]}: "
        + " | ".join(f"{name}={cell}" for name, cell in zip(names, row[1:], strict=True) if cell is not None)
        for row in rows
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_part_of_a_golden_file_becomes_what_was_reviewed(name: str) -> None:
    assert become(name) == json.loads((HERE / "expected" / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_every_part_is_recognised_and_every_record_of_it_accounted_for(name: str) -> None:
    for part in become(name).values():
        rows_in, loaded, rejected, duplicate, _ = part["in, loaded, rejected, duplicate, aside"]
        assert part["recognised"], part["part"]
        assert rows_in == loaded + rejected + duplicate


@pytest.mark.parametrize("name", FILES)
def test_nothing_that_identifies_a_patient_reaches_a_canonical_table(name: str) -> None:
    for part in become(name).values():
        tables = json.dumps(part["tables"])
        assert not [canary for canary in CANARIES if canary in tables]


if __name__ == "__main__":
    (HERE / "expected").mkdir(exist_ok=True)
    for file in FILES:
        text = json.dumps(become(file), indent=1, ensure_ascii=False)
        (HERE / "expected" / f"{file}.json").write_text(text + "\n", "utf-8")
