"""What sources of different systems share: the words people use for a status, and the SQL that turns whoever is
named as referrer into practitioner, organisation and referral source.

Sources know nothing of each other; what two of them need stands here.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.sources import ROW_ZONE, Emit, Field, Relation
from pipelines.values.names import named_sql

CHANNELS: Mapping[str, str] = {
    "fax": "fax", "efax": "fax", "e-fax": "fax", "faxed": "fax", "fax ocr": "fax", "fax server": "fax",
    "phone": "phone", "telephone": "phone", "call": "phone", "phone call": "phone", "tel": "phone", "voicemail": "phone",
    "portal": "portal", "web portal": "portal", "provider portal": "portal", "web form": "portal", "web": "portal", "online": "portal",
    "online form": "portal", "website": "portal", "referral portal": "portal", "carelink": "portal", "epiccare link": "portal",
    "ehr": "ehr", "emr": "ehr", "epic": "ehr", "in basket": "ehr", "ehr order": "ehr", "internal order": "ehr", "care everywhere": "ehr",
    "electronic": "ehr", "interface": "ehr", "360x": "ehr", "cerner": "ehr",
    "direct": "direct", "direct message": "direct", "direct messaging": "direct", "secure message": "direct", "direct secure message": "direct",
    "email": "email", "e-mail": "email", "secure email": "email", "encrypted email": "email",
    "walk in": "walk_in", "walk-in": "walk_in", "in person": "walk_in", "patient walk in": "walk_in", "hand delivered": "walk_in",
    "mail": "mail", "post": "mail", "letter": "mail", "us mail": "mail", "usps": "mail",
    "other": "other", "unknown": "unknown", "text": "other", "sms": "other",
}  # fmt: skip
PRIORITIES: Mapping[str, str] = {
    "routine": "routine", "normal": "routine", "standard": "routine", "elective": "routine", "low": "routine", "non urgent": "routine",
    "regular": "routine", "no": "routine", "n": "routine", "yes": "urgent", "y": "urgent", "see details": "routine", "r": "routine", "medium": "routine",
    "2 week wait": "urgent", "2ww": "urgent", "suspected cancer": "urgent", "urgent suspected cancer": "urgent", "semi urgent": "urgent", "urgent": "urgent", "u": "urgent", "high": "urgent", "expedited": "urgent", "two week wait": "urgent", "priority": "urgent", "rush": "urgent",
    "asap": "asap", "as soon as possible": "asap",
    "stat": "stat", "emergency": "stat", "emergent": "stat", "e": "stat", "immediate": "stat", "critical": "stat",
}  # fmt: skip
SEXES: Mapping[str, str] = {
    "f": "female", "female": "female", "woman": "female", "w": "female", "m": "male", "male": "male", "man": "male",
    "other": "other", "x": "other", "nonbinary": "other", "non-binary": "other", "u": "unknown", "unknown": "unknown", "undisclosed": "unknown",
}  # fmt: skip
TIME_ZONES: Mapping[str, str] = {
    "eastern": "America/New_York", "eastern time": "America/New_York", "et": "America/New_York", "est": "America/New_York",
    "edt": "America/New_York", "us eastern": "America/New_York", "eastern standard time": "America/New_York", "est5edt": "America/New_York",
    "central": "America/Chicago", "central time": "America/Chicago", "ct": "America/Chicago", "cst": "America/Chicago",
    "cdt": "America/Chicago", "us central": "America/Chicago", "central standard time": "America/Chicago", "cst6cdt": "America/Chicago",
    "mountain": "America/Denver", "mountain time": "America/Denver", "mt": "America/Denver", "mst": "America/Denver",
    "mdt": "America/Denver", "us mountain": "America/Denver", "mountain standard time": "America/Denver", "mst7mdt": "America/Denver",
    "arizona": "America/Phoenix", "us arizona": "America/Phoenix",
    "pacific": "America/Los_Angeles", "pacific time": "America/Los_Angeles", "pt": "America/Los_Angeles", "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles", "us pacific": "America/Los_Angeles", "pacific standard time": "America/Los_Angeles", "pst8pdt": "America/Los_Angeles",
    "alaska": "America/Anchorage", "akst": "America/Anchorage", "akdt": "America/Anchorage",
    "hawaii": "Pacific/Honolulu", "hst": "Pacific/Honolulu", "atlantic": "America/Halifax", "puerto rico": "America/Puerto_Rico",
}  # fmt: skip
APPOINTMENT: Mapping[str, str] = {
    "proposed": "proposed", "pending": "proposed", "requested": "proposed", "waitlist": "proposed", "wait list": "proposed",
    "tentative": "proposed", "booked": "booked", "filled": "booked", "conf": "booked", "scheduled": "booked", "sched": "booked", "pend": "proposed", "canc": "cancelled", "resched": "booked", "confirmed": "booked", "sch": "booked", "rescheduled": "booked", "future": "booked",
    "appt made": "booked", "appt scheduled": "booked", "appointment scheduled": "booked", "unconfirmed": "booked",
    "arrived": "arrived", "arr": "arrived", "checked in": "arrived", "checked-in": "arrived", "in progress": "arrived", "present on arrival": "arrived", "in room": "arrived", "roomed": "arrived", "in exam room": "arrived", "in session": "arrived", "with provider": "arrived", "in waiting room": "arrived", "in lobby": "arrived", "triaged": "arrived",
    "completed": "fulfilled", "complete": "fulfilled", "fulfilled": "fulfilled", "kept": "fulfilled", "seen": "fulfilled", "attended": "fulfilled",
    "checked out": "fulfilled", "comp": "fulfilled", "done": "fulfilled", "show": "fulfilled", "showed": "fulfilled", "visit completed": "fulfilled", "charge entered": "fulfilled", "departed": "fulfilled", "dep": "fulfilled", "came": "fulfilled", "discharged": "fulfilled", "at billing": "fulfilled", "billed": "fulfilled", "chk": "fulfilled", "finished": "fulfilled", "left clinic": "fulfilled", "visit closed": "fulfilled", "signed": "fulfilled",
    "canceled": "cancelled", "cancelled": "cancelled", "cancel": "cancelled", "can": "cancelled", "cx": "cancelled", "cxl": "cancelled", "late cancel": "cancelled",
    "late cancellation": "cancelled", "cancelled by patient": "cancelled", "canceled by patient": "cancelled", "patient canceled": "cancelled",
    "patient cancelled": "cancelled", "deleted": "cancelled", "moved": "cancelled", "removed": "cancelled", "voided": "cancelled", "can pt": "cancelled", "withdrawn": "cancelled", "cancelled by clinic": "cancelled", "canceled by clinic": "cancelled", "canceled by provider": "cancelled",
    "no show": "noshow", "no-show": "noshow", "noshow": "noshow", "ns": "noshow", "nos": "noshow", "did not attend": "noshow", "dna": "noshow", "dnka": "noshow", "missed": "noshow", "fta": "noshow", "absent": "noshow",
    "left without seen": "left_unseen", "left without being seen": "left_unseen", "lwbs": "left_unseen", "left unseen": "left_unseen", "walked out": "left_unseen", "lwot": "left_unseen",
    "entered in error": "void", "created in error": "void", "booked in error": "void", "scheduled in error": "void", "duplicate": "void", "test": "void",
}  # fmt: skip
# A step of a referral that a status names. "none" is known and says nothing of what became of the patient:
# "Closed" ends an authorisation, not a visit.
EVENTS: Mapping[str, str] = {
    "new request": "created", "new": "created", "created": "created", "entered": "created", "draft": "created", "ordered": "created",
    "received": "received", "open": "received", "referral received": "received", "logged": "received",
    "pending review": "acknowledged", "acknowledged": "acknowledged", "in review": "acknowledged", "under review": "acknowledged",
    "triaged": "acknowledged", "triage": "acknowledged", "confirmed receipt": "acknowledged", "acknowledgement sent": "acknowledged",
    "authorized": "accepted", "accepted": "accepted", "approved": "accepted", "accept": "accepted", "authorised": "accepted",
    "auto authorized": "accepted", "denied": "declined", "declined": "declined", "rejected": "declined", "reject": "declined", "refused": "declined",
    "patient declined": "declined", "not interested": "declined", "patient refused": "declined", "not eligible": "declined",
    "ineligible": "declined", "unable to reach": "declined", "unreachable": "declined", "could not reach": "declined", "no response": "declined",
    "utr": "declined", "lost to follow up": "declined", "lost to followup": "declined", "no contact": "declined", "out of network": "declined",
    "incomplete": "info_requested", "information request": "info_requested", "information requested": "info_requested", "info requested": "info_requested",
    "missing information": "info_requested", "pending information": "info_requested", "need more info": "info_requested",
    "contact attempt": "contact_attempt", "contact attempted": "contact_attempt", "attempted contact": "contact_attempt", "called": "contact_attempt",
    "left message": "contact_attempt", "lvm": "contact_attempt", "left voicemail": "contact_attempt", "lm": "contact_attempt",
    "called left message": "contact_attempt", "no answer": "contact_attempt", "voicemail": "contact_attempt", "attempting contact": "contact_attempt",
    "contacted": "contact_made", "contact made": "contact_made", "patient contacted": "contact_made", "spoke with patient": "contact_made",
    "reached": "contact_made", "reached patient": "contact_made",
    "sched": "scheduled", "sch": "scheduled", "pend": "none", "canc": "cancelled", "comp": "completed", "resched": "rescheduled",
    "scheduled": "scheduled", "appt scheduled": "scheduled", "appointment scheduled": "scheduled", "appt made": "scheduled", "booked": "scheduled",
    "visit scheduled": "scheduled", "rescheduled": "rescheduled", "appointment rescheduled": "rescheduled", "appt notice": "appt_notice",
    "appointment notice sent": "appt_notice", "kept": "kept", "seen": "kept", "visit completed": "kept", "arrived": "kept", "attended": "kept", "admitted": "kept", "non admit": "declined", "not admitted": "declined",
    "appointment kept": "kept", "specialist visit completed": "kept", "appt kept": "kept", "showed": "kept", "visit kept": "kept",
    "no show": "no_show", "dna": "no_show", "fta": "no_show", "cna": "appt_cancelled", "uta": "appt_cancelled", "no-show": "no_show", "noshow": "no_show", "did not attend": "no_show", "ns": "no_show", "missed": "no_show",
    "appointment cancelled": "appt_cancelled", "appointment canceled": "appt_cancelled", "appt cancelled": "appt_cancelled",
    "appt canceled": "appt_cancelled", "left without seen": "left_unseen", "left without being seen": "left_unseen",
    "outcome notice": "outcome_notice", "report sent": "report_sent", "consult note sent": "report_sent", "note sent": "report_sent",
    "results sent": "report_sent", "report acknowledged": "report_ack", "handback": "handback", "returned to referrer": "handback",
    "sent back": "handback", "cancellation requested": "cancel_requested", "cancel requested": "cancel_requested",
    "canceled": "cancelled", "cancelled": "cancelled", "cancel": "cancelled", "withdrawn": "cancelled", "void": "cancelled", "expired": "cancelled", "discontinued": "cancelled",
    "completed": "completed", "complete": "completed", "referral completed": "completed", "redirect": "redirected", "redirected": "redirected",
    "forwarded": "redirected", "transferred": "redirected",
    "not scheduled": "none", "unscheduled": "none", "ready to schedule": "none", "ready for scheduling": "none", "needs scheduling": "none", "to be scheduled": "none", "pending scheduling": "none", "sent to scheduling": "none",
    "in process": "none", "patient will call": "contact_made", "pt will call back": "contact_made", "patient will call back": "contact_made",
    "closed": "none", "pending": "none", "in progress": "none", "active": "none", "on hold": "none", "hold": "none", "waitlist": "none",
    "enrolled": "none", "consented": "none", "screened": "none", "screening": "none", "screen fail": "none", "screen failed": "none",
    "randomized": "none", "randomised": "none", "working": "none", "entered in error": "void", "duplicate": "void", "test": "void", "error": "void",
}  # fmt: skip
_NO_SHOW = r"\bn/s\b|\bncns\b|no.?show|\bdna\b|\bdnka?\b|did ?n[o']t (?:attend|show|keep|come|arrive)|fail(?:ed|ure)? to (?:attend|show|arrive|present|keep)|not kept|missed (?:appt|appointment|visit)|^missed"
_LEFT = r"\blwbs\b|left (?:without|w/o|before)|walked out|not seen,? left|(?:arrived|late).*(?:not|never|without being) seen|attended.*(?:not|never) seen"
# Outcomes with more words than the list can have; looked at only where the list has no answer.
OUTCOME_PATTERNS = (
    (_NO_SHOW, "no_show"),
    (_LEFT, "left_unseen"),
    (r"^auth\w*\.? (?:is )?(?:pending|approved|requested|required|req'?d|sent|submitted)\b|^(?:on )?hold\b", "none"),
    (r"\bneed\w* (?:[a-z]+ ){0,2}(?:notes|recs)\b|\b(?:recs|records|notes) requested\b", "info_requested"),
    (r"\bins\.? denied|out of (?:area|state)\b|^oon\b|(?:number|phone|line)\b.* disc(?:onnected)?\b|not taking (?:any )?new", "declined"),
    (r"\bno ans\b|unable to lm\b|mailbox (?:is )?full", "contact_attempt"),
    (r"await\w* (?:medical )?(?:records|info|notes|labs)|(?:missing|needs?|pending|incomplete) (?:more |medical |additional |clinical )*(?:records|info|documentation)", "info_requested"),
    (r"^closed\b.*\battempts?\b|(?:does|did|do) ?n[o']t meet|not meet\w* criteria", "declined"),
    (r"deceased|\bdied\b|passed away", "cancelled"),
    (r"elsewhere|other (?:provider|clinic|specialist)|insurance (?:was |not )?(?:denied|accepted)|(?:auth\w*|coverage|\bpa) denied|un-?responsive|non-?responsive|not respond|"
     r"declin|refus|not interested|no longer interested|unable to (reach|contact)|unreach|\butr\b|not a candidate|could not (reach|contact)|no (answer|response)|"
     r"lost to|wrong number|not eligible|ineligible|out of (scope|network)|not accepted|excluded|does not meet|never received", "declined"),
    (r"reschedul|\bresch'?d?\b|\br/s\b", "rescheduled"),
    (r"cancel|withdr[ae]w|\bcx'?d?\b|\bcxl'?d?\b", "cancelled"),
    (r"^reviewed\W+accepted|^accepted\b", "accepted"),
    (r"left (a )?(message|voicemail|vm)|\blvm\b|\blm ?x ?\d|^lm\b|attempt|(?:mailed|sent) (?:a |pt |patient )?letter|letter (?:mailed|sent to p)", "contact_attempt"),
    (r"\b(?:to be|wants?|waiting|awaiting|needs?)\b[^,;]*\b(?:seen|eval\w*|consult\w*|attended)\b|\bwaiting (?:on|for)\b|^(?:awaiting|pending)\b|^not (?:yet )?(?:scheduled|booked|contacted|called)\b|wait ?list", "none"),
    (r"(^|\b)(seen|kept|attended|(?:visit|appt|appointment|encounter|consult|eval|evaluation|intake) (?:is |was )?(complete|done)|eval'd|eval(?:uated)?$|consulted)", "kept"),
    (r"\bwill (?:call|c/?b)\b", "contact_made"),
    (r"duplicate|^dup\b|entered in error|test (patient|record)", "void"),
    (r"redirect|forwarded|\bfwd'?d?\b|transfer", "redirected"),
    (r"sent back|returned to|\brts\b|return to referr", "handback"),
    (r"^(?:appt|appointment) (?:made|set|booked)\b|^(?:appt |appointment |pt |patient )?(?:sched(?:'?d|uled)?|booked)\b(?! (?:needed|pending|req))", "scheduled"),
    (r"^closed[ -]*lost\b|\breject|wrong specialty", "declined"),
)  # fmt: skip
APPOINTMENT_PATTERNS = (
    (r"^\W*cancel(?!\w*\s*(?:/|or|and)\s*no)", "cancelled"), (_NO_SHOW, "noshow"), (_LEFT, "left_unseen"), (r"reschedul|\br/s\b|\bbumped", "cancelled"), (r"cancel|\bcxl?d?\b|\bcx'd", "cancelled"),
    (r"complet|kept|seen|attended|check(ed)?[ -]?out|charge enter|discharg|departed|checkout", "fulfilled"), (r"arriv|check(ed)?[ -]?in|\broomed|in (?:exam )?room|ready for|with (?:provider|doctor|nurse)", "arrived"), (r"schedul|booked|confirm|\bfilled", "booked"),
)  # fmt: skip
# In a list of visits what was moved is called so in the row of its old time; the new one has a row of its own.
VISIT_STATUSES: Mapping[str, str] = {
    **APPOINTMENT,
    "rescheduled": "cancelled",
    "resched": "cancelled",
    "r s": "cancelled",
}
STUDY_STATUSES: Mapping[str, str] = {
    "recruiting": "recruiting", "enrolling": "recruiting", "open": "recruiting", "active": "recruiting", "open to enrollment": "recruiting",
    "open to accrual": "recruiting", "not yet recruiting": "not yet recruiting", "planned": "not yet recruiting", "start up": "not yet recruiting",
    "startup": "not yet recruiting", "pending": "not yet recruiting", "active not recruiting": "active, not recruiting",
    "enrollment closed": "active, not recruiting", "closed to enrollment": "active, not recruiting", "closed to accrual": "active, not recruiting",
    "in follow up": "active, not recruiting", "follow up": "active, not recruiting", "enrolling by invitation": "enrolling by invitation",
    "suspended": "suspended", "on hold": "suspended", "paused": "suspended", "terminated": "terminated", "withdrawn": "withdrawn",
    "completed": "completed", "complete": "completed", "closed": "completed",
}  # fmt: skip


def zone_field() -> Field:
    """The time zone that a row's own times are in, where the file says it row by row."""
    return Field(
        ROW_ZONE,
        "Time zone",
        "zone",
        ("Time Zone", "Timezone", "TZ", "Time Zone ID", "Local Time Zone", "Appointment Time Zone"),
        values=TIME_ZONES,
    )


