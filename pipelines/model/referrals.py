"""Referrals and what became of them."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, PATIENT, TEXT, UPDATED, Column, Table

CHANNELS = ("fax", "phone", "portal", "ehr", "direct", "email", "walk_in", "mail", "other", "unknown")
PRIORITIES = ("routine", "urgent", "asap", "stat")
REFERRAL_EVENTS = (
    "created", "received", "acknowledged", "accepted", "declined", "info_requested", "contact_attempt",
    "contact_made", "scheduled", "rescheduled", "appt_notice", "kept", "no_show", "appt_cancelled", "left_unseen",
    "outcome_notice", "report_sent", "report_ack", "handback", "cancel_requested", "cancelled", "completed",
    "redirected",
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    Table(
        "referral",
        "One referral, however many exams it orders.",
        ("referral_id",),
        (
            Column("referral_id", ID, "Surrogate key of the source's referral number.", required=True, unlike=True),
            Column("source_key", TEXT, "The source's own referral number.", phi=True, unlike=True),
            Column("direction", TEXT, "Towards us or away.", values=("in", "out")),
            Column("parent_referral_id", ID, "The referral this one was transferred from.", references="referral"),
            Column("patient_key", PATIENT, "Keyed hash of the patient's identifiers.", phi=True),
            Column(
                "source_id", ID, "Who or what sent the patient; empty is Unattributed.", references="referral_source"
            ),
            Column("requester_practitioner_id", ID, "Referring practitioner.", references="practitioner"),
            Column("requester_org_id", ID, "Referring practice.", references="organization"),
            Column("performer_site_id", ID, "Receiving site.", references="site"),
            Column("study_id", ID, "Study, for research referrals.", references="research_study"),
            Column("intent", TEXT, "Care or research.", values=("clinical", "research")),
            Column("service_line", TEXT, "Service or department asked of."),
            Column("modality", TEXT, "Imaging modality."),
            Column("reason_code", TEXT, "Coded reason (ICD-10 or the source's own)."),
            Column("priority", TEXT, "FHIR RequestPriority.", values=PRIORITIES),
            Column("channel", TEXT, "How it arrived.", values=CHANNELS),
            Column("authored_at", INSTANT, "Written by the referrer (UTC)."),
            Column("received_at", INSTANT, "Received by the site (UTC)."),
            Column("authored_on", DAY, "Day written, local."),
            Column("received_on", DAY, "Day received, local to the site."),
            Column("recorded_at", INSTANT, "When the source recorded it, if it says (UTC)."),
            Column("recorded_on", DAY, "The local day of it.", instead="recorded_at::date"),
            UPDATED,
            Column("void", "BOOLEAN", "Entered in error, or a test."),
            Column("birth_year", "INTEGER", "Year of birth.", phi=True),
            Column("sex", TEXT, "Administrative gender.", phi=True, values=("female", "male", "other", "unknown")),
            Column("zip3", TEXT, "First three digits of the patient's ZIP.", phi=True),
        ),
        fhir="ServiceRequest",
    ),
    Table(
        "referral_event",
        "Something that happened to a referral.",
        ("referral_id", "code", "occurred_at", "seq"),
        (
            Column("referral_id", ID, "The referral.", required=True, references="referral"),
            Column("seq", "INTEGER", "Order among events of one instant.", required=True),
            Column("code", TEXT, "What happened.", required=True, values=REFERRAL_EVENTS),
            Column("bser_code", TEXT, "BSeR TaskBusinessStatus."),
            Column("occurred_at", INSTANT, "When it happened (UTC).", required=True),
            Column("occurred_on", DAY, "Day, local to the site.", required=True),
            Column("recorded_at", INSTANT, "When the source knew, if it says (UTC)."),
            Column("recorded_on", DAY, "The local day of it.", instead="recorded_at::date"),
            Column("precision", TEXT, "Whether the time of day is known.", values=("instant", "day")),
            Column("reason_code", TEXT, "Coded or written reason for leaving."),
        ),
        fhir="Task",
    ),
    Table(
        "referral_reason",
        "One of the reasons of a referral, where it has several.",
        ("referral_id", "line"),
        (
            Column("referral_id", ID, "The referral.", required=True, references="referral"),
            Column("line", "INTEGER", "Which of its reasons.", required=True),
            Column("reason_code", TEXT, "Coded reason.", required=True),
            Column("reason_text", TEXT, "The reason in words, where the code says other."),
        ),
        fhir="ServiceRequest.reasonCode",
    ),
)
