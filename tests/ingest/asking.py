"""A file handed to the child's work, in this process: what it said of it and the rows that it wrote."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from pipelines import worker
from pipelines.ingest import inspecting

Asked = Callable[..., "Answer"]


class Answer:
    """What the child said of a file, and the rows that it wrote."""

    def __init__(self, told: dict[str, Any], out: Path) -> None:
        self.told, self.out = told, out
        self.mapped = told.get("mapped") or {}
        self.reading = told["reading"]

    @property
    def counts(self) -> tuple[int, int, int]:
        counted = tuple(self.mapped[name] for name in ("rows_loaded", "rows_rejected", "rows_duplicate"))
        assert sum(counted) == self.mapped["rows_in"], "a row was lost"
        return counted

    @property
    def problem(self) -> str | None:
        return inspecting._problem(self.told, inspecting._reading(self.reading))

    def codes(self, *severities: str) -> set[str]:
        return {one["code"] for one in self.mapped["findings"] if not severities or one["severity"] in severities}

    def rows(self, table: str, columns: str, order: str = "1") -> list[tuple[Any, ...]]:
        path = self.out / f"{table}.parquet"
        return duckdb.sql(f"select {columns} from '{path}' order by {order}").fetchall() if path.exists() else []


def asking_in(tmp_path: Path) -> Asked:
    """What hands contents to the child's work, by way of a folder."""

    def ask(
        content: str | bytes,
        name: str = "file.csv",
        *,
        part: str | None = None,
        periods: str | None = None,
        **constants: str,
    ) -> Answer:
        path = tmp_path / name
        path.write_bytes(content.lstrip("\n").encode() if isinstance(content, str) else content)
        out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        out.mkdir()
        job = {
            "path": str(path), "name": name, "out": str(out), "source": None, "columns": None, "system": None, "values": None,
            "options": {"encoding": None, "delimiter": None, "part": part, "header_row": None, "quote": None, "no_header": False, "skip_footer": 0},
            "choices": {"date_order": None, "time_zone": None, "periods": periods}, "time_zone": "America/New_York", "constants": constants or None,
            "suggest": False, "codes": {}, "taxonomy": [], "file_id": "a" * 64, "received_at": dt.datetime(2026, 11, 1, 12).isoformat(), "zones": [],
            "dictionary": [], "saved_mappings": {}, "secret": "00" * 32, "workbook": None,
        }  # fmt: skip
        return Answer(worker.handle(job, lambda *_: None), out)

    return ask


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def received(answer: Answer) -> list[str]:
    return [str(day) for (day,) in answer.rows("referral", "coalesce(received_on, authored_on)", "source_row")]


def steps(answer: Answer) -> list[tuple[str, str]]:
    return [(code, str(day)) for code, day in answer.rows("referral_event", "code, occurred_on", "occurred_on, code")]


def persons(answer: Answer) -> list[tuple[str, str | None]]:
    return answer.rows("practitioner", "family_name, given_name", "family_name")


def places(answer: Answer) -> list[str]:
    return [name for (name,) in answer.rows("organization", "name", "name")]


def visits(answer: Answer) -> list[tuple[str, str]]:
    return [(str(day), status) for day, status in answer.rows("appointment", "start_on, status", "start_on")]


def kinds(answer: Answer) -> dict[str, str]:
    return dict(answer.rows("survey_answer", "distinct item_code, kind", "item_code"))


def referred_by(asked: Asked, *cells: str) -> Answer:
    rows = "".join(f'3/{14 + turn}/2026,{901 + turn},"{cell}"\n' for turn, cell in enumerate(cells))
    answer: Answer = asked("Date Received,MRN,Referred By\n" + rows)
    return answer
