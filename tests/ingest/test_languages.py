"""Logs in six languages, read at the first try: headers, days, states, yes and no, names with their titles."""

from __future__ import annotations

import pytest
from ingest.asking import Answer, Asked, received

from pipelines import languages

# Language, kind of export, days of receipt, family names of who refers, states of visits in the order of days, steps; the file.
LOGS = (
    (
        "Spanish", "referral_log", "2026-03-02 2026-03-05 2026-03-13", "Fernández Gómez", "booked fulfilled", "declined",
        "Fecha de recepción;Médico remitente;Centro;Paciente;Nº historia;Estado;Fecha de cita\n"
        "02/03/2026;Dra. Ana Gómez;Centro de Salud Norte;María Pérez;10023;Programada;15/03/2026\n"
        "05/03/2026;Dr. Luis Fernández;Clínica Sur;José Ruiz;10024;Rechazada;\n"
        "13/03/2026;Dra. Ana Gómez;Centro de Salud Norte;Lucía Díaz;10025;Atendida;20/03/2026\n"
    ),
    (
        "Spanish", "referral_log", "2026-01-14 2026-01-15 2026-01-16", "López Vega", "fulfilled", "cancelled kept",
        "Folio,Fecha de referencia,Médico que refiere,Especialidad,Motivo de referencia,Prioridad,Estatus,Fecha de la cita,¿Asistió?\n"
        "R-1,14/01/2026,Dr. Juan López,Cardiología,Dolor torácico,Urgente,Agendada,20/01/2026,Sí\n"
        "R-2,15/01/2026,Dra. Rosa Vega,Neurología,Cefalea,Normal,Cancelada,,No\n"
        "R-3,16/01/2026,Dr. Juan López,Cardiología,Soplo,Normal,Pendiente,,\n"
    ),
    (
        "Spanish", "appointments", "", "", "noshow fulfilled cancelled", "",
        "Fecha de la cita;Hora;Paciente;Historia clínica;Médico;Estado de la cita;Médico derivante\n"
        "02/02/2026;9:30;Pérez, Ana;5501;Dr. Soto;No se presentó;Dr. Gil\n"
        "03/02/2026;10:00;Ruiz, Leo;5502;Dr. Soto;Atendido;Dra. Mora\n"
        "14/02/2026;11:15;Vera, Sol;5503;Dr. Soto;Cancelada;Dr. Gil\n"
    ),
    (
        "Spanish", "referral_log", "2025-11-03 2025-11-17 2025-11-28", "Gil Mora", "", "",
        "Fecha;Remitido por;Teléfono;Paciente;Fecha de nacimiento;Sexo;Seguro;Resultado;Observaciones\n"
        "03/11/2025;Dr. Gil;555 010 020;Ana Sol;14/05/1960;M;IMSS;Contactado;\n"
        "17/11/2025;Dra. Mora;555 010 021;Leo Mar;02/12/1955;H;ISSSTE;No contesta;volver a llamar\n"
        "28/11/2025;Dr. Gil;555 010 020;Eva Paz;30/07/1971;M;IMSS;Cita programada;\n"
    ),
    (
        "French", "referral_log", "2026-03-02 2026-03-13 2026-03-14", "Lefèvre Martin", "booked fulfilled", "declined",
        "Date de réception;Médecin adresseur;Cabinet;Nom du patient;Date de naissance;Motif;Statut;Date du rendez-vous\n"
        "02/03/2026;Dr Anne Lefèvre;Cabinet du Parc;Durand;14/02/1950;Douleur;Programmé;15/03/2026\n"
        "13/03/2026;Dr Paul Martin;Maison de santé Est;Petit;01/12/1949;Bilan;Refusé;\n"
        "14/03/2026;Dr Anne Lefèvre;Cabinet du Parc;Moreau;22/06/1962;Bilan;Vu;21/03/2026\n"
    ),
    (
        "French", "referral_log", "2026-01-14 2026-01-15 2026-01-16", "Cote Roy", "fulfilled noshow", "kept",
        "N° de demande;Reçu le;Médecin référent;Spécialité;Priorité;N° de dossier;Rendez-vous;Venu\n"
        "D1;14/01/2026;Dr Roy;Cardiologie;Urgent;901;20/01/2026;Oui\n"
        "D2;15/01/2026;Dr Cote;Neurologie;Routine;902;22/01/2026;Non\n"
        "D3;16/01/2026;Dr Roy;Cardiologie;Routine;903;;\n"
    ),
    (
        "French", "appointments", "", "", "noshow fulfilled cancelled", "",
        "Date du RDV;Heure;Patient;Dossier;Médecin;Statut du rendez-vous\n"
        "02/02/2026;9h30;Durand Ana;5501;Dr Sol;Absent\n"
        "03/02/2026;10h00;Petit Leo;5502;Dr Sol;Honoré\n"
        "14/02/2026;11h15;Roux Zoe;5503;Dr Sol;Annulé\n"
    ),
    (
        "French", "referral_log", "2025-11-03 2025-11-17 2025-08-28", "Gil Mora", "fulfilled noshow", "contact_attempt contact_attempt contact_attempt contact_made contact_made",
        "Date;Adressé par;Téléphone;Patient;Né(e) le;Sexe;1er appel;Contacté le;Date de rdv;Issue\n"
        "3 novembre 2025;Dr Gil;01 23 45 67 89;Ana Sol;14/05/1960;F;4 novembre 2025;5 novembre 2025;1 décembre 2025;Vu\n"
        "17 novembre 2025;Dr Mora;01 23 45 67 90;Leo Mar;02/12/1955;H;18 novembre 2025;;;Injoignable\n"
        "28 août 2025;Dr Gil;01 23 45 67 89;Eva Paz;30/07/1971;F;29 août 2025;29 août 2025;15 février 2026;Non venu\n"
    ),
    (
        "German", "referral_log", "2026-03-02 2026-03-13 2026-03-14", "Müller Weiß", "booked fulfilled", "declined",
        "Eingangsdatum;Zuweiser;Praxis;Patient;Geburtsdatum;Status;Termin\n"
        "02.03.2026;Dr. med. Anna Müller;Praxis am Markt;Schmidt, Eva;14.02.1950;Terminiert;15.03.2026\n"
        "13.03.2026;Dr. med. Karl Weiß;Gemeinschaftspraxis Süd;Huber, Max;01.12.1949;Abgelehnt;\n"
        "14.03.2026;Dr. med. Anna Müller;Praxis am Markt;Lang, Ute;22.06.1962;Erschienen;21.03.2026\n"
    ),
    (
        "German", "referral_log", "2026-01-14 2026-01-15 2026-01-16", "Koch Roth", "fulfilled", "cancelled",
        "Überweisungsnr.;Überweisungsdatum;Überweisender Arzt;Fachrichtung;Grund der Überweisung;Dringlichkeit;Patientennr.;Erstgespräch am;Ergebnis\n"
        "U1;14.01.2026;Dr. Roth;Kardiologie;Brustschmerz;dringend;901;20.01.2026;erledigt\n"
        "U2;15.01.2026;Dr. Koch;Neurologie;Kopfschmerz;normal;902;;storniert\n"
        "U3;16.01.2026;Dr. Roth;Kardiologie;Geräusch;normal;903;;offen\n"
    ),
    (
        "German", "appointments", "", "", "noshow fulfilled cancelled", "",
        "Termindatum;Uhrzeit;Patient;Patienten-ID;Behandler;Terminstatus\n"
        "02.02.2026;09:30;Schmidt Ana;5501;Dr. Sol;Nicht erschienen\n"
        "03.02.2026;10:00;Huber Leo;5502;Dr. Sol;Wahrgenommen\n"
        "14.02.2026;11:15;Lang Zoe;5503;Dr. Sol;Abgesagt\n"
    ),
    (
        "German", "referral_log", "2026-03-03 2026-03-17 2025-12-28", "Gil Mora", "noshow fulfilled", "contact_attempt contact_attempt contact_attempt contact_made contact_made kept",
        "Datum;Überwiesen von;Telefon;Patient;geb. am;Geschlecht;1. Anruf;Erreicht am;Termin am;Gesehen\n"
        "3. März 2026;Dr. Gil;030 1234567;Ana Sol;14.05.1960;w;4. März 2026;5. März 2026;1. April 2026;ja\n"
        "17. März 2026;Dr. Mora;030 1234568;Leo Mar;02.12.1955;m;18. März 2026;;;nein\n"
        "28. Dezember 2025;Dr. Gil;030 1234567;Eva Paz;30.07.1971;w;29. Dezember 2025;29. Dezember 2025;15. Februar 2026;nein\n"
    ),
    (
        "Portuguese", "referral_log", "2026-03-02 2026-03-13 2026-03-14", "Rocha Souza", "booked fulfilled", "declined",
        "Data de recebimento;Médico solicitante;Unidade;Paciente;Prontuário;Situação;Data da consulta\n"
        "02/03/2026;Dra. Ana Souza;UBS Norte;Maria Lima;10023;Agendado;15/03/2026\n"
        "13/03/2026;Dr. Luís Rocha;UBS Sul;João Dias;10024;Recusado;\n"
        "14/03/2026;Dra. Ana Souza;UBS Norte;Rita Melo;10025;Atendido;21/03/2026\n"
    ),
    (
        "Portuguese", "referral_log", "2026-01-14 2026-01-15 2026-01-16", "Cruz Reis", "fulfilled noshow", "kept",
        "Nº do encaminhamento,Data do encaminhamento,Encaminhado por,Especialidade,Motivo,Prioridade,Compareceu?,Data do agendamento\n"
        "E1,14/01/2026,Dr. Reis,Cardiologia,Dor,Urgente,Sim,20/01/2026\n"
        "E2,15/01/2026,Dra. Cruz,Neurologia,Cefaleia,Eletiva,Não,22/01/2026\n"
        "E3,16/01/2026,Dr. Reis,Cardiologia,Sopro,Eletiva,,\n"
    ),
    (
        "Portuguese", "appointments", "", "", "noshow fulfilled cancelled", "",
        "Data da consulta;Hora;Paciente;Prontuário;Médico;Situação da consulta\n"
        "02/02/2026;09:30;Lima Ana;5501;Dr. Sol;Faltou\n"
        "03/02/2026;10:00;Dias Leo;5502;Dr. Sol;Compareceu\n"
        "14/02/2026;11:15;Melo Zoe;5503;Dr. Sol;Cancelada\n"
    ),
    (
        "Portuguese", "referral_log", "2025-11-03 2026-03-17 2025-08-28", "Gil Mora", "fulfilled noshow", "contact_made contact_made",
        "Data;Médico de família;Telefone;Utente;Data de nascimento;Sexo;Contactado em;Data da consulta;Resultado\n"
        "3 de novembro de 2025;Dr. Gil;212 345 678;Ana Sol;14/05/1960;F;5 de novembro de 2025;1 de dezembro de 2025;Compareceu\n"
        "17 de março de 2026;Dr. Mora;212 345 679;Leo Mar;02/12/1955;M;;;Não atende\n"
        "28 de agosto de 2025;Dr. Gil;212 345 678;Eva Paz;30/07/1971;F;29 de agosto de 2025;15 de fevereiro de 2026;Faltou\n"
    ),
    (
        "Dutch", "referral_log", "2026-03-02 2026-03-13 2026-03-14", "Bakker de_Vries", "booked fulfilled", "declined",
        "Datum ontvangst;Verwijzer;Praktijk;Patiënt;Geboortedatum;Status;Afspraakdatum\n"
        "02-03-2026;Dr. A. de Vries;Huisartsenpraktijk Noord;Jansen, Eva;14-02-1950;Ingepland;15-03-2026\n"
        "13-03-2026;Dr. K. Bakker;Huisartsenpraktijk Zuid;Visser, Max;01-12-1949;Afgewezen;\n"
        "14-03-2026;Dr. A. de Vries;Huisartsenpraktijk Noord;Smit, Ute;22-06-1962;Gezien;21-03-2026\n"
    ),
    (
        "Dutch", "referral_log", "2026-01-14 2026-01-15 2026-01-16", "Kok Mol", "fulfilled noshow", "kept",
        "Verwijsnummer;Verwijsdatum;Verwijzend arts;Specialisme;Reden verwijzing;Spoed;Patiëntnummer;Afspraak;Verschenen\n"
        "V1;14-01-2026;Dr. Mol;Cardiologie;Pijn;ja;901;20-01-2026;ja\n"
        "V2;15-01-2026;Dr. Kok;Neurologie;Hoofdpijn;nee;902;22-01-2026;nee\n"
        "V3;16-01-2026;Dr. Mol;Cardiologie;Ruis;nee;903;;\n"
    ),
    (
        "Dutch", "appointments", "", "", "noshow fulfilled cancelled", "",
        "Afspraakdatum;Tijd;Patiënt;Patiëntnr;Behandelaar;Afspraakstatus\n"
        "02-02-2026;09:30;Jansen Ana;5501;Dr. Sol;Niet verschenen\n"
        "03-02-2026;10:00;Visser Leo;5502;Dr. Sol;Verschenen\n"
        "14-02-2026;11:15;Smit Zoe;5503;Dr. Sol;Geannuleerd\n"
    ),
    (
        "Dutch", "referral_log", "2025-11-03 2026-03-17 2025-08-28", "Gil Mora", "", "contact_attempt contact_attempt contact_attempt contact_made contact_made declined",
        "Datum;Verwezen door;Telefoon;Patiënt;Geslacht;Gebeld op;Contact op;Uitkomst\n"
        "3 november 2025;Dr. Gil;020 1234567;Ana Sol;v;4 november 2025;5 november 2025;Afspraak gemaakt\n"
        "17 maart 2026;Dr. Mora;020 1234568;Leo Mar;m;18 maart 2026;;Geen gehoor\n"
        "28 augustus 2025;Dr. Gil;020 1234567;Eva Paz;v;29 augustus 2025;29 augustus 2025;Geweigerd\n"
    ),
    (
        "Italian", "referral_log", "2026-03-02 2026-03-13 2026-03-14", "Bianchi Neri", "booked fulfilled", "declined",
        "Data di ricezione;Medico inviante;Studio;Paziente;Data di nascita;Stato;Data appuntamento\n"
        "02/03/2026;Dott.ssa Anna Bianchi;Studio Centro;Rossi Eva;14/02/1950;Programmato;15/03/2026\n"
        "13/03/2026;Dott. Carlo Neri;Studio Sud;Verdi Max;01/12/1949;Rifiutato;\n"
        "14/03/2026;Dott.ssa Anna Bianchi;Studio Centro;Gallo Ute;22/06/1962;Visto;21/03/2026\n"
    ),
    (
        "Italian", "referral_log", "2026-01-14 2026-01-15 2026-01-16", "Costa Riva", "fulfilled noshow", "kept",
        "N. richiesta;Data richiesta;Medico richiedente;Specialità;Motivo;Priorità;N. cartella;Appuntamento;Presentato\n"
        "I1;14/01/2026;Dott. Riva;Cardiologia;Dolore;Urgente;901;20/01/2026;Sì\n"
        "I2;15/01/2026;Dott. Costa;Neurologia;Cefalea;Ordinaria;902;22/01/2026;No\n"
        "I3;16/01/2026;Dott. Riva;Cardiologia;Soffio;Ordinaria;903;;\n"
    ),
    (
        "Italian", "appointments", "", "", "noshow fulfilled cancelled", "",
        "Data appuntamento;Ora;Paziente;Cartella clinica;Medico;Stato appuntamento\n"
        "02/02/2026;09:30;Rossi Ana;5501;Dr. Sol;Non presentato\n"
        "03/02/2026;10.00;Verdi Leo;5502;Dr. Sol;Eseguito\n"
        "14/02/2026;11:15;Gallo Zoe;5503;Dr. Sol;Annullato\n"
    ),
    (
        "Italian", "referral_log", "2025-11-03 2026-03-17 2025-08-28", "Gil Mora", "fulfilled noshow", "contact_attempt contact_attempt contact_attempt contact_made contact_made",
        "Data;Inviato da;Telefono;Paziente;Nato il;Sesso;Chiamato il;Contattato il;Data visita;Esito\n"
        "3 novembre 2025;Dr. Gil;06 1234567;Ana Sol;14/05/1960;F;4 novembre 2025;5 novembre 2025;1 dicembre 2025;Presentato\n"
        "17 marzo 2026;Dr. Mora;06 1234568;Leo Mar;02/12/1955;M;18 marzo 2026;;;Non risponde\n"
        "28 agosto 2025;Dr. Gil;06 1234567;Eva Paz;30/07/1971;F;29 agosto 2025;29 agosto 2025;15 febbraio 2026;Non presentato\n"
    ),
)  # fmt: skip


