"""What the feedback page says beside its charts."""

from __future__ import annotations

from dashboard import charts
from pipelines.metrics import Result


def none_stands_out(result: Result) -> str:
    """That no word of the comments is used more than chance would have it, where that is so."""
    words = result.frame.get("value")
    if words is None or words.empty or (words > charts.CHANCE).any():
        return ""
    return "None of these words reaches the line: nothing new stands out"
