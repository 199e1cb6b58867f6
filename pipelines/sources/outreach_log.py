"""The liaisons' log of visits, calls and other contacts with practices."""

from __future__ import annotations

from dataclasses import replace

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    REFERRER_EMITS,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    TWO_PART_JOIN,
    TWO_PART_REFERRER,
    contacts,
    referrer_fields,
    referrer_name_fields,
    site_field,
)

CHANNELS = {
    "visit": "visit", "in person": "visit", "in person visit": "visit", "in office visit": "visit", "practice visit": "visit", "office visit": "visit", "drop in": "visit", "drop by": "visit", "site visit": "visit", "lunch": "visit",
    "lunch and learn": "visit", "lunch & learn": "visit", "meeting": "visit", "face to face": "visit", "face to face visit": "visit", "f2f": "visit", "in person call": "visit", "video": "call", "video visit": "call", "virtual call": "call", "remote": "call", "drop off": "visit", "in-service": "visit", "in service": "visit",
    "call": "call", "phone": "call", "follow up call": "call", "phone call": "call", "telephone": "call", "zoom": "call", "video call": "call", "text": "call",
    "email": "email", "e-mail": "email", "newsletter": "email", "mail": "mail", "letter": "mail", "mailer": "mail", "fax": "mail", "postcard": "mail",
    "event": "event", "conference": "event", "dinner": "event", "dinner program": "event", "fair": "event", "cme": "event", "grand rounds": "event",
    "webinar": "webinar", "virtual": "webinar", "gift": "gift", "thank you gift": "gift",
    "voicemail": "voicemail", "voice mail": "voicemail", "left voicemail": "voicemail", "left message": "voicemail", "lvm": "voicemail", "vm": "voicemail",
}  # fmt: skip
CHANNEL_PATTERNS = (
    (r"visit|lunch|breakfast|drop.?(?:in|off|by)|in.?person|in.?service|meet", "visit"), (r"\bcall|phone|zoom|video", "call"),
    (r"e-?mail", "email"), (r"dinner|conference|\bfair\b", "event"),
)  # fmt: skip
OUTCOMES = {
    "positive": "positive", "interested": "positive", "good": "positive", "great": "positive", "will refer": "positive", "successful": "positive",
    "met": "positive", "spoke": "positive", "reached": "positive", "connected": "positive", "completed": "positive", "received well": "positive", "very interested": "positive",
    "no fit now": "no_fit_now", "not interested": "no_fit_now", "neutral": "no_fit_now", "no fit": "no_fit_now", "not now": "no_fit_now",
    "no patients": "no_fit_now", "maybe later": "no_fit_now", "not a fit": "no_fit_now",
    "not reached": "not_reached", "no answer": "not_reached", "left message": "not_reached", "lvm": "not_reached", "left voicemail": "not_reached",
    "unavailable": "not_reached", "closed": "not_reached", "no contact": "not_reached", "voicemail": "not_reached", "left materials": "not_reached",
    "complaint": "complaint", "complained": "complaint", "negative": "complaint", "unhappy": "complaint",
    "opt out": "opt_out", "opted out": "opt_out", "do not contact": "opt_out", "unsubscribe": "opt_out", "declined": "opt_out", "stop": "opt_out",
}  # fmt: skip