def words(rows: list[tuple[object, ...]]) -> str:
    return " ".join(str(value).replace(" ", "_") for (value,) in rows)


@pytest.mark.parametrize(("language", "source", "days", "who", "visits", "steps", "text"), LOGS)
def test_a_log_in_another_language_loads_as_it_is(
    asked: Asked, language: str, source: str, days: str, who: str, visits: str, steps: str, text: str
) -> None:
    answer: Answer = asked(text, "log.csv")
    assert (answer.problem, answer.told["source"], answer.counts) == (None, source, (3, 0, 0))
    assert any(said.startswith(f"The headers are in {language}: ") for said in answer.mapped["decisions"])
    assert "unknown_value" not in answer.codes()
    assert " ".join(received(answer)) == days
    assert words(answer.rows("practitioner", "family_name", "lower(family_name)")) == who
    assert not answer.rows("practitioner", "given_name", "1") or "." not in str(
        answer.rows("practitioner", "given_name")
    ).replace("A.", "").replace("K.", "")
    assert words(answer.rows("appointment", "status", "start_on")) == visits
    assert words(answer.rows("referral_event", "code", "code")) == steps


def test_letters_of_a_sex_mean_what_stands_beside_them(asked: Asked) -> None:
    log = "Fecha de recepción;Médico remitente;Paciente;Sexo\n14/03/2026;Dr. Gil;901;M\n15/03/2026;Dr. Gil;902;{}\n"
    assert words(asked(log.format("H")).rows("referral", "sex", "source_row")) == "female male"
    assert words(asked(log.format("F")).rows("referral", "sex", "source_row")) == "male female"


