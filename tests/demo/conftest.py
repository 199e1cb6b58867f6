"""One small demo, written once and read by every test in here."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from pipelines import demo

SCALE = 0.02


@dataclass(frozen=True)
class Demo:
    """The folder that was written and what the writer says of it."""

    folder: Path
    truth: demo.Truth

    def grid(self, path: str) -> list[list[Any]]:
        """Every row of a file, read without any code of ours."""
        target = self.folder / path
        if target.suffix == ".xlsx":
            book = load_workbook(target, read_only=True)
            rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
            book.close()
            return rows
        text = target.read_bytes()
        for encoding in ("utf-8-sig", "cp1252"):
            try:
                lines = text.decode(encoding).splitlines(keepends=True)
                break
            except UnicodeDecodeError:
                continue
        return list(csv.reader(lines, delimiter="\t" if target.suffix == ".tsv" else ","))

    def table(self, path: str, first: str | None = None, further: int = 0) -> list[dict[str, Any]]:
        """The rows under the header (the row that begins with ``first``), up to the last filled one."""
        grid = self.grid(path)
        at = next((n for n, row in enumerate(grid) if row and row[0] == first), 0) if first else 0
        header = grid[at]
        return [dict(zip(header, row, strict=False)) for row in grid[at + 1 + further :]]

    def of(self, source: str) -> list[str]:
        """Paths of the files of one shape."""
        return [path for path, told in self.truth.files.items() if told["source"] == source]

    def referrals(self) -> Iterator[dict[str, Any]]:
        """Every EHR referral once."""
        seen = set()
        for path in self.of("epic_referral"):
            for row in self.table(path):
                if row["REFERRAL_ID"] and row["REFERRAL_ID"] not in seen:
                    seen.add(row["REFERRAL_ID"])
                    yield row


def stamp(text: str) -> dt.datetime:
    """The EHR's spelling of a time."""
    return dt.datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p")


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    return Demo(folder, demo.write(folder, scale=SCALE))
