"""OMOP CDM ``visit_occurrence``: outpatient visits that took place. Inpatient and emergency stays are no booked visits, and what was
fetched at a pharmacy or taken by a laboratory is none at all.

OMOP knows no referral and no cancelled visit, so a visit stands by itself, as one that was kept.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary.omop import SYSTEM, id_field, key, person_field

FIELDS = (
    id_field("number", "Visit", "visit_occurrence_id", required=True),
    person_field(),
    Field("concept", "Kind of visit", "identifier", ("visit_concept_id",), example="9202"),
    Field("start_time", "Start", "datetime", ("visit_start_datetime",), example="2026-04-14 09:30:00"),
    Field("start_day", "Start date", "datetime", ("visit_start_date",), example="2026-04-14"),
    Field("ended", "End", "datetime", ("visit_end_datetime", "visit_end_date")),
    id_field("provider", "Provider", "provider_id"),
    id_field("place", "Care site", "care_site_id"),
    Field("source", "As the source calls it", "text", ("visit_source_value",)),
)  # fmt: skip
# Inpatient, emergency, emergency and inpatient, non-hospital institution, intensive care (MIMIC's own 9204, too), observation; inpatient and
# emergency critical care, psychiatry and rehabilitation, nursing facilities and hospice
_STAYS = "('9201', '9203', '262', '42898160', '32037', '9204', '581385', '8717', '8870', '581379', '581381', '8971', '8920', '8863', '8676', '8546')"
# Where the source's kind of visit is none of the vocabulary's, what the source calls it.
_STAY = f"""(concept in {_STAYS} or coalesce(concept, '0') = '0' and regexp_matches(lower(source), '^(inpatient|emergency)'))"""
# A pharmacy's, a laboratory's and an ambulance's: nobody was seen by appointment
_ERRANDS = "('581458', '32036', '581478', '8809')"

SOURCE = Source(
    name="omop_visit_occurrence",
    title="OMOP visit_occurrence",
    description="Visits of an OMOP database: whose, when and at which care site.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "mrn", "concept", "start_day"}),),
    primary="appointment",
    own_patients=True,
    one_of=(("start_time", "start_day"),),
    ignored=("visit_type_concept_id", "visit_source_concept_id", "admitted_from_concept_id", "admitted_from_source_value", "discharged_to_concept_id",
             "discharged_to_source_value", "preceding_visit_occurrence_id", "admitting_source_concept_id", "admitting_source_value",
             "discharge_to_concept_id", "discharge_to_source_value", "visit_end_date", "visit_end_datetime"),
    checks=(Check("unbooked_stay", "note", "concept", f"select row from parsed where {_STAY}", aside=True),
            Check("not_a_visit", "note", "concept", f"select row from parsed where concept in {_ERRANDS}", aside=True)),
    relations=(
        Relation("site_named", f"""
            select place, {key("site", "place")} as site_id, 'Care site ' || place as name, min(row) as row from parsed where place is not null group by place"""),
    ),
    emits=(
        Emit("appointment", f"""
            select p.row, {key("visit", "p.number")} as appointment_id, p.patient_key, s.site_id, p.source as service_line,
                coalesce(p.start_time, p.start_day) as start_at, coalesce(p.start_day_on, p.start_time_on) as start_on, 'fulfilled' as status
            from parsed p left join site_named s on s.place = p.place""", unique=True),
        Emit("site", "select row, site_id, name from site_named", unique=True),
    ),
    order=70,
)  # fmt: skip
