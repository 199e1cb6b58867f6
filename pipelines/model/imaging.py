"""Imaging exams and who looked at them."""

from __future__ import annotations

from pipelines.model.declare import ID, INSTANT, PATIENT, TEXT, Column, Table

TABLES: tuple[Table, ...] = (
    Table(
        "imaging_study",
        "An imaging study, as the archive knows it.",
        ("study_uid_hash",),
        (
            Column("study_uid_hash", PATIENT, "Keyed hash of the Study Instance UID.", required=True, phi=True),
            Column("referral_id", ID, "The referral or order it answers.", references="referral"),
            Column("modality", TEXT, "DICOM modality."),
            Column("exam_end_at", INSTANT, "When the exam took place, as far as is known (UTC)."),
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
            Column("study_uid_hash", PATIENT, "Which study.", required=True, phi=True, references="imaging_study"),
            Column("occurred_at", INSTANT, "When (UTC).", required=True),
            Column(
                "action",
                TEXT,
                "What was done.",
                required=True,
                values=("shared", "viewed", "annotated", "exported", "failed"),
            ),
            Column("actor_role", TEXT, "In which role."),
            Column("actor_org_id", ID, "From which organisation.", references="organization"),
            Column("device_class", TEXT, "On what device."),
            Column("tool", TEXT, "With which tool."),
        ),
        fhir="AuditEvent",
    ),
)