# Of a task or a meeting in a CRM; any other word says nothing of whether it took place.
STATES = {
    "open": "planned", "not started": "planned", "scheduled": "planned", "planned": "planned", "in progress": "planned", "deferred": "planned", "pending": "planned",
    "waiting on someone else": "planned", "upcoming": "planned", "overdue": "planned", "cancelled": "void", "canceled": "void", "not held": "void", "no show": "void",
    "rescheduled": "void", "completed": "done", "complete": "done", "held": "done", "done": "done", "closed": "done",
}  # fmt: skip
# A sheet may have a column for each way, with a tick in one of them.
TICKED = {
    "visit": ("Visit", "Visited", "In Person", "Office Visit", "Drop Off", "Drop In", "Drop By", "Lunch", "Lunch and Learn"), "call": ("Call", "Called", "Phone", "Phone Call"),
    "email": ("Email", "E-mail", "Emailed"), "mail": ("Mail", "Mailed", "Mailer", "Letter", "Fax", "Faxed"), "event": ("Event", "Dinner", "CME"), "gift": ("Gift",),
}  # fmt: skip
# A message left is a call that reached nobody, unless the log says what came of it.
_MESSAGE = "p.channel = 'voicemail'"
# So is a contact that was tried: "Attempted Visit - Not Seen".
_TRIED = (
    "regexp_matches(lower(coalesce(p.channel_text, '')), '\\battempt|\\bnot (?:seen|in|available)\\b|unsuccessful')"
)
# A calendar calls everything an event: what kind it was its subject says.
_EVENT = """case when lower(trim(p.channel_text)) = 'event' and regexp_matches(lower(p.purpose), '\\b(?:visit|lunch|drop.?(?:in|off|by)|in.?service|meet(?:ing)?|breakfast)\\b') then 'visit'
    when lower(trim(p.channel_text)) = 'event' and regexp_matches(lower(p.purpose), '\\b(?:call|phone|zoom)\\b') then 'call' end"""
_TICKED = "case " + " ".join(f"when p.by_{channel} then '{channel}'" for channel in TICKED) + " end"
_TICKS = " + ".join(f"coalesce(by_{channel}, false)::integer" for channel in TICKED)


_VISITED = ("Referral Source", "Source", "Source of Referral")


