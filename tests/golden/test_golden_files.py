"""Hand-written files in the shapes that people really upload, through the real readers, against reviewed results.

``expected/*.json`` holds what each file must become, without surrogate keys. After a deliberate change, look at
the difference and run this file as a program to write them anew.
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
ZONES = {"NYC01": "America/New_York", "LAX02": "America/Los_Angeles", "Harbor Street Research": "America/New_York"}
RECEIVED = dt.datetime(2026, 11, 1, 12)


@cache
def become(name: str) -> dict[str, Any]:
    """What the golden file ``name`` becomes: source, counts, findings, decisions and rows without keys."""
    with tempfile.TemporaryDirectory() as folder:
        return _mapped(name, Path(folder))


def _mapped(name: str, out: Path) -> dict[str, Any]:
    with warehouse.scratch(out, memory_mb=400, patient_secret=b"golden secret 16") as con:
        reading = readers.read(HERE / "files" / name, name, ReadOptions(), con)
        best = mapping.recognise(reading)[0]
        con.execute("create table zone (site_id bigint, time_zone varchar)")
        for site, zone in ZONES.items():
            con.execute("insert into zone values (site_key($site), $zone)", {"site": site, "zone": zone})
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
    return {"source": best.source, "recognised": best.recognised, "in, loaded, rejected, duplicate, aside": counts, "findings": found,
            "decisions": mapped.decisions, "tables": tables}  # fmt: skip


def _rows(con: Any, out: Path, table: str) -> list[str]:
    """Rows as text without surrogate keys and empty cells; a filled key shows as ``+``."""
    names = [column.name for column in model.table(table).columns]
    shown = ", ".join(
        f"case when {name} is not null then '+' end as {name}" if name.endswith(("_id", "merged_into", "patient_key")) and name != "registry_id"
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
def test_a_golden_file_becomes_what_was_reviewed(name: str) -> None:
    expected = json.loads((HERE / "expected" / f"{name}.json").read_text("utf-8"))
    assert become(name) == expected


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_a_golden_file_is_loaded_rejected_or_a_duplicate(name: str) -> None:
    rows_in, loaded, rejected, duplicate, _ = become(name)["in, loaded, rejected, duplicate, aside"]
    assert rows_in == loaded + rejected + duplicate


@pytest.mark.parametrize("name", FILES)
def test_no_name_or_address_of_a_person_who_answered_reaches_a_canonical_table(name: str) -> None:
    tables = json.dumps(become(name)["tables"])
    for canary in ("Canaryname", "192.0.2", "203.0.113", "example.invalid", "Doe, Jane", "Z100", "0012345"):
        assert canary not in tables


if __name__ == "__main__":
    (HERE / "expected").mkdir(exist_ok=True)
    for file in FILES:
        text = json.dumps(become(file), indent=1, ensure_ascii=False)
        (HERE / "expected" / f"{file}.json").write_text(text + "\n", "utf-8")
