"""What metrics that are lists of records share."""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import Answer


def days(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """``frame`` with these columns as days, unknown ones among them."""
    return frame.assign(**{name: pd.to_datetime(frame[name]).astype("datetime64[us]") for name in names})


def newest(frame: pd.DataFrame, what: str, first: str = "The newest") -> Answer:
    """The answer of a list cut off somewhere: ``frame`` with its column ``total``, how many there are in all."""
    total = int(frame["total"].iloc[0]) if len(frame) else 0
    frame = frame.drop(columns="total")
    said = (f"{first} {len(frame):,} of {total:,} {what}.",) if total > len(frame) else ()
    return Answer(frame, said, total)
