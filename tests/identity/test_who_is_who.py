"""Who is who, case by case: two records, and whether they are one, two, or for a person to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from pipelines.identity.resolve import DIFFERENT, SAME, Decision

Groups = Callable[..., set[frozenset[int]]]
ONE, ASK, TWO = "one", "ask", "two"
NPI, OTHER_NPI = "1234567893", "1679576722"
OAK = {
    "name": "Oak Family Medicine",
    "postal_code": "27601",
    "phone": "9195550111",
    "address_line": "12 Oak Street, Suite 4",
}
ELM = {"name": "Elm Internal Medicine", "postal_code": "27607", "phone": "9195550122", "address_line": "9 Elm Road"}


def person(family: str | None, given: str | None = None, **more: Any) -> dict[str, Any]:
    return {"family_name": family, "given_name": given, **more}


BOB = person("Halvorsen", "Robert", npi=NPI, credential="MD", specialty="Family Medicine")
# Both at one practice.
COLLEAGUES = {
    "a nickname": (BOB, person("Halvorsen", "Bob"), ONE),
    "an initial that only one there can have": (BOB, person("Halvorsen", "R."), ONE),
    "a family name that only one there has": (BOB, person("Halvorsen"), ONE),
    "a slip of the pen": (BOB, person("Halvorson", "Robert"), ONE),
    "first and last name swapped": (BOB, person("Robert", "Halvorsen"), ONE),
    "capitals and accents": (person("Muñoz", "José", npi=NPI), person("MUNOZ", "JOSE"), ONE),
    "half of a hyphenated name": (person("Garcia-Lindqvist", "Ana", npi=NPI), person("Lindqvist", "Ana"), ONE),
    "a particle left out": (person("De La Cruzan", "Ana", npi=NPI), person("Cruzan", "Ana"), ONE),
    "another given name": (BOB, person("Halvorsen", "Ruth"), TWO),
    "father and son": (person("Halvorsen", "Robert", name_suffix="SR", npi=NPI), person("Halvorsen", "Robert", name_suffix="JR"), TWO),
    "a suffix within the given name": (person("Halvorsen", "Robert Sr", npi=NPI), person("Halvorsen", "Robert Jr"), TWO),
    "another middle initial": (person("Halvorsen", "Robert", middle_name="A", npi=NPI), person("Halvorsen", "Robert", middle_name="B"), ASK),
    "a married name": (person("Halvorsen", "Ruth", npi=NPI, credential="MD", specialty="Neurology"),
                       person("Brannigan", "Ruth", credential="MD", specialty="Neurology"), ASK),
    "another calling": (BOB, person("Halvorsen", "Robert", credential="NP"), ASK),
    "another specialty": (BOB, person("Halvorsen", "Robert", specialty="Dermatology"), ASK),
    "two numbers": (BOB, person("Halvorsen", "Robert", npi=OTHER_NPI), TWO),
}  # fmt: skip
# The same number wherever they are.
NUMBERED = {
    "the same name": (BOB, person("Halvorsen", "Robert", npi=NPI), ONE),
    "a nickname": (BOB, person("Halvorsen", "Bob", npi=NPI), ONE),
    "a married name": (person("Halvorsen", "Ruth", npi=NPI), person("Brannigan", "Ruth", npi=NPI), ONE),
    "no name at all": (BOB, person(None, npi=NPI), ONE),
    "a stranger's name": (BOB, person("Okafor", "Grace", npi=NPI), ASK),
    "a spouse's number": (BOB, person("Halvorsen", "Grace", npi=NPI), ASK),
}


@pytest.mark.parametrize("case", COLLEAGUES)
def test_two_names_at_one_practice(groups: Groups, con: duckdb.DuckDBPyConnection, case: str) -> None:
    one, other, verdict = COLLEAGUES[case]
    assert (
        _verdict(groups, con, "practitioner", practitioners=[one, other], practices=[OAK], roles=[(1, 1), (2, 1)])
        == verdict
    )


@pytest.mark.parametrize("case", NUMBERED)
def test_two_names_under_one_number(groups: Groups, con: duckdb.DuckDBPyConnection, case: str) -> None:
    one, other, verdict = NUMBERED[case]
    assert (
        _verdict(groups, con, "practitioner", practitioners=[one, other], practices=[OAK, ELM], roles=[(1, 1), (2, 2)])
        == verdict
    )


def _verdict(groups: Groups, con: duckdb.DuckDBPyConnection, kind: str, **rows: Any) -> str:
    if len(groups(kind, **rows)) == 1:
        return ONE
    return (
        ASK
        if con.execute("select count(*) from identity_review where kind = $kind", {"kind": kind}).fetchall()[0][0]
        else TWO
    )


def test_an_initial_two_colleagues_share_belongs_to_neither(groups: Groups) -> None:
    people = [
        person("Halvorsen", "Robert", npi=NPI),
        person("Halvorsen", "Ruth", npi=OTHER_NPI),
        person("Halvorsen", "R."),
    ]
    assert len(groups("practitioner", people, [OAK], [(1, 1), (2, 1), (3, 1)])) == 3


def test_namesakes_in_one_city_stay_two_however_alike(groups: Groups) -> None:
    people = [person("Smith", "John", npi=NPI), person("Smith", "John", npi=OTHER_NPI), person("Smith", "John")]
    assert len(groups("practitioner", people, [OAK, ELM], [(1, 1), (2, 2)])) == 3


def test_two_unlike_records_are_not_pulled_together_by_a_third(groups: Groups) -> None:
    names = ["Halvorsen", "Halvorson", "Halverson"]
    found = groups(
        "practitioner",
        [person(name, given) for name, given in zip(names, ("Robert", "Bob", "Roberta"), strict=True)],
        [OAK],
        [(1, 1), (2, 1), (3, 1)],
    )
    assert frozenset({1, 3}) not in found
    assert frozenset({1, 2, 3}) not in found


PRACTICES = {
    "abbreviations and company forms": ("Oak Fam. Med., LLC", "27601", {}, ONE),
    "a slip of the pen": ("Oak Famliy Medicine", "27601", {}, ONE),
    "another word for practice under its number": ("Oak Family Physicians", "27601", {"phone": "9195550111"}, ONE),
    "no place, and nobody else of that name": ("Oak Family Medicine", None, {}, ONE),
    "another practice of that name": ("Oak Family Medicine", "90210", {"phone": "3105550199"}, TWO),
    "a branch": ("Oak Family Medicine North", "27601", {}, TWO),
    "a numbered branch": ("Oak Family Medicine 2", "27601", {"phone": "9195550111"}, TWO),
    "renamed, at the same address and number": (
        "Piedmont Partners",
        "27601",
        {"phone": "9195550111", "address_line": "12 Oak St Ste 4"},
        ASK,
    ),
    "a neighbour under the same roof": (
        "Piedmont Dermatology",
        "27601",
        {"phone": "9195550177", "address_line": "12 Oak St Ste 9"},
        TWO,
    ),
}


@pytest.mark.parametrize("case", PRACTICES)
def test_a_practice_and_another_name(groups: Groups, con: duckdb.DuckDBPyConnection, case: str) -> None:
    name, postal, more, verdict = PRACTICES[case]
    other = {"name": name, "postal_code": postal, **more}
    assert _verdict(groups, con, "organization", practices=[OAK, other]) == verdict


def test_a_bare_name_that_two_practices_bear_belongs_to_neither(groups: Groups) -> None:
    other = {**OAK, "postal_code": "90210", "phone": "3105550199"}
    assert len(groups("organization", practices=[OAK, other, {"name": "Oak Family Medicine"}])) == 3


def test_a_person_may_join_and_part_what_the_rules_did_not(groups: Groups) -> None:
    people, roles = [BOB, person("Halvorsen", "Bob"), person("Okafor", "Grace")], [(1, 1), (2, 1), (3, 1)]
    said = [Decision("practitioner", 1, 2, DIFFERENT), Decision("practitioner", 1, 3, SAME)]
    assert groups("practitioner", people, [OAK], roles) == {frozenset({1, 2}), frozenset({3})}
    assert groups("practitioner", people, [OAK], roles, said) == {frozenset({1, 3}), frozenset({2})}


def test_when_two_are_parted_each_other_record_goes_with_the_one_it_resembles(groups: Groups) -> None:
    people = [
        BOB,
        person("Halvorsen", "Bob", credential="MD"),
        person("Halvorsen", "Bobby", credential="MD"),
        person("Halvorsen", "Robert", npi=NPI),
    ]
    roles = [(number, 1) for number in range(1, 5)]
    assert len(groups("practitioner", people, [OAK], roles)) == 1
    parted = groups("practitioner", people, [OAK], roles, [Decision("practitioner", 1, 2, DIFFERENT)])
    assert not any({1, 2} <= group for group in parted)


def test_a_decision_on_a_record_that_is_gone_waits(groups: Groups) -> None:
    said = [Decision("practitioner", 1, 99, SAME), Decision("practitioner", 98, 99, DIFFERENT)]
    assert groups("practitioner", [BOB], [OAK], [(1, 1)], said) == {frozenset({1})}


def test_a_replaced_number_means_its_successor(groups: Groups) -> None:
    people = [person("Halvorsen", "Robert", npi=NPI), person("Halvorsen", "Robert", npi=OTHER_NPI, merged_into=1)]
    assert groups("practitioner", people, [OAK], [(1, 1)]) == {frozenset({1, 2})}
