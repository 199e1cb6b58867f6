"""Controls <-> address <-> ``Filters``.

Each control is bound to a query parameter of its own name, so the address always says what is shown, survives
page switches and reloads, and can be sent to a colleague. What comes back from a browser is looked up among
what this viewer may choose; anything else is dropped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.words import day
from pipelines.metrics import Filters

# Control key (also the name in the address) -> (label, name in ``options``, name in ``Filters``).
CHOICES: dict[str, tuple[str, str, str]] = {
    "site": ("Site", "sites", "sites"),
    "study": ("Study", "studies", "studies"),
    "area": ("Therapeutic area", "therapeutic_areas", "therapeutic_areas"),
    "specialty": ("Referrer's specialty", "specialties", "specialties"),
    "practice": ("Practice", "practices", "practices"),
    "channel": ("Channel", "channels", "channels"),
}
WITH_IDS = ("sites", "studies", "practices")
MONTHS_BACK = {"Last 3 months": 3, "Last 12 months": 12, "Last 24 months": 24}
THIS_YEAR = "This year"
PERIODS = (*MONTHS_BACK, THIS_YEAR, "All time", "Between two days")
DAYS = {"from": "From", "to": "To", "as_of": "As known on"}
REFUSED = "address_refused"  # session state: what the address asked for in vain, and what was shown instead
MOST = 500  # members that one control offers
DEFAULT_PERIOD = "Last 12 months"


@dataclass(frozen=True)
class Chosen:
    """What the controls say: the filters, the day to look from (``None``: the data cut), and in words, the day last; and what the
    address asks for that no control could take."""

    filters: Filters
    as_of: dt.date | None
    words: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def controls(options: Mapping[str, Any], cut: dt.date) -> Chosen:
    """Draw the controls and return what they say. ``options`` are the viewer's own, ``cut`` the last day known."""
    picked: dict[str, list[str]] = {}
    first, last = options.get("first") or cut, max(cut, options.get("last") or cut)
    refused = not_taken(
        st.query_params, options, first, last
    )  # now: what no control knows leaves the address as they are drawn
    period = st.selectbox("Period", PERIODS, index=PERIODS.index(DEFAULT_PERIOD), key="period", bind="query-params",
                          help="Counted back from the last day of the data, or from the day in As known on.")  # fmt: skip
    between = _between(first, last) if period == PERIODS[-1] else None
    for key, (label, source, _) in CHOICES.items():
        members = offered(key, label, list(options.get(source, ())))
        picked[key] = st.multiselect(label, members, key=key, bind="query-params", placeholder="All") if members else []
    as_of = st.date_input(DAYS["as_of"], None, min_value=first, max_value=last, key="as_of", format="YYYY-MM-DD",
                          bind="query-params", help="Look back: only what had happened and been recorded by then.")  # fmt: skip
    day_known = as_of if isinstance(as_of, dt.date) and as_of < cut else None
    st.button("Clear all filters", on_click=clear, key="clear_filters", width="stretch")
    start, stop = between or period_days(period, day_known or cut)
    said = in_words(picked, period, start, stop, day_known)
    known = f"as known on {day(day_known)}" if day_known else f"data up to {day(cut)}"
    chosen = build(picked, options, start, stop)
    return Chosen(chosen, day_known, (*said, known), _until_changed(refused, (chosen, day_known)))


def not_taken(address: Any, options: Mapping[str, Any], first: dt.date, last: dt.date) -> tuple[str, ...]:
    """What the ``address`` (query parameters) asks for and no control can take, as "Site: Elm": a name that is another by now, or
    that this viewer may not see, a day outside of ``first`` to ``last``. It would be dropped, and everything shown, without a word."""
    found = []
    for key, (label, source, _) in CHOICES.items():
        known = options.get(source, ())
        found += [f"{label}: {value}" for value in address.get_all(key) if value and value not in known]
    found += [f"Period: {value}" for value in address.get_all("period") if value and value not in PERIODS]
    for key, label in DAYS.items():
        found += [f"{label}: {value}" for value in address.get_all(key) if value and not _is_within(value, first, last)]
    return tuple(found)


