"""The table of business days that a generation keeps."""

from __future__ import annotations

import duckdb
import pytest

from pipelines import business_time


def _days(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    business_time.write(con)
    return dict(con.execute("select calendar, count(*) from business_day group by 1").fetchall())


def test_business_days_are_written_again_only_when_a_calendar_comes_or_goes() -> None:
    every = (business_time.LAST - business_time.FIRST).days + 1
    with duckdb.connect() as con:
        con.execute("create table dim_site as select 'Europe/Berlin|DE||' as calendar")
        assert _days(con) == {"|||": every, "Europe/Berlin|DE||": every}
        con.execute("delete from business_day where day <> date '2026-01-02'")
        assert _days(con) == {"|||": 1, "Europe/Berlin|DE||": 1}
        con.execute("insert into dim_site values ('America/Chicago|US||')")
        assert set(_days(con).values()) == {every}
        con.execute("delete from dim_site")
        assert _days(con) == {"|||": every}


@pytest.mark.parametrize(
    ("zone", "kept", "assumed"),
    [
        ("Europe/Berlin", "", True), ("Asia/Riyadh", "", True), ("America/Toronto", "", True), ("America/Puerto_Rico", "", False), ("America/Indiana/Knox", "", False),
        ("Pacific/Honolulu", "", False), ("UTC", "", False), ("", "", False), ("Europe/Berlin", "DE", False), ("Europe/Berlin", "DE-BY", False), ("Europe/Berlin", "none", False),
        ("Europe/Berlin", "GERMANY", True), ("America/Denver", "US-XX", True), ("", "ZZ", True),
    ],
)  # fmt: skip
def test_a_site_abroad_without_a_known_calendar_is_one_that_assumes_ours(zone: str, kept: str, assumed: bool) -> None:
    assert business_time.assumes_holidays(zone, kept) is assumed
    if assumed:
        assert business_time.calendar(zone, kept, None, None).holidays == business_time.DEFAULT_HOLIDAYS
