"""What the feedback page says beside its charts."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import charts
from pipelines.metrics import Result

# What was said stands where a phone shows it; who said it, and where it was asked, beside it.
COMMENTS: dict[str, Any] = {
    "completed_on": None, "comment": st.column_config.TextColumn("Comment", width=330), "score": None, "practice": None, "site": None,
    "survey": None, "question": None,
}  # fmt: skip


def none_stands_out(result: Result) -> str:
    """That no word of the comments is used more than chance would have it, where that is so."""
    words = result.frame.get("value")
    if words is None or words.empty or (words > charts.CHANCE).any():
        return ""
    return "None of these words reaches the line: nothing new stands out"
