"""Feedback scores: who answers, what they rate best, whether they would recommend us, and what they write."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, session, show
from dashboard.panels import feedback, promises

LEAD = "Who answers, what they rate best, whether they would recommend us, and what they write."

if show.heading("Feedback scores", LEAD):
    left, right = st.columns(2)
    with left:
        grain = show.choose("Period", ("month", "quarter", "year"), "wave", default=1)
    with right:
        by = show.cut("feedback_nps", "unit_by")
    left, right = st.columns(2)
    with left:
        show.card("Net promoter score", "feedback_nps", charts.trend, key="nps", grain=grain)
    with right:
        show.card("Response to invitations", "feedback_response", charts.trend, key="response", grain=grain)
    if by:
        show.card(f"Net promoter score by {by}", "feedback_nps", charts.ranking, key="nps_by", by=by)
    show.card("Best possible answers, by question", "feedback_top_box", charts.top_box, key="top_box")
    left, right = st.columns(2)
    with left:
        show.card("Net promoter score if everybody had answered", "feedback_weighted", charts.ranking, key="weighted", drill=False)  # fmt: skip
        show.card("Comments answered within 5 business days", "comments_answered", promises.kept_within, key="comments_answered",
                  grain=grain, settings=(5,))  # fmt: skip
    with right:
        show.card("Words that comments use more than before", "comment_words", charts.words, key="words", drill=False,
                  blank=feedback.none_stands_out(session.result(show.view(), "comment_words")))  # fmt: skip
    comments = session.result(show.view(), "feedback_comments")
    with st.container(border=True, key="card_comments"):
        st.header("Comments")
        if comments.frame.empty:
            show.nothing(comments, "comments")
        else:
            show.table(comments.frame, key="comments", alt="Written answers, newest first", columns=feedback.COMMENTS)
            show.facts(comments)
            show.definition(comments.metric, "comments")
            show.downloads(comments, "comments", "these comments")
