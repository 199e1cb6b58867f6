"""What an e-mail tool says of each recipient of a newsletter: delivered or bounced, opened, clicked. One row per issue
and recipient, or one per event. Addresses become a keyed hash."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary import contacts

EVENTS = {
    "sent": "sent", "send": "sent", "processed": "sent", "delivered": "delivered", "delivery": "delivered", "accepted": "delivered",
    "opened": "opened", "open": "opened", "first open": "opened", "clicked": "clicked", "click": "clicked", "clicked link": "clicked",
    "bounced": "bounced", "bounce": "bounced", "hard bounce": "bounced", "soft bounce": "bounced", "dropped": "bounced", "undelivered": "bounced",
    "unsubscribed": "unsubscribed", "unsubscribe": "unsubscribed", "opt out": "unsubscribed", "spam report": "unsubscribed", "complained": "unsubscribed",
    "subscribed": "subscribed",
}  # fmt: skip
FIELDS = (
    Field("email", "E-mail", "text", ("Email Address", "Email", "E-mail", "Recipient", "Recipient Email", "Contact Email", "Subscriber", "To"), required=True,
          example="front.desk@example.invalid"),
    Field("issue", "Newsletter", "text", ("Campaign", "Campaign Name", "Campaign Title", "Newsletter", "Issue", "Email Name", "Email Campaign", "Message Name",
          "Subject", "Subject Line"), required=True, example="Spring newsletter"),
    Field("happened", "Sent", "datetime", ("Sent", "Send Date", "Sent At", "Sent On", "Send Time", "Date Sent", "Send Date/Time", "Event Date", "Event Time",
          "Timestamp", "Date", "Sent Date", "Activity Date", "processed"), required=True, example="2026-03-12 09:00"),
    Field("event", "Event", "enum", ("Event", "Event Type", "Action", "Activity", "Status", "Activity Type", "Delivery Status"), values=EVENTS, example="Delivered"),
    Field("delivered", "Delivered", "boolean", ("Delivered", "Successful Delivery", "Was Delivered"), example="Yes"),
    Field("bounced", "Bounced", "text", ("Bounced", "Bounce", "Bounces", "Hard Bounces", "Bounce Type")),
    Field("bounced_at", "Bounced at", "datetime", ("Bounced At", "Bounced On", "Bounce Date", "Bounce Time", "Bounced Date")),
    Field("bounce_reason", "Reason of the bounce", "text", ("Bounce Reason", "Bounce Description", "Bounce Message", "Bounce Category", "Bounce Code")),
    Field("opened", "Opened", "text", ("Opened", "Opens", "Total Opens", "Open Count", "Unique Opens"), example="2"),
    Field("opened_at", "Opened at", "datetime", ("Opened At", "First Open", "Open Time", "Opened On", "First Opened", "First Opened At", "Open Date", "Date Opened")),
    Field("clicked", "Clicked", "text", ("Clicked", "Clicks", "Total Clicks", "Click Count", "Unique Clicks"), example="1"),
    Field("clicked_at", "Clicked at", "datetime", ("Clicked At", "First Click", "Click Time", "Clicked On", "First Clicked", "First Clicked At", "Click Date", "Date Clicked")),
    Field("gone", "Unsubscribed", "text", ("Unsubscribed", "Unsubscribe", "Unsubscribes", "Opted Out")),
    Field("gone_at", "Unsubscribed at", "datetime", ("Unsubscribed At", "Unsubscribed On", "Unsubscribe Date", "Unsubscribe Time", "Opted Out On", "Opt Out Date")),
    Field("practice", "Practice", "name", ("Practice", "Practice Name", "Company", "Organization", "Company Name", "Account"), example="Riverside Family Medicine"),
    Field("practice_zip", "Practice ZIP", "identifier", ("Practice ZIP", "Zip", "ZIP Code", "Postal Code")),
)  # fmt: skip


def _said(cell: str) -> str:
    """SQL of whether a cell says that it happened: yes, a count above nothing, or the time at which it did."""
    return f"""coalesce(try_cast({cell} as double) > 0, lower({cell}) in ('yes', 'y', 'true', 'x', 'hard', 'soft', 'hard bounce', 'soft bounce', 'opened', 'clicked',
        'bounced', 'unsubscribed') or regexp_matches({cell}, '[0-9]{{1,4}}[-/. ][0-9A-Za-z]+[-/. ][0-9]{{2,4}}'), false)"""


_OPENED, _CLICKED, _GONE = (f"({_said(name)} or {name}_at is not null)" for name in ("opened", "clicked", "gone"))
_BOUNCED = f"({_said('bounced')} or bounced_at is not null or bounce_reason is not null)"
# A row is one event, or the whole history of one issue at one address, dated by its sending where it gives no time of its own.
_STEPS = " union all ".join([
    "select row, event as action, null::timestamp as stamped, null::date as stamped_on from parsed where event is not null",
    "select row, 'sent', null, null from parsed where event_text is null",
    f"select row, 'delivered', null, null from parsed where event_text is null and ({_OPENED} or {_CLICKED} or coalesce(delivered, not {_BOUNCED}))",
    f"select row, 'bounced', bounced_at, bounced_at_on from parsed where event_text is null and ({_BOUNCED} or not delivered)",
    f"select row, 'opened', opened_at, opened_at_on from parsed where {_OPENED}",
    f"select row, 'clicked', clicked_at, clicked_at_on from parsed where {_CLICKED}",
    f"select row, 'unsubscribed', gone_at, gone_at_on from parsed where {_GONE}",
])  # fmt: skip

SOURCE = Source(
    name="newsletter_activity",
    title="Newsletter activity",
    description="Who was sent which newsletter, and whether it arrived, was opened and clicked.",
    system="newsletter",
    fields=FIELDS,
    signature=(frozenset({"email", "issue", "happened", "opened"}), frozenset({"email", "issue", "happened", "clicked"}), frozenset({"email", "issue", "happened", "event"}),
               frozenset({"email", "issue", "happened", "opened_at"}), frozenset({"email", "issue", "happened", "clicked_at"}),
               frozenset({"email", "issue", "happened", "delivered"})),
    primary="newsletter_event",
    ignored=("First Name", "Last Name", "Name", "Full Name", "IP", "IP Address", "Country", "Region", "City", "State", "Member Rating", "Device", "URL", "Link", "Phone",
             "User Agent", "Tags", "Notes", "message_id", "api_key_id", "recv_message_id", "credential_id", "from", "asm_group_id", "template_id", "originating_ip", "reason", "outbound_ip", "outbound_ip_type", "category", "mx",
             "attempt", "type", "is_unique", "username", "categories", "unique_args"),
    relations=(
        Relation("office", """
            select practice, practice_zip, min(row) as row, organization_key(practice, practice_zip) as organization_id
            from parsed where practice is not null group by practice, practice_zip"""),
        Relation("step", f"select row, action, min(stamped) as stamped, min(stamped_on) as stamped_on from ({_STEPS}) group by row, action"),
    ),
    emits=(
        Emit("newsletter_event", f"""
            select p.row, {contacts.address_key("p.email")} as recipient_key, o.organization_id,
                case when s.action not in ('subscribed', 'unsubscribed') then p.issue end as issue, s.action,
                coalesce(s.stamped, p.happened) as occurred_at, coalesce(s.stamped_on, p.happened_on) as occurred_on
            from parsed p join step s using (row) left join office o on o.practice = p.practice and o.practice_zip is not distinct from p.practice_zip"""),
        Emit("organization", """
            select min(row) as row, organization_id, arg_min(practice, row) as name, 'practice' as kind, arg_min(practice_zip, row) as postal_code
            from office where organization_id is not null group by organization_id""", unique=True),
    ),
    order=75,
)  # fmt: skip
