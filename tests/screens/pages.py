"""The pages by what they are made of: figures, or files and definitions."""

from __future__ import annotations

CHART_PAGES = (
    "overview",
    "volume",
    "conversion",
    "dormancy",
    "practice",
    "feedback",
    "promises",
    "appointments",
    "changes",
    "recruitment",
    "imaging",
    "campaigns",
    "readiness",
    "compensation",
)
DATA_PAGES = ("upload", "loads", "data_quality", "identity_review", "dictionary", "metrics")