def test_nobody_and_nothing_are_no_names_in_any_language(asked: Asked) -> None:
    answer = asked(
        "Eingangsdatum;Zuweiser;Praxis;Patientennummer;Status\n14.03.2026;unbekannt;k.A.;901;offen\n15.03.2026;Dr. Roth;Praxis am Markt;902;offen\nSumme;;;2;\n"
    )
    assert (answer.counts, words(answer.rows("practitioner", "family_name"))) == ((2, 0, 0), "Roth")
    assert answer.rows("organization", "name") == [("Praxis am Markt",)]


@pytest.mark.parametrize(
    "header",
    ["Status,Patient,Telefon,Name", "Adresse;Telefon;Bemerkung", "Datum;Paciente;Studio", "Date;Patient;Total"],
)
def test_a_few_foreign_words_make_no_log(asked: Asked, header: str) -> None:
    sign = ";" if ";" in header else ","
    answer = asked(f"{header}\n{sign.join('abcd'[: header.count(sign) + 1])}\n")
    assert answer.told["source"] is None


def test_every_language_says_the_same_things() -> None:
    told = {one.name: (set(one.headers), set(one.says)) for one in languages.languages()}
    first = next(iter(told.values()))
    assert all(one == first for one in told.values())


FURTHER = (
    ("screening_log", "Protocolo;Nº de participante;Fecha de consentimiento;Fecha de cribado;Fecha de aleatorización;Estado;Motivo de fallo de cribado\nABC-101;001;02/03/2026;05/03/2026;16/03/2026;Aleatorizado;\nABC-101;002;03/03/2026;06/03/2026;;Fallo de cribado;HbA1c\n"),
    ("call_log", "Fecha y hora;Sentido;Llamante;Duración;Tiempo de espera;Resultado\n02/03/2026 09:10;Entrante;5550101;00:03:10;00:00:08;Contestada\n13/03/2026 09:20;Entrante;5550102;00:00:00;00:00:30;Perdida\n"),
    ("outreach_log", "Date;Délégué;Cabinet;Médecin rencontré;Type de contact;Commentaires\n02/03/2026;Kim Lee;Cabinet du Parc;Dr Lefèvre;Visite;\n16/03/2026;Kim Lee;Maison de santé Est;Dr Martin;Appel;\n"),
    ("screening_log", "Studie;Zentrum;Probanden-Nr.;Einwilligung am;Screening am;Randomisierung am;Status\nABC-101;Berlin;001;02.03.2026;03.03.2026;16.03.2026;randomisiert\nABC-101;Berlin;002;05.03.2026;06.03.2026;;Screening-Versager\n"),
    ("screening_log", "Estudo,Nº do participante,Data do TCLE,Data da triagem,Data da randomização,Situação\nABC-101,001,02/03/2026,03/03/2026,16/03/2026,Randomizado\nABC-101,002,05/03/2026,06/03/2026,,Falha de triagem\n"),
    ("screening_log", "Studie;Deelnemernummer;Datum informed consent;Screeningsdatum;Inclusiedatum;Status\nABC-101;001;02-03-2026;03-03-2026;16-03-2026;Geïncludeerd\nABC-101;002;05-03-2026;06-03-2026;;Screen failure\n"),
    ("screening_log", "Protocollo;Centro;N. soggetto;Data consenso informato;Data screening;Data randomizzazione;Stato\nABC-101;Roma;001;02/03/2026;03/03/2026;16/03/2026;Randomizzato\nABC-101;Roma;002;05/03/2026;06/03/2026;;Screening failure\n"),
)  # fmt: skip


