"""NPPES' monthly file of deactivated NPIs: two columns under a title. Practitioners known by such an NPI no longer practise."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source

FIELDS = (
    Field("npi", "NPI", "npi", ("NPI", "NPI Number"), required=True, example="1234567893"),
    Field("deactivated", "NPPES Deactivation Date", "date", ("NPPES Deactivation Date", "NPI Deactivation Date", "Deactivation Date"), required=True, example="03/31/2026"),
)  # fmt: skip

SOURCE = Source(
    name="nppes_deactivated",
    title="Deactivated NPIs (NPPES)",
    description="NPIs that the registry has deactivated, with the day.",
    system="nppes",
    fields=FIELDS,
    signature=(frozenset({"npi", "deactivated"}),),
    primary="practitioner",
    date_order="mdy",
    emits=(
        Emit("practitioner", """
            select row, practitioner_key(npi, null, null, null) as practitioner_id, npi, 'deactivated' as status, deactivated as nppes_updated_on
            from parsed"""),
    ),
    order=15,
)  # fmt: skip