def _is_within(text: str, first: dt.date, last: dt.date) -> bool:
    try:
        return first <= dt.date.fromisoformat(text) <= last
    except ValueError:
        return False


def _until_changed(refused: tuple[str, ...], shown: tuple[Filters, dt.date | None]) -> tuple[str, ...]:
    """What was ``refused``, now or earlier, as long as the same is ``shown``: the address tells it once only."""
    if refused:
        st.session_state[REFUSED] = refused, shown
    told, then = st.session_state.get(REFUSED, ((), None))
    return told if then == shown else ()


def offered(key: str, label: str, members: list[str]) -> list[str]:
    """The members a control offers. Of more than ``MOST``, which would be sent to the browser at every click, the first so
    many (of practices those with the most referrals), what is chosen already, and what a field for a part of the name finds."""
    if len(members) <= MOST:
        return members
    wanted = st.text_input(f"Find a {label.lower()}", key=f"find_{key}", placeholder="part of a name",
                           help=f"The list below offers the {MOST} with the most referrals of {len(members):,}; a part of a name finds the others.")  # fmt: skip
    part = " ".join(wanted.split()).casefold()
    found = [name for name in members if part in name.casefold()][:MOST] if part else members[:MOST]
    held = {*st.query_params.get_all(key), *st.session_state.get(key, ())}
    kept = [name for name in members if name in held and name not in set(found)] if held else []
    return [*kept, *found]


def _between(first: dt.date, last: dt.date) -> tuple[dt.date | None, dt.date | None]:
    days = []
    for key in ("from", "to"):
        chosen = st.date_input(
            DAYS[key], None, min_value=first, max_value=last, key=key, format="YYYY-MM-DD", bind="query-params"
        )
        days.append(chosen if isinstance(chosen, dt.date) else None)
    if days[0] and days[1] and days[0] > days[1]:
        st.warning("From lies after To: nothing can be shown.")
    return days[0], days[1]


def clear() -> None:
    """Set every control back to its default, and with it the address."""
    st.session_state.pop(REFUSED, None)
    st.session_state["period"] = DEFAULT_PERIOD
    for key in CHOICES:
        if key in st.session_state:
            st.session_state[key] = []
        if f"find_{key}" in st.session_state:
            st.session_state[f"find_{key}"] = ""
    for key in DAYS:
        if key in st.session_state:
            st.session_state[key] = None


def period_days(period: str, cut: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of a named period, seen from ``cut``: the last day known, or the earlier day that is asked about.
    Months back include the month of that day."""
    if period in MONTHS_BACK:
        months = cut.year * 12 + cut.month - MONTHS_BACK[period]
        return dt.date(months // 12, months % 12 + 1, 1), None
    if period == THIS_YEAR:
        return dt.date(cut.year, 1, 1), None
    return None, None


def build(
    picked: Mapping[str, Sequence[str]], options: Mapping[str, Any], start: dt.date | None, stop: dt.date | None
) -> Filters:
    """``Filters`` of the picked labels; labels that are not among the options are dropped."""
    values: dict[str, Any] = {}
    for key, (_, source, name) in CHOICES.items():
        known = options.get(source, {})
        values[name] = tuple(sorted(known[label] for label in picked.get(key, ()) if label in known))
    return Filters(**values, start=start, stop=stop)


def in_words(
    picked: Mapping[str, Sequence[str]],
    period: str,
    start: dt.date | None,
    stop: dt.date | None,
    asked: dt.date | None = None,
) -> tuple[str, ...]:
    """What is filtered, for the line above the charts; ``asked`` is the earlier day from which a named period is counted."""
    if period == PERIODS[-1]:
        said = [
            f"{'from ' + day(start) if start else 'from the first day'} {'to ' + day(stop) if stop else 'to the last'}"
        ]
    elif asked and start:
        said = [f"{'The year' if period == THIS_YEAR else period} up to {day(asked)}"]
    else:
        said = [period]
    for key, (label, _, _) in CHOICES.items():
        chosen = list(picked.get(key, ()))
        if chosen:
            more = f" and {len(chosen) - 2} more" if len(chosen) > 2 else ""
            said.append(f"{label}: {', '.join(chosen[:2])}{more}")
    return tuple(said)
