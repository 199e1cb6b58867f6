"""What the feedback page says beside its charts."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pipelines.metrics import Result

# What was said stands where a phone shows it; who said it, and where it was asked, beside it.
COMMENTS: dict[str, Any] = {
    "completed_on": None, "comment": st.column_config.TextColumn("Comment", width=330), "score": None, "practice": None, "site": None,
    "survey": None, "question": None,
}  # fmt: skip


def none_stands_out(result: Result) -> str:
    """That no word of the comments is used more than chance would have it, and which comes nearest; empty without words."""
    if result.frame.empty:
        return ""
    nearest = result.frame.iloc[0]
    return (
        "No word is used more than chance would have it: nothing new stands out. Nearest to it comes "
        f"“{nearest['category']}”, in {nearest['n']:,} comments and {nearest['before']:,} before."
    )
