"""Columns whose header says too little of who receives: a bare "Ref To" is a service, or whoever the patient is sent to, who is
none; the "Clinic" of a survey is a site of ours, or the practice that answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelines.readers import Reading
from pipelines.recognition.headers import TOWARDS, header_words, plain, spelled
from pipelines.sources import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PERSON = r"(?i)\s*(?:dr|doctor|prof)\b.*|.*[,\s](?:m\.?d|d\.?o|np|pa|pa-c|fnp|aprn|dpm|phd|facc|facs)\.?\s*|[a-z'’-]+, ?[a-z'’-]+(?: [a-z]\.?)?|[a-z'’-]+,? (?:m\.?d|d\.?o|np|pa|pa-c|aprn|phd)\.?,? [a-z'’-]+(?: [a-z]\.?)?"
_WHO_REFERRED = re.compile(
    r"(?i)\b(?:referring|ref|rfl)[ _.]+(?:provider|prov|physician|phys|doctor|dr|md|practice|clinic)\b|\breferred[ _]+by\b|\breferr?er\b"
)
_MOSTLY = 0.6
_PLACES = 3  # fewer may be one's own sites, each near some of those who refer
_ANYBODYS = frozenset(
    {"clinic", "clinic name", "facility", "facility name", "location", "office", "hospital", "department"}
)


def settle(con: DuckDBPyConnection, reading: Reading, columns: dict[str, int]) -> list[str]:
    """Take the column of services back from one of persons, and say so."""
    place = columns.get("service")
    if place is None or header_words(reading.header[place]) != (TOWARDS,):
        return []
    said, persons = con.execute(
        f"select count(*), count(*) filter (regexp_full_match(said, $person)) from (select distinct c{place} as said from stage where c{place} is not null)",
        {"person": _PERSON},
    ).fetchall()[0]
    if not said or persons < _MOSTLY * said:
        return []
    del columns["service"]
    return [f"“{reading.header[place]}” names whom patients are sent to; it is no service and is not used."]


def settle_place(con: DuckDBPyConnection, reading: Reading, source: Source, columns: dict[str, int]) -> list[str]:
    """Take a bare "Location" straight to the right of whoever refers for theirs, not one of ours, where each of them has one of their
    own, and say so."""
    place, referrer = columns.get("site"), columns.get("referrer")
    ours = place is None or "practice" in columns or "practice" not in {one.name for one in source.fields}
    if ours or referrer is None or place != referrer + 1 or spelled(plain(reading.header[place])) not in _ANYBODYS:
        return []
    referrers, places, most = con.execute(
        f"""select count(*), count(distinct whose), max(places) from (select c{referrer}, count(distinct lower(c{place})) as places, min(lower(c{place})) as whose
            from stage where c{referrer} is not null and c{place} is not null group by c{referrer})"""
    ).fetchall()[0]
    if most != 1 or places < _PLACES or places < referrers / 2:
        return []
    columns["practice"] = columns.pop("site")
    return [f"“{reading.header[place]}” is read as where each of those who refer is: none has two. If it is a site of yours, say so on the mapping screen."]  # fmt: skip


def settle_phone(con: DuckDBPyConnection, reading: Reading, source: Source, columns: dict[str, int]) -> list[str]:
    """Give a bare "Phone" beside whoever refers to the patients of the rows, where those who refer more than once mostly stand with
    several numbers, and say so."""
    place, who = columns.get("practice_phone"), columns.get("referrer", columns.get("practice"))
    bare = {spelled(text) for text in source.field("practice_phone").beside} if place is not None else set()
    if place is None or who is None or spelled(plain(reading.header[place])) not in bare:
        return []
    again, several = con.execute(
        f"""select count(*), count(*) filter (numbers > 1) from (
                select count(distinct regexp_replace(c{place}, '[^0-9]', '', 'g')) as numbers from stage
                where c{who} is not null and c{place} is not null group by lower(trim(c{who})) having count(*) > 1)"""
    ).fetchall()[0]
    if not again or several <= again / 2:
        return []
    del columns["practice_phone"]
    theirs = "patient_phone" in {one.name for one in source.fields} and "patient_phone" not in columns
    if theirs:
        columns["patient_phone"] = place
    read = "read as the patients'" if theirs else "not used"
    return [f"“{reading.header[place]}” is {read}: those who refer stand with several numbers each. If it is theirs, say so on the mapping screen."]  # fmt: skip


def tell_whose(con: DuckDBPyConnection, reading: Reading, source: Source, columns: dict[str, int]) -> list[str]:
    """Say how a survey's bare "Clinic" is read: as the site that the answer is about, but where it bears the names of the practices
    that answer."""
    place, practice = columns.get("site"), columns.get("practice")
    if not source.items or place is None or spelled(plain(reading.header[place])).replace("_", " ") not in _ANYBODYS:
        return []
    name = reading.header[place]
    if practice is not None and _bears_names(con, place, practice):
        del columns["site"]
        return [f"“{name}” bears the names of the practices that answered; it is no site of yours and is not used."]
    return [
        f"“{name}” is read as the site of yours that an answer is about. If it is where the answer came from, say so on the mapping screen."
    ]


def tell_who_is_not_read(reading: Reading, source: Source, columns: Mapping[str, int]) -> list[str]:
    """Say of a list of visits that who referred, which it tells, too, is not read from it."""
    if source.primary != "appointment":
        return []
    unread = [text for place, text in enumerate(reading.header) if place not in columns.values() and _WHO_REFERRED.search(text)]  # fmt: skip
    if not unread:
        return []
    return [f"Who referred (“{unread[0]}”) is not read from a list of visits: they are tied to referrals, which say it. Load the list of referrals, too."]  # fmt: skip


def _bears_names(con: DuckDBPyConnection, place: int, practice: int) -> bool:
    """Whether most of the names in a column begin with the practice beside them."""
    said, named = con.execute(
        f"""select count(*), count(*) filter (starts_with(lower(own), lower(trim(whose))))
            from (select distinct c{place} as own, c{practice} as whose from stage where c{place} is not null and c{practice} is not null)"""
    ).fetchall()[0]
    return bool(said) and named >= _MOSTLY * said
