"""Headers in German, French, Spanish, Italian, Dutch and Portuguese, word by word in English.

Only suggestions use it: a word has too many meanings for a file to be recognised by it. Compounds are taken apart
(``Überweisungsdatum`` is a referral date).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_GLOSSARY = {
    # what a referral is and who sends it
    "referral": "uberweisung ueberweisung zuweisung einweisung verwijzing derivacion remision encaminhamento invio orientation adressage",
    "referring provider": "uberweiser ueberweiser zuweiser einweiser verwijzer inviante derivante adressant adresseur prescripteur solicitante remitente referente",
    "provider": "arzt aerzte arzte arztin medecin medico medica docteur behandler arts hausarzt huisarts",
    "practice": "praxis arztpraxis cabinet praktijk consultorio ambulatorio",
    "clinic": "klinik clinique clinica kliniek krankenhaus hopital ospedale ziekenhuis",
    "specialty": "fachrichtung fachgebiet specialite especialidad specialita specialisme especialidade",
    # days and times
    "date": "datum fecha tag dag", "time": "uhrzeit heure hora ora tijd", "month": "monat mois mes mese maand",
    "received": "eingang eingangen eingegangen reception recu recepcion recibido recibida ricezione ricevuto ontvangst ontvangen recebimento recebido",
    "created": "erstellt angelegt cree creado creato aangemaakt criado", "scheduled": "terminiert programme programado gepland agendado",
    # persons
    "patient": "patienten paziente paciente", "name": "nom nombre naam", "last name": "nachname familienname apellido apellidos cognome achternaam sobrenome",
    "first name": "vorname prenom voornaam", "birth": "geburt geburts naissance nacimiento nascita geboorte nascimento", "sex": "geschlecht sexe sexo sesso geslacht",
    "number": "nummer numero kennung nr", "phone": "telefon telephone telefono telefoon telefone rufnummer", "address": "adresse anschrift direccion indirizzo adres endereco strasse",
    "zip": "plz postleitzahl", "city": "ort stadt ville ciudad citta stad cidade", "insurance": "versicherung krankenkasse assurance seguro verzekering assicurazione",
    # what becomes of it
    "status": "statut estado stato situacao", "reason": "grund anlass motif motivo reden", "priority": "dringlichkeit prioritat prioritaet urgence prioridad priorita prioriteit prioridade",
    "appointment": "termin rdv rendezvous cita appuntamento afspraak consulta", "visit": "besuch visite visita bezoek", "call": "anruf appel llamada chiamata",
    "comment": "bemerkung bemerkungen kommentar commentaire comentario comentarios observaciones opmerking opmerkingen osservazioni notiz notizen",
    "diagnosis": "diagnose diagnostic diagnostico diagnosi", "channel": "kanal canal canale kanaal",
    # telephones
    "direction": "richtung sens direccion direzione richting direcao", "queue": "warteschlange cola fila wachtrij", "wait time": "wartezeit attente espera attesa wachttijd",
    "talk time": "gesprachsdauer gespraechsdauer gesprachszeit conversation conversacion conversazione gespreksduur", "result": "ergebnis resultat resultado risultato resultaat",
    "duration": "dauer duree duracion durata duur duracao",
    # studies
    "study": "studie etude estudio estudo", "site": "standort zentrum prufzentrum locatie sitio", "consent": "einwilligung consentement consentimiento consenso toestemming consentimento",
    "enrolled": "eingeschlossen einschluss inclus inclusion incluido incluso geincludeerd",
    "screened": "gescreent depiste selection seleccion selezione", "randomized": "randomisation randomisiert randomisierung aleatorizacion randomizzazione randomisatie randomizacao",
    "eligible": "einschlussfahig eligible elegible eleggibile geschikt elegivel", "subject": "proband probanden sujet sujeto soggetto", "failure reason": "ausschlussgrund ablehnungsgrund", "target": "ziel objectif objetivo obiettivo doel",
}  # fmt: skip
_WORDS = {foreign: english for english, words in _GLOSSARY.items() for foreign in words.split()}
_LINKS = ("", "s", "es", "n", "en", "er")
_LEAST = 3  # letters of a part of a compound


def in_english(header: str) -> str:
    """``header`` with every word that is known put into English; the others as they are."""
    spaced = re.sub(r"(\w)[-’'](?=\w)", r"\1 ", re.sub(r"([a-zäöüß])([A-ZÄÖÜ])", r"\1 \2", header))
    return re.sub(r"[^\W\d_]+", lambda found: _translated(_bare(found[0])) or found[0], spaced)


def _bare(word: str) -> str:
    """Lower case, without accents."""
    folded = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


@lru_cache(maxsize=5_000)
def _translated(word: str) -> str | None:
    """A word, or the parts of a compound, in English; None where any of it is unknown."""
    if word in _WORDS:
        return _WORDS[word]
    for cut in range(len(word) - _LEAST, _LEAST - 1, -1):
        for link in _LINKS:
            head = word[:cut].removesuffix(link) if link and word[:cut].endswith(link) else word[:cut]
            if head in _WORDS and (rest := _translated(word[cut:])):
                return f"{_WORDS[head]} {rest}"
    return None
