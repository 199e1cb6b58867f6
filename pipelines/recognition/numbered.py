"""A column of patients by what stands in it: people write the record number under "Patient"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelines.readers import Reading
from pipelines.sources import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A chart number, a number in groups (943 476 5919), the key of a record of a CRM or a database.
_NUMBER = r"#? ?[A-Za-z]{0,4}[-# ]?[0-9]{2,}[-0-9]*|[0-9]{3,4}(?:[ -][0-9]{3,4}){2,3}|[0-9][A-Za-z0-9]{14}(?:[A-Za-z0-9]{3})?|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NEARLY_ALL = 0.9
_KEY = re.compile(
    r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9a-f]{24}|rec[A-Za-z0-9]{14}"
)
_NAMED = frozenset({"site", "study", "referrer", "practice", "source", "liaison", "service"})
_LOOKED_AT = 20  # cells
_FEWEST_AGES = 4  # rows: of fewer numbers nobody can tell


def settle(con: DuckDBPyConnection, reading: Reading, source: Source, columns: dict[str, int]) -> list[str]:
    """Give the column of patients' names to their record numbers where numbers stand in it, and say so."""
    place = columns.get("patient")
    if place is None or "mrn" in columns or "mrn" not in {one.name for one in source.fields}:
        return []
    said, numbers = con.execute(
        f"select count(c{place}), count(*) filter (regexp_full_match(trim(c{place}), $number)) from stage",
        {"number": _NUMBER},
    ).fetchall()[0]
    if not said or numbers < _NEARLY_ALL * said:
        return []
    if _are_ages(con, reading, place):
        del columns["patient"]
        return [f"“{reading.header[place]}” holds what look like ages, so it is read as nobody's name or number."]
    columns["mrn"] = columns.pop("patient")
    return [f"“{reading.header[place]}” holds numbers, so it is read as the patient's record number."]


def _are_ages(con: DuckDBPyConnection, reading: Reading, place: int) -> bool:
    """Whether numbers are ages and no record numbers: of two or three digits up to that of the oldest, some of them again and again,
    in a file that does not say ages elsewhere."""
    for at, text in enumerate(reading.header):
        if at != place and text.strip().lower() in ("age", "pt age", "patient age") and _in_years(con, at)[0]:
            return False
    all_in_years, rows, different = _in_years(con, place)
    return all_in_years and rows >= _FEWEST_AGES and different < rows


def _in_years(con: DuckDBPyConnection, place: int) -> tuple[bool, int, int]:
    """(whether nothing but whole years of a life stand in a column, how many rows say one, how many different ones they say)"""
    cell = f"trim(c{place})"
    good, rows, different = con.execute(
        f"select count(*) filter (regexp_full_match({cell}, '[1-9][0-9]?|10[0-9]|11[0-5]')), count(c{place}), count(distinct {cell}) from stage"
    ).fetchall()[0]
    return bool(rows) and good == rows, rows, different


def without_keys(con: DuckDBPyConnection, reading: Reading, source: Source, columns: dict[str, int]) -> list[str]:
    """Take back a column of names that holds the keys of a database's records: what a key stands for is in another table, and as a
    name it would be nobody's. A few cells tell: a name is not fifteen letters and digits without a blank, again and again."""
    told = []
    for name in [one.name for one in source.fields if one.name in _NAMED and one.name in columns]:
        place = columns[name]
        cells = [
            cell.strip()
            for (cell,) in con.execute(
                f"select c{place} from stage where c{place} is not null limit {_LOOKED_AT}"
            ).fetchall()
        ]
        if cells and all(_is_key(cell) for cell in cells):
            del columns[name]
            told.append(
                f"“{reading.header[place]}” holds the keys of another table's records and no names, so it is not used: export the name beside it, or say what holds for every row."
            )
    return told


def _is_key(cell: str) -> bool:
    return (
        _KEY.fullmatch(cell) is not None
        and any(sign.isdigit() for sign in cell)
        and any(sign.isalpha() for sign in cell)
    )


def as_numbered(con: DuckDBPyConnection, reading: Reading, source: Source, columns: Mapping[str, int]) -> list[str]:
    """Give the numbers of records and patients back as they were before a spreadsheet made amounts of them: 901.0 and 12,345
    are 901 and 12345. Only where nearly all of a column are written so."""
    places = sorted({columns[one.name] for one in source.fields if one.kind == "identifier" and one.name in columns})
    if not places:
        return []
    asked = ", ".join(f"count(c{at}), count(*) filter (ends_with(c{at}, '.0')), count(*) filter (contains(c{at}, ','))" for at in places)  # fmt: skip
    counts = con.execute(f"select {asked} from stage").fetchall()[0]
    told = []
    for turn, at in enumerate(places):
        filled, pointed, parted = counts[3 * turn : 3 * turn + 3]
        for count, pattern, sign in ((pointed, r"[0-9]+\.0", r"\.0$"), (parted, r"[0-9]{1,3}(,[0-9]{3})+", ",")):
            if filled and count >= _NEARLY_ALL * filled and _all_so(con, at, pattern, filled):
                con.execute(f"update stage set c{at} = regexp_replace(c{at}, $sign, '', 'g') where regexp_full_match(c{at}, $pattern)",
                            {"sign": sign, "pattern": pattern}).fetchall()  # fmt: skip
                told.append(f"“{reading.header[at]}” holds numbers written as amounts; they were read without.")
    return told


def _all_so(con: DuckDBPyConnection, place: int, pattern: str, filled: int) -> bool:
    sql = f"select count(*) from stage where regexp_full_match(c{place}, $pattern)"
    return bool(con.execute(sql, {"pattern": pattern}).fetchall()[0][0] >= _NEARLY_ALL * filled)
