"""recruIT's list of proposed participants (German headers, German dates): who was proposed when, and how it stands.

The state has no date of its own, and dating it by the proposal would make enrolment look instant: so only the proposal
is counted, and a state that ends it is said to be undated.
"""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import patient_fields, site_field, study_field
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.subjects import SUBJECT_STATUSES, subject_source

STATUSES = {
    **SUBJECT_STATUSES, "rekrutierungsvorschlag": "identified", "vorschlag": "identified", "neu": "identified", "wird geprüft": "none", "in prüfung": "none",
    "prüfung": "none", "kandidat": "identified", "erfüllt e/a-kriterien nicht": "screen_failed", "ungeeignet": "screen_failed", "nicht geeignet": "screen_failed",
    "geeignet": "eligible", "wurde eingeschlossen": "on_study", "eingeschlossen": "on_study", "in studie": "on_study", "verweigert": "declined",
    "verweigerung": "declined", "abgelehnt": "declined", "ausgeschieden": "withdrawn", "zurückgezogen": "withdrawn", "abgeschlossen": "completed",
}  # fmt: skip
FIELDS = (
    *bare((study_field(),), study=("Studie", "Studienname", "Studienkürzel")),
    *bare((site_field(),), site=("Standort", "Zentrum", "Klinik")),
    Field("subject", "id", "identifier", ("id", "Vorschlags-ID"), required=True, example="rec-1"),
    Field("proposed", "Vorschlagszeit", "datetime", ("Vorschlagszeit", "Vorgeschlagen am"), required=True, example="31.03.2026, 14:05:00"),
    Field("status", "Status", "enum", ("Status",), values=STATUSES, otherwise="none", example="Wird geprüft"),
    *bare(patient_fields(), mrn=("Patientennummer", "Patienten-ID"), born=("Geburtsdatum",), sex=("Geschlecht",)),
)  # fmt: skip
FIELDS = tuple(
    Field(**{**vars(field), "values": {**field.values, "männlich": "male", "maennlich": "male", "weiblich": "female", "divers": "other", "unbekannt": "unknown"}})
    if field.name == "sex" else field for field in FIELDS
)  # fmt: skip
_ENDED = "('screen_failed', 'declined', 'withdrawn', 'on_study', 'eligible', 'completed')"

SOURCE = subject_source(
    name="recruit",
    title="recruIT proposals",
    description="Patients whom recruIT proposed for a study (German export), with their state.",
    system="recruit",
    fields=FIELDS,
    signature=(frozenset({"proposed", "mrn", "status"}), frozenset({"subject", "proposed", "mrn", "born", "status"})),
    steps=(("proposed", "identified"),),
    one_of=(("study",),),
    restates=("subject_id",),
    preamble=("study", "site"),
    date_order="dmy",
    ignored=("Letzter Aufenthalt", "Notizen"),
    checks=(Check("no_date_for_outcome", "warning", "status", f"select row from parsed where status in {_ENDED}"),),
)  # fmt: skip
