"""FHIR AuditEvent, as far as it is about an imaging study: who looked at it, shared or exported it. Everything else that
a server logs is set aside."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.fhir import SYSTEM, bookkeeping, id_fields, key, study_hash

# DICOM audit codes, http://hl7.org/fhir/restful-interaction and IHE names, by what they do to a study.
ACTION_PATTERNS = (
    (r"export|110106|110108|dispose", "exported"), (r"annotat|110107|update|create", "annotated"),
    (r"share|provide|transfer|110104|110105|send|disclos", "shared"), (r"view|access|read|retriev|query|110103|110112|search|rest", "viewed"),
)  # fmt: skip
FIELDS = (
    *id_fields("AuditEvent"),
    Field("study", "Imaging study", "identifier", ("AuditEvent.entity",), example="ImagingStudy/3"),
    Field("uid", "Study UID", "text", ("AuditEvent.entity.uid",)),
    Field("subtype", "Subtype", "enum", ("AuditEvent.subtype",), patterns=ACTION_PATTERNS, example="read"),
    Field("type", "Type", "enum", ("AuditEvent.type",), patterns=ACTION_PATTERNS, otherwise="viewed", example="110103"),
    Field("outcome", "Outcome", "text", ("AuditEvent.outcome",), example="0"),
    Field("role", "Role", "text", ("AuditEvent.agent.type",)),
    Field("recorded", "Recorded", "datetime", ("AuditEvent.recorded",), required=True, example="2026-04-15T08:00:00Z"),
    Field("observer", "Observer", "identifier", ("AuditEvent.source.observer",)),
)  # fmt: skip

SOURCE = Source(
    name="fhir_audit_event",
    title="FHIR AuditEvent",
    description="Who viewed, shared or exported imaging studies, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "study", "subtype", "recorded"}),),
    primary="share_event",
    ignored=(*bookkeeping("AuditEvent"), "AuditEvent.agent", "AuditEvent.action", "AuditEvent.meta.superseded"),
    checks=(Check("no_imaging", "note", "study", "select row from parsed where study is null and uid is null", aside=True),),
    emits=(
        Emit("share_event", f"""
            select row, {study_hash("case when uid is not null then 'urn:oid:' || uid end", "study")} as study_uid_hash, recorded as occurred_at,
                case when outcome in ('4', '8', '12', 'error', 'fatal') then 'failed' else coalesce(subtype, type, 'viewed') end as action,
                coalesce(role, 'unknown') as actor_role,
                case when starts_with(observer, 'Organization') then {key("organization", "observer")} end as actor_org_id
            from parsed"""),
    ),
    order=70,
)  # fmt: skip
