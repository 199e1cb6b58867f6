"""FHIR PractitionerRole: a practitioner at an organisation. A request may name the role: it then means both."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.values.names import named_sql
from pipelines.vocabulary.fhir import NEWEST, SYSTEM, bookkeeping, id_fields, key, practitioner_key

FIELDS = (
    *id_fields("PractitionerRole", dated=True),
    Field("practitioner", "Practitioner", "identifier", ("PractitionerRole.practitioner",), example="Practitioner/12"),
    Field("practitioner_name", "Practitioner's name", "name", ("PractitionerRole.practitioner.display",)),
    Field("organization", "Organization", "identifier", ("PractitionerRole.organization",), example="Organization/3"),
    Field("organization_name", "Organization's name", "name", ("PractitionerRole.organization.display",)),
    Field("identifiers", "Identifiers", "text", ("PractitionerRole.identifier",)),
    Field("specialty", "Specialty", "text", ("PractitionerRole.specialty",), example="Cardiology"),
    Field("taxonomy", "Taxonomy", "identifier", ("PractitionerRole.specialty.taxonomy",), example="207RC0000X"),
    Field("active", "Active", "boolean", ("PractitionerRole.active",)),
    Field("start", "From", "date", ("PractitionerRole.period.start",), future=True),
    Field("ended", "To", "date", ("PractitionerRole.period.end",), future=True),
    Field("phone", "Phone", "phone", ("PractitionerRole.telecom.phone",)),
    Field("fax", "Fax", "phone", ("PractitionerRole.telecom.fax",)),
)  # fmt: skip

SOURCE = Source(
    name="fhir_practitioner_role",
    title="FHIR PractitionerRole",
    description="Which practitioner works at which organisation, in which specialty, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "practitioner", "organization", "specialty"}),),
    primary="practitioner_role",
    one_of=(("practitioner", "organization"),),
    reference=True,
    ignored=bookkeeping("PractitionerRole"),
    checks=(NEWEST,),
    relations=(
        Relation("named", f"""
            select row, family_name, given_name, credential from ({named_sql("(select row, practitioner_name as person from parsed where practitioner_name is not null)")})"""),
        Relation("keyed", f"""
            select p.*, n.family_name, n.given_name, n.credential, coalesce(x.specialty, p.specialty) as works_as,
                case when practitioner is not null then {practitioner_key("practitioner")} end as practitioner_id,
                case when organization is not null then {key("organization", "organization")} end as organization_id
            from parsed p left join named n using (row) left join nucc x on x.code = p.taxonomy"""),
    ),
    emits=(
        Emit("practitioner_role", """
            select row, practitioner_id, organization_id, taxonomy, phone, fax, start as from_on,
                coalesce(ended, case when active = false then updated_on end) as to_on
            from keyed where practitioner_id is not null and organization_id is not null"""),
        # What the role's own reference means, and what the role tells of its two ends.
        Emit("practitioner", f"""
            select row, {key("practitioner", "number")} as practitioner_id, family_name, given_name, credential, practitioner_id as merged_into from keyed
            where practitioner_id is not null"""),
        Emit("practitioner", """
            select row, practitioner_id, family_name, given_name, credential, taxonomy as primary_taxonomy, works_as as specialty
            from keyed where practitioner_id is not null"""),
        Emit("organization", f"""
            select row, {key("organization", "number")} as organization_id, coalesce(organization_name, organization) as name, organization_id as merged_into
            from keyed where organization_id is not null"""),
        Emit("organization", """
            select row, organization_id, coalesce(organization_name, organization) as name, 'practice' as kind from keyed
            where organization_id is not null"""),
    ),
    order=10,
)  # fmt: skip
