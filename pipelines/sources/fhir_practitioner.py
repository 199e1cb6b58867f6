"""FHIR Practitioner: a person, under the reference that other resources name them by.

With a valid NPI the reference is another name of the NPI's practitioner; without one the reference is all there is,
and who is who is decided like for any name.
"""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.values.names import named_sql
from pipelines.vocabulary.fhir import NEWEST, SYSTEM, bookkeeping, id_fields, key

FIELDS = (
    *id_fields("Practitioner"),
    Field("npi", "NPI", "npi", ("Practitioner.identifier.npi",), example="1234567893"),
    Field("identifiers", "Identifiers", "text", ("Practitioner.identifier",)),
    Field("name", "Name", "name", ("Practitioner.name",), example="Smith, Jane"),
    Field("last", "Family name", "name", ("Practitioner.name.family",), example="Smith"),
    Field("first", "Given name", "name", ("Practitioner.name.given",), example="Jane"),
    Field("credential", "Qualification", "text", ("Practitioner.qualification",), example="MD"),
    Field("taxonomy", "Taxonomy", "identifier", ("Practitioner.qualification.taxonomy",), example="207RC0000X"),
    Field("active", "Active", "boolean", ("Practitioner.active",), example="true"),
)  # fmt: skip
_FAMILY = "coalesce(last, n.family_name)"
_GIVEN = "coalesce(first, n.given_name)"
_CREDENTIAL = (
    "coalesce(case when length(p.credential) <= 8 then replace(upper(p.credential), '.', '') end, n.credential)"
)
# A name that is only written out ("Dr Jane Johnson, MD") has its parts found as in any list of people.
_WRITTEN = "(select row, name as person from parsed where last is null and name is not null)"

SOURCE = Source(
    name="fhir_practitioner",
    title="FHIR Practitioner",
    description="Practitioners with their NPI, name and qualification, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "npi", "name", "active"}),),
    primary="practitioner",
    reference=True,
    ignored=bookkeeping("Practitioner"),
    checks=(NEWEST,),
    relations=(Relation("written", named_sql(_WRITTEN)),),
    emits=(
        Emit("practitioner", f"""
            select p.row, {key("practitioner", "number")} as practitioner_id, cased({_FAMILY}) as family_name, cased({_GIVEN}) as given_name,
                {_CREDENTIAL} as credential, taxonomy as primary_taxonomy, t.specialty, case when active = false then 'retired' else 'active' end as status,
                case when npi is not null then practitioner_key(npi, null, null, null) end as merged_into
            from parsed p left join nucc t on t.code = p.taxonomy left join written n using (row)"""),
        Emit("practitioner", f"""
            select p.row, practitioner_key(npi, null, null, null) as practitioner_id, npi, cased({_FAMILY}) as family_name, cased({_GIVEN}) as given_name,
                {_CREDENTIAL} as credential, taxonomy as primary_taxonomy, t.specialty, case when active = false then 'retired' else 'active' end as status
            from parsed p left join nucc t on t.code = p.taxonomy left join written n using (row) where npi is not null"""),
        # Other resources may name a practitioner by any of their identifiers instead.
        Emit("practitioner", f"""
            select row, {key("practitioner", "'Practitioner?identifier=' || coalesce(one.system, '') || '|' || one.value")} as practitioner_id,
                {key("practitioner", "number")} as merged_into
            from (select row, number, unnest(try(from_json(identifiers, '[{{"system":"VARCHAR","value":"VARCHAR"}}]'))) as one from parsed)
            where one.value is not null and one.system is distinct from 'http://hl7.org/fhir/sid/us-npi'"""),
    ),
    order=10,
)  # fmt: skip
