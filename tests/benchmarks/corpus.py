"""The corpus of damaged text tables: marks of Rapport and of what else an analyst could pick, on the same files.

None is told anything about a file. ``python -m tests.benchmarks corpus``; the marks are explained in tests/corpus/marks.py.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))
from corpus.damage import Variant, corpus
from corpus.marks import Loaded, mark
from corpus.reading import rapport

SEED = 1
Reader = Callable[[Path, Variant], Loaded]
REFUSED = Loaded(None, [], refused=True)
BEST_FLAGS = {"strict_mode": False, "null_padding": True, "ignore_errors": True}


def run() -> None:
    """Print one line per reader: weighted and plain marks, files exactly right, files refused."""
    variants = list(corpus(SEED))
    print(f"{len(variants)} files of seed {SEED}")
    print(f"{'reader':<22} {'weighted':>8} {'plain':>7} {'right':>7} {'refused':>8}")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, reader in _contenders().items():
            marks = []
            for variant in variants:
                path = Path(folder) / "file.csv"
                path.write_bytes(variant.data)
                loaded = reader(path, variant)
                marks.append((mark(loaded, variant.header, variant.records), variant.weight, loaded.refused))
            weight = sum(share for _, share, _ in marks)
            weighted = sum(found.points * share for found, share, _ in marks) / weight
            plain = sum(found.points for found, _, _ in marks) / len(marks)
            right = sum(found.exact for found, _, _ in marks) / len(marks)
            print(f"{name:<22} {weighted:8.2f} {plain:7.2f} {right:7.1%} {sum(refused for _, _, refused in marks):8}")


def _contenders() -> dict[str, Reader]:
    con = duckdb.connect(config={"memory_limit": "800MB", "threads": 1})
    return {
        "Rapport": lambda path, variant: rapport(variant, path, con),
        "DuckDB, default": lambda path, _: _duckdb(con, path, {}),
        "DuckDB, best flags": lambda path, _: _duckdb(con, path, BEST_FLAGS),
        "pandas": lambda path, _: _pandas(path, {}),
        "pandas, sep=None": lambda path, _: _pandas(path, {"sep": None, "engine": "python"}),
        "polars": lambda path, _: _polars(path),
        "CleverCSV": lambda path, _: _clevercsv(path),
    }


def _duckdb(con: duckdb.DuckDBPyConnection, path: Path, flags: dict[str, Any]) -> Loaded:
    try:
        found = con.read_csv(str(path), all_varchar=True, **flags)
        names, rows = list(found.columns), found.fetchall()
    except (duckdb.Error, UnicodeDecodeError):
        return REFUSED
    invented = all(name.startswith("column") and name[6:].isdigit() for name in names)
    return Loaded(None if invented else names, _texts(rows))


def _pandas(path: Path, options: dict[str, Any]) -> Loaded:
    import pandas as pd

    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, **options)
    except (ValueError, UnicodeError, TypeError, pd.errors.ParserError, MemoryError):
        return REFUSED
    except Exception as error:  # the sniffer of the standard library has an error of its own
        if type(error).__module__ != "_csv":
            raise
        return REFUSED
    return Loaded([str(name) for name in frame.columns], _texts(frame.itertuples(index=False, name=None)))


def _polars(path: Path) -> Loaded:
    import polars as pl

    with contextlib.suppress(pl.exceptions.PolarsError):
        frame = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True, encoding="utf8-lossy")
        return Loaded(frame.columns, _texts(frame.iter_rows()))
    return REFUSED


def _clevercsv(path: Path) -> Loaded:
    import clevercsv

    try:
        rows = clevercsv.read_table(str(path), num_chars=100_000)
    except (clevercsv.exceptions.Error, clevercsv.exceptions.NoDetectionResult, UnicodeError, LookupError, ValueError):
        return REFUSED
    return Loaded(rows[0] if rows else None, rows[1:])


def _texts(rows: Iterable[tuple[Any, ...]]) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in row] for row in rows]
