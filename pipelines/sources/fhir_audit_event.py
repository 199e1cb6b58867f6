"""FHIR AuditEvent, as far as it is about an imaging study: who looked at it, shared or exported it. Everything else that
a server logs is set aside."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.fhir import SYSTEM, bookkeeping, id_fields, key, study_hash

# What somebody did to a study, by http://hl7.org/fhir/restful-interaction, DICOM's audit codes (CID 400) and the words of those who write
# their own. What keeps it (create, update, import, delete) is nobody's look at it; some say nothing of what was done.
_KEPT, _ANY = "kept", "any"
ACTION_PATTERNS = (
    (r"delet|creat|updat|patch|import|store|110105|110107", _KEPT), (r"export|110106|dispose", "exported"), (r"annotat", "annotated"),
    (r"share|provide|transfer|110102|110104|send|disclos", "shared"), (r"view|access|read|retriev|query|110103|110112|search|history", "viewed"),
)  # fmt: skip
_ACTIONS = {"c": _KEPT, "r": "viewed", "u": _KEPT, "d": _KEPT, "e": _ANY}  # http://hl7.org/fhir/audit-event-action
FIELDS = (
    *id_fields("AuditEvent"),
    Field("study", "Imaging study", "identifier", ("AuditEvent.entity",), example="ImagingStudy/3"),
    Field("uid", "Study UID", "text", ("AuditEvent.entity.uid",)),
    Field("subtype", "Subtype", "enum", ("AuditEvent.subtype",), patterns=ACTION_PATTERNS, example="read"),
    Field("done", "Action", "enum", ("AuditEvent.action",), values=_ACTIONS, otherwise=_ANY, example="R"),
    Field("type", "Type", "enum", ("AuditEvent.type",), patterns=(*ACTION_PATTERNS, (".", _ANY)), example="110103"),
    Field("outcome", "Outcome", "text", ("AuditEvent.outcome",), example="0"),
    Field("role", "Role", "text", ("AuditEvent.agent.type",)),
    Field("recorded", "Recorded", "datetime", ("AuditEvent.recorded",), required=True, example="2026-04-15T08:00:00Z"),
    Field("observer", "Observer", "identifier", ("AuditEvent.source.observer",)),
)  # fmt: skip

# The kind of event goes before the bare action (an export reads), but where it only says that the study was used.
_DONE = f"""coalesce(subtype, case when type = 'viewed' and done = '{_KEPT}' then done end, nullif(type, '{_ANY}'), nullif(done, '{_ANY}'), 'viewed')"""

SOURCE = Source(
    name="fhir_audit_event",
    title="FHIR AuditEvent",
    description="Who viewed, shared or exported imaging studies, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "study", "subtype", "recorded"}),),
    primary="share_event",
    ignored=(*bookkeeping("AuditEvent"), "AuditEvent.agent", "AuditEvent.meta.superseded"),
    checks=(Check("no_imaging", "note", "study", "select row from parsed where study is null and uid is null", aside=True),
            Check("kept_only", "note", "subtype", f"select row from parsed where coalesce(study, uid) is not null and {_DONE} = '{_KEPT}'", aside=True)),
    emits=(
        Emit("share_event", f"""
            select row, {study_hash("case when uid is not null then 'urn:oid:' || uid end", "study")} as study_uid_hash, recorded as occurred_at,
                case when outcome in ('4', '8', '12', 'error', 'fatal') then 'failed' else {_DONE} end as action,
                coalesce(role, 'unknown') as actor_role,
                case when starts_with(observer, 'Organization') then {key("organization", "observer")} end as actor_org_id
            from parsed"""),
    ),
    order=70,
)  # fmt: skip
