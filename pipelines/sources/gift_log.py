"""Gifts, meals and other items of value given to physicians: non-monetary compensation. Cash and what is as good as
cash is refused at the door, since no exception covers it."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import REFERRER, REFERRER_EMITS, REFERRER_JOIN, referrer_fields

# What can be spent like money, in the words of a log.
_CASH = r"""regexp_matches(lower(concat_ws(' ', description, category)),
    'gift ?cards?|gift ?certificates?|\bcash\b|\bche(ck|que)s?\b|voucher|e-?gift|prepaid|pre-paid|debit card|visa card|money order|venmo|paypal|zelle|store credit|coupon|stipend|honorari')"""
# Values are kept and limited in US dollars; what another currency's are worth in them no file tells.
_CODES = "EUR|GBP|CAD|AUD|NZD|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|ILS|MXN|BRL|ZAR|SGD|HKD"
_OTHER_MONEY = rf"(?i)[€£¥₹₪₩₺₽]|\b(?:{_CODES})\b|\bkr\b|zł|kč|\b(?:CA?|AU?|NZ|HK|S|R)\$"
_DOLLARS = r"(?i)\$|us ?\$|usd|(?:us |u\.s\. )?dollars?"

FIELDS = (
    Field("given", "Date given", "date", ("Date Given", "Gift Date", "Date", "Meal Date", "Date Provided", "Given On", "Event Date", "Date of Gift"), required=True,
          example="2026-03-12"),
    *referrer_fields(name=("Recipient", "Recipient Name", "Physician", "Physician Name", "Provider", "Provider Name", "Given To", "Attendee", "Doctor"),
                     npi=("Recipient NPI", "Physician NPI"), practice=("Recipient Practice", "Office")),
    Field("description", "Description", "text", ("Description", "Item", "Item Description", "Gift", "Gift Description", "What Was Given", "Details", "Event", "Occasion", "Meal", "What", "Meal/Gift", "Gift/Meal", "Gift or Meal", "Gift/Item", "Type of Gift", "What Was Provided"),
          example="Working lunch"),
    Field("category", "Category", "text", ("Category", "Type", "Gift Type", "Item Type", "Nature of Item", "Nature", "Compensation Type"), example="Meal"),
    Field("value", "Fair value (USD)", "number", ("Fair Market Value", "Fair Value", "Value", "FMV", "Amount", "Value (USD)", "Gift Value", "Cost Per Person",
          "Value Per Person", "Amount Per Person", "Fair Value (USD)", "USD", "Cost", "Dollar Value"), required=True, example="24.50"),
    Field("currency", "Currency", "text", ("Currency", "Currency Code", "Curr"), example="USD"),
    Field("cash", "Cash equivalent", "boolean", ("Cash Equivalent", "Cash or Cash Equivalent", "Is Cash Equivalent", "Cash"), example="No"),
    Field("giver", "Given by", "text", ("Given By", "Liaison", "Provided By", "Staff", "Rep", "Employee", "Purchased By", "Paid By", "Hosted By", "Submitted By"), example="A. Lee"),
)  # fmt: skip

SOURCE = Source(
    name="gift_log",
    title="Non-monetary compensation log",
    description="Gifts and meals given to physicians, with their fair value. Kept apart from everything about referrals.",
    system="compensation",
    fields=FIELDS,
    signature=(frozenset({"given", "referrer", "value"}), frozenset({"given", "npi", "value"}), frozenset({"given", "description", "value", "cash"})),
    primary="gift_ledger",
    one_of=(("referrer", "npi"),),
    headed=(("value", rf"[(\[]\s*([€£¥])\s*[)\]]|\b({_CODES})\b", "currency"),),
    ignored=("Notes", "Comments", "Attendees", "Receipt", "Receipt Number", "City", "State", "Venue", "Business Purpose", "Purpose", "Approved By"),
    relations=(
        REFERRER,
        Relation("recipient", f"""
            select p.row, r.practitioner_id, concat_ws('|', 'gift', $system, p.given::varchar, r.said_practitioner_id::varchar,
                coalesce(norm_text(p.description), ''), coalesce(norm_text(p.category), ''), p.value::decimal(18, 2)::varchar) as said
            from parsed p left join {REFERRER_JOIN}"""),
    ),
    checks=(Check("cash_equivalent", "reject", "description", f"select row from parsed where cash or {_CASH}"),
            Check("several_physicians", "reject", "referrer", "select row from parsed where many_named(referrer)"),
            Check("other_currency", "reject", "value", f"""
                select p.row from parsed p join cell c using (row)
                where regexp_matches(c.value, '{_OTHER_MONEY}') or not regexp_full_match(trim(p.currency), '{_DOLLARS}')"""),
            Check("value_not_positive", "reject", "value", "select row from parsed where value <= 0 or value >= 1e8"),
            Check("no_physician", "reject", "referrer", """
                select row from parsed where npi is null and (source_kind(referrer) is not null or (organisation_like(referrer) and not contains(referrer, ',')))""")),
    emits=(
        Emit("gift_ledger", """
            select p.row, key64(r.said) as ledger_id, r.practitioner_id, p.given as given_on, p.description, p.category,
                p.value::decimal(10, 2) as fair_value_usd, false as cash_equivalent, p.giver as given_by
            from parsed p join recipient r using (row) where p.value > 0 and p.value < 1e8"""),
        *(emit for emit in REFERRER_EMITS if emit.table != "referral_source"),
    ),
    order=60,
)  # fmt: skip
