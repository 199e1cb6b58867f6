"""Sessions in which a radiologist and whoever referred look at an exam together: invited, joined or not, ended."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import SITE_EMIT, SITE_JOIN, SITE_NAMED, site_field
from pipelines.vocabulary.imaging import ROLE_PATTERNS, ROLES, study_hash

OUTCOMES = {
    "joined": "joined", "accepted": "joined", "completed": "joined", "connected": "joined", "attended": "joined", "held": "joined", "declined": "declined", "rejected": "declined",
    "refused": "declined", "missed": "missed", "no answer": "missed", "not answered": "missed", "expired": "missed", "timed out": "missed", "ignored": "missed", "no show": "missed",
    "cancelled": "cancelled", "canceled": "cancelled", "withdrawn": "cancelled", "failed": "failed", "error": "failed", "connection failed": "failed",
}  # fmt: skip
FIELDS = (
    Field("number", "Session number", "identifier", ("Session ID", "Session #", "Meeting ID", "Session", "Conference ID"), required=True, example="CS-1001"),
    Field("accession", "Accession number", "identifier", ("Accession", "Accession #", "Accession No", "Acc #"), example="A1000001"),
    Field("uid", "Study Instance UID", "identifier", ("StudyInstanceUID", "Study UID", "DICOM Study UID")),
    Field("referral", "Order number", "identifier", ("Order #", "Order ID", "Referral ID", "Referral Number", "REFERRAL_ID")),
    Field("host", "Host role", "enum", ("Host", "Initiated By", "Host Type", "Organizer Role", "Inviter Role"), values=ROLES, patterns=ROLE_PATTERNS, otherwise="unknown",
          example="Radiologist"),
    Field("practice", "Invited practice", "name", ("Practice", "Invitee Practice", "Invited Organization", "Invitee Organization", "Guest Organization", "Participant Organization"),
          example="Riverside Family Medicine"),
    Field("practice_zip", "Practice ZIP", "identifier", ("Practice Zip Code",)),
    Field("invited", "Invited", "datetime", ("Invited At", "Invite Sent", "Invitation Sent", "Created", "Requested At", "Invite Time"), required=True, example="2026-03-12 15:00"),
    Field("joined", "Joined", "datetime", ("Joined At", "Guest Joined", "Accepted At", "Started", "Start Time", "Session Start", "Join Time"), example="2026-03-12 15:04"),
    Field("ended", "Ended", "datetime", ("Ended At", "End Time", "Session End"), example="2026-03-12 15:18"),
    Field("audio", "Audio", "boolean", ("Had Audio", "Audio Used", "Voice"), example="Yes"),
    Field("video", "Video", "boolean", ("Had Video", "Video Used", "Camera"), example="No"),
    Field("outcome", "Outcome", "enum", ("Result", "Status", "Session Status", "Invite Status"), values=OUTCOMES, otherwise="missed", example="Joined"),
    site_field(),
)  # fmt: skip

SOURCE = Source(
    name="collaboration_log",
    title="Collaboration sessions",
    description="Invitations to read an exam together: by whom, to which practice, whether they came in and how long it took.",
    system="collaboration",
    fields=FIELDS,
    signature=(frozenset({"number", "invited", "joined"}), frozenset({"number", "invited", "outcome"}), frozenset({"number", "accession", "invited", "joined", "outcome"})),
    primary="collab_session",
    zone_field="site",
    ignored=("Host Name", "Guest Name", "Participants", "Duration", "Recording", "Patient Name", "MRN", "Notes", "Tool"),
    checks=(Check("end_before_start", "warning", "joined", "select row from parsed where joined < invited or ended < joined"),),
    relations=(
        SITE_NAMED,
        Relation("office", """
            select practice, practice_zip, min(row) as row, organization_key(practice, practice_zip) as organization_id
            from parsed where practice is not null group by practice, practice_zip"""),
    ),
    emits=(
        Emit("collab_session", f"""
            select p.row, key64('session|' || $system || '|' || upper(p.number)) as session_id, {study_hash("p.uid", "p.accession")} as study_uid_hash,
                case when p.referral is not null then key64('referral|ehr|' || upper(p.referral)) end as referral_id, s.site_id, o.organization_id, p.host as host_role,
                p.invited as invited_at, p.invited_on, p.joined as joined_at, p.ended as ended_at, p.audio as had_audio, p.video as had_video,
                case when p.joined is not null then 'joined' else p.outcome end as outcome
            from parsed p left join {SITE_JOIN}
            left join office o on o.practice = p.practice and o.practice_zip is not distinct from p.practice_zip"""),
        Emit("organization", """
            select min(row) as row, organization_id, arg_min(practice, row) as name, 'practice' as kind, arg_min(practice_zip, row) as postal_code
            from office where organization_id is not null group by organization_id""", unique=True),
        SITE_EMIT,
    ),
    order=70,
)  # fmt: skip
