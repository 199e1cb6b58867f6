"""Recruitment: is each study on plan, when will it be full, and how far can that be trusted."""

from __future__ import annotations

from dashboard import session, show
from dashboard.charts import evidence
from dashboard.panels import recruitment

LEAD = "Is each study recruiting to plan, when will its last participant be in, and how sure is that."

if show.heading("Recruitment", LEAD):
    pace = show.card("Enrolled so far, as a share of the plan by now", "recruitment_pace", evidence.pace, key="pace",
                     note=recruitment.drawn(session.result(show.view(), "recruitment_pace")),
                     blank="No study shown here has a plan to be measured against.")  # fmt: skip
    recruitment.dates(pace)
    study = recruitment.chosen(pace)
    if study:
        show.card(f"{study}: what is to come", "recruitment_forecast", evidence.fan, key="fan", settings=(study,), drill=False,
                  part=show.Part("category", study, repeats=True), above=pace)  # fmt: skip
        show.card(f"{study}: pace of its sites", "recruitment_sites", evidence.sites, key="site_paces", settings=(study,), drill=False,
                  part=show.Part("study", study), above=pace, note="Dot: the pace to expect, drawn towards the study's other sites where little is known; cross: as counted")  # fmt: skip
    show.card("Where the enrolled came from", "enrolled_sources", recruitment.sources, key="sources", drill=False,
              note="Three ways to ask; none is the truth")  # fmt: skip
    show.card("How right the forecast would have been", "recruitment_backtest", evidence.backtest, key="backtest", drill=False,
              note="Hollow: the 80% interval missed")  # fmt: skip