@pytest.mark.parametrize(("source", "text"), FURTHER)
def test_logs_of_studies_calls_and_outreach_load_in_other_languages_too(asked: Asked, source: str, text: str) -> None:
    answer = asked(text)
    assert (answer.problem, answer.told["source"], answer.counts) == (None, source, (2, 0, 0))
    assert "unknown_value" not in answer.codes()


def test_hours_as_other_languages_write_them_are_hours(asked: Asked) -> None:
    german = "Eingang;Zuweiser;Patientennummer;Termin;Uhrzeit\n02.03.26;Dr. Roth;901;20.03.26;9:30 Uhr\n13.03.26;Dr. Koch;902;21.03.26;10.15\n"
    french = "Reçu le,Référé par,N° de dossier,RDV\n2026-03-02,Dr Roy,901,2026-03-20 à 9h30\n2026-03-13,Dre Côté,902,2026-03-21 10h\n"
    for text, name, second in ((german, "de.csv", "14:15:00"), (french, "fr.csv", "14:00:00")):
        starts = [str(start) for (start,) in asked(text, name).rows("appointment", "start_at", "start_on")]
        assert starts == ["2026-03-20 13:30:00", f"2026-03-21 {second}"]


def test_a_state_in_capitals_without_accents_is_the_same_state(asked: Asked) -> None:
    answer = asked("FECHA RECIBIDO;DR. QUE ENVIA;NO. EXPEDIENTE;ESTATUS;FECHA DE LA CITA\n14/03/2026;DR. JUAN LOPEZ;901;NO SE PRESENTO;20/03/2026\nTOTAL;;;1;\n")  # fmt: skip
    assert (answer.counts, words(answer.rows("appointment", "status"))) == ((1, 0, 0), "noshow")
