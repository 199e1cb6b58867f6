"""Random canonical rows of every table, made from the model's own declarations: few things, close in time, so that
ties, gaps, corrections and deletions are common."""

from __future__ import annotations

import datetime as dt
import decimal
import random
import uuid
from typing import Any

from conftest import put_load

from pipelines.model import TABLES, Column, Table
from pipelines.workspace import Workspace

Row = dict[str, Any]

FIRST = dt.datetime(2024, 2, 20)
DAYS = 60
WORDS = ("", "No answer", "lost to follow-up", "Not  reached", "unreachable", "MAIN STREET CLINIC", "Œuvre Étude", "tv", "Thank you", "welcome visit")  # fmt: skip
# How many of each there are; of all others, as many as of referrals.
FEW = {"site": 3, "research_study": 4, "organization": 8, "practitioner": 10, "survey": 2, "referral_source": 10}
REFERRALS = 40
PATIENTS = [uuid.UUID(int=number * 2**124 + number) for number in range(8)]
SOURCES = ("test", "referral_log", "screening_log", "test")  # of which two restate what they tell


def fill(workspace: Workspace, seed: int, loads: int = 6, most: int = 80) -> None:
    """Record ``loads`` loads of up to ``most`` random rows of every table; the third and fifth are snapshots, and the last has
    every table, so that none ends empty."""
    chance = random.Random(seed)
    for number in range(loads):
        tables = {
            table.name: _rows(chance, table, most)
            for table in TABLES
            if chance.random() < 0.7 or number in (0, 1, loads - 1)
        }
        arrived = FIRST + dt.timedelta(days=DAYS - 10 + 3 * number, hours=number)
        put_load(workspace, tables, arrived, source=SOURCES[number % len(SOURCES)], snapshot=number in (2, 4))


def _rows(chance: random.Random, table: Table, most: int) -> list[Row]:
    count = chance.randint(1, min(most, 2 * FEW.get(table.name, REFERRALS)))
    return [_row(chance, table) for _ in range(count)]


def _row(chance: random.Random, table: Table) -> Row:
    row = {column.name: _cell(chance, table, column) for column in table.columns}
    return {name: value for name, value in row.items() if value is not None}


def _cell(chance: random.Random, table: Table, column: Column) -> Any:
    if column.name == "merged_into" or (not column.required and chance.random() < 0.25):
        return None
    if column.name == "time_zone":
        return chance.choice(("America/Chicago", "Europe/Berlin"))
    if column.name == "snapshot_on":  # many times free on one day, or there is no third
        return FIRST.date()
    if column.values:
        return chance.choice(column.values)
    of = column.references or (table.name if column.name == table.key[0] else "")
    moment = FIRST + dt.timedelta(days=chance.randrange(DAYS), minutes=chance.choice((0, 1, 600)), seconds=chance.choice((0, 59)))  # fmt: skip
    kinds: dict[str, Any] = {
        "BIGINT": chance.randint(1, FEW.get(of, REFERRALS)),
        "BIGINT[]": sorted(chance.sample(range(20), 3)),
        "INTEGER": chance.randint(0, 3),
        "SMALLINT": chance.randint(0, 3),
        "BOOLEAN": chance.random() < 0.4,
        "DOUBLE": chance.choice((0.0, -0.0, 1.5, 9.0)),
        "DECIMAL": decimal.Decimal(chance.randrange(5000)) / 100,
        "DATE": moment.date(),
        "TIMESTAMP": moment,
        "UUID": chance.choice(PATIENTS),
        "VARCHAR": chance.choice(WORDS),
    }
    return kinds[column.type.partition("(")[0]]
