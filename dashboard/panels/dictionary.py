"""The contents of both dictionaries, from the declarations of the model and of the metrics."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from pipelines import sources
from pipelines.metrics import Metric, registry
from pipelines.model import TABLES, Column, Table
from pipelines.sources import Source

BY_HAND = (
    "referral_log",
    "screening_log",
    "outreach_log",
    "communication_log",
    "contact_list",
    "relationship_sheet",
    "site_list",
    "study_list",
    "study_site_plan",
    "appointments",
    "call_log",
)


def templates() -> list[Source]:
    """Every kind of file: first those that people keep by hand, for which a blank workbook is of most use, then by title."""
    registry = sources.registry()
    others = sorted(
        (source for source in registry.values() if source.name not in BY_HAND), key=lambda source: source.title.lower()
    )
    return [*(registry[name] for name in BY_HAND), *others]


def matching(search: str) -> list[Table]:
    """The tables whose name, meaning or columns contain ``search``; all of them for an empty one."""
    wanted = search.strip().lower()
    return [table for table in TABLES if wanted in " ".join(_words(table)).lower()]


def _words(table: Table) -> Iterable[str]:
    yield from (table.name, table.meaning)
    for column in table.columns:
        yield from (column.name, column.meaning)


def metrics_matching(search: str) -> list[Metric]:
    """The metrics whose name, label, question or definition contains ``search``, by label; all of them for an empty one."""
    wanted = search.strip().lower()
    found = [metric for metric in registry().values() if wanted in " ".join(_said(metric)).lower()]
    return sorted(found, key=lambda metric: metric.label)


def _said(metric: Metric) -> Iterable[str]:
    yield from (metric.name, metric.label, metric.question, metric.description, metric.numerator, metric.denominator)
    yield from (metric.source, *metric.edge_cases)


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