SITE = ("Site", "Site Name", "Site Code", "Site ID", "Site Number", "Site No", "Location", "Clinic", "Clinic Location", "Clinic Site",
        "Receiving Site", "Facility", "Facility ID", "servicerequest_performer_display", "Referred To Site", "Referred To Location", "Office Location", "Our Site", "Performing Site", "Performing Location",
        "Study Site", "Service Site", "Service Location")  # fmt: skip
DIRECTIONS: Mapping[str, str] = {
    "incoming": "in", "internal": "in", "inbound": "in", "external incoming": "in", "in": "in", "received": "in",
    "outgoing": "out", "outbound": "out", "out": "out", "sent": "out", "ib": "in", "i": "in", "ob": "out", "o": "out",
}  # fmt: skip
DIRECTION_PATTERNS = (
    (
        r"\bout(?:going|bound)\b|^(?:referr(?:al|ed)|sent)? ?out\b(?! ?-?(?:of|patient|pt)\b)|^ref(?:er(?:red|ral)?)?[ _-]?to\b",
        "out",
    ),
    (r".", "in"),
)  # a word for the kind of visit says nothing of it: "Out-patient", "Out of network"
STUDY = ("Study", "Protocol", "Protocol Number", "Protocol No", "Protocol ID", "Study ID", "Study Code", "Study Name", "Study Number",
         "Study Protocol", "Trial", "Trial ID", "Research Study", "Protocol #", "NCT Number")  # fmt: skip
