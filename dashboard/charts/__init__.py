"""Metric results drawn as plotly figures: pure functions, no Streamlit, no warehouse.

Colours are told apart with any colour vision and have a contrast of at least 3:1 on the light and on the dark
background (a test measures both); shape says what colour says: incomplete periods are hatched, estimates hollow.
Text and grid colours are left to the page's theme. Every point carries, as JSON, which rows are behind it.
"""

from __future__ import annotations

from dashboard.charts.enrolment import conversion, conversion_by, course, funnel
from dashboard.charts.over_time import MEMBERS_SHOWN, REST, known_so_far, spread, trend, volume
from dashboard.charts.ranked import CHANCE, exits, longest, measures, ranking, rest, top_box, words
from dashboard.charts.relationships import silence, states
from dashboard.charts.spoken import spoken
from dashboard.charts.style import (
    BAD,
    CAREFUL,
    CONFIG,
    DASHES,
    FEW,
    GOOD,
    HEIGHT,
    PALETTE,
    QUIET,
    ROOM,
    STATE_COLOURS,
    TICKS,
    WIDE,
    amount,
    axis_title,
    band,
    error_bars,
    faint,
    firm,
    hatched,
    is_blank,
    labels_of,
    laid_out,
    member,
    numbers,
    period_name,
    sentence,
    tall,
    where,
)

__all__ = (
    "BAD",
    "CAREFUL",
    "CHANCE",
    "CONFIG",
    "DASHES",
    "FEW",
    "GOOD",
    "HEIGHT",
    "MEMBERS_SHOWN",
    "PALETTE",
    "QUIET",
    "REST",
    "ROOM",
    "STATE_COLOURS",
    "TICKS",
    "WIDE",
    "amount",
    "axis_title",
    "band",
    "conversion",
    "conversion_by",
    "course",
    "error_bars",
    "exits",
    "faint",
    "firm",
    "funnel",
    "hatched",
    "is_blank",
    "known_so_far",
    "labels_of",
    "laid_out",
    "longest",
    "measures",
    "member",
    "numbers",
    "period_name",
    "ranking",
    "rest",
    "sentence",
    "silence",
    "spoken",
    "spread",
    "states",
    "tall",
    "top_box",
    "trend",
    "volume",
    "where",
    "words",
)
