"""What practitioners were given. Walled off: nothing here refers to a referral, and nothing of referrals refers to it."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, TEXT, Column, Table

TABLES: tuple[Table, ...] = (
    Table(
        "gift_ledger",
        "A gift, a meal or another item of value given to a practitioner, never cash or its equivalent.",
        ("ledger_id",),
        (
            Column("ledger_id", ID, "Surrogate key.", required=True),
            Column("practitioner_id", ID, "To whom.", required=True, references="practitioner"),
            Column("given_on", DAY, "When.", required=True),
            Column("description", TEXT, "What."),
            Column("category", TEXT, "Kind of item, as the file says."),
            Column("fair_value_usd", "DECIMAL(10,2)", "Fair market value, US dollars.", required=True),
            Column("cash_equivalent", "BOOLEAN", "Always false: cash equivalents are refused at the door.", required=True),
            Column("given_by", TEXT, "Who of ours."),
        ),
    ),
    Table(
        "compensation_limit",
        "The most that a practitioner may be given in a calendar year.",
        ("calendar_year",),
        (
            Column("calendar_year", "INTEGER", "The calendar year.", required=True),
            Column("limit_usd", "DECIMAL(10,2)", "The limit, US dollars.", required=True),
        ),
    ),
)  # fmt: skip
