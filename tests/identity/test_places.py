"""Where a record puts somebody: a number knows better than a name of a practice that several bear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identity import MACROS, resolve
from pipelines.mapping import name_context
from pipelines.vocabulary import REFERRER, REFERRER_EMITS, REFERRER_JOIN
from tests.identity import judge
from tests.identity.conftest import fill

Groups = Callable[..., set[frozenset[int]]]
NPI, OTHER_NPI = "1234567893", "1679576722"
NORTH = {"name": "Oak Family Medicine", "postal_code": "27601", "phone": "9195550111", "fax": "9195550112"}
SOUTH = {"name": "Oak Family Medicine", "postal_code": "90210", "phone": "3105550199", "fax": "3105550198"}
BARE = {"name": "Oak Family Medicine"}


def person(given_name: str = "Robert", **more: Any) -> dict[str, Any]:
    return {"family_name": "Smith", "given_name": given_name, **more}


def test_a_telephone_says_at_which_practice_somebody_without_a_practice_is(groups: Groups) -> None:
    people = [person(npi=NPI), person(npi=OTHER_NPI), person("Bob", phone="3105550199")]
    assert frozenset({2, 3}) in groups("practitioner", people, [NORTH, SOUTH], [(1, 1), (2, 2)])


def test_telephone_and_fax_of_one_practice_are_one_place(groups: Groups) -> None:
    people = [person(phone="9195550111"), person(fax="9195550112")]
    assert groups("practitioner", people, [NORTH, SOUTH]) == {frozenset({1, 2})}


def test_two_of_a_common_name_with_two_telephones_are_two(groups: Groups) -> None:
    people = [person(phone="9195550111"), person(phone="3105550199")]
    assert len(groups("practitioner", people, [NORTH, SOUTH])) == 2


def test_a_zip_code_of_their_own_places_somebody(groups: Groups) -> None:
    people = [person(npi=NPI), person(npi=OTHER_NPI), person(postal_code="90210-1234")]
    assert frozenset({2, 3}) in groups("practitioner", people, [NORTH, SOUTH], [(1, 1), (2, 2)])


def test_a_number_beside_a_name_that_two_practices_bear_says_which(groups: Groups) -> None:
    people = [person(npi=NPI), person(npi=OTHER_NPI), person("Bob")]
    roles = [(1, 1), (2, 2), (3, 3, "3105550198")]
    assert frozenset({2, 3}) in groups("practitioner", people, [NORTH, SOUTH, BARE], roles)


def test_a_name_that_two_practices_bear_may_mean_either(groups: Groups) -> None:
    people = [person(npi=NPI), person("Bob"), person("Ruth", npi=OTHER_NPI)]
    roles = [(1, 2), (2, 3), (3, 1)]
    assert groups("practitioner", people, [NORTH, SOUTH, BARE], roles) == {frozenset({1, 2}), frozenset({3})}


def test_where_a_namesake_is_at_each_of_two_practices_a_name_of_both_says_nothing(groups: Groups) -> None:
    people = [person(npi=NPI), person(npi=OTHER_NPI), person("Bob")]
    assert len(groups("practitioner", people, [NORTH, SOUTH, BARE], [(1, 1), (2, 2), (3, 3)])) == 3


def test_the_more_records_there_are_the_less_a_name_alone_says(groups: Groups, monkeypatch: pytest.MonkeyPatch) -> None:
    rare = {"family_name": "Halvorsen", "given_name": "Robert"}
    people, roles = [{**rare, "npi": NPI}, rare, {**rare, "phone": NORTH["phone"]}], [(1, 1)]
    assert groups("practitioner", people, [NORTH], roles) == {frozenset({1, 2, 3})}
    monkeypatch.setattr(resolve, "CROWD", 0.01)
    assert groups("practitioner", people, [NORTH], roles) == {frozenset({1, 3}), frozenset({2})}


@pytest.mark.parametrize(
    ("written", "state", "meant"),
    [("2110", "MA", "02110"), ("21101234", "ma", "021101234"), ("2110.0", "MA", "02110"), ("601", "PR", "00601"), ("27601.0", "NC", "27601"),
     ("02110-1234", "MA", "02110-1234"), ("27601", "NC", "27601"), ("2000", "NSW", "2000"), ("8001", None, "8001"), ("021", "MA", "021"), (None, "MA", None)],
)  # fmt: skip
def test_a_zip_has_the_noughts_back_that_a_spreadsheet_took(
    con: duckdb.DuckDBPyConnection, written: str | None, state: str | None, meant: str | None
) -> None:
    assert con.execute("select us_zip(?, ?)", [written, state]).fetchall() == [(meant,)]


def test_a_practice_whose_zip_lost_its_nought_is_the_one_that_kept_it(groups: Groups) -> None:
    far = {**NORTH, "postal_code": "02110", "state": "MA", "phone": None, "fax": None}
    assert groups("organization", [], [far, {**far, "postal_code": "2110"}]) == {frozenset({1, 2})}
    assert groups("organization", [], [far, {**far, "postal_code": "2139"}]) == {frozenset({1}), frozenset({2})}


# --- keys -------------------------------------------------------------------------------------------------------------

COLUMNS = ("referrer", "npi", "practice", "practice_zip", "practice_phone", "practice_fax", "specialty", "source")


@pytest.fixture
def keys() -> Callable[..., list[tuple[int, int, int]]]:
    """The keys (practitioner, the one without what reaches them, source without it) of rows as a file writes them."""

    def made(*rows: dict[str, str]) -> list[tuple[int, int, int]]:
        with duckdb.connect() as con:
            judge.prepare(con)
            con.execute(f"create table parsed (row bigint, {', '.join(f'{name} varchar' for name in COLUMNS)})")
            for number, row in enumerate(rows):
                con.execute(
                    "insert into parsed values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [number, *(row.get(name) for name in COLUMNS)],
                )
            con.execute(name_context.EMPTY)
            con.execute(f"create table referrer as {REFERRER.sql}")
            described = next(emit.sql for emit in REFERRER_EMITS if emit.table == "practitioner")
            known = {row[0] for row in con.execute(f"select practitioner_id from ({described})").fetchall()}
            found = con.execute(
                f"select r.practitioner_id, r.said_practitioner_id, r.said_source_id from parsed p left join {REFERRER_JOIN} order by p.row"
            ).fetchall()
            assert {one for one, *_ in found} == known
            return found

    return made


APART = {
    "two telephones": ({"practice_phone": "9195550111"}, {"practice_phone": "3105550199"}),
    "two fax numbers": ({"practice_fax": "9195550111"}, {"practice_fax": "3105550199"}),
    "two ZIP codes": ({"practice_zip": "27601"}, {"practice_zip": "90210"}),
    "two specialties": ({"specialty": "Cardiology"}, {"specialty": "Pediatrics"}),
    "a telephone and nothing": ({"practice_phone": "9195550111"}, {}),
}


@pytest.mark.parametrize("case", APART)
def test_one_name_with_neither_npi_nor_practice_is_a_record_for_each_way_to_reach_it(keys: Any, case: str) -> None:
    one, other = keys(*({"referrer": "Smith, John", **more} for more in APART[case]))
    assert one[0] != other[0]


@pytest.mark.parametrize("case", APART)
def test_what_is_told_by_who_sent_it_does_not_change_with_their_telephone(keys: Any, case: str) -> None:
    one, other = keys(*({"referrer": "Smith, John", **more} for more in APART[case]))
    assert one[1:] == other[1:]


@pytest.mark.parametrize("known", [{"npi": NPI}, {"practice": "Oak Family Medicine"}])
def test_where_an_npi_or_a_practice_is_told_a_telephone_makes_no_record_of_its_own(keys: Any, known: Any) -> None:
    one, other = keys(*({"referrer": "Smith, John", "practice_phone": tel, **known} for tel in ("9195550111", None)))
    assert one == other


# --- brought up to date as built anew -----------------------------------------------------------------------------------

NUMBERS = st.sampled_from([None, "9195550111", "3105550199"])
PRACTICES = st.fixed_dictionaries({
    "name": st.sampled_from(["Oak Clinic", "Oak Clinc", "Elm"]), "postal_code": st.sampled_from([None, "27601", "90210"]), "phone": NUMBERS,
    "kind": st.just("practice"),
})  # fmt: skip
PEOPLE = st.fixed_dictionaries({
    "family_name": st.just("Ito"), "given_name": st.sampled_from(["Aya", "Ken"]), "npi": st.sampled_from([None, None, NPI]), "phone": NUMBERS,
})  # fmt: skip
IDS = st.integers(1, 4)
STATES = st.fixed_dictionaries({
    "organization": st.dictionaries(IDS, PRACTICES, max_size=4),
    "practitioner": st.dictionaries(IDS, PEOPLE, min_size=1, max_size=4),
    "practitioner_role": st.dictionaries(st.tuples(IDS, IDS), st.fixed_dictionaries({"phone": NUMBERS}), max_size=4),
})  # fmt: skip
KEYS = {
    "organization": ("organization_id",),
    "practitioner": ("practitioner_id",),
    "practitioner_role": ("practitioner_id", "organization_id"),
}


OF_ONE_NAME = {
    place: {**NORTH, "postal_code": f"{place}0001", "phone": f"91955501{place}{place}", "fax": None}
    for place in range(1, 4)
}
KNOWN = {
    "organization": {1: OF_ONE_NAME[1], 2: OF_ONE_NAME[2], 9: BARE},
    "practitioner": {1: person(npi=NPI), 2: person("Bob"), 3: person("Rob", phone=OF_ONE_NAME[3]["phone"])},
    "practitioner_role": {(2, 9): {}},
}
MOVES = {
    "a third practice of that name": {**KNOWN, "organization": {**KNOWN["organization"], 3: OF_ONE_NAME[3]}},
    "a third practice, and somebody at it": {
        **KNOWN,
        "organization": {**KNOWN["organization"], 3: OF_ONE_NAME[3]},
        "practitioner_role": {(2, 9): {}, (1, 3): {}},
    },
}


@pytest.mark.parametrize("case", MOVES)
def test_whoever_may_be_at_a_practice_that_is_new_is_compared_anew(case: str) -> None:
    _brought_up_to_date(KNOWN, MOVES[case])
    _brought_up_to_date(MOVES[case], KNOWN)


@settings(max_examples=25, deadline=None)
@given(before=STATES, after=STATES)
def test_records_brought_up_to_date_are_who_they_would_be_if_built_anew(before: Any, after: Any) -> None:
    _brought_up_to_date(before, after)


def _brought_up_to_date(before: Any, after: Any) -> None:
    with duckdb.connect() as con:
        for macro in MACROS:
            con.execute(macro)
        _state(con, before)
        resolve.build(con, ())
        resolve.prepare(con)
        _state(con, after)
        for name in KEYS:
            fresh = "organization" if name == "organization" else "practitioner"
            ids = before[name].keys() | after[name].keys()
            for key in [key for key in ids if before[name].get(key) != after[name].get(key)]:
                con.execute(
                    f"insert into fresh_{fresh} values ($id)", {"id": key[0] if isinstance(key, tuple) else key}
                )
        resolve.advance(con, ())
        advanced = _told(con)
        resolve.build(con, ())
        assert advanced == _told(con)


def _state(con: duckdb.DuckDBPyConnection, state: Any) -> None:
    for name, rows in state.items():
        fill(
            con,
            name,
            [
                {**dict(zip(KEYS[name], key if isinstance(key, tuple) else (key,), strict=True)), **row}
                for key, row in rows.items()
            ],
        )


def _told(con: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    names = (*resolve.TABLES, "organization_alias", "practitioner_alias")
    return {name: sorted(map(repr, con.execute(f"from {name}").fetchall())) for name in names}
