"""Answers to campaigns: who answered which one, when, and how far it came. Names and addresses make the patient key
and go no further."""

from __future__ import annotations

from dataclasses import replace

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary import (
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    STUDY_EMIT,
    STUDY_JOIN,
    STUDY_NAMED,
    patient_fields,
    site_field,
    study_field,
)
from pipelines.vocabulary.campaigns import CAMPAIGN_EMIT, CAMPAIGN_JOIN, CAMPAIGN_NAMED, campaign_field

STATUSES = {
    "new": "new", "open": "new", "received": "new", "created": "new", "uncontacted": "new", "contacted": "contacted", "attempted": "contacted", "in progress": "contacted",
    "working": "contacted", "called": "contacted", "qualified": "qualified", "pre-qualified": "qualified", "prequalified": "qualified", "passed prescreener": "qualified",
    "passed prescreen": "qualified", "eligible": "qualified", "interested": "qualified", "not qualified": "not_qualified", "unqualified": "not_qualified",
    "disqualified": "not_qualified", "did not qualify": "not_qualified", "does not qualify": "not_qualified", "failed prescreener": "not_qualified", "failed prescreen": "not_qualified", "not eligible": "not_qualified", "not interested": "not_qualified",
    "declined": "not_qualified", "rejected": "not_qualified", "unreachable": "unreachable", "unable to reach": "unreachable", "no answer": "unreachable", "wrong number": "unreachable",
    "lost": "unreachable", "referred": "referred", "converted": "referred", "sent to site": "referred", "referred to site": "referred", "consented": "referred", "randomized": "referred", "in screening": "referred", "screened": "referred", "unable to contact": "unreachable", "could not reach": "unreachable", "scheduled": "referred",
    "appointment set": "referred", "booked": "referred", "enrolled": "referred", "duplicate": "void", "test": "void", "spam": "void", "invalid": "void", "bot": "void",
}  # fmt: skip
_NAMES = {
    "patient": ("Full Name", "Name"),
    "patient_last": ("Last",),
    "patient_first": ("First",),
}  # of leads, who else
FIELDS = (
    Field("number", "Lead number", "identifier", ("Lead ID", "Lead #", "id", "lead_id", "Response ID", "Inquiry ID", "Submission ID", "Participant ID", "Applicant ID", "Prospect ID"), example="L-100001"),
    Field("created", "Created", "datetime", ("Created At", "Created Date", "Lead Date", "Date", "Submitted", "Submitted At", "created_time", "Inquiry Date", "Date Created",
          "Timestamp", "Date Submitted", "Referral Date", "Date of Inquiry", "Applied On", "Signup Date"), required=True, clock="clock", example="2026-03-12 20:14"),
    Field("clock", "Created at (time of day)", "text", ("Time", "Time of Day")),
    campaign_field("Ad Campaign", "Lead Campaign"),
    *(replace(field, aliases=(*field.aliases, *_NAMES.get(field.name, ()))) for field in patient_fields()),
    Field("status", "Lead status", "enum", ("Status", "Stage", "Lead Stage", "Disposition", "Outcome", "Referral Status", "Prospect Status"), values=STATUSES, otherwise="new", example="Qualified"),
    Field("changed", "Status since", "date", ("Status Date", "Status Changed", "Last Status Change", "Stage Date", "Status Updated", "Disposition Date", "Status Last Updated", "Outcome Date"), example="2026-03-13"),
    Field("practice", "Practice", "name", ("Practice Name", "Organization", "Company", "Clinic"), example=""),
    study_field(),
    site_field(),
)  # fmt: skip
# Who left a name and no date of birth is somebody, but nobody that other files can be matched with.

SOURCE = Source(
    name="lead_list",
    title="Leads",
    description="People and practices who answered a campaign: when, which campaign, and how far it came.",
    system="leads",
    fields=FIELDS,
    signature=(frozenset({"number", "created", "campaign"}), frozenset({"created", "campaign", "status"}), frozenset({"number", "created", "campaign", "status", "mrn"})),
    primary="lead",
    zone_field="site",
    one_of=(("number", "mrn", "patient", "patient_last", "practice"),),
    ignored=("Phone", "Phone Number", "Email", "Email Address", "Mobile", "City", "State", "Ad", "Ad Name", "Ad Set Name", "Form", "Form Name", "form_id", "Notes", "Comments",
             "Assigned To", "Age", "IP Address", "Platform", "is_organic", "utm_source", "utm_medium", "utm_content", "Consent to Contact"),
    relations=(
        CAMPAIGN_NAMED, SITE_NAMED, STUDY_NAMED,
        Relation("office", """
            select practice, min(row) as row, organization_key(practice, null) as organization_id from parsed where practice is not null group by practice"""),
    ),
    emits=(
        Emit("lead", f"""
            select p.row, key64('lead|' || $system || '|' || coalesce('n|' || upper(p.number),
                    concat_ws('|', c.campaign_id::varchar, p.created::varchar, coalesce(p.patient_key::varchar, o.organization_id::varchar, p.row_hash::varchar)))) as lead_id,
                c.campaign_id, p.patient_key, o.organization_id, s.site_id, y.study_id, p.created as created_at, p.created_on,
                coalesce(p.status, 'new') as status, p.changed as status_on
            from parsed p join {CAMPAIGN_JOIN} left join {SITE_JOIN} left join {STUDY_JOIN} left join office o on o.practice = p.practice"""),
        Emit("organization", """
            select min(row) as row, organization_id, arg_min(practice, row) as name, 'practice' as kind
            from office where organization_id is not null group by organization_id""", unique=True),
        CAMPAIGN_EMIT, SITE_EMIT, STUDY_EMIT,
    ),
    order=65,
)  # fmt: skip
