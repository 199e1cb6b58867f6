"""Compensation ledger: what each physician was given in kind this year, and what is left of the limit. By design it shows
nothing about referrals."""

from __future__ import annotations

from dashboard import session, show
from dashboard.panels import compensation

LEAD = "What each physician was given in kind this year, against the yearly limit. Kept apart from everything about referrals."

if show.heading("Compensation ledger", LEAD, filtered=False):
    compensation.alerts(session.result(show.view(), "compensation_headroom"))
    result = show.card("Given this year, least room first", "compensation_headroom", compensation.used, key="used",
                       note="Mark: the limit of the year. Not legal advice")  # fmt: skip
    compensation.ledger(result)
