"""The log of an image-sharing service or viewer: which study was shared, and who opened it in which role."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary import SITE_EMIT, SITE_NAMED, site_field
from pipelines.vocabulary.imaging import ACTION_PATTERNS, ACTIONS, PREVIEWS, ROLE_PATTERNS, ROLES, study_hash

FIELDS = (
    Field("accession", "Accession number", "identifier", ("Accession", "Accession #", "Accession No", "Acc #"), example="A1000001"),
    Field("uid", "Study Instance UID", "identifier", ("StudyInstanceUID", "Study UID", "DICOM Study UID", "Study"), example="1.2.840.1"),
    Field("happened_utc", "Event time (UTC)", "datetime", ("Time UTC", "Timestamp UTC", "Date/Time (UTC)", "UTC Time", "Event UTC"), utc=True),
    Field("happened", "Event time", "datetime", ("Timestamp", "Date/Time", "Event Date", "Event Date/Time", "When", "Occurred At", "Access Time", "Date"), clock="clock",
          example="2026-03-12 14:05:10"),
    Field("clock", "Time of day", "text", ("Time",)),
    Field("action", "Action", "enum", ("Event", "Event Type", "Activity", "Action Type", "Operation"), values=ACTIONS, patterns=ACTION_PATTERNS, otherwise="viewed", required=True,
          example="Viewed"),
    Field("role", "User role", "enum", ("Role", "User Type", "Actor Role", "Viewer Role", "User Group", "Account Type", "Recipient User Role", "Recipient Role", "User Role"), values=ROLES, patterns=ROLE_PATTERNS, otherwise="unknown",
          example="Referring physician"),
    Field("practice", "User organization", "name", ("Organization", "Practice", "User Practice", "Group", "Facility", "Viewer Organization", "Shared With", "Recipient Organization",
          "Practice Name", "To Facility", "To Organization", "Receiving Facility", "Receiving Organization"), example="Riverside Family Medicine"),
    Field("practice_zip", "Practice ZIP", "identifier", ("Organization ZIP", "Practice Zip Code")),
    Field("device", "Device", "text", ("Device Type", "Device Class", "Platform"), example="desktop"),
    Field("agent", "User agent", "text", ("Browser", "Client", "UserAgent", "HTTP User Agent"), example="Mozilla/5.0 (Windows NT 10.0)"),
    Field("tool", "Tool", "text", ("Application", "App", "Viewer", "Product"), example="Web viewer"),
    site_field(),
)  # fmt: skip
_BOT = f"regexp_matches(lower(coalesce(p.agent, '')), '{PREVIEWS}')"

SOURCE = Source(
    name="image_share_log",
    title="Image sharing and viewer log",
    description="Who shared, opened, annotated or exported which imaging study, in which role. A machine that fetches a preview is no reader.",
    system="image_share",
    fields=FIELDS,
    signature=(frozenset({"accession", "happened", "action", "role"}), frozenset({"uid", "happened", "action", "role"}), frozenset({"accession", "happened_utc", "action"}),
               frozenset({"uid", "happened_utc", "action"}), frozenset({"accession", "happened", "action", "practice"})),
    primary="share_event",
    zone_field="site",
    one_of=(("accession", "uid"), ("happened", "happened_utc")),
    ignored=("User", "User Name", "User Email", "Email", "IP Address", "IP", "Patient Name", "Patient ID", "MRN", "Session ID", "Duration", "Event ID", "Modality"),
    relations=(
        SITE_NAMED,
        Relation("office", """
            select practice, practice_zip, min(row) as row, organization_key(practice, practice_zip) as organization_id
            from parsed where practice is not null group by practice, practice_zip"""),
    ),
    emits=(
        Emit("share_event", f"""
            select p.row, {study_hash("p.uid", "p.accession")} as study_uid_hash, coalesce(p.happened_utc, p.happened) as occurred_at, p.action,
                case when {_BOT} then 'bot' else coalesce(p.role, 'unknown') end as actor_role, o.organization_id as actor_org_id,
                case when {_BOT} then 'bot' when regexp_matches(lower(concat_ws(' ', p.device, p.agent)), 'ipad|tablet') then 'tablet'
                    when regexp_matches(lower(concat_ws(' ', p.device, p.agent)), 'mobi|iphone|android|phone') then 'phone'
                    when coalesce(p.device, p.agent) is not null then 'desktop' end as device_class, p.tool
            from parsed p left join office o on o.practice = p.practice and o.practice_zip is not distinct from p.practice_zip"""),
        Emit("organization", """
            select min(row) as row, organization_id, arg_min(practice, row) as name, 'practice' as kind, arg_min(practice_zip, row) as postal_code
            from office where organization_id is not null group by organization_id""", unique=True),
        SITE_EMIT,
    ),
    order=70,
)  # fmt: skip
