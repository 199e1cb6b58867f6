"""The canonical model: every table that an export is mapped onto, declared once.

DDL, load checks, the data dictionary and the blank templates are all made from ``TABLES``. Names follow
FHIR R4/R5 (Practitioner, PractitionerRole, ServiceRequest, Task, Appointment, Communication, ResearchStudy,
ResearchSubject, QuestionnaireResponse), NPPES and NUCC.

Three rules carry it.

* **Store events, derive status.** ``referral_event`` and ``subject_event`` are only ever added to; a current
  status is computed. ``occurred_at`` says when it happened, ``recorded_at`` when the source knew.
* **A referral source** is a practitioner, a practice, a campaign, the site's own database, the patient, a
  registry or an event, so that physicians and advertisements share one funnel.
* **Surrogate keys are a pure function of natural keys** (see ``identity.MACROS``), so the same record has the
  same id in every load, every generation and every rebuild. A row that is only another name for a thing
  points at the thing with ``merged_into``.

Instants are naive UTC (``..._at``); days are local to the site (``..._on``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ID = "BIGINT"
TEXT = "VARCHAR"
INSTANT = "TIMESTAMP"
DAY = "DATE"
PATIENT = "UUID"  # HMAC-SHA-256 of normalised identifiers, cut to 128 bits


@dataclass(frozen=True)
class Column:
    """One column: ``type`` is a DuckDB type; ``phi`` marks what never leaves row-level internal views."""

    name: str
    type: str
    meaning: str
    required: bool = False
    phi: bool = False
    values: tuple[str, ...] = ()
    references: str | None = None


@dataclass(frozen=True)
class Table:
    """One canonical table. ``key`` names the columns that identify a row across loads (later loads win)."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    fhir: str = ""
    described: bool = False  # a thing many files describe a little: rows of one key are merged, not superseded

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The declared columns followed by the provenance columns every table carries."""
        return self.columns + PROVENANCE

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


PROVENANCE = (
    Column("source_system", TEXT, "The system or keeper the row came from.", required=True),
    Column("source_file_id", TEXT, "SHA-256 of the file's bytes, as the archive names it.", required=True),
    Column("source_row", ID, "Line (text files) or sheet row (workbooks) where the record starts.", required=True),
    Column(
        "row_hash", "UBIGINT", "Hash of the row's content: equal rows in two loads are the same fact.", required=True
    ),
    Column("ingested_at", INSTANT, "When Rapport received the file (UTC).", required=True),
)

# What a built warehouse says of each fact beside that: see ``versions``.
HISTORY = (
    Column("first_seen_at", INSTANT, "When Rapport first received a row with this key (UTC).", required=True),
    Column("known_from", INSTANT, "Since when this version was what was known; empty: since it happened."),
    Column("known_until", INSTANT, "Until when it was; only where it no longer counts.", required=True),
)

SOURCE_KINDS = ("practitioner", "practice", "campaign", "own_database", "self", "registry", "event", "other")
CHANNELS = ("fax", "phone", "portal", "ehr", "direct", "email", "walk_in", "mail", "other", "unknown")
PRIORITIES = ("routine", "urgent", "asap", "stat")
REFERRAL_EVENTS = (
    "created", "received", "acknowledged", "accepted", "declined", "info_requested", "contact_attempt",
    "contact_made", "scheduled", "rescheduled", "appt_notice", "kept", "no_show", "appt_cancelled", "left_unseen",
    "outcome_notice", "report_sent", "report_ack", "handback", "cancel_requested", "cancelled", "completed",
    "redirected",
)  # fmt: skip
# BSeR TaskBusinessStatus, harmonised with IHE 360X.
BSER_CODES = {
    "created": "2.0", "accepted": "3.0", "declined": "4.0", "scheduled": "5.1.1", "no_show": "5.1.2",
    "appt_cancelled": "5.1.3", "kept": "5.1.4", "cancel_requested": "5.2", "cancelled": "6.0", "completed": "7.0",
}  # fmt: skip
APPOINTMENT_STATUSES = ("proposed", "booked", "arrived", "fulfilled", "cancelled", "noshow", "left_unseen")
SUBJECT_EVENTS = (
    "identified", "prescreen_pass", "prescreen_fail", "approached", "declined", "consented", "screened",
    "screen_failed", "reinstated", "eligible", "randomized", "on_study", "completed", "withdrawn", "lost",
    "off_study",
)  # fmt: skip
ENROLLED_EVENTS = ("randomized", "on_study")
COMMUNICATION_KINDS = (
    "ack", "appt_set", "kept", "not_kept", "report", "progress", "continuity", "confirm_exam", "newsletter",
    "case_study", "welcome", "thank_you", "feedback_reply",
)  # fmt: skip
CONTACT_PREFERENCES = ("may_contact", "do_not_contact", "undecided")
TOUCH_CHANNELS = ("visit", "call", "email", "mail", "event", "webinar", "gift")
TOUCH_OUTCOMES = ("positive", "no_fit_now", "not_reached", "complaint", "opt_out")
ORGANIZATION_KINDS = ("practice", "site", "hospital", "sponsor", "cro", "vendor")

TABLES: tuple[Table, ...] = (
    Table(
        "organization",
        "A practice, site, hospital or sponsor, one row per name a file gave it.",
        ("organization_id",),
        (
            Column("organization_id", ID, "Surrogate key.", required=True),
            Column("npi", TEXT, "Organisation NPI (type 2), check digit valid."),
            Column("name", TEXT, "Name as the file writes it.", required=True),
            Column("kind", TEXT, "What it is.", values=ORGANIZATION_KINDS),
            Column("parent_id", ID, "The organisation it belongs to.", references="organization"),
            Column("address_line", TEXT, "Street address."),
            Column("city", TEXT, "City."),
            Column("state", TEXT, "Two-letter state."),
            Column("postal_code", TEXT, "ZIP or ZIP+4."),
            Column("phone", TEXT, "Digits only."),
            Column("fax", TEXT, "Digits only."),
            Column("merged_into", ID, "The organisation this row is another name of.", references="organization"),
        ),
        fhir="Organization",
        described=True,
    ),
    Table(
        "practitioner",
        "A person who refers or treats, one row per name a file gave them.",
        ("practitioner_id",),
        (
            Column(
                "practitioner_id",
                ID,
                "Surrogate key: of NPI and name when the NPI is valid, else of name and practice.",
                required=True,
            ),
            Column("npi", TEXT, "Individual NPI (type 1), check digit valid."),
            Column("family_name", TEXT, "Family name."),
            Column("given_name", TEXT, "Given name."),
            Column("middle_name", TEXT, "Middle name or its initial."),
            Column("name_suffix", TEXT, "Jr, Sr, II, III ..."),
            Column("credential", TEXT, "MD, DO, NP ..."),
            Column("primary_taxonomy", TEXT, "NUCC code."),
            Column("specialty", TEXT, "NUCC classification, or the file's own wording where it gives no code."),
            Column("status", TEXT, "Whether they practise.", values=("active", "retired", "deceased", "deactivated")),
            Column("nppes_updated_on", DAY, "NPPES last update."),
            Column("merged_into", ID, "The practitioner this row is another name of.", references="practitioner"),
        ),
        fhir="Practitioner",
        described=True,
    ),
    Table(
        "practitioner_role",
        "A practitioner at an organisation.",
        ("practitioner_id", "organization_id"),
        (
            Column("practitioner_id", ID, "Who.", required=True, references="practitioner"),
            Column("organization_id", ID, "Where.", required=True, references="organization"),
            Column("taxonomy", TEXT, "NUCC code held there."),
            Column("phone", TEXT, "Digits only."),
            Column("fax", TEXT, "Digits only."),
            Column("from_on", DAY, "First day, when known."),
            Column("to_on", DAY, "Last day, when known."),
        ),
        fhir="PractitionerRole",
        described=True,
    ),
    Table(
        "site",
        "A place that receives referrals. A row with merged_into is another name or code of one.",
        ("site_id",),
        (
            Column("site_id", ID, "Surrogate key of the site's code or name.", required=True),
            Column("code", TEXT, "Short code, when the file has one."),
            Column("name", TEXT, "Name.", required=True),
            Column("city", TEXT, "City."),
            Column("state", TEXT, "Two-letter state."),
            Column("time_zone", TEXT, "IANA time zone."),
            Column("activated_on", DAY, "Open for referrals since."),
            Column("holiday_calendar", TEXT, "Public holidays kept: an ISO 3166 code such as US or US-CA, or none."),
            Column("opens_min", "INTEGER", "Opening, minutes after local midnight."),
            Column("closes_min", "INTEGER", "Closing, minutes after local midnight."),
            Column("merged_into", ID, "The site this row is another name of.", references="site"),
        ),
        fhir="Location",
        described=True,
    ),
    Table(
        "referral_source",
        "Whoever or whatever sent the patient.",
        ("source_id",),
        (
            Column("source_id", ID, "Surrogate key.", required=True),
            Column("kind", TEXT, "What sort of source.", required=True, values=SOURCE_KINDS),
            Column("practitioner_id", ID, "The practitioner, for that kind.", references="practitioner"),
            Column("organization_id", ID, "The practice, for those kinds.", references="organization"),
            Column("label", TEXT, "Name of a campaign, registry or event."),
        ),
    ),
    Table(
        "research_study",
        "A study. A row with merged_into is another identifier of one.",
        ("study_id",),
        (
            Column("study_id", ID, "Surrogate key of the protocol number.", required=True),
            Column("code", TEXT, "Protocol number or short name.", required=True),
            Column("registry_id", TEXT, "NCT number."),
            Column("title", TEXT, "Title."),
            Column("sponsor", TEXT, "Sponsor's name."),
            Column("therapeutic_area", TEXT, "Therapeutic area."),
            Column("phase", TEXT, "Phase."),
            Column("status", TEXT, "Recruitment status."),
            Column("target_enrol", "INTEGER", "Participants planned over all sites."),
            Column("planned_fpi_on", DAY, "First participant in, planned."),
            Column("planned_lpi_on", DAY, "Last participant in, planned."),
            Column("closed_on", DAY, "Closed to enrolment."),
            Column("merged_into", ID, "The study this row is another identifier of.", references="research_study"),
        ),
        fhir="ResearchStudy",
        described=True,
    ),
    Table(
        "study_site",
        "A study at a site.",
        ("study_id", "site_id"),
        (
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("site_id", ID, "The site.", required=True, references="site"),
            Column("activated_on", DAY, "Open to enrolment."),
            Column("paused_from_on", DAY, "Pause begins."),
            Column("paused_to_on", DAY, "Pause ends."),
            Column("closed_on", DAY, "Closed to enrolment."),
            Column("target", "INTEGER", "Participants planned here."),
        ),
    ),
    Table(
        "study_plan",
        "Cumulative enrolment planned by a date.",
        ("study_id", "site_id", "as_of_on"),
        (
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("site_id", ID, "The site; empty for the whole study.", references="site"),
            Column("as_of_on", DAY, "By this day.", required=True),
            Column("cum_target", "INTEGER", "Participants planned by then.", required=True),
        ),
    ),
    Table(
        "patient_link",
        "Two keys that one record shows to be of the same patient: a FHIR Patient's reference and its record number.",
        ("patient_key", "other_key"),
        (
            Column("patient_key", PATIENT, "Keyed hash the record goes by.", required=True, phi=True),
            Column(
                "other_key", PATIENT, "Keyed hash of the same patient's other identifiers.", required=True, phi=True
            ),
            Column(
                "basis",
                TEXT,
                "What the other key is made of.",
                required=True,
                values=("record_number", "name_and_birth", "replaced"),
            ),
        ),
        fhir="Patient.identifier, Patient.link",
    ),
    Table(
        "referral",
        "One referral, however many exams it orders.",
        ("referral_id",),
        (
            Column("referral_id", ID, "Surrogate key of the source's referral number.", required=True),
            Column("source_key", TEXT, "The source's own referral number.", phi=True),
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
    Table(
        "contact_preference",
        "Whether a patient may be asked to take part in research.",
        ("patient_key", "stated_at"),
        (
            Column("patient_key", PATIENT, "Keyed hash of the patient's identifiers.", required=True, phi=True),
            Column("preference", TEXT, "What was said.", required=True, values=CONTACT_PREFERENCES),
            Column("stated_at", INSTANT, "When (UTC).", required=True),
            Column("stated_on", DAY, "Day, local."),
        ),
        fhir="Consent",
    ),
    Table(
        "code_value",
        "What a number in a system's coded columns means.",
        ("code_value_id",),
        (
            Column("code_value_id", ID, "Surrogate key of system and number.", required=True),
            Column("code", TEXT, "The number.", required=True),
            Column("code_set", TEXT, "The set it belongs to."),
            Column("display", TEXT, "What it means.", required=True),
        ),
        fhir="CodeSystem.concept",
    ),
    Table(
        "nucc",
        "A specialty of the provider taxonomy.",
        ("code",),
        (
            Column("code", TEXT, "Ten characters.", required=True),
            Column("grouping", TEXT, "Broad kind of provider."),
            Column("classification", TEXT, "Specialty.", required=True),
            Column("specialization", TEXT, "Narrower specialty."),
            Column("display_name", TEXT, "What NUCC shows."),
            Column("section", TEXT, "Individual or group."),
        ),
        fhir="CodeSystem.concept",
    ),
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
            Column("start_at", INSTANT, "When it starts (UTC).", required=True),
            Column("start_on", DAY, "Day it starts, local to the site."),
            Column(
                "status", TEXT, "FHIR AppointmentStatus, with left_unseen.", required=True, values=APPOINTMENT_STATUSES
            ),
            Column("cancel_reason", TEXT, "Why cancelled."),
            Column("recorded_at", INSTANT, "When the source recorded the status (UTC)."),
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
        ),
        fhir="Communication",
    ),
    Table(
        "slot",
        "A time that could be booked, as the schedule stood on one day.",
        ("site_id", "service_line", "snapshot_on", "start_at"),
        (
            Column("site_id", ID, "Where.", required=True, references="site"),
            Column("service_line", TEXT, "For what."),
            Column("snapshot_on", DAY, "Day on which the schedule was looked at, local.", required=True),
            Column("start_at", INSTANT, "When it starts (UTC).", required=True),
            Column("start_on", DAY, "Day it starts, local.", required=True),
            Column("free", "BOOLEAN", "Whether nobody had it."),
        ),
        fhir="Slot",
    ),
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
    Table(
        "research_subject",
        "A person considered for a study.",
        ("subject_id",),
        (
            Column("subject_id", ID, "Surrogate key of study, site and screening number.", required=True),
            Column("study_id", ID, "The study.", required=True, references="research_study"),
            Column("site_id", ID, "The site.", references="site"),
            Column("patient_key", PATIENT, "Keyed hash of the patient's identifiers.", phi=True),
            Column("referral_id", ID, "The referral that brought them, when the file says.", references="referral"),
            Column("source_kind", TEXT, "Stated source.", values=SOURCE_KINDS),
            Column("screening_number", TEXT, "Number in the site's log.", phi=True),
            Column(
                "share_consent",
                TEXT,
                "Whether progress may be shared with the referrer.",
                values=("yes", "no", "unknown"),
            ),
        ),
        fhir="ResearchSubject",
    ),
    Table(
        "subject_event",
        "A milestone or a state of a research subject.",
        ("subject_id", "code", "occurred_at", "attempt"),
        (
            Column("subject_id", ID, "The subject.", required=True, references="research_subject"),
            Column("code", TEXT, "Which.", required=True, values=SUBJECT_EVENTS),
            Column("reason_code", TEXT, "Coded or written reason for leaving."),
            Column("attempt", "INTEGER", "1 for the first screening, 2 for a rescreening ..."),
            Column("occurred_at", INSTANT, "When (UTC).", required=True),
            Column("occurred_on", DAY, "Day, local to the site.", required=True),
            Column("recorded_at", INSTANT, "When the source knew, if it says (UTC)."),
        ),
        fhir="ResearchSubject.progress",
    ),
    Table(
        "touch",
        "A contact of ours with a practice.",
        ("touch_id",),
        (
            Column("touch_id", ID, "Surrogate key.", required=True),
            Column("organization_id", ID, "Which practice.", references="organization"),
            Column("practitioner_id", ID, "Which practitioner, when named.", references="practitioner"),
            Column("site_id", ID, "On behalf of which site.", references="site"),
            Column("liaison", TEXT, "Who of ours."),
            Column("channel", TEXT, "How.", required=True, values=TOUCH_CHANNELS),
            Column("purpose", TEXT, "Why."),
            Column("outcome", TEXT, "How it went.", values=TOUCH_OUTCOMES),
            Column("duration_min", "INTEGER", "Minutes."),
            Column("next_touch_on", DAY, "Agreed next contact."),
            Column("occurred_at", INSTANT, "When (UTC).", required=True),
            Column("occurred_on", DAY, "Day, local.", required=True),
        ),
    ),
    Table(
        "dictionary_field",
        "A field of a data-capture project, as its data dictionary describes it.",
        ("field_id",),
        (
            Column("field_id", ID, "Surrogate key of form and field.", required=True),
            Column("name", TEXT, "The field's name.", required=True),
            Column("form", TEXT, "The form it stands on."),
            Column("label", TEXT, "The question as shown."),
            Column("field_type", TEXT, "text, radio, checkbox ..."),
            Column("choices", TEXT, "Codes and their words."),
            Column("identifier", "BOOLEAN", "Identifies somebody: never kept beyond the patient key.", required=True),
        ),
    ),
    Table(
        "survey",
        "A questionnaire.",
        ("survey_id",),
        (
            Column("survey_id", ID, "Surrogate key of its name.", required=True),
            Column("name", TEXT, "Name.", required=True),
        ),
        fhir="Questionnaire",
    ),
    Table(
        "survey_invite",
        "An invitation to answer.",
        ("invite_id",),
        (
            Column("invite_id", ID, "Surrogate key.", required=True),
            Column("survey_id", ID, "Which survey.", required=True, references="survey"),
            Column("organization_id", ID, "The practice asked, if not anonymous.", references="organization"),
            Column("site_id", ID, "The site asked about.", references="site"),
            Column("sent_on", DAY, "Day sent.", required=True),
            Column("delivered", "BOOLEAN", "Whether it arrived."),
        ),
    ),
    Table(
        "survey_response",
        "One person's answers.",
        ("response_id",),
        (
            Column("response_id", ID, "Surrogate key.", required=True),
            Column("survey_id", ID, "Which survey.", required=True, references="survey"),
            Column("invite_id", ID, "The invitation answered, when known.", references="survey_invite"),
            Column("organization_id", ID, "The practice that answered, if not anonymous.", references="organization"),
            Column("site_id", ID, "The site asked about.", references="site"),
            Column("completed_at", INSTANT, "When finished (UTC).", required=True),
            Column("completed_on", DAY, "Day finished, local.", required=True),
            Column("anonymous", "BOOLEAN", "Never to be joined to a referrer."),
        ),
        fhir="QuestionnaireResponse",
    ),
    Table(
        "survey_answer",
        "One answer.",
        ("response_id", "item_code"),
        (
            Column("response_id", ID, "The response.", required=True, references="survey_response"),
            Column("item_code", TEXT, "Question id: nps, overall, comment or the file's own.", required=True),
            Column("item_label", TEXT, "Question as asked."),
            Column("kind", TEXT, "How it is scored.", values=("nps", "rating", "comment", "other")),
            Column("scale_max", "INTEGER", "Best possible answer of a rating."),
            Column("value_num", "DOUBLE", "Numeric answer."),
            Column("value_text", TEXT, "Written answer.", phi=True),
        ),
        fhir="QuestionnaireResponse.item",
    ),
)

BY_NAME = {table.name: table for table in TABLES}


def table(name: str) -> Table:
    """The declared table called ``name``; ``KeyError`` if the model has none (a programming error)."""
    return BY_NAME[name]


def create_table_sql(declared: Table, name: str | None = None, history: tuple[Column, ...] = ()) -> str:
    """DDL of a canonical table, provenance and ``history`` columns included. No key constraint: loads are merged by window, because
    index-backed upserts are the part of DuckDB with open corruption reports."""
    columns = ",\n  ".join(
        f"{column.name} {column.type}{' NOT NULL' if column.required else ''}"
        for column in (*declared.all_columns, *history)
    )
    return f"create table {name or declared.name} (\n  {columns}\n)"


def phi_columns() -> Iterator[tuple[str, str]]:
    """Every (table, column) that must never reach an export for outside eyes."""
    for declared in TABLES:
        for column in declared.columns:
            if column.phi:
                yield declared.name, column.name
