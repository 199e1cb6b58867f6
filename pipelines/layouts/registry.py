"""An answer of the national provider registry's service (NPPES), in the columns of the registry's own file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.readers import Reading

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PLACE = "Provider Business Practice Location Address"
_BASIC = {"number": "NPI", "enumeration_type": "Entity Type Code", "basic.organization_name": "Provider Organization Name (Legal Business Name)",
          "basic.last_name": "Provider Last Name (Legal Name)", "basic.first_name": "Provider First Name", "basic.middle_name": "Provider Middle Name",
          "basic.name_suffix": "Provider Name Suffix Text", "basic.credential": "Provider Credential Text", "basic.last_updated": "Last Update Date"}  # fmt: skip
_ADDRESS = {"address_1": f"{_PLACE} First Line", "city": f"{_PLACE} City Name", "state": f"{_PLACE} State Name", "postal_code": f"{_PLACE} Postal Code",
            "telephone_number": f"{_PLACE} Telephone Number", "fax_number": f"{_PLACE} Fax Number"}  # fmt: skip
_TAXONOMY = {"code": "Healthcare Provider Taxonomy Code_1"}


def shape(con: DuckDBPyConnection, reading: Reading) -> None:
    """Put the address where somebody practises and the primary taxonomy into columns of their own, in place."""
    names = reading.header
    if not {"number", "enumeration_type"} <= set(names) or not any(name.startswith("basic.") for name in names):
        return
    columns = [(label, f"c{names.index(name)}") for name, label in _BASIC.items() if name in names]
    columns += _picked(names, "addresses", "address_purpose", "'LOCATION'", _ADDRESS)
    columns += _picked(names, "taxonomies", "primary", "'TRUE'", _TAXONOMY)
    shown = ", ".join(f"{sql} as c{place}" for place, (_, sql) in enumerate(columns))
    con.execute(f"create or replace temp table looked_up as select row, {shown} from stage").fetchall()
    con.execute("drop table stage").fetchall()
    con.execute("create temp table stage as select * from looked_up order by row").fetchall()
    con.execute("drop table looked_up").fetchall()
    reading.header = [label for label, _ in columns]
    reading.notes.append(
        "It is an answer of the national provider registry: the practice's address and the primary taxonomy of each were taken."
    )


def _picked(
    names: Sequence[str], group: str, told_by: str, wanted: str, parts: dict[str, str]
) -> list[tuple[str, str]]:
    """The parts of that member of a list which is the wanted one, else of the first."""
    turns = sorted({int(hit[1]) for name in names if (hit := re.match(rf"{group}\.(\d+)\.", name))})
    found: list[tuple[str, str]] = []
    for part, label in parts.items():
        have = [turn for turn in turns if f"{group}.{turn}.{part}" in names]
        if not have:
            continue
        cells = {turn: f"c{names.index(f'{group}.{turn}.{part}')}" for turn in have}
        flags = {turn: f"{group}.{turn}.{told_by}" for turn in have if f"{group}.{turn}.{told_by}" in names}
        chosen = "".join(
            f" when upper(c{names.index(flag)}) = {wanted} then {cells[turn]}" for turn, flag in flags.items()
        )
        first = cells[have[0]]
        found.append((label, f"case{chosen} else {first} end" if chosen else first))
    return found