MRN = ("MRN", "Patient MRN", "Medical Record Number", "Medical Record No", "PAT_ID", "Patient ID", "PatientID", "Patient Number", "Chart Number",
       "Hospital Number", "Hospital No", "Unit Number", "Unit No", "Unit #", "Patient Unit #", "Patient Unit Number", "UR Number", "URN", "UMRN", "CHI Number", "CHI No", "NHS Number", "NHI", "NHI Number", "HCN", "PHN", "Health Card Number", "Health Card No", "Health Number", "UHID", "Folder Number", "Folder No", "Hosp No", "PRN", "File Number", "File No", "Chart ID", "Person ID", "Person Nbr", "Patient Account No", "Enterprise ID",
       "PAT_MRN_ID", "Patient Identifier", "Pt MRN", "EMPI", "MRN #", "Chart #", "patient_id", "Patient Account Number", "Patient Acct No", "Account Number", "Person Number")  # fmt: skip


def site_field(*more: str, required: bool = False, label: str = "Site", example: str = "NYC01") -> Field:
    """The site a record belongs to, by code or name."""
    return Field("site", label, "text", (*more, *SITE), required=required, example=example)


def study_field(*more: str, required: bool = False, example: str = "ABC-101") -> Field:
    """The study a record belongs to, by protocol number."""
    return Field("study", "Study", "text", (*more, *STUDY), required=required, example=example)


