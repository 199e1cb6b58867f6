"""Imaging exams, who looked at them, and who looked at them together."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, PATIENT, TEXT, Column, Table

TELLERS = ("archive", "ris")
SHARE_ACTIONS = ("shared", "viewed", "annotated", "exported", "failed")
SESSION_OUTCOMES = ("joined", "declined", "missed", "cancelled", "failed")

TABLES: tuple[Table, ...] = (
    Table(
        "imaging_study",
        "An imaging study, as the archive or the worklist of the department (RIS) knows it.",
        ("study_uid_hash", "told_by"),
        (
            Column("study_uid_hash", PATIENT, "Keyed hash of the Study Instance UID.", required=True, phi=True),
            Column("told_by", TEXT, "Who says so; empty is the archive.", values=TELLERS),
            Column("accession_hash", PATIENT, "Keyed hash of the accession number.", phi=True),
            Column("referral_id", ID, "The referral or order it answers.", references="referral"),
            Column("patient_key", PATIENT, "Keyed hash of the patient's identifiers.", phi=True),
            Column("site_id", ID, "Where.", references="site"),
            Column("requester_practitioner_id", ID, "Who ordered it.", references="practitioner"),
            Column("requester_org_id", ID, "Which practice ordered it.", references="organization"),
            Column("modality", TEXT, "DICOM modality."),
            Column("exam_end_at", INSTANT, "When the exam took place, as far as is known (UTC)."),
            Column("exam_end_on", DAY, "Day of the exam, local to the site."),
            Column("prelim_at", INSTANT, "Preliminary report (UTC)."),
            Column("final_at", INSTANT, "Final report (UTC)."),
            Column("delivered_at", INSTANT, "Delivered to the referrer (UTC)."),
            Column("protocol_changed", "BOOLEAN", "Whether the protocol was changed."),
            Column("addendum_count", "INTEGER", "Addenda to the report."),
        ),
        fhir="ImagingStudy",
    ),
    Table(
        "share_event",
        "Somebody looked at an imaging study, or shared it.",
        ("study_uid_hash", "occurred_at", "action", "actor_role"),
        (
            Column(
                "study_uid_hash",
                PATIENT,
                "Which study: keyed hash of its UID or its accession number.",
                required=True,
                phi=True,
                references="imaging_study",
            ),
            Column("occurred_at", INSTANT, "When (UTC).", required=True),
            Column("action", TEXT, "What was done.", required=True, values=SHARE_ACTIONS),
            Column("actor_role", TEXT, "In which role; bot is a machine that fetches a preview of a link."),
            Column("actor_org_id", ID, "From which organisation.", references="organization"),
            Column("device_class", TEXT, "On what device."),
            Column("tool", TEXT, "With which tool."),
        ),
        fhir="AuditEvent",
    ),
    Table(
        "collab_session",
        "Reading an exam together: a radiologist and whoever referred, on one screen.",
        ("session_id",),
        (
            Column("session_id", ID, "Surrogate key.", required=True),
            Column(
                "study_uid_hash",
                PATIENT,
                "About which study: keyed hash of its UID or its accession number.",
                phi=True,
                references="imaging_study",
            ),
            Column("referral_id", ID, "About which referral, where the file says that instead.", references="referral"),
            Column("site_id", ID, "Which site invited.", references="site"),
            Column("organization_id", ID, "Which practice was invited.", references="organization"),
            Column("host_role", TEXT, "Who invited, in which role."),
            Column("invited_at", INSTANT, "When the invitation was sent (UTC).", required=True),
            Column("invited_on", DAY, "Day of the invitation, local to the site.", required=True),
            Column("joined_at", INSTANT, "When the invited party came in (UTC)."),
            Column("ended_at", INSTANT, "When it ended (UTC)."),
            Column("had_audio", "BOOLEAN", "With sound."),
            Column("had_video", "BOOLEAN", "With picture of those who spoke."),
            Column("outcome", TEXT, "What came of the invitation.", values=SESSION_OUTCOMES),
        ),
    ),
)
