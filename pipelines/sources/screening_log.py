"""A study's screening and enrollment log: one row per person screened, the protocol often above the table.

Each date is a milestone. "Eligible: no" is a screen failure, or a failed pre-screen where the person never
consented. The same subject in two rows was screened twice.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    MRN,
    SITE_EMIT,
    SITE_NAMED,
    STUDY_EMIT,
    STUDY_NAMED,
    patient_fields,
    site_field,
    study_field,
)
from pipelines.vocabulary.subjects import SUBJECT_PATTERNS, SUBJECT_STATUSES

FIELDS = (
    study_field("Protocol", "Protocol Title", "StudyOID", "project", required=True),
    site_field("Site Number", "SITE", "Site No.", "LocationOID", "SiteOID"),
    Field("screening", "Screening number", "identifier", ("Screening Number", "Screening ID", "Screening No", "Screen Number", "Screen ID", "Screening #", "Screen #",
          "Scr #"), example="S-001"),
    Field("subject", "Subject number", "identifier", ("Subject ID", "Subject Number", "Subject No", "Participant ID", "SUBJECT", "Subject #", "Subject",
          "Participant Number", "Participant", "SUBJID", "USUBJID", "SubjectKey", "Patient Study ID", "record_id", "Participant UID", "Reference ID"), example="NYC01-001"),
    Field("referral", "Referral number", "identifier", ("Referral ID", "Referral Number", "REFERRAL_ID", "Referral #", "EHR Referral ID"), example="400000001"),
    *(field for field in patient_fields() if field.name != "mrn"),
    Field("mrn", "Medical record number", "identifier", (*(text for text in MRN if "patient" not in text.lower()), "Patient MRN"), phi=True),
    Field("prescreened", "Pre-screened on", "datetime", ("Date Prescreened", "Prescreen Date", "Pre-Screen Date", "Date Pre-Screened", "Prescreened On")),
    Field("approached", "Approached on", "datetime", ("Date Approached", "Approached On", "Approach Date")),
    Field("consented", "Date of consent", "datetime", ("Date of Consent", "Consent Date", "Date Consented", "Consented On", "Informed Consent Date", "ICF Date",
          "Date ICF Signed", "Consent Signed", "ICF Signed Date", "Date of Informed Consent", "Consented", "Informed Consent", "Consent Signed Date", "Consent Signed On", "Initial Consent Date", "First Consent Date", "Consent", "Consent Dt"),
          example="2026-03-02"),
    Field("screened", "Date screened", "datetime", ("Date Screened", "Screening Date", "Screen Date", "Screened On", "Date of Screening", "Screening Visit Date",
          "Date of Screening Visit", "Screened", "Screening Visit", "Screen Visit Date", "Screen Visit", "Screen"), example="2026-03-04"),
    Field("eligible", "Eligible?", "boolean", ("Eligible for Enrollment?", "Eligible", "Eligible?", "Meets Criteria", "Eligible for Enrolment", "Met Eligibility",
          "Eligibility", "Eligible (Y/N)", "Meets Eligibility Criteria", "Eligibility Confirmed"), example="Yes"),
    Field("reason", "Ineligibility reason", "text", ("Ineligibility Reason (if applicable)", "Ineligibility Reason", "Screen Fail Reason", "Reason for Screen Failure",
          "Screen Failure Reason", "Reason Not Eligible", "Reason Ineligible", "Reason for Ineligibility", "Screening Ineligibility Reason", "Reason not Enrolled", "Reason if SF", "SF Reason",
          "Reason for SF", "Reason if Screen Fail", "Reason if Not Eligible", "If No, Reason", "If Not, Reason", "If Not Eligible, Reason", "If No, Why", "Failure Reason", "Reason", "Screening Failure Reasons", "Screening Failure Reason"), example=""),
    Field("failed", "Screen failure on", "datetime", ("Date of Screen Failure", "Screen Fail Date", "Screen Failure Date", "Screening Failure", "SF Date", "Date of SF", "Screen Failed On", "Date Screen Failed")),
    Field("unenrolled", "Enrollment failure on", "datetime", ("Enrollment Failure", "Enrollment Failure Date", "Date of Enrollment Failure", "Randomization Failure")),
    Field("enrolled", "Date enrolled", "datetime", ("Date Randomized", "Randomization Date", "Random Date", "Date Enrolled", "Enrollment Date", "Enrolled On", "Enrolled",
          "Date of Randomization", "Date of Enrollment", "Randomized On", "Randomized", "Date Randomised", "On Study Date", "Date On Study", "On Study"), example="2026-03-09"),
    Field("off", "Date off study", "datetime", ("Date Off Study", "Off Study Date", "Discontinuation Date", "End of Study Date", "Date Discontinued",
          "Early Termination Date", "Discontinued Date", "Date of Early Termination", "Termination Date",
          "Discontinued", "Early Terminated", "Early Termination", "Early Term", "ET Date", "Off Study", "Disc Date", "DiscDate", "Study Exit Date", "Exit Date", "Early Terminated Date")),
    Field("completed", "Date completed", "datetime", ("Date Completed", "Completion Date", "Complete Date", "Completed On", "Study Completion Date", "Date of Completion")),
    Field("withdrawn", "Date withdrawn", "datetime", ("Date Withdrawn", "Withdrawal Date", "Withdrawn On", "Date of Withdrawal", "Withdrawn", "Withdrew")),
    Field("why", "Off study reason", "text", ("Off Study Reason", "Reason Off Study", "Discontinuation Reason", "Reason for Discontinuation", "Withdrawal Reason",
          "End of Study Reason", "Reason for Withdrawal", "Off-Study Reason", "Exit Reason", "Disc Reason", "Early Termination Reasons", "Early Termination Reason")),
    Field("status", "Status", "enum", ("Status", "Subject Status", "Enrollment Status", "Patient Status", "Participant Status", "Current Status", "Screening Status",
          "Study Status", "Outcome", "Screening Outcome", "Disposition", "Screening Result", "Screen Result"), values=SUBJECT_STATUSES,
          patterns=SUBJECT_PATTERNS),
    Field("changed", "Status since", "datetime", ("Status Date", "Date of Status", "Status Changed", "Last Status Change", "Status Since", "Status Change Date",
          "Status Updated", "Subject Status Date", "Patient Status Date", "Status Last Updated", "Status Last Changed", "Status Start Date", "Status Effective Date")),
    Field("attempt", "Screening attempt", "integer", ("Attempt", "Screening Attempt", "Rescreen Number", "Screen Attempt")),
    Field("share", "May be shared", "boolean", ("Share Consent", "OK To Share With Referrer", "Consent To Share", "Share Progress With Referrer")),
    Field("source", "Referral source", "name", ("Referral Source", "Recruitment Source", "Source", "How Heard", "Lead Source", "Referred By")),
)  # fmt: skip
# Somebody who never consented, in a log that notes consent, was looked at but not screened.
_SCREENED = "case when consented is null and consents_noted and enrolled is null then 'identified' else 'screened' end"
# A log that gives a reason of nobody who is in the study gives those of whoever is not: the reason says that they failed,
# unless it says that they would not come, or could not be found.
_REASONED = """reason is not null and enrolled is null and coalesce(failed, unenrolled, off, completed, withdrawn) is null and eligible is null and status_text is null
    and not exists (select 1 from parsed where reason is not null and enrolled is not null) and exists (select 1 from parsed where enrolled is not null)"""
_REASON_SAYS = """case when regexp_matches(lower(reason), 'lost|unreach|unable to (contact|reach)|no (contact|response)') then 'lost'
    when regexp_matches(lower(reason), 'withdr[ae]w') then 'withdrawn' when regexp_matches(lower(reason), 'declin|refus|not interested') then case when consented is null then 'declined' else 'withdrawn' end
    when consented is null and consents_noted then 'prescreen_fail' else 'screen_failed' end"""
_GONE = (
    "coalesce(status in ('screen_failed', 'prescreen_fail', 'declined') or failed is not null or not eligible, false)"
)
STEPS = (("prescreened", "'prescreen_pass'"), ("approached", "'approached'"), ("consented", "'consented'"), ("screened", _SCREENED),
         ("enrolled", "'randomized'"))  # fmt: skip
_STEP_SQL = " union all ".join(
    f"select row, {code} as code, {name} as occurred_at, {name}_on as occurred_on, null::varchar as reason_code from judged where {name} is not null"
    for name, code in STEPS
)
_LEFT = "'declined', 'withdrawn', 'lost', 'off_study', 'prescreen_fail'"
# What a status says that no date of the row does.
_LEFT_ON = "coalesce(off, completed, withdrawn)"
_NEWS = f"""case
    when status in ({_LEFT}, 'completed') then {_LEFT_ON} is null and (failed is null or status <> 'prescreen_fail')
    when status in ('randomized', 'on_study') then enrolled is null
    when status = 'consented' then consented is null
    when status = 'screened' then screened is null
    when status in ('identified', 'approached', 'prescreen_pass') then coalesce(prescreened, approached, consented, screened, enrolled) is null
    else false end"""
_LOST = "coalesce(regexp_matches(lower({why}), 'lost|unreach|no contact|unable to (contact|reach)'), false)"
_ENDED = f"""case
    when regexp_matches(lower(why), 'complet|per protocol|end of study') then 'completed'
    when {_LOST.format(why="why")} then 'lost'
    when enrolled is not null and not regexp_matches(lower(coalesce(why, '')), 'withdr|consent|declin|refus|subject|patient') then 'off_study'
    else 'withdrawn' end"""

# A source may be called by its own name: "Dr. Jane Smith", "Riverside Family Medicine".
_NAMED = """case when organisation_like(p.source) then 'practice'
    when regexp_matches(p.source, '(?i)^\\s*(dr|doctor)\\b|[\\s,](m\\.?d|d\\.o|np|pa-c|fnp|aprn)\\b|[\\s,]DO\\b') then 'practitioner' end"""

SOURCE = Source(
    name="screening_log",
    title="Screening and enrollment log",
    description="One row per person screened for a study: consent, screening, eligibility, enrollment and why they left.",
    system="screening",
    fields=FIELDS,
    signature=(frozenset({"subject", "screened"}), frozenset({"subject", "consented"}), frozenset({"screening", "enrolled"}),
               frozenset({"screening", "screened"}), frozenset({"subject", "enrolled", "eligible"}), frozenset({"subject", "consented", "screened", "eligible"}),
               frozenset({"study", "subject", "status", "changed"}), frozenset({"study", "mrn", "consented", "screened", "status"}), frozenset({"study", "mrn", "consented", "enrolled", "status"}), frozenset({"screening", "failed"}), frozenset({"screening", "consented"})),
    primary="subject_event",
    restates=("subject_id", "attempt"),
    zone_field="site",
    one_of=(("screening", "subject", "mrn"),),
    preamble=("study", "site"),
    alien=r"^record$",  # REDCap's own
    ignored=("Version of Consent", "Consent Version", "Initials", "Subject Initials", "Comments", "Notes", "Investigator Name", "Eligibility Checklist Version Date",
             "Screened By", "Coordinator", "Pt Initials", "Patient Initials", "Randomization Number", "Randomization #", "Rand #"),
    checks=(
        Check("no_subject_number", "reject", "screening", f"""select row from parsed where coalesce(screening, subject) is null and patient_key is not null
            and exists (select 1 from parsed where coalesce(screening, subject) is not null) and not {_GONE}"""),
        Check("undated_subject", "warning", "screening", """select row from parsed
            where coalesce(prescreened, approached, consented, screened, failed, unenrolled, enrolled, off, completed, withdrawn, changed) is null"""),
        Check("undated_status", "warning", "status", f"""select row from parsed where changed is null and case
            when status in ('randomized', 'on_study') then enrolled is null when status = 'consented' then consented is null
            when status in ({_LEFT}, 'completed') then {_LEFT_ON} is null and failed is null else false end"""),
        Check("end_before_start", "warning", "enrolled", "select row from parsed where enrolled_on < consented_on"),
        Check("end_before_start", "warning", "off", "select row from parsed where coalesce(off_on, completed_on, withdrawn_on) < coalesce(enrolled_on, consented_on, screened_on)"),
        Check("before_birth", "reject", "born", "select row from parsed where coalesce(consented_on, screened_on, enrolled_on) < born"),
    ),
    relations=(
        SITE_NAMED, STUDY_NAMED,
        # A log without numbers tells its persons by their record numbers; one with numbers does not number some of them yet, and
        # never those who left before they had one.
        # "Screen # 1" of several subjects counts how often each was screened, and is nobody's number.
        Relation("numbered", f"""
            select *, case when counted and subject is not null then subject else coalesce(screening, subject, case when not numbered or {_GONE} then 'patient ' || patient_key end) end as number,
                case when counted then try_cast(screening as bigint) end as turn
            from (select *, exists (select 1 from parsed where length(screening) <= 2 and subject is not null group by study, site, screening
                having count(distinct subject) > 1) and coalesce(length(screening) <= 2, true) as counted, exists (select 1 from parsed where coalesce(screening, subject) is not null) as numbered from parsed)"""),
        Relation("subject_of", """
            select p.row, y.study_id, s.site_id, p.number, p.turn,
                key64('subject|' || y.study_id || '|' || coalesce(s.site_id::varchar, '') || '|' || upper(p.number)) as subject_id,
                coalesce(p.screened, p.consented, p.failed, p.enrolled, p.unenrolled) as began
            from numbered p join study_named y on y.study = p.study left join site_named s on s.site = p.site"""),
        Relation("keyed", """
            select k.*, coalesce(p.attempt, k.turn, dense_rank() over (partition by k.subject_id order by k.began nulls last)) as attempt
            from subject_of k join parsed p using (row)"""),
        Relation("happened", f"""
            with judged as (
                select *, (select count(consented) from parsed) > 0 as consents_noted,
                    case when status = 'screen_failed' then changed end as left_at, case when status = 'screen_failed' then changed_on end as left_on
                from parsed)
            select * from ({_STEP_SQL})
            union all
            select row, 'eligible', coalesce(screened, enrolled, consented), coalesce(screened_on, enrolled_on, consented_on), null
            from judged where eligible
            union all
            select row, case when consented is null and consents_noted then 'prescreen_fail' else 'screen_failed' end,
                coalesce(failed, left_at, screened, consented, prescreened), coalesce(failed_on, left_on, screened_on, consented_on, prescreened_on),
                coalesce(reason, why)
            from judged where (not eligible or failed is not null or coalesce(status = 'screen_failed', false)) and enrolled is null
            union all
            select row, {_REASON_SAYS}, coalesce(screened, consented, prescreened, approached), coalesce(screened_on, consented_on, prescreened_on, approached_on), reason
            from judged where {_REASONED}
            union all
            select row, 'screen_failed', unenrolled, unenrolled_on, coalesce(reason, why) from judged
            where unenrolled is not null and failed is null and coalesce(eligible, true) and enrolled is null
            union all
            select row, {_ENDED}, off, off_on, coalesce(why, reason) from judged where off is not null and completed is null and withdrawn is null
            union all
            select row, 'completed', completed, completed_on, null from judged where completed is not null
            union all
            select row, case when {_LOST.format(why="coalesce(why, reason)")} then 'lost' else 'withdrawn' end, withdrawn, withdrawn_on, coalesce(why, reason) from judged where withdrawn is not null
            union all
            select row, status, changed, changed_on, case when status in ({_LEFT}) then coalesce(why, reason, status_text) end
            from judged where changed is not null and {_NEWS}
        """),
    ),
    emits=(
        Emit("subject_event", """
            select h.row, k.subject_id, h.code, h.reason_code, k.attempt, h.occurred_at, h.occurred_on
            from happened h join keyed k using (row) where h.occurred_at is not null and h.row in (select row from parsed)"""),
        Emit("research_subject", f"""
            select row, k.subject_id, k.study_id, k.site_id, p.patient_key,
                case when p.referral is not null then key64('referral|ehr|' || upper(p.referral)) end as referral_id,
                case when no_one(p.source) then null else coalesce(source_kind(p.source), {_NAMED}, 'other') end as source_kind,
                case when coalesce(p.screening, p.subject) is not null then k.number end as screening_number, case when p.share then 'yes' when not p.share then 'no' else 'unknown' end as share_consent
            from parsed p join keyed k using (row)"""),
        SITE_EMIT, STUDY_EMIT,
    ),
    order=70,
)  # fmt: skip