def patient_fields() -> tuple[Field, ...]:
    """What identifies a patient. It makes the patient key and goes no further."""
    return (
        Field("mrn", "Medical record number", "identifier", MRN, phi=True, example="00012345"),
        Field("patient", "Patient name", "name", ("Patient Name", "Patient", "Pt Name", "Patient Full Name", "Name of Patient", "Client Name",
              "Pt", "Referred Patient", "Member Name", "Member: Account Name", "Invitee Name", "Person Name", "Client", "Patient/Partner", "Child Name", "Resident Name"), phi=True, example="Doe, Jane"),
        Field("patient_last", "Patient last name", "name", ("Patient Last Name", "Pt Last Name", "Last Name", "Patient Last", "Patient Surname",
              "Surname", "Family Name", "PAT_LAST_NAME", "Invitee Last Name"), phi=True),
        Field("patient_first", "Patient first name", "name", ("Patient First Name", "Pt First Name", "First Name", "Patient First", "Patient Forename", "Forename", "Forenames", "FristName",
              "Given Name", "PAT_FIRST_NAME", "Invitee First Name"), phi=True),
        Field("born", "Date of birth", "date", ("DOB", "Date of Birth", "Birth Date", "Birthdate", "Birthday", "Born", "Born On", "Patient DOB", "Pt DOB", "BIRTH_DATE", "BRTHDTC",
              "D.O.B.", "Patient Date of Birth", "Patient Birth Date", "Client DOB", "Child DOB", "Child's DOB"), phi=True, example="1961-07-04"),
        Field("sex", "Sex", "enum", ("Sex", "Gender", "Patient Sex", "Patient Gender", "SEX_C_NAME", "Administrative Sex"), values=SEXES,
              phi=True, otherwise="unknown"),
        Field("patient_zip", "Patient ZIP", "identifier", ("Patient ZIP", "Patient Zip Code", "Pt Zip", "Patient Postal Code", "ZIP", "Zip Code"), phi=True),
        Field("patient_phone", "Patient telephone", "identifier", ("Patient Phone", "Patient Phone Number", "Pt Phone", "Patient Telephone", "Patient Mobile",
              "Patient Cell", "Patient Cell Phone", "Patient Home Phone", "Patient Contact Number"), phi=True, beside=("Phone", "Phone Number", "Telephone", "Telephone Number", "Mobile", "Mobile Phone", "Mobile Number",
              "Cell", "Cell Phone", "Cell Number", "Home Phone", "Contact Number", "Contact Phone", "Primary Phone", "Best Phone", "Phone Contact")),
        Field("patient_email", "Patient e-mail", "identifier", ("Patient Email", "Patient Email Address", "Invitee Email", "Patient E-mail", "Pt Email"), phi=True,
              beside=("Email", "E-mail", "Email Address", "E-mail Address", "Mail Address")),
    )  # fmt: skip


