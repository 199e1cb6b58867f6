"""Headers in other languages: put into English word by word, so that the mapping screen suggests what they mean."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import ingest
from pipelines.ingest import Choices
from pipelines.languages import folded, languages
from pipelines.recognition.glossary import in_english
from pipelines.workspace import Workspace

WORDS = (
    ("Überweisungsdatum", "referral date"), ("Überweiser", "referring provider"), ("Eingangsdatum", "received date"),
    ("GEBURTSDATUM", "birth date"), ("Patientennummer", "patient number"), ("Nachname", "last name"),
    ("Prénom", "first name"), ("Verwijzer", "referring provider"), ("Geboortedatum", "birth date"), ("Cognome", "last name"),
    ("Referring Provider", "Referring Provider"), ("Data", "Data"), ("NPI", "NPI"), ("Datei", "Datei"), ("", ""),
)  # fmt: skip
GERMAN = (
    "Überweisungsdatum;Überweiser;Praxis;Patient;Geburtsdatum;Überweisungsgrund;Status\n"
    "03.04.2026;Dr. med. Anna Weber;Praxis am Markt;Müller, Hans;12.11.1961;Kardiologie;Termin vereinbart\n"
    "04.04.2026;Dr. Jörg Klein;Hausärzte Süd;Schmidt, Eva;01.02.1975;Neurologie;abgesagt\n"
    "27.04.2026;Dr. med. Anna Weber;Praxis am Markt;Krüger, Max;23.07.1948;Kardiologie;Termin vereinbart\n"
)
FRENCH = (
    "Date de réception;Médecin adressant;Cabinet;Nom du patient;Date de naissance;Motif\n"
    "03/04/2026;Dr Claire Dupont;Cabinet du Parc;MARTIN Jean;12/11/1961;Cardiologie\n"
    "14/04/2026;Dr Paul Morel;Centre médical Sud;DURAND Éva;01/02/1975;Neurologie\n"
)
MEANT = {"received": 0, "referrer": 1, "practice": 2, "patient": 3, "born": 4, "reason": 5}


@pytest.mark.parametrize(("header", "english"), WORDS)
def test_words_and_compounds_are_put_into_english(header: str, english: str) -> None:
    assert in_english(header) == english


def test_a_part_of_a_header_means_one_thing_in_every_language_that_has_it() -> None:
    told = {(word, english) for one in languages() for english, said in one.parts.items() for word in said.split()}
    words = [word for word, _ in told]
    assert sorted(words) == sorted(set(words))
    assert words == [folded(word) for word in words]  # as headers are looked up


@pytest.mark.parametrize(("text", "more", "language"), [(GERMAN, {"status": 6}, "German"), (FRENCH, {}, "French")])
def test_a_foreign_log_is_read_as_what_it_means(
    workspace: Workspace, text: str, more: dict[str, int], language: str
) -> None:
    found = ingest.inspect(workspace, ingest.receive(workspace, "log.csv", text.encode()))
    assert (found.problem, found.source, found.columns) == (None, "referral_log", MEANT | more)
    assert any(said.startswith(f"The headers are in {language}: ") for said in found.decisions)
    found.discard()


def test_the_mapping_screen_suggests_what_a_foreign_file_of_no_known_kind_means(workspace: Workspace) -> None:
    text = "Geburtsdatum;Nachname;Vorname;Bemerkung\n12.11.1961;Müller;Hans;keine\n01.02.1975;Schmidt;Eva;neu\n"
    found = ingest.inspect(workspace, ingest.receive(workspace, "list.csv", text.encode()))
    assert found.source is None
    best: dict[str, Any] = found.details["kinds"][0]
    assert {"born": 0, "patient_last": 1, "patient_first": 2}.items() <= {
        one["name"]: one["place"] for one in best["suggestions"]
    }.items()
    found.discard()


def test_days_written_with_dots_are_days_first_and_unknown_words_are_asked_about(workspace: Workspace) -> None:
    text = GERMAN.replace("Termin vereinbart", "nach Kurklinik")
    chosen = Choices(source="referral_log", columns=MEANT | {"status": 6}, values={"status": {"abgesagt": "declined"}})
    found = ingest.inspect(workspace, ingest.receive(workspace, "log.csv", text.encode()), chosen)
    assert (found.problem, found.counts["rows_loaded"]) == (None, 3)
    assert [row["received"] for row in found.preview] == ["2026-04-03", "2026-04-04", "2026-04-27"]
    assert found.details["unknown"] == {"status": [["nach Kurklinik", 2]]}
    found.discard()
