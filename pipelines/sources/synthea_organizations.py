"""Synthea ``organizations.csv``: where providers work, and where encounters take place. The same row is an organisation to the one
and a site to the other."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary.synthea import SYSTEM, id_field, key

FIELDS = (
    id_field("number", "Id", "Id", required=True),
    Field("name", "NAME", "name", ("NAME",), required=True, example="Harbor Street Clinic"),
    Field("line", "ADDRESS", "text", ("ADDRESS",)),
    Field("city", "CITY", "text", ("CITY",)),
    Field("state", "STATE", "text", ("STATE",)),
    Field("zip", "ZIP", "identifier", ("ZIP",), example="02360"),
    Field("phone", "PHONE", "phone", ("PHONE",)),
    Field("revenue", "REVENUE", "number", ("REVENUE",), example="0.0"),
    Field("used", "UTILIZATION", "text", ("UTILIZATION",), example="12"),
)  # fmt: skip

SOURCE = Source(
    name="synthea_organizations",
    title="Synthea organizations",
    description="Hospitals and practices of a Synthea run, by name.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "name", "zip", "revenue", "used"}),),
    primary="organization",
    ignored=("LAT", "LON"),
    emits=(
        Emit("organization", f"""
            select row, {key("organization", "number")} as organization_id, name, 'practice' as kind, line as address_line, city, state, zip as postal_code, phone from parsed"""),
        Emit("site", f"select row, {key('site', 'number')} as site_id, name, site_key(name) as merged_into from parsed"),
        Emit("site", "select row, site_key(name) as site_id, name from parsed"),
    ),
    order=10,
)  # fmt: skip