def referrer_fields(name: tuple[str, ...] = (), npi: tuple[str, ...] = (), practice: tuple[str, ...] = (), source: tuple[str, ...] = (),
                    specialty: tuple[str, ...] = ()) -> tuple[Field, ...]:  # fmt: skip
    """Who sent the patient, with the spellings every hand-kept file shares and a source's own."""
    return (
        Field("referrer", "Referring provider", "name", (*name, "Referring Provider", "Referring Physician", "Referring Doctor", "Referring MD",
              "Referrer", "Referring Dr", "Referring Provider Name", "Referring Physician Name", "Referred By", "Ref Provider", "Ref Physician",
              "Ref MD", "RefProv", "Ref Doctor", "Referral Provider", "ReferringDoc", "Referring Clinician", "referring_doctor", "Requesting Provider", "Ordering Provider",
              "Referring Practitioner", "servicerequest_requester_display", "Who Referred", "Who Referred?", "GP", "GP Name", "Referring GP", "General Practitioner", "Referred From", "Req Phys", "Req Provider", "Req Physician", "Referring Contact", "Referring", "From Provider", "From Doctor", "From Physician", "From (Dr)", "From Dr", "From MD", "GP/Referrer", "Referrer/GP", "rDVM", "Referring DVM", "Referring Vet", "Referring Veterinarian", "rDVM Name", "Ordering MD", "Ordering Dr"), beside=("Doctor", "Dr", "Physician", "MD", "Doctor Name", "Physician Name"), example="Smith, Jane MD"),
        Field("npi", "Referring NPI", "npi", (*npi, "Referring NPI", "Referring Provider NPI", "Referring Physician NPI", "Referrer NPI", "NPI",
              "Provider NPI", "Ref NPI", "Ref Prov NPI", "NPI Number", "NPI #", "referring_doctor_npi", "REFERRING_PROV_NPI", "Ordering Provider NPI"), example="1234567893"),
        Field("practice", "Referring practice", "name", (*practice, "Referring Practice", "Referring Clinic", "Practice", "Practice Name",
              "Referring Practice Name", "Referring Organization", "Referring Office", "Referring Facility", "Referring Group", "Ref Practice",
              "Organization", "Clinic Name", "Referring Location", "Referring Department", "Referring Practice Site", "Referring Provider Group", "GP Practice", "GP Surgery", "Referring Provider Organization", "Referring Provider Practice", "Referring Provider Location", "Referring Provider Office", "Referring Provider Facility",
              "Referring Unit", "Referring Site", "Referring Hospital", "Referring Institution", "Referring Agency", "Referring Loc/POS", "From Practice", "From Clinic", "From Office", "Ordering Practice", "Ordering Office", "Ordering Clinic", "Ordering Facility",
              "Referring Health Facility", "Referring Surgery", "Clinic/Practice", "Practice/Clinic", "Practice/Office", "Office/Practice", "Referring Clinic/Practice", "Referral Source Name", "Referral Source Organization", "Referral Source Facility", "Referral Source: Account Name", "Referring Account", "Referring Account Name", "Referring Account: Account Name", "rDVM Hospital", "rDVM Clinic", "rDVM Practice", "Referring Vet Clinic", "Referring Animal Hospital"), beside=("Office", "Office Name", "Group", "Group Name", "Company", "Hospital/Clinic", "Clinic/Hospital", "Hospital / Clinic"), example="Riverside Family Medicine"),
        Field("practice_zip", "Practice ZIP", "identifier", ("Practice ZIP", "Practice Zip Code", "Referring Practice ZIP", "Referring ZIP",
              "Practice Postal Code", "Referring Provider ZIP", "Office Zip"), example="10001"),
        Field("practice_phone", "Practice phone", "phone", ("Practice Phone", "Referring Phone", "Referring Practice Phone", "Office Phone",
              "Referring Provider Phone", "Referring Office Phone", "referring_doctor_phone", "Provider Phone"), beside=("Phone", "Phone Number", "Phone #", "Telephone", "Tel")),
        Field("practice_fax", "Practice fax", "phone", ("Practice Fax", "Referring Fax", "Referring Practice Fax", "Office Fax", "Referring Provider Fax",
              "Fax Number", "Fax #", "referring_doctor_fax", "Provider Fax", "Referring Office Fax"), beside=("Fax",)),
        Field("specialty", "Referrer's specialty", "text", (*specialty, "Referring Specialty", "Referring Provider Specialty", "Provider Specialty",
              "Referrer Specialty", "Specialty", "referring_doctor_specialty", "Referring Physician Specialty"), example="Family Medicine"),
        Field("source", "Referral source", "name", (*source, "Referral Source", "Source", "Source of Referral", "Referral Source Type", "How Heard",
              "How Did You Hear About Us", "Lead Source", "Recruitment Source", "Source Type", "referring_source", "Heard About Us"), example="Physician"),
    )  # fmt: skip


