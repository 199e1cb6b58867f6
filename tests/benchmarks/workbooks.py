"""Reading a large workbook: CPU seconds of our reader against pandas with openpyxl, and the child's memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = int(os.environ.get("RAPPORT_BENCH_WORKBOOK_ROWS", "200000"))
COLUMNS = 20
_CHILD = """
import resource, sys
{code}
usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""
_OURS = """
from pathlib import Path
from pipelines import readers, warehouse, sandbox
sandbox._limit(1024, 10_000)
with warehouse.scratch(Path(sys.argv[2]), memory_mb=500) as con:
    reading = readers.read(Path(sys.argv[1]), "large.xlsx", readers.ReadOptions(), con)
    assert reading.records == int(sys.argv[3]), reading.records
"""
_PANDAS = """
import pandas as pd
assert len(pd.read_excel(sys.argv[1], engine="openpyxl", dtype=str)) == int(sys.argv[3])
"""


def write(path: Path, rows: int) -> None:
    """A workbook of dates, numbers, ids under a format and texts, as exports hold them."""
    import datetime as dt

    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Log")
    sheet.append([f"Column {place}" for place in range(COLUMNS)])
    day = dt.date(2024, 1, 1)
    for row in range(rows):
        texts = [f"Practice {row % 997}", f"R{row:07d}", "Scheduled" if row % 3 else "Closed", f"note {row}"]
        numbers = [row, row / 7, 1_000_000_000 + row, row % 11]
        sheet.append(
            [*texts, *numbers, day + dt.timedelta(days=row % 900), row % 2 == 0, *texts, *numbers, None, f"x{row % 50}"]
        )
    book.save(path)


def run() -> None:
    """Print CPU seconds, their ratio and peak memory of both readers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xlsx"
        write(path, ROWS)
        ours, ours_mb = _measured(_OURS, path, folder)
        theirs, theirs_mb = _measured(_PANDAS, path, folder)
    print(
        f"xlsx of {ROWS:,} x {COLUMNS}: ours {ours:.1f} CPU s, {ours_mb:,.0f} MB; pandas with openpyxl {theirs:.1f} CPU s, {theirs_mb:,.0f} MB"
    )
    print(f"{theirs / ours:.1f} times as fast (limit: 5); {ours_mb:,.0f} MB (limit: 1,024)")


def _measured(code: str, path: Path, folder: str) -> tuple[float, float]:
    """CPU seconds and peak MB of a Python process that runs ``code``, its start included."""
    told = subprocess.run(
        [sys.executable, "-c", _CHILD.format(code=code), str(path), folder, str(ROWS)], capture_output=True, text=True, check=True
    ).stdout.split()  # fmt: skip
    return float(told[0]), float(told[1])
