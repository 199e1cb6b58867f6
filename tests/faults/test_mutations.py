"""Damaged files: none may crash, hang, raise or lose a row. The many are long: ``make slow``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from faults import mutations

GOLDEN = Path(__file__).parents[1] / "golden" / "files"
MUTANTS = int(os.environ.get("RAPPORT_MUTANTS", "10000"))
KEEP = os.environ.get("RAPPORT_KEEP_MUTANTS")


def text_seeds() -> dict[str, bytes]:
    """Small files of every delimited kind, and some of them in other dialects and encodings."""
    files = {path.name: path.read_bytes() for path in sorted(GOLDEN.iterdir()) if path.stat().st_size < 100_000}
    log = files["clinic_log.csv"].decode()
    return files | {
        "utf16.csv": log.encode("utf-16"), "bom.csv": b"\xef\xbb\xbf" + log.encode(), "crlf.csv": log.replace("\n", "\r\n").encode(),
        "cr.csv": log.replace("\n", "\r").encode(), "semicolon.csv": log.replace(",", ";").encode(), "utf32.txt": log.encode("utf-32"),
    }  # fmt: skip


def test_a_few_damaged_text_files_are_loaded_or_refused_with_every_row_accounted_for() -> None:
    report = mutations.run(text_seeds(), 23, seed=3)
    assert not report.faults, report


@pytest.mark.slow
def test_thousands_of_damaged_text_files_are_loaded_or_refused_with_every_row_accounted_for() -> None:
    report = mutations.run(text_seeds(), MUTANTS, seed=11, keep=Path(KEEP) if KEEP else None)
    print(f"\n{report}")
    assert not report.faults, report.faults[:20]