def referrer_name_fields() -> tuple[Field, ...]:
    """The referrer's name where it stands in two columns."""
    return (
        Field("referrer_last", "Referrer's last name", "name", ("Referring Provider Last Name", "Referring Physician Last Name", "Referring Last Name",
              "Referring Doctor Last Name", "Referrer Last Name", "Ref Provider Last Name", "Ref Prov Last Name", "Referring Provider Last", "Provider Last Name", "Physician Last Name")),
        Field("referrer_first", "Referrer's first name", "name", ("Referring Provider First Name", "Referring Physician First Name", "Referring First Name",
              "Referring Doctor First Name", "Referrer First Name", "Ref Provider First Name", "Ref Prov First Name", "Referring Provider First", "Provider First Name", "Physician First Name")),
    )  # fmt: skip


WHOLE_NAME = "concat_ws(', ', {of}referrer_last, {of}referrer_first)"


def referrer_relation(rows: str = "parsed") -> Relation:
    """Every distinct way the file names a referrer, with the keys it stands for. Joined back on the five texts and
    ``reach``. ``rows`` is ``parsed``, or SQL of it with the name put together from more than one column.

    ``said_practitioner_id`` and ``said_source_id`` are the keys without ``reach``: what is told by who sent it (a
    referral without a number) is the same when a later export adds their telephone."""
    return Relation("referrer", _REFERRER_SQL.replace("$rows", rows))


# What tells two bearers of one name apart where neither an NPI nor a practice does.
_REACH = "case when {of}npi is null and {of}practice is null then coalesce({of}practice_phone, {of}practice_fax, {of}practice_zip, {of}specialty) end"
_SOURCE_KEY = """case when kind is not null then key64('source|' || kind || '|' || case kind
            when 'practitioner' then {practitioner}::varchar when 'practice' then organization_id::varchar
            else coalesce(norm_text(wording), '') end) end"""
