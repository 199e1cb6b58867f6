"""Mentions of patients, what is kept of them, and a slow plain telling of which are one: from the identifiers
themselves, which the product never sees again after loading."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import duckdb

from pipelines.identity import MACROS, hmac_pads, likeness, patients
from pipelines.identity.resolve import Decision
from pipelines.model import create_table_sql, table
from pipelines.reference import nicknames

SECRET = b"a secret of tests"
_PROVENANCE = "'test' as source_system, 'f' as source_file_id, 1 as source_row, 1::ubigint as row_hash, timestamp '2026-01-01' as ingested_at"


@dataclass(frozen=True)
class Mention:
    """One way in which a file states a patient."""

    family: str | None = None
    given: str | None = None
    born: dt.date | None = None
    mrn: str | None = None
    sex: str | None = None
    zip: str | None = None
    phone: str | None = None
    email: str | None = None
    whose: str = "ehr"

    @property
    def name(self) -> tuple[Any, ...]:
        """What the patient key is made of."""
        if self.mrn:
            return (self.whose, self.mrn.strip().upper())
        return (" ".join(_words(self.family)), " ".join(_words(self.given)), self.born)


def prepared() -> Any:
    """A database with the macros and both keys."""
    con = duckdb.connect()
    for macro in MACROS:
        con.execute(macro)
    for side, pad in zip(("inner", "outer"), hmac_pads(SECRET), strict=True):
        con.execute(f"set variable hmac_{side} = $pad", {"pad": pad})
    con.execute("set variable likeness_key = $key", {"key": likeness.key(SECRET)})
    likeness.prepare(con)
    return con


def keep(con: Any, mentions: Sequence[Mention]) -> list[Any]:
    """Make ``patient_trait`` (and an empty ``patient_link``) of ``mentions``; returns each one's patient key."""
    con.execute(
        "create or replace temp table said (row bigint, family varchar, given varchar, born date, mrn varchar, sex varchar, zip varchar, phone varchar,"
        " email varchar, whose varchar)"
    )
    if mentions:
        con.executemany(
            f"insert into said values ({', '.join('?' * 10)})",
            [[row, *astuple(one)] for row, one in enumerate(mentions)],
        )
    con.execute(
        """create or replace temp table stated as
        select row, patient_key(whose, mrn, family, given, born) as patient_key, case when mrn is not null then whose end as numbered_by,
            case when whose = 'ehr' and bare_number(mrn) <> upper(trim(mrn)) then patient_key(whose, bare_number(mrn), null, null, null) end as bare_key,
            family as family_text, false as forward, given as given_text, false as forward_given, born, sex, zip, phone, email from said
        where patient_key(whose, mrn, family, given, born) is not null"""
    )
    likeness.hash_stated(con)
    for name in ("patient_trait", "patient_link"):
        con.execute(create_table_sql(table(name)).replace("create table", "create or replace table", 1))
    con.execute(f"insert into patient_trait by name select * exclude (row), {_PROVENANCE} from made_patient_trait")
    return [
        key
        for (key,) in con.execute(
            "select patient_key(whose, mrn, family, given, born) from said order by row"
        ).fetchall()
    ]


def told(
    con: Any, mentions: Sequence[Mention], decisions: Sequence[Decision] = ()
) -> tuple[set[frozenset[int]], set[tuple[frozenset[int], str]]]:
    """The groups of mentions that the product finds to be one patient's, and the pairs of groups that wait, with the
    reason. A mention without any identifier is in no group."""
    keys = keep(con, mentions)
    patients.prepare(con)
    patients.build(con, decisions)
    root = dict(con.execute("select patient_key, root from patient_person").fetchall())
    groups: dict[Any, set[int]] = defaultdict(set)
    for place, key in enumerate(keys):
        if key is not None:
            groups[root.get(key, key)].add(place)
    waiting = con.execute("select left_id, right_id, reason from patient_review").fetchall()
    return (
        {frozenset(group) for group in groups.values()},
        {(frozenset(groups.get(left, set()) | groups.get(right, set())), reason) for left, right, reason in waiting},
    )


def number(con: Any, key: Any) -> int:
    """The number by which a decision names a patient key."""
    return int(con.execute("select key64($key::uuid::varchar)", {"key": str(key)}).fetchall()[0][0])


# --- the plain telling ------------------------------------------------------------------------------------------------

_TITLES = {
    "jr",
    "sr",
    "ii",
    "iii",
    "iv",
    "2nd",
    "3rd",
    "md",
    "dr",
    "phd",
    "np",
    "facp",
    "facc",
    "facs",
    "esq",
    "mrs",
    "mr",
    "ms",
}
_PARTICLES = {
    "de",
    "la",
    "las",
    "los",
    "del",
    "della",
    "van",
    "von",
    "der",
    "den",
    "da",
    "di",
    "du",
    "le",
    "el",
    "al",
    "bin",
    "st",
    "san",
    "mac",
    "mc",
    "o",
}
_FORMALS = {short: set(formals) for short, formals in nicknames()}


