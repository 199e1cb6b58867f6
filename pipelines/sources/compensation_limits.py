"""The yearly limit of non-monetary compensation, for years that Rapport does not know or organisations that keep a
stricter one."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source

FIELDS = (
    Field("year", "Calendar year", "integer", ("Calendar Year", "Year", "CY"), required=True, example="2026"),
    Field("most", "Yearly limit (USD)", "number", ("Non-Monetary Compensation Limit", "Nonmonetary Compensation Limit", "Limit", "Annual Limit", "Yearly Limit (USD)",
          "Yearly Limit", "Limit (USD)", "Limit per Physician"), required=True, example="535"),
)  # fmt: skip

SOURCE = Source(
    name="compensation_limits",
    title="Yearly limits of non-monetary compensation",
    description="The most that one physician may be given in a calendar year. A year stated here goes before the published limit.",
    system="compensation",
    fields=FIELDS,
    signature=(frozenset({"year", "most"}),),
    primary="compensation_limit",
    checks=(Check("number_out_of_range", "reject", "year", "select row from parsed where year not between 1990 and 2100"),
            Check("value_not_positive", "reject", "most", "select row from parsed where most <= 0 or most >= 1e8")),
    emits=(Emit("compensation_limit", 'select row, year as calendar_year, most::decimal(10, 2) as limit_usd from parsed where most between 0 and 1e7'),),
    order=10,
)  # fmt: skip
