"""FHIR Location: a place where services are given. Wards, rooms and beds are parts of their place, not places."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import TIME_ZONES
from pipelines.vocabulary.fhir import NEWEST, SYSTEM, bookkeeping, id_fields, key

FIELDS = (
    *id_fields("Location"),
    Field("name", "Name", "name", ("Location.name",), required=True, example="Harbor Street Clinic"),
    Field("status", "Status", "text", ("Location.status",)),
    Field("mode", "Mode", "text", ("Location.mode",)),
    Field("form", "Physical type", "text", ("Location.physicalType",), example="si"),
    Field("identifiers", "Identifiers", "text", ("Location.identifier",)),
    Field("city", "City", "text", ("Location.address.city",)),
    Field("state", "State", "text", ("Location.address.state",)),
    Field("part_of", "Part of", "identifier", ("Location.partOf",)),
    Field("time_zone", "Time zone", "zone", ("Location.timezone",), values=TIME_ZONES, example="America/New_York"),
)  # fmt: skip
_INNER = "(part_of is not null and lower(form) in ('wi', 'wa', 'lvl', 'co', 'ro', 'bd', 'ca', 'area', 'wing', 'ward', 'level', 'corridor', 'room', 'bed'))"

SOURCE = Source(
    name="fhir_location",
    title="FHIR Location",
    description="Places with their name, city and time zone, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "name", "mode", "form"}),),
    primary="site",
    ignored=bookkeeping("Location"),
    checks=(NEWEST, Check("kind_of_place", "note", "mode", "select row from parsed where mode = 'kind'", aside=True)),
    emits=(
        Emit("site", f"""
            select row, {key("site", "number")} as site_id, name, case when {_INNER} then {key("site", "part_of")} else site_key(name) end as merged_into
            from parsed"""),
        Emit("site", f"""
            select row, site_key(name) as site_id, name, city, case when length(state) = 2 then upper(state) else state end as state, time_zone
            from parsed where not coalesce({_INNER}, false)"""),
        Emit("site", f"""
            select row, {key("site", "'Location?identifier=' || coalesce(one.system, '') || '|' || one.value")} as site_id, name, site_key(name) as merged_into
            from (select row, name, unnest(try(from_json(identifiers, '[{{"system":"VARCHAR","value":"VARCHAR"}}]'))) as one from parsed
                where not coalesce({_INNER}, false)) where one.value is not null"""),
    ),
    order=10,
)  # fmt: skip
