"""The time zone that a file itself states, and what is read by it."""

from __future__ import annotations

import pytest

from pipelines.mapping.zones import stated_zone, zone_named
from pipelines.readers import Reading
from pipelines.sources import registry

LOG = registry()["referral_log"]


def stated(*header: str, context: dict[str, str] | None = None, below: list[list[str]] | None = None) -> str | None:
    reading = Reading("csv", list(header), [1], 0, context=context or {}, sub_headers=below or [])
    return stated_zone(reading, LOG, {"received": 0, "appt": 1})


@pytest.mark.parametrize(
    ("text", "zone"),
    [("Eastern Time", "America/New_York"), ("(UTC-06:00) Central Time (US & Canada)", "America/Chicago"), ("America/Denver", "America/Denver"),
     ("PST", "America/Los_Angeles"), ("Home", None), ("Referral", None)],
)  # fmt: skip
def test_a_zone_is_known_by_the_names_people_use(text: str, zone: str | None) -> None:
    assert zone_named(text) == zone


def test_a_zone_beside_the_name_of_a_time_holds_for_the_file() -> None:
    assert stated("Date/Time Received (Pacific Time)", "Appt Time (PST)") == "America/Los_Angeles"
    assert stated("Date/Time Received (PST)", "Appt Time (EST)") is None


def test_two_letters_may_be_a_modality() -> None:
    assert stated("Exam Date (CT)", "Appt") is None
    assert stated("Start Time (CT)", "Appt") == "America/Chicago"


def test_utc_beside_a_name_is_of_that_column_alone() -> None:
    assert stated("Received (UTC)", "Appt") is None


def test_a_survey_tool_says_it_in_its_third_row() -> None:
    assert (
        stated("StartDate", "EndDate", below=[['{"ImportId":"startDate","timeZone":"America/Denver"}', "{}"]])
        == "America/Denver"
    )
    assert (
        stated("StartDate", "EndDate", below=[['{"ImportId":"startDate","timeZone":"Nowhere"}', '{"timeZone']]) is None
    )


def test_a_line_above_the_table_may_say_it() -> None:
    assert stated("Received", "Appt", context={"Time Zone": "Mountain Time"}) == "America/Denver"
