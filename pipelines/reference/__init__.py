"""Small public code lists that come with the package, so that nothing has to be fetched to read a roster."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@cache
def nucc() -> tuple[tuple[str, str, str], ...]:
    """(code, classification, specialty as people say it) of the provider taxonomy codes that referrers have most."""
    text = resources.files(__package__).joinpath("nucc.csv").read_text("utf-8")
    return tuple((row["code"], row["classification"], _specialty(row)) for row in csv.DictReader(text.splitlines()))


def _specialty(row: dict[str, str]) -> str:
    # A nurse practitioner's "Family" says nothing by itself; a physician's "Cardiovascular Disease" says it all.
    broad = row["classification"] in ("Nurse Practitioner", "Physician Assistant")
    return row["classification"] if broad else row["specialization"] or row["classification"]


def load_nucc(con: DuckDBPyConnection, loaded: Sequence[Sequence[str | None]] = ()) -> None:
    """Make the temporary table ``nucc(code, classification, specialty)`` in ``con``, of the list that comes with
    Rapport and of ``loaded`` (code, classification, specialization), which goes before it."""
    known = {code: (code, kind, specialty) for code, kind, specialty in nucc()}
    for code, kind, special in loaded:
        row = {"classification": str(kind or ""), "specialization": str(special or "")}
        known[str(code)] = (str(code), row["classification"], _specialty(row))
    codes, classes, specialties = (list(column) for column in zip(*known.values(), strict=True))
    con.execute(
        """create or replace temp table nucc as
        select unnest($codes::varchar[]) as code, unnest($classes::varchar[]) as classification, unnest($specialties::varchar[]) as specialty""",
        {"codes": codes, "classes": classes, "specialties": specialties},
    )


@cache
def taxonomy_of_areas() -> dict[str, tuple[str, ...]]:
    """NUCC codes of those who see the patients of a therapeutic area, by the area's name or another one for it, in lower
    case letters and digits."""
    text = resources.files(__package__).joinpath("therapeutic_areas.csv").read_text("utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        for name in (row["area"], *row["also"].split(";")):
            found[area_key(name)] = tuple(row["codes"].split())
    return found


def area_key(name: str) -> str:
    """A therapeutic area's name as ``taxonomy_of_areas`` compares it: "Women's Health" and "women’s health" are one."""
    return re.sub(r"[^a-z0-9]+", "", name.lower().replace("&", "and"))


@cache
def nicknames() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(short form, the formal names it may stand for) of the given names people in the US go by."""
    text = resources.files(__package__).joinpath("nicknames.csv").read_text("utf-8")
    formal_of: dict[str, set[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        for short in row["short"].split():
            formal_of.setdefault(short, set()).add(row["formal"])
    return tuple((short, tuple(sorted(formals))) for short, formals in sorted(formal_of.items()))


def load_nicknames(con: DuckDBPyConnection) -> None:
    """Make the temporary table ``nickname(short, formals)`` in ``con``."""
    con.execute(
        """create or replace temp table nickname as
        select unnest($short::varchar[]) as short, unnest($formals::varchar[][]) as formals""",
        {"short": [short for short, _ in nicknames()], "formals": [list(formals) for _, formals in nicknames()]},
    )
