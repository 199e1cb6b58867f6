"""The data dictionary's contents, from ``pipelines.model``."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from pipelines.model import TABLES, Column, Table


def matching(search: str) -> list[Table]:
    """The tables whose name, meaning or columns contain ``search``; all of them for an empty one."""
    wanted = search.strip().lower()
    return [table for table in TABLES if wanted in " ".join(_words(table)).lower()]


def _words(table: Table) -> Iterable[str]:
    yield from (table.name, table.meaning)
    for column in table.columns:
        yield from (column.name, column.meaning)


def columns(table: Table) -> pd.DataFrame:
    """A table's own columns with type, meaning, whether required, allowed values and sensitivity."""
    return listed(table.columns)


def listed(declared: Iterable[Column]) -> pd.DataFrame:
    """Columns as rows of a frame."""
    return pd.DataFrame([
        {"column": column.name, "type": column.type, "meaning": column.meaning, "required": column.required,
         "identifies a patient": column.phi, "values": ", ".join(column.values), "refers to": column.references or ""}
        for column in declared
    ])  # fmt: skip