_REFERRER_SQL = f"""
    with told as (
        select npi, referrer, practice, practice_zip, source, reach, min(row) as row, max(specialty) as specialty,
            max(practice_phone) as phone, max(practice_fax) as fax
        from (select *, {_REACH.format(of="")} as reach from $rows) group by npi, referrer, practice, practice_zip, source, reach
    ),
    -- What the file's names tell of one another, which the mapping has found out (``pipelines.mapping.name_context``).
    listed as (select said, first from name_told where how = 'listed'),
    apart as (
        select t.* replace (coalesce(m.first, t.referrer) as referrer, coalesce(l.first, t.practice) as practice), t.referrer as written, t.practice as written_practice
        from told t left join listed l on l.said = t.practice left join listed m on m.said = t.referrer
    ),
    sorted as (
        -- What is printed is a column before it is read: a macro is spelled out with its argument, however often it asks for that.
        select *, coalesce(npi, npi_beside(referrer)) as known_npi, first_named(printed) as called
        from (select *, case when null_printed(referrer) then null when no_one(referrer) and not no_one(source) and stated is null then source
                when is_person then practice else first_line(referrer) end as printed
        from (select *, source_kind(source) as stated, referrer is null and npi is null and (surely_person(practice) or place_beside(practice) is not null or (may_be_person(practice)
                and (select count(*) filter (may_be_person(practice)) >= 0.8 * count(*) and count(*) > 1 from told where practice is not null))) as is_person from apart))
    ),
    -- A department's own words are of nobody in particular, whatever they are called.
    departmental as (select said from name_told where how = 'departmental'),
    judged as (
        select * replace (case when printed in (select said from departmental) then printed else called end as called),
            case when printed in (select said from departmental) then 'other' when not (practice is not null and any_place(called)) then source_kind(called) end as called_kind, case when not is_person then source_kind(practice) end as practice_kind, no_one(called) as nobody,
            (organisation_like(called) and not contains(called, ',') and (known_npi is null or surely_organisation(called))) or called in (select said from name_told where how = 'placed') or role_in_words(called) as is_office
        from sorted
    ),
    named as (
        select *,
            case when called_kind is null and not nobody and not is_office then called end as person,
            unnumbered(case when not is_person and not (referrer is not null and titled_person(practice)) and not no_one(practice) and not null_printed(practice) and coalesce(practice_kind, 'practice') = 'practice'
                 and regexp_replace(norm_text(practice), '^(practice|clinic|office)$', '') <> '' then practice
                 when is_office and called_kind is null then called
                 when practice is null or is_person then place_beside(coalesce(case when printed is not distinct from source then source end, referrer, practice)) end) as office
        from judged
    ),
    split as ({named_sql("named")}),
    keyed as (select *, organization_key(office, practice_zip) as organization_id from split),
    whole as (
        select *, case when said_practitioner_id is not null and organization_id is null and norm_text(reach) is not null
            then key64(said_practitioner_id || '|' || norm_text(reach)) else said_practitioner_id end as practitioner_id
        from (select *, case when not coalesce(is_office, false) then practitioner_key(known_npi, nullif(concat_ws(' ', family_name, name_suffix), ''),
            nullif(concat_ws(' ', given_name, middle_name), ''), organization_id) end as said_practitioner_id from keyed)
    ),
    decided as (
        select *, case
            when stated not in ('practitioner', 'practice') and not (any_place(source) and (practitioner_id is not null or organization_id is not null)) then stated
            when practitioner_id is not null then 'practitioner'
            when called_kind not in ('practitioner', 'practice') then called_kind
            when organization_id is not null then 'practice'
            when practice_kind not in ('practitioner', 'practice') then practice_kind end as kind,
            case when stated not in ('practitioner', 'practice') then source
                 when called_kind not in ('practitioner', 'practice') then called
                 else practice end as wording
        from whole
    )
    select npi, known_npi, written as referrer, written_practice as practice, practice_zip, source, reach, row, specialty, phone, fax, office, family_name, given_name, middle_name, name_suffix, credential, kind,
        organization_id, practitioner_id, said_practitioner_id, case when is_office and office = unnumbered(called) then known_npi end as office_npi,
        case when kind not in ('practitioner', 'practice') then wording end as label,
        {_SOURCE_KEY.format(practitioner="practitioner_id")} as source_id, {_SOURCE_KEY.format(practitioner="said_practitioner_id")} as said_source_id
    from decided
"""
REFERRER = referrer_relation()
REFERRER_JOIN = """referrer r on r.npi is not distinct from p.npi and r.referrer is not distinct from p.referrer
    and r.practice is not distinct from p.practice and r.practice_zip is not distinct from p.practice_zip
    and r.source is not distinct from p.source and r.reach is not distinct from """ + _REACH.format(of="p.")
REFERRER_EMITS = (
    Emit("practitioner", """
        select min(row) as row, practitioner_id, max(known_npi) as npi, arg_min(family_name, row) as family_name, arg_min(given_name, row) as given_name,
            arg_min(middle_name, row) as middle_name, arg_min(name_suffix, row) as name_suffix, arg_min(credential, row) as credential,
            max(specialty) as specialty, max(phone) filter (organization_id is null) as phone, max(fax) filter (organization_id is null) as fax,
            max(practice_zip) filter (organization_id is null) as postal_code
        from referrer where practitioner_id is not null group by practitioner_id""", unique=True),
    Emit("organization", """
        select min(row) as row, organization_id, max(office_npi) as npi, arg_min(office, row) as name, 'practice' as kind,
            arg_min(practice_zip, row) as postal_code, max(phone) as phone, max(fax) as fax
        from referrer where organization_id is not null group by organization_id""", unique=True),
    Emit("practitioner_role", """
        select min(row) as row, practitioner_id, organization_id, max(phone) as phone, max(fax) as fax
        from referrer where practitioner_id is not null and organization_id is not null group by practitioner_id, organization_id""", unique=True),
    Emit("referral_source", """
        select min(row) as row, source_id, kind, case when kind = 'practitioner' then practitioner_id end as practitioner_id,
            case when kind = 'practice' then organization_id end as organization_id, arg_min(label, row) as label
        from referrer where source_id is not null group by source_id, kind, practitioner_id, organization_id"""),
)  # fmt: skip
# A site or study that a file only mentions: visible even if its list is never loaded. It has no code, so that
# the list's own row is the richer one.
SITE_EMIT = Emit("site", """
    select min(row) as row, site_id, arg_min(site, row) as name from site_named group by site_id""", unique=True)  # fmt: skip
STUDY_EMIT = Emit("research_study", """
    select min(row) as row, study_id, arg_min(study, row) as code from study_named group by study_id""", unique=True)  # fmt: skip
# Keys of the sites and studies a file names, made once per spelling.
SITE_NAMED = Relation("site_named", """
    select site, row, words, site_key(site) as site_id
    from (select site, min(row) as row, norm_text(any_value(site)) as words from parsed where site is not null group by site)
    where words is not null""")  # fmt: skip
STUDY_NAMED = Relation("study_named", """
    select study, row, study_key(study) as study_id
    from (select study, min(row) as row from parsed where study is not null group by study) where norm_text(study) is not null""")  # fmt: skip
