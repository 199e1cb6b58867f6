"""Who subscribed to the newsletter and who left it, as an e-mail tool exports its audience: subscribed, unsubscribed
and cleaned addresses, each with its time. Addresses become a keyed hash."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary import contacts

FIELDS = (
    Field("email", "E-mail", "text", ("Email Address", "Email", "E-mail", "Subscriber Email", "Contact Email"), required=True, example="front.desk@example.invalid"),
    Field("joined", "Subscribed", "datetime", ("OPTIN_TIME", "Opt-in Time", "Subscribed At", "Subscribed On", "Date Subscribed", "Date Added", "Subscribe Date",
          "CONFIRM_TIME", "Confirm Time", "Signup Date", "Opt In Date"), required=True, example="2025-02-01 10:00"),
    Field("gone", "Unsubscribed", "datetime", ("UNSUB_TIME", "Unsub Time", "Unsubscribed At", "Unsubscribed On", "Date Unsubscribed", "Unsubscribe Date",
          "Opt Out Date")),
    Field("cleaned", "Cleaned", "datetime", ("CLEAN_TIME", "Clean Time", "Cleaned At", "Bounced At", "Suppressed At", "Date Cleaned")),
    Field("practice", "Practice", "name", ("Practice", "Practice Name", "Company", "Organization", "Company Name", "Account"), example="Riverside Family Medicine"),
    Field("practice_zip", "Practice ZIP", "identifier", ("Practice ZIP", "Zip", "ZIP Code", "Postal Code")),
)  # fmt: skip

SOURCE = Source(
    name="newsletter_audience",
    title="Newsletter audience",
    description="Addresses that subscribed to the newsletter, unsubscribed or were cleaned, and when.",
    system="newsletter",
    fields=FIELDS,
    signature=(frozenset({"email", "joined"}),),
    primary="newsletter_event",
    ignored=("First Name", "Last Name", "Name", "MEMBER_RATING", "OPTIN_IP", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF", "DSTOFF", "TIMEZONE", "CC", "REGION",
             "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON", "UNSUB_REASON_OTHER", "CLEAN_CAMPAIGN_TITLE",
             "CLEAN_CAMPAIGN_ID", "Address", "Phone Number", "Birthday", "Source", "Status", "Opens", "Clicks", "OPTIN_TIME", "CONFIRM_TIME"),
    relations=(
        Relation("office", """
            select practice, practice_zip, min(row) as row, organization_key(practice, practice_zip) as organization_id
            from parsed where practice is not null group by practice, practice_zip"""),
        Relation("step", """
            select row, 'subscribed' as action, joined as occurred_at, joined_on as occurred_on from parsed where joined is not null
            union all select row, 'unsubscribed', gone, gone_on from parsed where gone is not null
            union all select row, 'cleaned', cleaned, cleaned_on from parsed where cleaned is not null"""),
    ),
    emits=(
        Emit("newsletter_event", f"""
            select p.row, {contacts.address_key("p.email")} as recipient_key, o.organization_id, s.action, s.occurred_at, s.occurred_on
            from parsed p join step s using (row) left join office o on o.practice = p.practice and o.practice_zip is not distinct from p.practice_zip"""),
        Emit("organization", """
            select min(row) as row, organization_id, arg_min(practice, row) as name, 'practice' as kind, arg_min(practice_zip, row) as postal_code
            from office where organization_id is not null group by organization_id""", unique=True),
    ),
    order=75,
)  # fmt: skip
