"""Synthea's CSV tables through the whole road: visits at named places by patients whom its FHIR files know, too."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import ingest
from pipelines.workspace import Workspace, open_workspace

ORGANIZATIONS = "Id,NAME,ADDRESS,CITY,STATE,ZIP,LAT,LON,PHONE,REVENUE,UTILIZATION\norg-1,HARBOR CLINIC,1 Main St,PLYMOUTH,MA,02360,41.9,-70.6,5087462000,0.0,12\n"
PROVIDERS = "Id,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY,STATE,ZIP,LAT,LON,ENCOUNTERS,PROCEDURES\npro-1,org-1,Ann1 Lee2,F,GENERAL PRACTICE,1 Main St,PLYMOUTH,MA,02360,41.9,-70.6,12,3\n"
PATIENTS = """Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,ADDRESS,CITY,STATE,COUNTY,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE
pat-1,1994-02-06,,999-52-8591,S99996852,X47758697X,Mr.,Joe3,Doe4,,,M,white,nonhispanic,M,Boston,1 Elm St,Braintree,MA,Norfolk,02184,42.2,-70.9,56904.96,18019.99
"""
ENCOUNTERS = """Id,START,STOP,PATIENT,ORGANIZATION,PROVIDER,PAYER,ENCOUNTERCLASS,CODE,DESCRIPTION,BASE_ENCOUNTER_COST,TOTAL_CLAIM_COST,PAYER_COVERAGE,REASONCODE,REASONDESCRIPTION
enc-1,2021-04-05T01:20:38Z,2021-04-05T01:35:38Z,pat-1,org-1,pro-1,pay-1,wellness,162673000,General examination,136.80,704.20,704.20,,
enc-2,2021-05-05T01:20:38Z,2021-05-07T01:35:38Z,pat-1,org-1,pro-1,pay-1,emergency,50849002,Emergency room admission,146.18,146.18,96.18,,
"""
IMAGING = """Id,DATE,PATIENT,ENCOUNTER,SERIES_UID,BODYSITE_CODE,BODYSITE_DESCRIPTION,MODALITY_CODE,MODALITY_DESCRIPTION,INSTANCE_UID,SOP_CODE,SOP_DESCRIPTION,PROCEDURE_CODE
img-1,2021-07-17T15:27:42Z,pat-1,enc-1,1.2.840.1,40983000,Arm,DX,Digital Radiography,1.2.840.1.1,1.2.840.10008.5.1.4.1.1.1.1,Storage,1225002
img-1,2021-07-17T15:27:42Z,pat-1,enc-1,1.2.840.1,40983000,Arm,DX,Digital Radiography,1.2.840.1.2,1.2.840.10008.5.1.4.1.1.1.1,Storage,1225002
"""
FILES = {
    "encounters": ENCOUNTERS,
    "organizations": ORGANIZATIONS,
    "providers": PROVIDERS,
    "patients": PATIENTS,
    "imaging_studies": IMAGING,
}
FHIR_PATIENT = (
    '{"resourceType": "Patient", "id": "x9", "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "pat-1"}]}'
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict[str, dict[str, int]]]:
    workspace = open_workspace(tmp_path_factory.mktemp("synthea") / "workspace")
    counts = {}
    for name, text in {**FILES, "fhir": FHIR_PATIENT}.items():
        ending = "ndjson" if name == "fhir" else "csv"
        found = ingest.inspect(workspace, ingest.receive(workspace, f"{name}.{ending}", text.encode()))
        assert found.problem is None, found.problem
        counts[str(found.source)] = dict(found.counts)
        ingest.load(workspace, found)
    return workspace, counts


def rows(told: tuple[Workspace, dict[str, dict[str, int]]], sql: str) -> list[tuple[Any, ...]]:
    with told[0].warehouse.read() as reader:
        return reader.all(sql)


def test_each_table_is_recognised_by_its_own_columns(told: tuple[Workspace, dict[str, dict[str, int]]]) -> None:
    assert set(told[1]) == {f"synthea_{name}" for name in FILES} | {"fhir_patient"}


def test_a_visit_is_at_the_place_that_the_organizations_name_whichever_file_came_first(
    told: tuple[Workspace, dict[str, dict[str, int]]],
) -> None:
    sql = """select d.name, a.service_line, a.status, a.start_at::varchar from appointment a
        join site_alias s on s.id = a.site_id join site d on d.site_id = s.to_id"""
    assert rows(told, sql) == [("HARBOR CLINIC", "General examination", "fulfilled", "2021-04-05 01:20:38")]
    assert told[1]["synthea_encounters"]["set_aside"] == 1


def test_a_patient_is_the_one_whose_record_number_fhir_tells(told: tuple[Workspace, dict[str, dict[str, int]]]) -> None:
    sql = "select count(*) from appointment a join patient_link l on l.other_key = a.patient_key and l.basis = 'record_number'"
    assert rows(told, sql) == [(1,)]


def test_an_exam_counts_once_however_many_pictures_it_has(told: tuple[Workspace, dict[str, dict[str, int]]]) -> None:
    assert rows(told, "select modality from imaging_study") == [("DX",)]
    assert told[1]["synthea_imaging_studies"]["rows_duplicate"] == 1


def test_a_provider_works_at_the_organization(told: tuple[Workspace, dict[str, dict[str, int]]]) -> None:
    sql = "select p.family_name, o.name from practitioner_role r join practitioner p using (practitioner_id) join organization o using (organization_id)"
    assert rows(told, sql) == [("Lee2", "HARBOR CLINIC")]
