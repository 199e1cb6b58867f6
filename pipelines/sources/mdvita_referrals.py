"""MDVita's "Referrals" of a health plan. RefType is how urgent it was: E(mergency), R(outine), U(rgent).

Providers are only numbered: each number is a source of its own until a roster names it.
"""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation
from pipelines.vocabulary import patient_fields, site_field
from pipelines.vocabulary.referrals import bare, referral_source

FIELDS = (
    Field("number", "RefID", "identifier", ("RefID",), required=True, example="1"),
    Field("priority", "RefType", "enum", ("RefType",), values={"e": "stat", "r": "routine", "u": "urgent", "emergency": "stat", "routine": "routine", "urgent": "urgent"},
          example="R"),
    *bare(patient_fields(), mrn=("MemberID",)),
    Field("received", "RefDate", "datetime", ("RefDate",), required=True, example="03/31/2026"),
    Field("appt", "ApptDate", "datetime", ("ApptDate",), future=True, clock="appt_time"),
    Field("appt_time", "ApptTime", "text", ("ApptTime",)),
    Field("cancelled", "CancelDate", "datetime", ("CancelDate",)),
    Field("referred_by", "Referring_PhysID", "identifier", ("Referring_PhysID",), example="501"),
    Field("service", "ServiceCategoryCode", "text", ("ServiceCategoryCode", "TOS1")),
    *bare((site_field(label="Loc_PhysID"),), site=("Loc_PhysID",)),
)  # fmt: skip

SOURCE = referral_source(
    name="mdvita_referrals",
    title="MDVita referrals",
    description="Referrals of a health plan's members, with appointment and cancellation.",
    system="mdvita",
    fields=FIELDS,
    signature=(frozenset({"number", "received", "priority", "mrn"}), frozenset({"number", "received", "referred_by"}),
               frozenset({"number", "received", "priority", "mrn", "referred_by"})),
    steps=(("cancelled", "cancelled"),),
    ignored=("MemberPlanID", "NbrOfVis", "ReferredTo_PhysID", "TOS2"),
    relations=(Relation("sender", """
        select row, referred_by, key64('source|' || $system || '|' || upper(referred_by)) as source_id from parsed where referred_by is not null"""),),
    source="left join sender r on r.row = p.row",
    emits=(Emit("referral_source", """
        select min(row) as row, source_id, 'other' as kind, 'MDVita physician ' || referred_by as label from sender group by source_id, referred_by""", unique=True),),
)  # fmt: skip
