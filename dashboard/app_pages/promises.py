"""Promises to referrers: is every referral answered, booked, kept and reported on, and who is slipping now?"""

from __future__ import annotations

import streamlit as st

from dashboard import ahead, charts, session, show
from dashboard.panels import promises
from dashboard.words import plain
from pipelines.metrics.shares import UNTOLD

LEAD = "Is every referral answered, booked, kept and reported on in time, and which patients are slipping?"


def _until_the_appointment(grain: str) -> None:
    left, right = st.columns(2)
    with left:
        show.card("Acknowledged within 1 business day", "acknowledgement", promises.kept_within, key="acknowledged", grain=grain,
                  settings=(1, "anyhow"))  # fmt: skip
    with right:
        show.card("Acknowledged by a person within 1 business day", "acknowledgement", promises.kept_within, key="by_person", grain=grain,
                  settings=(1, "by a person"))  # fmt: skip
    left, right = st.columns(2)
    with left:
        show.card("Appointment told to the referrer within 1 business day", "set_notice", promises.kept_within, key="notice", grain=grain,
                  settings=(1,))  # fmt: skip
    with right:
        show.card("Urgent referrals with an appointment within 48 hours", "urgent_scheduling", charts.trend, key="urgent", grain=grain)  # fmt: skip
    show.card(
        "Ways of referring: share of all referrals", "channel_friction", charts.ranking, key="channels", by="channel"
    )


def _afterwards(grain: str) -> None:
    left, right = st.columns(2)
    with left:
        show.card("Told within 2 business days that the patient did not come", "outcome_notice", promises.kept_within, key="not_kept",
                  grain=grain, settings=(2, "not kept"), part=show.Part("measure", "not kept"))  # fmt: skip
    with right:
        show.card("Report sent within 30 days of the visit", "loop_closed", promises.kept_within, key="reported", grain=grain,
                  settings=(30, "report sent"))  # fmt: skip
    left, right = st.columns(2)
    with left:
        show.card("Late at some step, by month of receipt", "ever_slipped", charts.trend, key="ever_slipped", grain=grain)  # fmt: skip
    with right:
        show.card("New practices thanked within a week", "welcome", charts.trend, key="welcome", grain=grain)
    left, right = st.columns(2)
    with left:
        show.card("Progress of participants told to their referrers", "progress_sharing", charts.measures, key="progress", drill=False)  # fmt: skip
    with right:
        show.card("Reports after referrals, as CMS50 counts them", "specialist_reports", charts.measures, key="cms50", drill=False)  # fmt: skip


# All thirteen charts at once were twice the length, and twice the work, of any other page.
DRAWN = {"until the appointment": _until_the_appointment, "afterwards": _afterwards}

if show.heading("Promises to referrers", LEAD):
    above = st.container()
    left, right = st.columns(2)
    with left:
        step = show.choose("Promises", tuple(promises.ASKED), "step")
    with right:
        grain = show.choose("By", ("month", "quarter", "year"), "grain")
    ahead.ask(show.view(), promises.questions(step, grain))
    with above:
        if UNTOLD in session.result(show.view(), "slipped_patients").caveats:
            st.warning(plain(UNTOLD))
        show.card("Patients slipping through", "slipped_patients", promises.rules, key="slipped")
    DRAWN[step](grain)
