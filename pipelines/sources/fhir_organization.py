"""FHIR Organization: a practice, hospital or sponsor, under the reference that other resources name it by."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary.fhir import NEWEST, SYSTEM, bookkeeping, id_fields, key

KINDS = {
    "prov": "practice",
    "dept": "practice",
    "team": "practice",
    "hosp": "hospital",
    "crs": "sponsor",
    "bus": "vendor",
    "other": "practice",
}
FIELDS = (
    *id_fields("Organization"),
    Field("npi", "NPI", "npi", ("Organization.identifier.npi",), example="1234567893"),
    Field("identifiers", "Identifiers", "text", ("Organization.identifier",)),
    Field("name", "Name", "name", ("Organization.name",), required=True, example="Riverside Family Medicine"),
    Field("kind", "Type", "enum", ("Organization.type",), values=KINDS, otherwise="practice", example="prov"),
    Field("part_of", "Part of", "identifier", ("Organization.partOf",)),
    Field("active", "Active", "boolean", ("Organization.active",)),
    Field("street", "Street", "text", ("Organization.address.line",)),
    Field("city", "City", "text", ("Organization.address.city",)),
    Field("state", "State", "text", ("Organization.address.state",)),
    Field("postal", "ZIP", "identifier", ("Organization.address.postalCode",), example="10001"),
    Field("phone", "Phone", "phone", ("Organization.telecom.phone",)),
    Field("fax", "Fax", "phone", ("Organization.telecom.fax",)),
)  # fmt: skip
_ITSELF = "organization_key(name, postal)"

SOURCE = Source(
    name="fhir_organization",
    title="FHIR Organization",
    description="Organisations with their NPI, address and telephone, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "name", "part_of", "postal"}),),
    primary="organization",
    ignored=bookkeeping("Organization"),
    checks=(NEWEST,),
    emits=(
        Emit("organization", f"select row, {key('organization', 'number')} as organization_id, name, {_ITSELF} as merged_into from parsed"),
        Emit("organization", f"""
            select row, {_ITSELF} as organization_id, npi, name, kind, case when part_of is not null then {key("organization", "part_of")} end as parent_id,
                street as address_line, city, case when length(state) = 2 then upper(state) else state end as state, postal as postal_code, phone, fax
            from parsed"""),
        # Where it is the site of visits, it goes by the site's key, which only has the reference for a name.
        Emit("organization", f"select row, {key('site', 'number')} as organization_id, name, {_ITSELF} as merged_into from parsed"),
        # Other resources may name an organisation by any of its identifiers instead.
        Emit("organization", f"""
            select row, {key("organization", "'Organization?identifier=' || coalesce(one.system, '') || '|' || one.value")} as organization_id, name,
                itself as merged_into
            from (select row, name, {_ITSELF} as itself, unnest(try(from_json(identifiers, '[{{"system":"VARCHAR","value":"VARCHAR"}}]'))) as one from parsed)
            where one.value is not null"""),
    ),
    order=10,
)  # fmt: skip
