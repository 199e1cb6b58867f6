"""Who is named: how people write physicians, practices, and everything else in the same column."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.values import names

PEOPLE = [
    ("Dr. Jane Q. Smith, MD", "Smith", "Jane", "MD"),
    ("Smith, Jane MD", "Smith", "Jane", "MD"),
    ("SMITH, JANE Q", "Smith", "Jane", None),
    ("SMITH JANE", "Smith", "Jane", None),
    ("JANE SMITH", "Smith", "Jane", None),
    ("DR. JANE SMITH", "Smith", "Jane", None),
    ("Jane Smith", "Smith", "Jane", None),
    ("J. Smith", "Smith", "J.", None),
    ("Smith MD, Jane", "Smith", "Jane", None),
    ("Jane Smith, PA-C", "Smith", "Jane", "PA-C"),
    ("Juan de la Cruz, M.D.", "de la Cruz", "Juan", "MD"),
    ("O'Brien, Mary Ann DO", "O'Brien", "Mary Ann", "DO"),
    ("Kim Do", "Do", "Kim", None),
    ("Dr Lee", "Lee", None, None),
    ("Null", "Null", None, None),
    ("Wei Na", "Na", "Wei", None),
]
KINDS = [
    ("Self", "self"), ("self-referred", "self"), ("Patient", "self"), ("Walk-in", "self"),
    ("Google ad", "campaign"), ("Facebook", "campaign"), ("Radio spot ad", "campaign"), ("Website", "campaign"),
    ("own database", "own_database"), ("Site database", "own_database"), ("chart review", "own_database"), ("Existing patient", "own_database"),
    ("ClinicalTrials.gov", "registry"), ("ResearchMatch", "registry"), ("Cancer registry", "registry"),
    ("Health Fair", "event"), ("Community event", "event"), ("word of mouth", "other"),
    ("Physician", "practitioner"), ("Practice", "practice"), ("Dr. Smith", None), ("Riverside Clinic", None), ("Adrian Addams", None), (None, None),
]  # fmt: skip
LOG = "Date Received,Patient Name,DOB,Referring Provider,Referring Practice,Referral Source\n"


@pytest.fixture
def named(desk: Any) -> Any:
    for macro in names.MACROS:
        desk.con.execute(macro)
    return desk


@pytest.mark.parametrize(("text", "family", "given", "credential"), PEOPLE)
def test_a_physicians_name_is_split_as_the_table_says(
    named: Any, text: str, family: str, given: str | None, credential: str | None
) -> None:
    named.con.execute("create or replace temp table person_named as select $text::varchar as person", {"text": text})
    sql = f"select family_name, given_name, credential from ({names.named_sql('person_named')})"
    assert named.con.execute(sql).fetchall() == [(family, given, credential)]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_what_sends_patients_is_told_apart(named: Any, text: str | None, kind: str | None) -> None:
    assert named.con.execute("select source_kind($text::varchar)", {"text": text}).fetchall() == [(kind,)]


def sources_of(desk: Any, *cells: str) -> tuple[Any, ...]:
    desk.map(LOG + f'2026-03-14,"Doe, Jane",1961-07-04,{",".join(cells)}\n')
    return desk.rows("referral_source", "kind", "label")[0] if desk.rows("referral_source") else ()


def test_a_named_physician_is_a_practitioner(desk: Any) -> None:
    assert sources_of(desk, "Dr. Jane Smith", "Riverside Family Medicine", "")[0] == "practitioner"
    assert desk.rows("practitioner_role") != []


def test_a_practice_in_the_physicians_column_is_a_practice(desk: Any) -> None:
    assert sources_of(desk, "Riverside Family Medicine", "", "")[0] == "practice"
    assert desk.rows("practitioner") == []
    assert desk.rows("organization", "name") == [("Riverside Family Medicine",)]


def test_an_advertisement_keeps_its_name(desk: Any) -> None:
    assert sources_of(desk, "", "", "Spring Radio Ad") == ("campaign", "Spring Radio Ad")


def test_a_physician_in_the_source_column_is_found(desk: Any) -> None:
    assert sources_of(desk, "", "", "Dr. Jane Smith")[0] == "practitioner"


def test_a_stated_campaign_wins_over_the_patients_own_physician(desk: Any) -> None:
    assert sources_of(desk, "Dr. Jane Smith", "", "Facebook")[0] == "campaign"
    assert desk.rows("referral", "requester_practitioner_id") == [(None,)]


@pytest.mark.parametrize("nobody", ["", "Unknown", "N/A", "not documented"])
def test_nobody_is_unattributed(desk: Any, nobody: str) -> None:
    assert sources_of(desk, nobody, "", "") == ()
    assert desk.rows("referral", "source_id") == [(None,)]


def test_two_spellings_of_a_practice_have_one_key(desk: Any) -> None:
    desk.map(
        LOG
        + '2026-03-14,A B,1961-07-04,,Riverside Family Medicine,\n2026-03-15,C D,1961-07-04,,"The Riverside Fam. Med., LLC",\n'
    )
    assert len(desk.rows("organization")) == 1
    assert len(set(desk.rows("referral", "requester_org_id"))) == 1


def test_a_title_and_a_credential_do_not_make_another_physician(desk: Any) -> None:
    desk.map(
        LOG
        + '2026-03-14,A B,1961-07-04,"Smith, Jane",Oak Clinic,\n2026-03-15,C D,1961-07-04,Dr. Jane Smith MD,Oak Clinic,\n'
    )
    assert len(set(desk.rows("referral", "requester_practitioner_id"))) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("Smith, Jane Q", "Smith, Jane R"), ("John Smith Jr., MD", "John Smith Sr., MD")]
)
def test_an_initial_or_a_suffix_is_kept_for_telling_namesakes_apart(desk: Any, one: str, other: str) -> None:
    desk.map(LOG + f'2026-03-14,A B,1961-07-04,"{one}",Oak Clinic,\n2026-03-15,C D,1961-07-04,"{other}",Oak Clinic,\n')
    assert len(set(desk.rows("referral", "requester_practitioner_id"))) == 2


def test_a_groups_name_with_a_groups_number_is_a_practice(desk: Any) -> None:
    desk.map(
        "Date Received,Patient Name,DOB,Referring Provider,Referring NPI\n2026-03-14,A B,1961-07-04,Riverside Cardiology Associates,1245319599\n"
    )
    assert desk.rows("practitioner") == []
    assert desk.rows("organization", "npi", "name") == [("1245319599", "Riverside Cardiology Associates")]


@pytest.mark.parametrize("department", ["Cardiology Dept", "Front Desk", "Emergency Department", "Referrals Office"])
def test_a_department_in_the_physicians_column_is_no_person(desk: Any, department: str) -> None:
    desk.map(LOG + f"2026-03-14,A B,1961-07-04,{department},Oak Clinic,\n")
    assert desk.rows("practitioner") == []
    assert desk.rows("organization", "name") == [("Oak Clinic",)]


def test_a_surname_null_is_a_surname(desk: Any) -> None:
    desk.map(LOG + '2026-03-14,Wei Null,1961-07-04,"Null, Ann",Oak Clinic,\n')
    assert desk.rows("practitioner", "family_name") == [("Null",)]
    assert desk.rows("referral", "patient_key")[0][0] is not None
