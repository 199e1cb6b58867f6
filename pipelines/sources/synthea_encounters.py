"""Synthea ``encounters.csv``: visits that took place. Emergencies and stays are no booked visits, and no visit was asked for by anybody."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary.synthea import SYSTEM, id_field, key, person_field

FIELDS = (
    id_field("number", "Id", "Id", required=True),
    Field("start", "START", "datetime", ("START",), required=True, example="2021-04-05T13:20:38Z"),
    Field("ended", "STOP", "datetime", ("STOP",)),
    person_field("PATIENT"),
    id_field("place", "ORGANIZATION", "ORGANIZATION"),
    id_field("provider", "PROVIDER", "PROVIDER"),
    Field("class", "ENCOUNTERCLASS", "text", ("ENCOUNTERCLASS",), example="ambulatory"),
    Field("service", "DESCRIPTION", "text", ("DESCRIPTION",), example="Encounter for symptom"),
)  # fmt: skip

SOURCE = Source(
    name="synthea_encounters",
    title="Synthea encounters",
    description="Visits of a Synthea run: whose, when and where.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "start", "mrn", "class", "place"}), frozenset({"number", "start", "mrn", "class", "service"})),
    primary="appointment",
    ignored=("PAYER", "CODE", "BASE_ENCOUNTER_COST", "TOTAL_CLAIM_COST", "PAYER_COVERAGE", "REASONCODE", "REASONDESCRIPTION"),
    checks=(
        Check("unbooked_stay", "note", "class", "select row from parsed where lower(class) in ('emergency', 'inpatient', 'snf', 'hospice')", aside=True),
        Check("end_before_start", "warning", "ended", "select row from parsed where ended < start"),
    ),
    relations=(
        Relation("site_named", f"""
            select place, {key("site", "place")} as site_id, 'Organization ' || place as name, min(row) as row from parsed where place is not null group by place"""),
    ),
    emits=(
        Emit("appointment", f"""
            select p.row, {key("encounter", "p.number")} as appointment_id, p.patient_key, s.site_id, p.service as service_line, p.start as start_at,
                p.start_on, 'fulfilled' as status
            from parsed p left join site_named s on s.place = p.place""", unique=True),
        Emit("site", "select row, site_id, name from site_named", unique=True),
    ),
    order=70,
)  # fmt: skip
