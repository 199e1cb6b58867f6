"""Appointments, open slots, and the messages that go with them."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, PATIENT, TEXT, UPDATED, Column, Table
from pipelines.model.referrals import CHANNELS

APPOINTMENT_STATUSES = ("proposed", "booked", "arrived", "fulfilled", "cancelled", "noshow", "left_unseen", "void")
COMMUNICATION_KINDS = (
    "ack", "appt_set", "kept", "not_kept", "report", "progress", "continuity", "confirm_exam", "newsletter",
    "case_study", "welcome", "thank_you", "feedback_reply",
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    Table(
        "appointment",
        "A visit booked for a referred patient.",
        ("appointment_id",),
        (
            Column("appointment_id", ID, "Surrogate key.", required=True),
            Column("referral_id", ID, "The referral it belongs to, when the file says.", references="referral"),
            Column("patient_key", PATIENT, "Keyed hash of the patient's identifiers.", phi=True),
            Column("site_id", ID, "Where.", references="site"),
            Column("service_line", TEXT, "For what."),
            Column("created_at", INSTANT, "When it was booked (UTC)."),
            Column("created_on", DAY, "Day it was booked, local."),
            Column("start_at", INSTANT, "When it starts (UTC).", required=True, awaited=True),
            Column("start_on", DAY, "Day it starts, local to the site."),
            Column(
                "status",
                TEXT,
                "FHIR AppointmentStatus, with left_unseen, and void for one entered in error.",
                required=True,
                values=APPOINTMENT_STATUSES,
            ),
            Column("cancel_reason", TEXT, "Why cancelled."),
            Column("cancelled_at", INSTANT, "When it was cancelled, where the source says (UTC)."),
            Column("cancelled_on", DAY, "The local day of it."),
            Column("recorded_at", INSTANT, "When the source recorded the status (UTC)."),
            Column("recorded_on", DAY, "The local day of it.", instead="recorded_at::date"),
            UPDATED,
        ),
        fhir="Appointment",
    ),
    Table(
        "communication",
        "Something told to the referrer, or asked of them.",
        ("communication_id",),
        (
            Column("communication_id", ID, "Surrogate key.", required=True),
            Column("referral_id", ID, "About which referral.", references="referral"),
            Column("subject_id", ID, "About which research subject.", references="research_subject"),
            Column("response_id", ID, "In answer to which survey response.", references="survey_response"),
            Column("kind", TEXT, "What was told.", required=True, values=COMMUNICATION_KINDS),
            Column("medium", TEXT, "How.", values=CHANNELS),
            Column("organization_id", ID, "To which practice.", references="organization"),
            Column("sent_at", INSTANT, "When sent (UTC).", required=True),
            Column("sent_on", DAY, "Day sent, local to the site.", required=True),
            Column("received_at", INSTANT, "When known to have arrived (UTC)."),
            Column("received_on", DAY, "Day known to have arrived, local to the site."),
            Column("automatic", "BOOLEAN", "Sent by a system without anybody's doing, such as a portal's receipt."),
            Column("answer", TEXT, "What the referrer answered, where something was asked.", values=("yes", "no")),
            Column("answered_on", DAY, "Day of the answer, local to the site, where the file says."),
            UPDATED,
        ),
        fhir="Communication",
    ),
    Table(
        "slot",
        "A time that could be booked, as the schedule stood on one day.",
        ("site_id", "service_line", "snapshot_on", "start_at", "resource_id"),
        (
            Column("site_id", ID, "Where.", required=True, references="site"),
            Column("service_line", TEXT, "For what."),
            Column("snapshot_on", DAY, "Day on which the schedule was looked at, local.", required=True),
            Column("start_at", INSTANT, "When it starts (UTC).", required=True),
            Column("start_on", DAY, "Day it starts, local.", required=True),
            Column(
                "resource_id",
                ID,
                "Whose time it is, where the file says: the slot's own number, else the provider or the room.",
            ),
            Column("free", "BOOLEAN", "Whether nobody had it."),
        ),
        fhir="Slot",
    ),
)
