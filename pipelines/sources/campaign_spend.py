"""What campaigns cost by day, as advertising platforms export it: a report's name and dates above the header, money
with currency signs and thousands separators, totals at the end, one row per campaign, day and perhaps ad group."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary.campaigns import CAMPAIGN_EMIT, CAMPAIGN_JOIN, CAMPAIGN_NAMED, campaign_field

FIELDS = (
    campaign_field(),
    Field("day", "Day", "date", ("Date", "Day", "Reporting Starts", "date_start", "Spend Date", "Report Date", "By Day", "Gregorian Date"), required=True, example="2026-03-12"),
    Field("until", "Reporting ends", "date", ("Reporting Ends", "date_stop")),
    Field("spend", "Cost", "text", ("Spend", "Amount Spent", "Cost", "Amount", "Ad Spend", "Spent", "Media Cost", "Total Spend", "Amount Spent USD", "Invoiced"), required=True,
          example="1,234.56"),
    Field("currency", "Currency", "text", ("Currency Code", "Curr", "Currency code"), example="USD"),
    Field("impressions", "Impressions", "integer", ("Impr.", "Impr", "Views", "Circulation"), example="10,000"),
    Field("clicks", "Clicks", "integer", ("Link Clicks", "Clicks All"), example="120"),
)  # fmt: skip
# 1,234.56 and $1,234.56 and USD 1234.56 and (12.00); a comma before exactly two digits at the end is a decimal comma.
_PLAIN = r"regexp_replace(trim(p.spend), '^\(?\s*-?\s*[A-Za-z]{0,3}\s*[$€£¥₹]?\s*|\s*([€£$¥₹]|[A-Za-z]{3})?\s*\)?$', '', 'g')"
_NUMBER = rf"""case when regexp_full_match({_PLAIN}, '[0-9]{{1,3}}(\.[0-9]{{3}})*,[0-9]{{1,2}}|[0-9]+,[0-9]{{1,2}}') then replace(replace({_PLAIN}, '.', ''), ',', '.')
    else replace(replace(replace({_PLAIN}, ',', ''), ' ', ''), '''', '') end"""
_SIGN = r"case when regexp_matches(trim(p.spend), '^(\(|-|[A-Za-z$€£¥₹ ]+-)') then -1 else 1 end"
# Stated by a column or the header of the amounts, else by the amount itself. A dollar sign may be anybody's dollar.
_CURRENCY = """case coalesce(trim(p.currency), regexp_extract(p.spend, '([€£₹])', 1)) when '€' then 'EUR' when '£' then 'GBP' when '₹' then 'INR'
    when '' then nullif(upper(regexp_extract(trim(p.spend), '(^[A-Za-z]{3}\\b|\\b[A-Za-z]{3}$)', 1)), '') else upper(trim(p.currency)) end"""
_AMOUNT = f"try_cast({_NUMBER} as decimal(18, 2)) * ({_SIGN})"

SOURCE = Source(
    name="campaign_spend",
    title="Campaign spend by day",
    description="What each campaign cost on each day, with impressions and clicks, from an advertising platform or a sheet.",
    system="ads",
    fields=FIELDS,
    signature=(frozenset({"campaign", "day", "spend"}),),
    primary="campaign_spend",
    headed=(("spend", r"\b([A-Z]{3})\s*[)\]]?\s*$|[(\[]\s*([€£])\s*[)\]]", "currency"),),
    ignored=("Campaign ID", "Campaign state", "Campaign status", "Status", "Campaign type", "Ad group", "Ad set name", "Ad name", "CTR", "Avg. CPC", "Avg. cost", "Conversions",
             "Cost / conv.", "Conv. rate", "Reach", "Frequency", "Results", "Result indicator", "Cost per results", "Account", "Account name", "Device", "Network", "Budget",
             "CPM (cost per 1,000 impressions)", "Attribution setting", "Campaign delivery", "CPC (cost per link click)"),
    checks=(
        Check("unreadable_number", "reject", "spend", f"select row from parsed p where spend is not null and {_AMOUNT} is null"),
        Check("longer_than_a_day", "reject", "until", "select row from parsed where until <> day"),
        Check("refund", "note", "spend", f"select row from parsed p where {_AMOUNT} < 0"),
    ),
    relations=(CAMPAIGN_NAMED, Relation("priced", f"select p.row, {_AMOUNT} as amount from parsed p")),
    emits=(
        Emit("campaign_spend", f"""
            select min(p.row) as row, c.campaign_id, p.day as spent_on, sum(m.amount) as spend, max({_CURRENCY}) as currency,
                sum(case when p.impressions between 0 and 1000000000 then p.impressions end) as impressions,
                sum(case when p.clicks between 0 and 1000000000 then p.clicks end) as clicks
            from parsed p join {CAMPAIGN_JOIN} join priced m on m.row = p.row where m.amount is not null group by c.campaign_id, p.day"""),
        CAMPAIGN_EMIT,
    ),
    order=30,
)  # fmt: skip
