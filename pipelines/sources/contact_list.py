"""People at practices, as a CRM exports its contacts: who they are, what they do there, how they want to be reached."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary import contacts

FIELDS = (
    Field("contact", "Contact name", "name", ("Contact Name", "Full Name", "Contact", "Name", "Contact Person", "Contact Full Name"), example="Maria Lopez"),
    Field("first", "First name", "name", ("First Name", "Contact First Name", "FirstName", "Given Name")),
    Field("last", "Last name", "name", ("Last Name", "Contact Last Name", "LastName", "Surname", "Family Name")),
    Field("practice", "Practice", "name", ("Practice", "Practice Name", "Account Name", "Account", "Company", "Company Name", "Organization", "Office",
          "Associated Company", "Clinic"), example="Riverside Family Medicine"),
    Field("practice_zip", "Practice ZIP", "identifier", ("Practice ZIP", "Practice Zip Code", "Mailing Zip/Postal Code", "Zip", "ZIP Code", "Postal Code",
          "Mailing Zip", "Account Zip"), example="10001"),
    Field("role", "Role", "enum", ("Role", "Title", "Job Title", "Position", "Contact Role", "Contact Type", "Function"), values=contacts.ROLES,
          patterns=contacts.ROLE_PATTERNS, otherwise="other", example="Referral coordinator"),
    Field("front", "Front line", "boolean", ("Front Line", "Frontline", "Is Front Line", "Front-Line", "Front Line Contact", "Makes Referrals"), example="Yes"),
    Field("reach", "Preferred channel", "enum", ("Preferred Channel", "Preferred Contact Method", "Preferred Method", "Contact Preference",
          "Preferred Method of Contact", "Best Way to Reach", "Communication Preference"), values=contacts.CHANNELS, example="Email"),
    Field("opt_out", "Opted out", "boolean", ("Opt Out", "Opted Out", "Do Not Contact", "Email Opt Out", "HasOptedOutOfEmail", "Unsubscribed", "DNC",
          "Unsubscribed from all email", "No Contact"), example="No"),
    Field("email", "E-mail", "text", ("Email", "E-mail", "Email Address", "E-mail Address", "Work Email", "Contact Email"), example="front.desk@example.invalid"),
)  # fmt: skip

SOURCE = Source(
    name="contact_list",
    title="Contact list",
    description="One row per person at a practice: name, role, preferred channel, opt-out. Addresses become a keyed hash.",
    system="contacts",
    fields=FIELDS,
    signature=(frozenset({"contact", "practice", "role"}), frozenset({"last", "practice", "role"}), frozenset({"contact", "practice", "reach"}),
               frozenset({"last", "practice", "email"}), frozenset({"contact", "practice", "email"}), frozenset({"contact", "practice", "front"}),
               frozenset({"last", "practice", "opt_out"}), frozenset({"contact", "practice", "opt_out"})),
    primary="contact_person",
    one_of=(("practice",), ("contact", "last", "first", "email")),
    ignored=("Phone", "Mobile", "Fax", "Work Phone", "Mobile Phone", "Notes", "Comments", "Owner", "Contact Owner", "Lead Source", "Salutation", "Mailing Street",
             "Mailing City", "Mailing State", "Mailing State/Province", "City", "State", "Street", "Address", "Birthdate", "Department", "Last Activity",
             "Last Activity Date", "Created Date", "Create Date", "Record ID", "Contact ID", "Account ID", "Lifecycle Stage", "Lead Status"),
    relations=(
        Relation("office", """
            select practice, practice_zip, min(row) as row, organization_key(practice, practice_zip) as organization_id
            from parsed where practice is not null group by practice, practice_zip"""),
        Relation("person", f"""
            select p.row, o.organization_id, coalesce(p.contact, nullif(concat_ws(' ', p.first, p.last), '')) as display_name,
                {contacts.address_key("p.email")} as address_key
            from parsed p left join office o on o.practice = p.practice and o.practice_zip is not distinct from p.practice_zip"""),
    ),
    emits=(
        Emit("contact_person", f"""
            select p.row, {contacts.contact_key("n.organization_id", "n.display_name", "n.address_key")} as contact_id, n.organization_id, n.display_name,
                p.role, coalesce(p.front, {contacts.front_line("p.role")}) as is_front_line, p.reach as preferred_channel, p.opt_out, n.address_key
            from parsed p join person n using (row)"""),
        Emit("organization", """
            select min(row) as row, organization_id, arg_min(practice, row) as name, 'practice' as kind, arg_min(practice_zip, row) as postal_code
            from office where organization_id is not null group by organization_id""", unique=True),
    ),
    order=55,
)  # fmt: skip