def _met(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Whom a contact was with. Bare "From" and "To" of a visit are hours, and of a message "From" is one of us: nobody is met by them.
    A "Referral Source" that is visited is the practice or the hospital itself, not what kind of source it is."""
    met = (
        replace(one, aliases=tuple(text for text in one.aliases if not text.startswith(("From", "Sent From"))))
        for one in fields
    )
    return tuple(
        replace(one, label="Kind of source", aliases=tuple(text for text in one.aliases if text not in _VISITED)) if one.name == "source" else one
        for one in met
    )  # fmt: skip


FIELDS = (
    Field("happened", "Date", "datetime", ("Date", "Visit Date", "Due Date", "Date of Visit", "Contact Date", "Touch Date", "Activity Date", "Call Date", "Date of Contact",
          "Date/Time", "Outreach Date", "Touchpoint Date", "Start DateTime", "Encounter Date", "Meeting Start Time", "Activity Date/Time", "Start Date/Time"), required=True, clock="clock", example="2026-03-12"),
    Field("clock", "Time", "text", ("Time", "Time of Day", "Visit Time", "Start Time", "Activity Time", "Call Time")),
    Field("liaison", "Liaison", "text", ("Liaison", "Assigned", "Activity Assigned To", "Rep", "Representative", "Staff", "Owner", "Physician Liaison", "Outreach Staff", "Employee", "Who", "User",
          "Liaison Name", "Assigned To", "Completed By", "Call Owner", "Activity Owner", "Meeting Owner", "Visit Owner", "MR Name", "Medical Rep", "Medical Representative", "Rep Name", "Sales Rep", "Territory Manager"), example="A. Lee"),
    *_met(referrer_fields(name=("Provider", "Physician", "Contact", "Provider Name", "Doctor", "Met With", "Provider Visited", "Provider Seen", "Physician Seen", "Associated Contact", "Contact Name", "Physician Name", "Call To", "Who I Saw", "Who Was Seen", "Who Did You See", "Who You Saw", "Who We Saw", "Saw", "Doctor Name", "Dr Name", "HCP", "HCP Name", "Name of Doctor", "Doctor Visited"),
                     practice=("Practice", "Account", "Practice Visited", "Office", "Account Name", "Company", "Company / Account", "Company/Account", "Associated Company", "Referring Office", "Related To", "Regarding", *_VISITED))),
    *referrer_name_fields(),
    Field("contact", "Contact person", "name", ("Contact Person", "Spoke With", "Staff Contact", "Office Contact", "Staff Met", "Person Contacted",
          "Front Desk Contact", "Staff Name"), example="Maria Lopez"),
    Field("contact_role", "Contact's role", "enum", ("Contact Role", "Contact Title", "Role of Contact", "Staff Role", "Contact Position"), values=contacts.ROLES,
          patterns=contacts.ROLE_PATTERNS, otherwise="other", example="Referral coordinator"),
    Field("study", "Study presented", "text", ("Study Presented", "Study Discussed", "Studies Presented", "Studies Discussed", "Protocol Presented", "Trial Discussed",
          "Study", "Protocol", "Studies"), example="ABC-101"),
    Field("profile", "Profile version", "identifier", ("Profile Version", "Study Profile Version", "Material Version", "Version Shown"), example="1.0"),
    Field("channel", "Channel", "enum", ("Channel", "Type", "Method", "Activity Type", "Contact Type", "Touch Type", "Mode", "Contact Method", "Touchpoint Method", "Touchpoint Type", "Visit Type",
          "Type of Contact", "Type of Visit", "Type of Activity", "Type of Call", "Activity", "Call Channel", "Call Type", "Visit Channel", "Interaction Type", "Interaction Channel", "Encounter Type"), values=CHANNELS, patterns=CHANNEL_PATTERNS, otherwise="visit", example="Visit"),
    *(Field(f"by_{channel}", f"By {channel}?", "boolean", headers) for channel, headers in TICKED.items()),
    Field("purpose", "Purpose", "text", ("Purpose", "Reason", "Topic", "Subject", "Objective", "Purpose of Visit", "Discussion", "Activity Reason", "Activity Purpose", "Meeting Name", "Call Purpose", "Reason for Visit", "Visit Reason", "Meeting Purpose", "What I Left", "Discussed", "What We Discussed", "Products Discussed", "Product Discussed", "Products Detailed", "Topics Discussed"), example="Introduce a study"),
    Field("outcome", "Outcome", "enum", ("Outcome", "Result", "Disposition", "Response", "Feedback", "Call Result", "Call Outcome", "Visit Outcome", "Doctor Response", "HCP Response", "Sentiment"), values=OUTCOMES, example="Positive"),
    Field("state", "Status", "enum", ("Status", "Activity Status", "Task Status", "Meeting Status", "Visit Status", "Meeting Outcome", "Appointment Status", "Event Status", "Call Status"), values=STATES, patterns=((r".", "done"),)),
    Field("minutes", "Minutes", "integer", ("Minutes", "Duration", "Duration (min)", "Length", "Duration Minutes", "Min", "Time Spent"), example="25"),
    Field("next", "Next visit", "date", ("Next Visit", "Next Contact", "Follow Up Date", "Next Touch", "Follow-Up", "Next Follow Up", "Next Step Date", "Next Step Due",
          "Follow Up On", "Next Call", "F/U Date", "F/U", "Next Activity Date", "Next Activity", "FU Date", "Follow Up By"), future=True, example="2026-05-01"),
    # What a notebook says above its few columns, and in none of them.
    Field("listed", "List of contacts", "boolean"),
    site_field("On Behalf Of"),
)  # fmt: skip

SOURCE = Source(
    name="outreach_log",
    title="Outreach log",
    description="Contacts of liaisons with practices: when, with whom, how, why and how it went.",
    system="outreach",
    fields=FIELDS,
    signature=(frozenset({"happened", "liaison", "practice"}), frozenset({"happened", "practice", "channel"}), frozenset({"happened", "practice", "listed"}), frozenset({"happened", "referrer", "listed"}), frozenset({"happened", "practice", "purpose"}),
               frozenset({"happened", "referrer", "channel"}), frozenset({"happened", "liaison", "referrer"}), frozenset({"happened", "liaison", "referrer_last"}),
               frozenset({"happened", "liaison", "practice", "channel", "outcome"})),
    primary="touch",
    zone_field="site",
    one_of=(("practice", "referrer", "npi", "referrer_last"),),
    # A notebook of visits says what it is above its three columns.
    titled=((r"\b(?:visit|outreach|liaison|territory|field|marketing)s?'? (?:notes?|logs?|reports?|tracker|diary|journal|visits?)\b", "listed", "yes"),),
    headed=(("outcome", r"(?i)^\s*(call) (?:outcome|result|disposition)\b", "channel"), ("state", r"(?i)^\s*(call) status\b", "channel"), ("referrer", r"(?i)^\s*(call) to\s*$", "channel")),
    alien=r"\bamounts?\b|reimburs|\bexpenses?\b|\bcsid\b|^(?:no\.? of |# ?(?:of )?)?pages$|\bpage count\b|\bcaller id\b|^(?:to|from) (?:name|number)$|\bdiall?ed\b|\banswer indicator\b|^callee\b",
    ignored=("Credentials", "Call Name", "Activity ID", "Notes", "Comments", "City", "Address", "Mileage", "Phone"),
    checks=(Check("not_a_contact_yet", "note", "state", "select row from parsed where state in ('planned', 'void')", aside=True),
            Check("several_ways", "warning", "channel", f"select row from parsed where channel is null and {_TICKS} > 1")),
    relations=(
        TWO_PART_REFERRER, SITE_NAMED,
        Relation("contact", f"""
            select p.row, r.practitioner_id, r.organization_id, s.site_id, concat_ws('|', 'touch', p.happened::varchar, coalesce(norm_text(p.liaison), ''),
                coalesce(r.organization_id::varchar, ''), coalesce(r.said_practitioner_id::varchar, ''), coalesce(p.channel, {_TICKED}, ''),
                coalesce(norm_text(p.purpose), ''), coalesce(s.site_id::varchar, ''), norm_text(p.contact)) as said,
                concat_ws('|', coalesce(p.outcome, ''), coalesce(p.minutes::varchar, ''), coalesce(p.next::varchar, '')) as came_of_it
            from parsed p left join {TWO_PART_JOIN} left join {SITE_JOIN}"""),
        # Two calls of one day that ended differently are two contacts; the same line twice is one.
        Relation("turn", """
            select said, came_of_it, row_number() over (partition by said order by min(row)) as place from contact group by said, came_of_it"""),
        Relation("noted", "select c.*, key64(c.said || '|' || t.place) as touch_id from contact c join turn t on t.said = c.said and t.came_of_it = c.came_of_it"),
        # One cell may name several studies.
        Relation("presented", """
            select row, trim(one) as study, study_key(trim(one)) as study_id, profile
            from (select row, profile, unnest(string_split_regex(study, '[;,]|\\band\\b')) as one from parsed where study is not null)
            where norm_text(one) is not null"""),
    ),
    emits=(
        Emit("touch", f"""
            select c.row, c.touch_id, c.organization_id, c.practitioner_id, {contacts.contact_key("c.organization_id", "p.contact")} as contact_id, p.contact_role,
                c.site_id, p.liaison,
                case when {_MESSAGE} then 'call' else coalesce({_EVENT}, p.channel, {_TICKED}, 'visit') end as channel, p.purpose,
                coalesce(p.outcome, case when {_MESSAGE} or {_TRIED} then 'not_reached' end) as outcome,
                case when p.minutes between 0 and 100000 then p.minutes end as duration_min, p.next as next_touch_on,
                p.happened as occurred_at, p.happened_on as occurred_on
            from noted c join parsed p on p.row = c.row""", unique=True),
        Emit("touch_study", "select n.row, n.touch_id, s.study_id, s.profile as profile_version from noted n join presented s using (row)"),
        *REFERRER_EMITS, SITE_EMIT,
        Emit("research_study", "select min(row) as row, study_id, arg_min(study, row) as code from presented group by study_id", unique=True),
    ),
    order=60,
)  # fmt: skip