SITE_JOIN = "site_named s on s.site = p.site"
STUDY_JOIN = "study_named y on y.study = p.study"

BSER = """case e.code when 'created' then '2.0' when 'accepted' then '3.0' when 'declined' then '4.0' when 'scheduled' then '5.1.1'
    when 'no_show' then '5.1.2' when 'appt_cancelled' then '5.1.3' when 'kept' then '5.1.4' when 'cancel_requested' then '5.2'
    when 'cancelled' then '6.0' when 'completed' then '7.0' end"""


# What a blank template of survey answers asks, for those who write their own in its place.
QUESTIONS = (
    "How likely are you to recommend us to a colleague?",
    "How satisfied are you with our communication?",
    "What could we do better?",
)


# How people are asked where they work. "Which clinic do you refer to?" asks for something else.
_ASKED_WHERE = tuple(
    asked.format(place)
    for place in ("practice", "clinic", "office")
    for asked in ("What is the name of your {}?", "What is your {}?", "Name of your {}", "Which {} are you with?", "Which {} are you from?", "What {} are you from?",
                  "Which {} do you work at?", "Which {} do you work in?", "Which {} do you represent?")
)  # fmt: skip


def survey_fields() -> tuple[Field, ...]:
    """What a survey export may say about an answer, besides the answers themselves."""
    return (
        Field("invite", "Invite number", "identifier", ("Invite ID", "Invitation ID", "Custom Data 1", "Custom Data", "ExternalReference",
              "External Data Reference", "External Reference", "Invite", "invite_id", "Token"), example="INV-000001"),
        Field("survey", "Survey", "text", ("Survey", "Survey Name", "Survey Title", "Questionnaire")),
        Field("practice", "Practice", "name", ("Practice", "Practice Name", "Your Practice", "Organization", "Referring Practice",
              *_ASKED_WHERE, "Practice or clinic name", "Praxis", "Name der Praxis", "Nom du cabinet", "Nombre de la clínica", "Nome dello studio", "Naam van de praktijk"), example=""),
        Field("practice_zip", "Practice ZIP", "identifier", ("Practice ZIP", "Practice Zip Code")),
        # Asked in so many words, it undoes what else the row tells of who answered.
        Field("anonymous", "Anonymous", "boolean", ("Anonymous", "Anonymous?", "Is Anonymous", "Anonymous Response", "Respond Anonymously", "Answer Anonymously",
              "Submit Anonymously", "Stay Anonymous", "Remain Anonymous", "Keep Anonymous", "Would you like to remain anonymous?", "Do you want to remain anonymous?",
              "Keep my answers anonymous", "Anonym", "Anonyme", "Anónimo", "Anonimo", "Anoniem")),
        site_field("Which site do you refer to most?", "Which site do you refer to?", "Which of our sites do you refer to?", "Site referred to"),
    )  # fmt: skip


# Without a practice and an invitation, an answer is anonymous and stays so; where it says that it is, neither is kept: days and
# rows of the invitation it came from would tell who gave it.
SURVEY_RELATIONS = (
    SITE_NAMED,
    Relation("answered", """
        select practice, practice_zip, min(row) as row, organization_key(practice, practice_zip) as organization_id
        from parsed where practice is not null and not coalesce(anonymous, false) group by practice, practice_zip"""),
    Relation("response", """
        select p.row, key64('response|' || $system || '|' || upper(p.response)) as response_id, key64('response||' || upper(p.response)) as number_id,
            key64('survey|' || norm_text(coalesce(p.survey, 'Referrer survey'))) as survey_id, coalesce(p.survey, 'Referrer survey') as survey,
            case when p.invite is not null and not coalesce(p.anonymous, false) then key64('invite|' || upper(p.invite)) end as invite_id,
            a.organization_id, s.site_id, p.ended, p.ended_on, p.started, p.started_on
        from parsed p left join site_named s on s.site = p.site
        left join answered a on a.practice = p.practice and a.practice_zip is not distinct from p.practice_zip and not coalesce(p.anonymous, false)"""),
)  # fmt: skip
SURVEY_EMITS = (
    Emit("survey_response", """
        select r.row, r.response_id, r.number_id, r.survey_id, r.invite_id, r.organization_id, r.site_id, coalesce(r.ended, r.started) as completed_at,
            coalesce(r.ended_on, r.started_on) as completed_on, r.invite_id is null and r.organization_id is null as anonymous
        from response r join parsed p using (row)""", unique=True),
    Emit("survey_answer", """
        select i.row, r.response_id, i.item_code, i.item_label, i.kind, i.scale_max, i.value_num, i.value_text
        from items i join response r using (row) join parsed p using (row)""", unique=True),
    Emit("survey", "select min(row) as row, survey_id, arg_min(survey, row) as name from response group by survey_id", unique=True),
    Emit("organization", """
        select min(row) as row, organization_id, arg_min(practice, row) as name, 'practice' as kind, arg_min(practice_zip, row) as postal_code
        from answered where organization_id is not null group by organization_id""", unique=True),
    SITE_EMIT,
)  # fmt: skip
# The same where a name may stand in two columns (``referrer_name_fields``).
TWO_PART_REFERRER = referrer_relation(
    f"(select * replace (coalesce(referrer, nullif({WHOLE_NAME.format(of='')}, '')) as referrer) from parsed)"
)
TWO_PART_JOIN = REFERRER_JOIN.replace(
    "p.referrer", f"coalesce(p.referrer, nullif({WHOLE_NAME.format(of='p.')}, ''))", 1
)
