"""Imaging for referrers: how soon reports come, whether exams were as envisioned, and who looks at the images."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, show
from dashboard.panels import imaging, promises

LEAD = "How soon does the referrer have the report, was the exam the one that was meant, and does anybody look at the images?"
REPORT, DELIVERY = "exam end to final report", "final report to delivery"

if show.heading("Imaging for referrers", LEAD):
    left, right = st.columns(2)
    with left:
        grain = show.choose("By", ("month", "quarter", "year"), "grain", default=1)
    with right:
        clock = show.choose("Hours", ("by the clock", "business hours"), "hours")
    left, right = st.columns(2)
    with left:
        show.card("From the end of the exam to the final report", "report_turnaround", imaging.turnaround, key="turnaround", grain=grain,
                  part=show.Part("measure", REPORT), settings=(REPORT, clock), note="Preliminary reports do not count")  # fmt: skip
    with right:
        show.card("From the final report to its delivery", "report_turnaround", imaging.turnaround, key="delivery", grain=grain,
                  part=show.Part("measure", DELIVERY), settings=(DELIVERY, clock))  # fmt: skip
    left, right = st.columns(2)
    with left:
        show.card("Exam as envisioned, of all asked", "exam_envisioned", charts.trend, key="envisioned", grain=grain)
    with right:
        show.card(
            "Protocol changes per 1,000 exams",
            "exam_envisioned",
            imaging.per_thousand,
            key="protocol",
            grain=grain,
            counts=show.Counted("exams", "exam"),
            note="Exams whose system says whether the protocol was changed",
        )
    left, right = st.columns(2)
    with left:
        show.card(
            "Images looked at within 24 hours of sharing",
            "image_views",
            promises.kept_within,
            key="views_soon",
            grain=grain,
            settings=(24,),
        )
    with right:
        show.card("Images looked at within 7 days of sharing", "image_views", promises.kept_within, key="views", grain=grain, settings=(168,))  # fmt: skip
    left, right = st.columns(2)
    with left:
        show.card(
            "Read together: invitations per 100 exams",
            "collaboration_sessions",
            charts.trend,
            key="sessions",
            grain=grain,
        )
    with right:
        show.card("Invitations to read together that were accepted", "collaboration_sessions", imaging.other_share, key="accepted", grain=grain,
                  settings=("accept_share", "accept_low", "accept_high", "sessions"),
                  counts=show.Counted("sessions", "invitation"), none="Nobody was invited to read together.")  # fmt: skip
    by = show.choose(
        "Compare",
        ("modality", "site", "practice"),
        "compare_exams",
        {"modality": "Modalities", "site": "Sites", "practice": "Practices"},
    )
    show.card(
        "Report turnaround compared",
        "report_turnaround",
        imaging.by_member,
        key="compared",
        by=by,
        part=show.Part("measure", REPORT),
        settings=(REPORT, clock),
    )
