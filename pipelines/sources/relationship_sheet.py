"""What was agreed with each referrer: by practice or provider, site and service, who looks after it and how often."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    CHANNELS,
    REFERRER,
    REFERRER_EMITS,
    REFERRER_JOIN,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    referrer_fields,
    site_field,
)

FIELDS = (
    *referrer_fields(name=("Provider", "Physician", "Doctor", "Provider Name"), practice=("Account", "Account Name", "Office", "Company")),
    site_field("Our Site", "Serving Site", "On Behalf Of"),
    Field("service_line", "Service line", "text", ("Service Line", "Service", "Department", "Program"), example="Cardiology"),
    Field("channel", "Preferred channel", "enum", ("Preferred Channel", "Preferred Referral Channel", "Preferred Referral Method", "Refers By",
          "Preferred Way to Refer", "Referral Method"), values=CHANNELS, otherwise="other", example="Fax"),
    Field("cadence", "Contact every", "text", ("Cadence", "Cadence Days", "Cadence (days)", "Visit Frequency", "Contact Frequency", "Touch Frequency",
          "Contact Every", "Call Frequency", "Frequency", "Visit Every"), example="Every 45 days"),
    Field("tier", "Tier", "text", ("Tier", "Account Tier", "Segment", "Priority Tier", "Rank", "Account Type", "Category"), example="A"),
    Field("owner", "Owner", "text", ("Owner", "Account Owner", "Relationship Owner", "Liaison", "Rep", "Assigned To", "Account Manager", "Territory Owner"),
          example="A. Lee"),
    Field("area", "Really sees", "text", ("Therapeutic Area", "Really Sees", "Actual Focus", "Practice Focus", "Focus Area"), example="Cardiology"),
    Field("started", "Started on", "date", ("Started On", "Start Date", "Relationship Start", "Since", "Account Created", "Relationship Since"), future=True,
          example="2025-01-15"),
    Field("ended", "Ended on", "date", ("Ended On", "End Date", "Relationship End", "Inactive Since"), future=True),
)  # fmt: skip

# "45", "every 45 days", "6 weeks", "monthly", "twice a year" as days; NULL for anything else.
_DAYS = r"""case
    when regexp_full_match(lower(trim(cadence)), '(every )?[0-9]{1,4}( ?(d|days?))?') then regexp_extract(cadence, '[0-9]+')::integer
    when regexp_full_match(lower(trim(cadence)), '(every )?[0-9]{1,3} ?(w|wks?|weeks?)') then 7 * regexp_extract(cadence, '[0-9]+')::integer
    when regexp_full_match(lower(trim(cadence)), '(every )?[0-9]{1,2} ?(mos?|months?)') then 30 * regexp_extract(cadence, '[0-9]+')::integer
    else case lower(trim(cadence)) when 'weekly' then 7 when 'biweekly' then 14 when 'bi-weekly' then 14 when 'every other week' then 14
        when 'twice a month' then 15 when 'monthly' then 30 when 'bimonthly' then 60 when 'bi-monthly' then 60 when 'every other month' then 60
        when 'quarterly' then 90 when 'twice a year' then 182 when 'semiannual' then 182 when 'semi-annually' then 182 when 'semiannually' then 182
        when 'yearly' then 365 when 'annual' then 365 when 'annually' then 365 end end"""

SOURCE = Source(
    name="relationship_sheet",
    title="Accounts and relationships",
    description="What was agreed with each referrer: site, service, preferred way to refer, how often to be in touch, tier and owner.",
    system="relationships",
    fields=FIELDS,
    signature=(frozenset({"practice", "cadence"}), frozenset({"practice", "tier", "owner"}), frozenset({"practice", "site", "tier"}),
               frozenset({"practice", "channel", "owner"}), frozenset({"referrer", "cadence"}), frozenset({"practice", "site", "channel", "cadence", "tier"}),
               frozenset({"referrer", "tier", "owner"})),
    primary="relationship",
    one_of=(("practice", "referrer", "npi"),),
    ignored=("Notes", "Comments", "City", "State", "Address", "Phone", "Last Visit", "Next Visit", "Email", "Region", "Territory"),
    checks=(Check("unknown_cadence", "warning", "cadence", f"select row from parsed where cadence is not null and coalesce({_DAYS}, 0) <= 0"),
            Check("end_before_start", "warning", "ended", "select row from parsed where ended < started")),
    relations=(
        REFERRER, SITE_NAMED,
        Relation("agreed", f"""
            select p.row, r.source_id, s.site_id, {_DAYS.replace("cadence", "p.cadence")} as cadence_days
            from parsed p left join {REFERRER_JOIN} left join {SITE_JOIN}"""),
    ),
    emits=(
        Emit("relationship", """
            select p.row, a.source_id, a.site_id, p.service_line, p.channel as preferred_channel, nullif(a.cadence_days, 0) as cadence_days, p.tier,
                p.owner as owner_user, p.area as therapeutic_area, p.started as started_on, p.ended as ended_on
            from parsed p join agreed a using (row)"""),
        *REFERRER_EMITS, SITE_EMIT,
    ),
    order=55,
)  # fmt: skip