def _words(text: str | None) -> list[str]:
    plain = unicodedata.normalize("NFKD", (text or "").replace("'", "")).encode("ascii", "ignore").decode().lower()
    return re.findall("[a-z0-9]+", plain)


def _true(text: str | None) -> list[str]:
    words = _words(text)
    return [word for word in words if word not in _TITLES] or words


def _sound(word: str) -> str:
    rest = word[1:].replace("ph", "f").replace("ck", "k").replace("gh", "g")
    rest = "".join({"c": "k", "q": "k", "z": "s", "d": "t", "v": "f", "m": "n"}.get(letter, letter) for letter in rest)
    rest = re.sub("[aeiouyhw]", "", rest)
    for letter in "bfgjklnprstx":
        rest = rest.replace(2 * letter, letter)
    return word[:1] + rest


@dataclass(frozen=True)
class _Plain:
    """A mention as it is compared."""

    family: str
    parts: frozenset[str]
    given: str
    formal: frozenset[str]
    middle: str
    said: Mention

    @property
    def name(self) -> frozenset[str]:
        return frozenset((self.family, self.given)) if self.family and self.given else frozenset()


def _plain(said: Mention) -> _Plain:
    family, given = _true(said.family), _true(said.given)
    first = given[0] if given and len(given[0]) > 1 else ""
    parts = {word for word in family if len(word) >= 3 and word not in _PARTICLES} if len(family) > 1 else set()
    joined = "" if "".join(family) == "unknown" else "".join(family)  # the one stand-in that the tests use
    return _Plain(
        joined,
        frozenset(parts),
        first,
        frozenset(_FORMALS.get(first, ())),
        given[1][0] if len(given) > 1 else "",
        said,
    )


def _same(one: Any, other: Any) -> int | None:
    return None if not one or not other else int(one == other)


def _levels(a: _Plain, b: _Plain) -> dict[str, Any]:
    day, other = a.said.born, b.said.born
    same_day = None if not day or not other else day == other
    named = bool(a.name) and a.name == b.name
    partly = bool(
        named and day and other and (day.year == other.year or (day.month, day.day) == (other.month, other.day))
    )
    birth = 2 if same_day else 1 if partly else 0 if same_day is False else None
    swapped = bool(
        same_day and a.family and a.given and a.family == b.given and a.given == b.family and a.family != a.given
    )
    places = {what: _same(getattr(a.said, what), getattr(b.said, what)) for what in ("zip", "phone", "email")}
    same_name = partly or (named and bool(same_day or any(places.values())))
    levels: dict[str, Any] = {"birth": birth, "swapped": swapped}
    levels["family"] = _family(a, b) if same_day and not swapped else 3 if same_name or swapped else None
    levels["given"] = _given(a, b) if same_day and not swapped else 3 if same_name or swapped else None
    levels["middle"] = _same(a.middle, b.middle) if same_day and not swapped else None
    levels["sex"] = _same(a.said.sex, b.said.sex) if same_day else None
    levels |= {what: value if same_day or (same_name and named) else None for what, value in places.items()}
    bare = [
        None if not one.said.mrn or one.said.whose != "ehr" else one.said.mrn.upper().strip().lstrip("0")
        for one in (a, b)
    ]
    zeros = bare[0] and bare[0] == bare[1] and a.said.name != b.said.name
    levels["number"] = 1 if zeros else 0 if a.said.mrn and b.said.mrn and a.said.whose == b.said.whose else None
    return levels


def _family(a: _Plain, b: _Plain) -> int | None:
    if not a.family or not b.family:
        return None
    if a.family == b.family:
        return 3
    if a.family in b.parts or b.family in a.parts or a.parts & b.parts:
        return 2
    return int(_sound(a.family) == _sound(b.family))


def _given(a: _Plain, b: _Plain) -> int | None:
    if not a.given or not b.given:
        return None
    if a.given == b.given:
        return 3
    return 2 if a.given in b.formal or b.given in a.formal or a.formal & b.formal else 0


_POINTS: dict[str, dict[int, int]] = {
    "birth": {2: 15, 1: 1, 0: -4}, "family": {3: 11, 2: 8, 1: 7, 0: -5}, "given": {3: 7, 2: 6, 0: -8}, "middle": {1: 2, 0: -4}, "sex": {1: 1, 0: -8},
    "zip": {1: 6, 0: -1}, "phone": {1: 9, 0: -1}, "email": {1: 10, 0: -1}, "number": {1: 12, 0: -4},
}  # fmt: skip


