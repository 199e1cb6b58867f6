"""FHIR ImagingStudy: an exam, by the keyed hash of its DICOM study UID (else of its reference)."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.fhir import NEWEST, SYSTEM, bookkeeping, id_fields, key, study_hash, unreached

FIELDS = (
    *id_fields("ImagingStudy"),
    Field("uid", "Study UID", "text", ("ImagingStudy.identifier",), example="urn:oid:2.16.124.1"),
    Field("status", "Status", "text", ("ImagingStudy.status",), example="available"),
    Field("modality", "Modality", "text", ("ImagingStudy.modality",), example="MR"),
    Field("request", "Based on", "identifier", ("ImagingStudy.basedOn",), example="ServiceRequest/7"),
    Field("started", "Started", "datetime", ("ImagingStudy.started",), example="2026-04-14T09:30:00-04:00"),
)  # fmt: skip

SOURCE = Source(
    name="fhir_imaging_study",
    title="FHIR ImagingStudy",
    description="Imaging studies with modality, time and the request they answer, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "uid", "modality", "started"}),),
    primary="imaging_study",
    ignored=(*bookkeeping("ImagingStudy"), "ImagingStudy.subject", "ImagingStudy.location"),
    checks=(
        NEWEST,
        unreached("request"),
        Check("entered_in_error", "note", "status", "select row from parsed where status in ('entered-in-error', 'cancelled', 'registered')", aside=True),
    ),
    emits=(
        Emit("imaging_study", f"""
            select row, {study_hash("uid", "number")} as study_uid_hash, case when request is not null then {key("referral", "request")} end as referral_id,
                upper(modality) as modality, started as exam_end_at, started_on as exam_end_on, 'archive' as told_by from parsed""", unique=True),
    ),
    order=60,
)  # fmt: skip
