"""Who was asked to answer a survey: the denominator of every response rate."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Relation, Source
from pipelines.vocabulary import SITE_EMIT, SITE_JOIN, SITE_NAMED, site_field

FIELDS = (
    Field("invite", "Invite number", "identifier", ("Invite ID", "Invitation ID", "Invite", "Invitation Number", "Invite Number", "Invite #", "Token",
          "External Reference", "Contact ID"), required=True, example="INV-000001"),
    Field("survey", "Survey", "text", ("Survey", "Survey Name", "Questionnaire", "Survey Title", "Wave"), example="Referring office satisfaction"),
    Field("practice", "Practice", "name", ("Practice", "Practice Name", "Organization", "Referring Practice", "Office", "Account"), example="Riverside Family Medicine"),
    Field("practice_zip", "Practice ZIP", "identifier", ("Practice ZIP", "ZIP", "Zip Code", "Postal Code")),
    site_field(),
    Field("sent", "Sent on", "date", ("Sent On", "Date Sent", "Sent", "Sent Date", "Invited On", "Invite Date", "Send Date"), required=True, example="2026-02-01"),
    Field("bounced", "Bounced", "boolean", ("Bounced", "Bounced?", "Bounce", "Undeliverable", "Undelivered", "Hard Bounce")),
    Field("delivered", "Delivered", "boolean", ("Delivered", "Delivered?", "Delivery", "Delivery Status", "Bounced Or Delivered"), example="Yes"),
)  # fmt: skip

SOURCE = Source(
    name="survey_invites",
    title="Survey invitations",
    description="One row per invitation sent: to which practice, about which site, and whether it arrived.",
    system="survey",
    fields=FIELDS,
    signature=(frozenset({"invite", "sent"}), frozenset({"invite", "sent", "practice"}), frozenset({"invite", "sent", "delivered"}),
               frozenset({"invite", "survey", "practice", "sent"})),
    primary="survey_invite",
    preamble=("survey", "site"),
    relations=(
        SITE_NAMED,
        Relation("asked", """
            select practice, practice_zip, min(row) as row, organization_key(practice, practice_zip) as organization_id
            from parsed where practice is not null group by practice, practice_zip"""),
    ),
    emits=(
        Emit("survey_invite", f"""
            select p.row, key64('invite|' || upper(p.invite)) as invite_id, key64('survey|' || norm_text(coalesce(p.survey, 'Referrer survey'))) as survey_id,
                a.organization_id, s.site_id, p.sent as sent_on, coalesce(p.delivered, not p.bounced, true) as delivered
            from parsed p left join {SITE_JOIN}
            left join asked a on a.practice = p.practice and a.practice_zip is not distinct from p.practice_zip""", unique=True),
        Emit("survey", """
            select min(row) as row, key64('survey|' || norm_text(coalesce(survey, 'Referrer survey'))) as survey_id,
                arg_min(coalesce(survey, 'Referrer survey'), row) as name
            from parsed group by norm_text(coalesce(survey, 'Referrer survey'))""", unique=True),
        Emit("organization", """
            select min(row) as row, organization_id, arg_min(practice, row) as name, 'practice' as kind, arg_min(practice_zip, row) as postal_code
            from asked where organization_id is not null group by organization_id""", unique=True),
        SITE_EMIT,
    ),
    order=50,
)  # fmt: skip
