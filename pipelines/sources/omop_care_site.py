"""OMOP CDM ``care_site``: where providers work, and where visits take place. The same row is an organisation to the one
and a site to the other."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary.omop import SYSTEM, id_field, key

FIELDS = (
    id_field("number", "Care site", "care_site_id", required=True),
    Field("name", "Name", "name", ("care_site_name",), required=True, example="Harbor Street Clinic"),
    Field("kind", "Place of service", "text", ("place_of_service_source_value",), example="Office"),
    id_field("location", "Location", "location_id"),
)  # fmt: skip

SOURCE = Source(
    name="omop_care_site",
    title="OMOP care_site",
    description="Care sites of an OMOP database, by name.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "name", "kind", "location"}), frozenset({"number", "name", "kind"}), frozenset({"number", "name", "location"})),
    primary="organization",
    ignored=("place_of_service_concept_id", "care_site_source_value"),
    emits=(
        Emit("organization", f"""
            select row, {key("care_site", "number")} as organization_id, name, 'practice' as kind from parsed"""),
        Emit("site", f"select row, {key('site', 'number')} as site_id, name, site_key(name) as merged_into from parsed"),
        Emit("site", "select row, site_key(name) as site_id, name from parsed"),
    ),
    order=10,
)  # fmt: skip
