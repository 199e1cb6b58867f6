"""Controls to filters and back: what is chosen is what is asked, and nothing else gets in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard.filters import CHOICES, MOST, PERIODS, build, in_words, period_days
from dashboard.session import labelled
from pipelines.metrics import Filters

LISTED: dict[str, list[Any]] = {
    "sites": [(1, "North"), (2, "South")], "studies": [(11, "A-1")], "practices": [(21, "Elm"), (22, "Elm"), (-23, "Oak")],
    "therapeutic_areas": ["Oncology"], "specialties": ["Cardiology"], "channels": ["fax", "portal"],
}  # fmt: skip
OPTIONS = {name: labelled(members) for name, members in LISTED.items()}


@given(st.dictionaries(st.sampled_from(list(CHOICES)), st.lists(st.text(max_size=8), max_size=3)))
def test_labels_that_are_not_offered_are_dropped(picked: dict[str, list[str]]) -> None:
    offered = {key: set(OPTIONS[source]) for key, (_, source, _) in CHOICES.items()}
    found = build(picked, OPTIONS, None, None)
    expected = sum(len({label for label in labels if label in offered[key]}) for key, labels in picked.items())
    assert sum(len(set(value)) for value in vars(found).values() if isinstance(value, tuple)) == expected


@given(st.data())
def test_every_offered_label_finds_its_member(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(list(CHOICES)))
    _, source, name = CHOICES[key]
    members = OPTIONS[source]
    label = data.draw(st.sampled_from(list(members)))
    assert getattr(build({key: [label]}, OPTIONS, None, None), name) == (members[label],)


def test_two_practices_of_one_name_are_told_apart_in_the_same_way_whatever_their_order() -> None:
    labels = labelled(LISTED["practices"])
    assert labels == {"Elm (0021)": 21, "Elm (0022)": 22, "Oak": -23}
    assert labelled(reversed(LISTED["practices"])) == labels


def test_equal_choices_in_another_order_are_the_same_cache_key() -> None:
    one = build({"site": ["North", "South"]}, OPTIONS, None, None)
    other = build({"site": ["South", "North"]}, OPTIONS, None, None)
    assert one == other
    assert hash(one) == hash(other)


def test_nothing_chosen_is_no_restriction() -> None:
    assert build({}, OPTIONS, None, None) == Filters()


def test_months_back_include_the_month_of_the_cut() -> None:
    assert period_days("Last 12 months", dt.date(2026, 6, 17)) == (dt.date(2025, 7, 1), None)
    assert period_days("Last 3 months", dt.date(2026, 1, 31)) == (dt.date(2025, 11, 1), None)
    assert period_days("This year", dt.date(2026, 6, 17)) == (dt.date(2026, 1, 1), None)
    assert period_days("All time", dt.date(2026, 6, 17)) == (None, None)


@given(st.sampled_from(PERIODS), st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)))
def test_a_named_period_never_starts_after_the_cut(period: str, cut: dt.date) -> None:
    start, stop = period_days(period, cut)
    assert start is None or start <= cut
    assert stop is None


def test_the_filters_are_said_in_words() -> None:
    assert in_words({"site": ["North", "South", "East"]}, "All time", None, None) == (
        "All time",
        "Site: North, South and 1 more",
    )
    assert in_words({}, PERIODS[-1], dt.date(2026, 1, 1), None) == ("from 1 Jan 2026 to the last",)
    asked = dt.date(2025, 3, 14)
    assert in_words({}, "Last 12 months", dt.date(2024, 4, 1), None, asked) == ("Last 12 months up to 14 Mar 2025",)
    assert in_words({}, "This year", dt.date(2025, 1, 1), None, asked) == ("The year up to 14 Mar 2025",)
    assert in_words({}, "All time", None, None, asked) == ("All time",)


def _asked() -> None:
    import datetime as dt

    import streamlit as st

    from dashboard.filters import controls

    days = {"first": dt.date(2020, 1, 1), "last": dt.date(2026, 6, 17)}
    chosen = controls(days, dt.date(2026, 6, 17))
    st.session_state["said"] = (chosen.filters.start, chosen.as_of, chosen.words)


def test_a_named_period_is_counted_back_from_the_day_that_is_asked_about() -> None:
    app = AppTest.from_function(_asked).run()
    assert app.session_state["said"] == (dt.date(2025, 7, 1), None, ("Last 12 months", "data up to 17 Jun 2026"))
    app.date_input(key="as_of").set_value(dt.date(2024, 3, 14)).run()
    assert app.session_state["said"] == (
        dt.date(2023, 4, 1), dt.date(2024, 3, 14), ("Last 12 months up to 14 Mar 2024", "as known on 14 Mar 2024"),
    )  # fmt: skip
    app.date_input(key="as_of").set_value(dt.date(2026, 6, 17)).run()
    assert app.session_state["said"][:2] == (dt.date(2025, 7, 1), None)


def _many() -> None:
    import streamlit as st

    from dashboard.filters import MOST, offered

    members = [f"Practice {number:04d}" for number in range(MOST + 200)]
    st.multiselect("Practice", offered("practice", "Practice", members), key="practice", bind="query-params")


def test_a_practice_beyond_the_first_is_found_by_a_part_of_its_name_and_stays_chosen() -> None:
    app = AppTest.from_function(_many).run()
    assert len(app.multiselect(key="practice").options) == MOST
    assert "Practice 0650" not in app.multiselect(key="practice").options
    app.text_input(key="find_practice").set_value(" practice 065").run()
    assert "Practice 0650" in app.multiselect(key="practice").options
    app.multiselect(key="practice").select("Practice 0650").run()
    app.text_input(key="find_practice").set_value("").run()
    assert app.multiselect(key="practice").value == ["Practice 0650"]


def test_a_practice_beyond_the_first_that_an_address_names_is_chosen() -> None:
    app = AppTest.from_function(_many)
    app.query_params["practice"] = ["Practice 0699"]
    assert app.run().multiselect(key="practice").value == ["Practice 0699"]
