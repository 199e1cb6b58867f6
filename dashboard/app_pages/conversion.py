"""Conversion to enrolment: what share, how soon, and where the others leave."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, session, show
from pipelines.metrics.definitions.conversion import HORIZONS

LEAD = "What share of research referrals enrol, how soon, and where the others leave."

if show.heading("Conversion to enrolment", LEAD):
    left, middle, right = st.columns([4, 3, 3])
    with left:
        within = show.choose("Enrolled within", tuple(str(days) for days in HORIZONS), "within",
                             {str(days): f"{days} days" for days in HORIZONS}, default=2)  # fmt: skip
    with middle:
        grain = show.choose("Referred in the same", ("month", "quarter", "year"), "cohort")
    with right:
        by = show.cut("conversion", "split")
    frame = session.result(show.view(), "conversion", None, grain).frame
    recent = len(frame) > 0 and bool(frame.loc[frame["horizon"] == int(within), "value"].isna().any())
    show.card(
        f"Enrolled within {within} days of referral", "conversion", charts.conversion, key="conversion", grain=grain,
        settings=(int(within),), note=(f"A {grain} without a point is too recent to say. " if recent else "") + "The band is the 95% interval",
        unfinished="Hollow: such an estimate",
    )  # fmt: skip
    if by:
        words = by.replace("_", " ")
        show.card(f"Enrolled within {within} days, by {words}", "conversion", charts.conversion_by, key="conversion_by",
                  by=by, settings=(int(within),))  # fmt: skip
    show.card("Course since referral", "conversion_curve", charts.course, key="course", drill=False,
              note="Leaving another way ends the chance to enrol, so the shares of one day add up to at most 100%")  # fmt: skip
    left, right = st.columns(2)
    with left:
        show.card("How far they came", "enrolment_funnel", charts.funnel, key="funnel")
    with right:
        show.card("Why they left", "exit_reasons", charts.exits, key="exits")
