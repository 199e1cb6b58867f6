"""What a hand-written file becomes on the real road of reading, recognising and mapping, in a form that can be reviewed."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines import mapping, model, readers, warehouse
from pipelines.readers import ReadOptions
from pipelines.sources import registry

RECEIVED = dt.datetime(2026, 11, 1, 12)
COUNTS = "in, loaded, rejected, duplicate, aside"
# Keys are numbers without meaning; that of a registry says something.
KEYS, TELLING = ("_id", "merged_into", "patient_key"), ("registry_id",)


def mapped(path: Path, part: str | None = None, zones: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What ``part`` (the first, where none is named) of the file becomes, with sites of these time zones known: its
    source, counts, findings, notes and decisions, and the rows of each table."""
    with (
        tempfile.TemporaryDirectory() as folder,
        warehouse.scratch(Path(folder), memory_mb=400, patient_secret=b"golden secret 16") as con,
    ):
        out = Path(folder)
        reading = readers.read(path, path.name, ReadOptions(part=part), con)
        best = mapping.recognise(reading)[0]
        con.execute("create table zone (site_id bigint, time_zone varchar)")
        for site, zone in (zones or {}).items():
            con.execute("insert into zone values (site_key($site), $zone)", {"site": site, "zone": zone})
        source = registry()[best.source]
        choices = mapping.Choices(file_zone=mapping.stated_zone(reading, source, best.columns))
        done = mapping.apply(
            con, reading, source, best.columns, best.context, choices, file_id="f" * 64, system=source.system,
            received_at=RECEIVED, out_dir=out,
        )  # fmt: skip
        tables = {table: _rows(con, out, table) for table in done.tables}
    found = [
        f"{one['severity']} {one['code']} x{one['count']} @{one['row']} {one['column']}: {one['value']}"
        for one in done.findings
    ]
    return {
        "part": reading.part, "parts": reading.parts, "source": best.source, "recognised": best.recognised,
        COUNTS: [done.rows_in, done.rows_loaded, done.rows_rejected, done.rows_duplicate, done.set_aside],
        "set aside": [vars(aside) for aside in reading.set_aside], "findings": found, "notes": reading.notes,
        "decisions": done.decisions, "tables": tables,
    }  # fmt: skip


def _rows(con: Any, out: Path, table: str) -> list[str]:
    """Rows as text without surrogate keys and empty cells; a filled key shows as ``+``."""
    names = [column.name for column in model.table(table).columns]
    shown = ", ".join(
        f"case when {name} is not null then '+' end as {name}" if name.endswith(KEYS) and name not in TELLING
        else f"{name}::varchar as {name}" for name in names
    )  # fmt: skip
    path = str(out / f"{table}.parquet")
    rows = con.execute(f"select source_row, {shown} from read_parquet($path) order by all", {"path": path}).fetchall()
    return [
        f"{row[0]}: "
        + " | ".join(f"{name}={cell}" for name, cell in zip(names, row[1:], strict=True) if cell is not None)
        for row in rows
    ]


def reviewed(folder: Path, name: str) -> Any:
    """What the file ``name`` was found to become when somebody last looked."""
    return json.loads((folder / "expected" / f"{name}.json").read_text("utf-8"))


def write(folder: Path, names: Sequence[str], become: Callable[[str], Any]) -> None:
    """Write the expectations anew; look at the difference before keeping them."""
    (folder / "expected").mkdir(exist_ok=True)
    for name in names:
        text = json.dumps(become(name), indent=1, ensure_ascii=False)
        (folder / "expected" / f"{name}.json").write_text(text + "\n", "utf-8")
