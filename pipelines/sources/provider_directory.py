"""A directory of who refers, as somebody keeps it or an EHR prints it: name, practice, specialty, telephone; an NPI where it is
known."""

from __future__ import annotations

from pipelines.sources import Field, Source
from pipelines.vocabulary import REFERRER_EMITS, referrer_relation
from pipelines.vocabulary.referrals import with_person

FIELDS = (
    Field("referrer", "Provider name", "name", ("Physician Name", "Doctor Name", "Provider", "Physician", "Doctor", "Name", "Full Name", "Provider Full Name", "Clinician Name", "Referring Provider", "Referring Physician", "Referring Doctor"),
          example="Smith, Jane"),
    Field("npi", "NPI", "npi", ("NPI Number", "NPI #", "Provider NPI", "Individual NPI"), example="1234567893"),
    Field("practice", "Practice name", "name", ("Practice", "Practice/Group", "Group", "Group Name", "Clinic", "Clinic Name", "Organization", "Office Name", "Group Practice", "Referring Practice", "Practice/Clinic", "Clinic/Practice",
          "Affiliation"), example="Riverside Family Medicine"),
    Field("practice_zip", "ZIP", "identifier", ("Zip Code", "Postal Code", "Practice ZIP", "Office ZIP"), example="10001"),
    Field("practice_phone", "Office phone", "phone", ("Phone", "Practice Phone", "Telephone", "Phone Number", "Work Phone", "Main Phone"), example="2125550101"),
    Field("practice_fax", "Office fax", "phone", ("Fax", "Practice Fax", "Fax Number")),
    Field("specialty", "Specialty", "text", ("Primary Specialty", "Provider Specialty", "Specialities", "Specialties"), example="Family Medicine"),
    Field("source", "Kind of source", "name"),
    Field("last", "Last name", "name", ("Last Name", "Provider Last Name", "Surname", "Last")),
    Field("first", "First name", "name", ("First Name", "Provider First Name", "Given Name", "First")),
    Field("credential", "Credential", "text", ("Credentials", "Credential", "Degree", "Suffix/Degree", "Title"), example="MD"),
)  # fmt: skip
# "Lee, Ann" and MD in a column beside it are one person's name.
_NAME = "concat_ws(', ', nullif(concat_ws(', ', last, first), ''), credential)"
_WHOLE = f"(select * replace (case when referrer is not null and credential is not null then referrer || ', ' || credential else referrer end as referrer) from {with_person(_NAME)})"

SOURCE = Source(
    name="provider_directory",
    title="Provider directory",
    description="Who refers or may refer: name, practice, specialty and how to reach them, with or without NPI.",
    system="directory",
    fields=FIELDS,
    signature=(frozenset({"referrer", "practice", "specialty", "practice_phone"}), frozenset({"referrer", "practice", "specialty", "practice_fax"}),
               frozenset({"last", "first", "practice", "specialty", "practice_phone"}), frozenset({"referrer", "credential", "specialty", "practice"}), frozenset({"last", "first", "npi", "practice", "specialty"})),
    primary="referral_source",
    one_of=(("referrer", "last", "npi", "practice"),),
    ignored=("Street", "Address", "Address 1", "Address 2", "Street Address", "City", "State", "St", "County", "Country", "Suite", "Accepting New Pts", "Accepting New Patients",
             "Website", "Email", "Languages", "Gender", "Notes", "Comments", "Hospital Affiliation", "Board Certified", "Office Manager", "Contact", "Hours", "Active", "Active?"),
    relations=(referrer_relation(_WHOLE),),
    emits=REFERRER_EMITS,
    order=10,
)  # fmt: skip
