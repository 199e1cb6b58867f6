"""Which patients are one: a table of cases, and a slow telling from the identifiers themselves that agrees with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identity import likeness, patients
from pipelines.identity.resolve import DIFFERENT, SAME, Decision
from tests.identity.mentions import Mention, keep, likeness_of, number, plainly, prepared, told

BORN = dt.date(1961, 7, 4)
ANN = Mention("Halvorsen", "Ann", BORN, mrn="1")
JOINED, APART = "joined", "apart"


@pytest.fixture(scope="module")
def con() -> Iterator[Any]:
    opened = prepared()
    yield opened
    opened.close()


CASES: dict[str, tuple[Mention, Mention, str]] = {
    "a number, and the same name and birth date without one": (ANN, replace(ANN, mrn=None), JOINED),
    "the numbers of two systems, with one name and birth date": (ANN, replace(ANN, mrn="77", whose="fhir"), JOINED),
    "a number that lost its zeros": (Mention(mrn="0042"), Mention(mrn="42"), JOINED),
    "zeros, and the same patient": (replace(ANN, mrn="0042"), replace(ANN, mrn="042"), JOINED),
    "zeros, and another birth date": (replace(ANN, mrn="0042"), replace(ANN, mrn="42", given="Zoe", born=dt.date(1980, 1, 2)), "zeros"),
    "capitals, accents and apostrophes": (Mention("O'Néill", "Zoë", BORN), Mention("ONEILL", "zoe", BORN, mrn="5"), JOINED),
    "a suffix and a middle initial": (Mention("Doe Jr", "John Q", BORN), Mention("Doe", "John", BORN, mrn="5"), JOINED),
    "a nickname, and the same telephone": (
        Mention("Doe", "Bob", BORN, phone="9195550101"), Mention("Doe", "Robert", BORN, mrn="5", phone="9195550101"), JOINED),
    "a nickname, and nothing to bear it out": (Mention("Doe", "Bob", BORN), Mention("Doe", "Robert", BORN, mrn="5"), "near"),
    "two numbers of one system": (ANN, replace(ANN, mrn="2"), "numbers"),
    "another given name, perhaps a twin's": (replace(ANN, mrn=None), replace(ANN, given="Zoe", phone="9195550101"), "siblings"),
    "another middle initial": (Mention("Doe", "Maria L", BORN), Mention("Doe", "Maria J", BORN, mrn="5"), "near"),
    "another sex": (replace(ANN, sex="female"), replace(ANN, mrn=None, sex="male"), "near"),
    "a family name that sounds the same": (ANN, replace(ANN, family="Halverson", mrn=None), "near"),
    "a slip that is heard": (replace(ANN, mrn=None), replace(ANN, family="Dalvorsen"), "near"),
    "a double name": (replace(ANN, family="Halvorsen-Lee"), replace(ANN, mrn=None), "near"),
    "first and family name in each other's place": (ANN, Mention("Ann", "Halvorsen", BORN), "near"),
    "day and month in each other's place": (ANN, replace(ANN, mrn=None, born=dt.date(1961, 4, 7)), "birth"),
    "another year of birth": (ANN, replace(ANN, mrn=None, born=dt.date(1916, 7, 4)), "birth"),
    "another birth date under one telephone": (
        replace(ANN, phone="9195550101"), replace(ANN, mrn=None, born=dt.date(1980, 1, 2), phone="9195550101"), "near"),
    "another birth date": (ANN, replace(ANN, mrn=None, born=dt.date(1980, 1, 2)), APART),
    "another name": (ANN, Mention("Okafor", "Wei", BORN), APART),
    "nobody's name": (Mention("Unknown", "Unknown", BORN), Mention("Unknown", "Unknown", BORN, mrn="5"), APART),
    "numbers that nothing ties": (Mention(mrn="42"), Mention(mrn="420"), APART),
    "a married name at one telephone": (
        replace(ANN, phone="9195550101"), replace(ANN, family="Brannigan", mrn=None, phone="9195550101"), "near"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_two_patients_are_joined_wait_or_stay_apart(con: Any, case: str) -> None:
    one, other, becomes = CASES[case]
    groups, waiting = told(con, [one, other])
    if becomes == JOINED:
        assert groups == {frozenset({0, 1})}
    else:
        assert groups == {frozenset({0}), frozenset({1})}
    assert waiting == (set() if becomes in (JOINED, APART) else {(frozenset({0, 1}), becomes)})


def test_a_name_that_two_numbers_of_a_system_share_joins_neither(con: Any) -> None:
    groups, waiting = told(con, [ANN, replace(ANN, mrn="2"), replace(ANN, mrn=None)])
    assert groups == {frozenset({place}) for place in range(3)}
    assert {pair for pair, _ in waiting} == {frozenset(pair) for pair in ((0, 1), (0, 2), (1, 2))}


def test_what_one_mention_gives_another_need_not(con: Any) -> None:
    """Ann married: one file still calls her Halvorsen, so both names lead to her."""
    married = replace(ANN, family="Brannigan")
    groups, _ = told(con, [ANN, married, replace(ANN, mrn=None), replace(married, mrn=None)])
    assert groups == {frozenset(range(4))}


def test_a_placeholder_that_many_share_brings_nobody_together(con: Any) -> None:
    crowd = [
        Mention("Doe", f"Pat{chr(97 + place % 26)}{chr(97 + place // 26)}", BORN, mrn=str(place + 1))
        for place in range(patients.CROWD + 1)
    ]
    assert told(con, crowd)[1] == set()
    assert len(told(con, crowd[:3])[1]) == 3


@pytest.mark.parametrize("verdict", [SAME, DIFFERENT])
def test_a_decision_comes_last(con: Any, verdict: str) -> None:
    one, other, _ = CASES["two numbers of one system" if verdict == SAME else "a number that lost its zeros"]
    left, right = (number(con, key) for key in keep(con, [one, other]))
    groups, waiting = told(con, [one, other], [Decision("patient", left, right, verdict)])
    assert len(groups) == (1 if verdict == SAME else 2)
    assert all(reason == "zeros" for _, reason in waiting)  # answered, it is left out of the queue


def test_a_decision_on_a_patient_that_is_not_loaded_waits_for_it(con: Any) -> None:
    assert told(con, [ANN], [Decision("patient", 1, 2, SAME), Decision("patient", 1, 2, DIFFERENT)])[0] == {
        frozenset({0})
    }


def test_another_secret_gives_other_hashes() -> None:
    with prepared() as con:
        keep(con, [ANN])
        first = con.execute("select birth, family, name_year from patient_trait").fetchall()[0]
        con.execute("set variable likeness_key = $key", {"key": likeness.key(b"some other secret")})
        keep(con, [ANN])
        other = con.execute("select birth, family, name_year from patient_trait").fetchall()[0]
    assert not set(first) & set(other)


def test_no_hash_of_a_name_is_as_frequent_as_the_name(con: Any) -> None:
    """A hundred Smiths born on a hundred days share no hash, so their number does not tell that they are Smiths."""
    smiths = [Mention("Smith", "John", BORN + dt.timedelta(days=place * 401), mrn=str(place)) for place in range(1, 60)]
    keep(con, smiths)
    for column in ("birth", "family", "sound", "given", "name_year", "name_day"):
        assert (
            con.execute(f"select max(n) from (select count(*) as n from patient_trait group by {column})").fetchall()[
                0
            ][0]
            <= 2
        )


def test_points_are_those_of_the_definition(con: Any) -> None:
    """Birth date 15, family name 11, given name 7, sex 1, ZIP 6, and 4 off for two numbers of one system."""
    one, other = (replace(ANN, sex="female", zip="27601", mrn=mrn) for mrn in ("1", "2"))
    assert likeness_of([one], [other])["score"] == 15 + 11 + 7 + 1 + 6 - 4
    told(con, [one, other])
    assert con.execute("select score, clear from patient_pair").fetchall() == [(36, False)]


_FAMILIES = st.sampled_from(
    ["Halvorsen", "Halverson", "Doe", "Doe-Halvorsen", "de la Doe", "O'Doe Jr", "Ann", "Unknown", None]
)
_GIVEN = st.sampled_from(["Ann", "Anne M", "Bob", "Robert", "Robert J", "Doe", "R", None])
_DAYS = st.sampled_from(
    [BORN, dt.date(1961, 4, 7), dt.date(1961, 4, 9), dt.date(1916, 7, 4), dt.date(1980, 1, 2), None]
)
_MENTIONS = st.builds(
    Mention, _FAMILIES, _GIVEN, _DAYS, st.sampled_from([None, None, "1", "01", "001", "2"]), st.sampled_from([None, None, "female", "male"]),
    st.sampled_from([None, "27601", "27602"]), st.sampled_from([None, "9195550101"]), st.sampled_from([None, "a@b.org"]), st.sampled_from(["ehr", "ehr", "fhir"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(_MENTIONS, max_size=6))
def test_hashes_tell_what_the_identifiers_would(mentions: list[Mention]) -> None:
    with prepared() as con:
        groups, waiting = told(con, mentions)
        assert (groups, {pair for pair, _ in waiting}) == plainly(mentions)
