"""drChrono's inbound_referrals. The referrer is only numbered, so it is a source of its own until a roster names it."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation
from pipelines.vocabulary import patient_fields
from pipelines.vocabulary.referrals import bare, referral_source

FIELDS = (
    Field("number", "id", "identifier", ("id",), required=True, example="1001"),
    Field("received", "created_at", "datetime", ("created_at",), required=True, example="2026-03-31T14:05:00"),
    Field("recorded", "updated_at", "datetime", ("updated_at",)),
    *bare(patient_fields(), mrn=("patient_id",)),
    Field("referred_by", "referrer_id", "identifier", ("referrer_id",), example="77"),
    Field("fax", "inbound_fax_id", "identifier", ("inbound_fax_id",), example="5"),
    Field("parent", "outbound_referral_id", "identifier", ("outbound_referral_id",)),
)  # fmt: skip

SOURCE = referral_source(
    name="drchrono_inbound",
    title="drChrono inbound referrals",
    description="Referrals that came in, each with its patient and the number of who referred.",
    system="drchrono",
    fields=FIELDS,
    signature=(frozenset({"number", "received", "referred_by"}), frozenset({"number", "received", "mrn", "referred_by", "fax"})),
    ignored=("doctor_id", "estimated_value", "security_code", "pdf", "medical_record_json", "download_log_json"),
    relations=(Relation("sender", """
        select row, referred_by, key64('source|' || $system || '|' || upper(referred_by)) as source_id from parsed where referred_by is not null"""),),
    source="left join sender r on r.row = p.row",
    parent_prefix="out|",
    channel="case when p.fax is not null then 'fax' end",
    emits=(Emit("referral_source", """
        select min(row) as row, source_id, 'other' as kind, 'drChrono referrer ' || referred_by as label from sender group by source_id, referred_by""", unique=True),),
)  # fmt: skip