def likeness_of(ours: Sequence[Mention], theirs: Sequence[Mention]) -> dict[str, Any]:
    """The levels of likeness of two patients by all their mentions, the points, and whether they clearly are one."""
    every = [_levels(_plain(one), _plain(other)) for one, other in itertools.product(ours, theirs)]
    best = {what: max((one[what] for one in every if one[what] is not None), default=None) for what in _POINTS}
    best["swapped"] = all(one["swapped"] for one in every)
    best["score"] = (
        sum(_POINTS[what].get(best[what], 0) for what in _POINTS if best[what] is not None) - 2 * best["swapped"]
    )
    borne_out = best["given"] == 3 or (best["given"] == 2 and 1 in (best["zip"], best["phone"], best["email"]))
    nothing_against = all(best[what] in (None, 1) for what in ("middle", "sex", "number"))
    best["clear"] = best["birth"] == 2 and best["family"] == 3 and not best["swapped"] and borne_out and nothing_against
    return best


def plainly(mentions: Sequence[Mention]) -> tuple[set[frozenset[int]], set[frozenset[int]]]:
    """The groups and the waiting pairs as ``told`` gives them (without the reasons), from the definition."""
    of: dict[Any, list[int]] = defaultdict(list)
    for place, one in enumerate(mentions):
        if one.mrn or (_words(one.family) and one.born):
            of[one.name].append(place)
    names = list(of)
    pairs = {
        (one, other): likeness_of([mentions[place] for place in of[one]], [mentions[place] for place in of[other]])
        for one, other in itertools.combinations(names, 2)
    }
    leader = {name: name for name in names}

    def find(name: Any) -> Any:
        while leader[name] != name:
            name = leader[name]
        return name

    # A number is the same with zeros before it, unless it is told of two birth dates.
    bare: dict[Any, list[Any]] = defaultdict(list)
    for name in names:
        if len(name) == 2 and name[0] == "ehr":
            bare[name[1].lstrip("0")].append(name)
    for written in bare.values():
        if not any(_strangers(of, mentions, one, other) for one, other in itertools.combinations(written, 2)):
            for name in written:
                leader[find(name)] = find(written[0])
    clear: dict[Any, set[Any]] = defaultdict(set)
    for (one, other), found in pairs.items():
        if found["clear"] and find(one) != find(other):
            clear[find(one)].add(find(other))
            clear[find(other)].add(find(one))
    for component in _components(clear):
        counted = [
            whose
            for root in component
            for whose in {name[0] for name in names if find(name) == root and len(name) == 2}
        ]
        if len(counted) == len(set(counted)):
            for root in component:
                leader[root] = next(iter(component))
    groups: dict[Any, set[int]] = defaultdict(set)
    for name, places in of.items():
        groups[find(name)].update(places)
    known = len([name for name in names if _telling([mentions[place] for place in of[name]])])
    enough = max(12, math.ceil(math.log2(max(known, 1))))
    waiting = {
        frozenset(groups[find(one)] | groups[find(other)])
        for (one, other), found in pairs.items()
        if find(one) != find(other)
        and _met(of, mentions, one, other)
        and (found["score"] >= enough or found["number"] == 1)
    }
    return {frozenset(group) for group in groups.values()}, waiting


def _telling(mentions: Sequence[Mention]) -> bool:
    """Whether anything but a number is known of a patient, or a number with zeros."""
    for one in mentions:
        plain = _plain(one)
        named = plain.name and (one.born or one.zip or one.phone or one.email)
        if named or (one.born and (plain.family or plain.given or one.zip or one.phone or one.email)):
            return True
        if one.mrn and one.whose == "ehr" and one.mrn.strip().startswith("0"):
            return True
    return False


def _strangers(of: dict[Any, list[int]], mentions: Sequence[Mention], one: Any, other: Any) -> bool:
    """Whether some mention of one has another birth date than some mention of the other, and not by a slip."""
    return any(
        _levels(_plain(mentions[a]), _plain(mentions[b]))["birth"] == 0
        for a, b in itertools.product(of[one], of[other])
    )


def _met(of: dict[Any, list[int]], mentions: Sequence[Mention], one: Any, other: Any) -> bool:
    """Whether two are compared at all: they share the sound of a family name, a given name or a place with the birth
    date, or the whole name with part of it or a place, or a number but for its zeros."""
    for a, b in itertools.product(of[one], of[other]):
        levels = _levels(_plain(mentions[a]), _plain(mentions[b]))
        x, y = _plain(mentions[a]), _plain(mentions[b])
        sounds = x.family and y.family and _sound(x.family) == _sound(y.family)
        given = x.given and x.given == y.given
        placed = 1 in (levels["zip"], levels["phone"], levels["email"])
        numbered = levels["number"] == 1 and _telling([mentions[a]]) and _telling([mentions[b]])
        if (
            numbered
            or levels["birth"] == 1
            or placed
            or (levels["birth"] == 2 and (sounds or given or levels["swapped"]))
        ):
            return True
    return False


def _components(edges: dict[Any, set[Any]]) -> list[list[Any]]:
    seen: set[Any] = set()
    found = []
    for start in edges:
        if start in seen:
            continue
        component, ahead = [], [start]
        while ahead:
            one = ahead.pop()
            if one not in seen:
                seen.add(one)
                component.append(one)
                ahead += edges[one]
        found.append(component)
    return found
