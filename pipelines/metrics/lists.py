"""What metrics that are lists of records share."""

from __future__ import annotations

import numpy as np

from pipelines.frames import Columns, length
from pipelines.metrics.declare import Answer


def days(found: Columns, *names: str) -> Columns:
    """``found`` with these columns as days, unknown ones among them."""
    return found | {name: np.asarray(found[name], "datetime64[us]") for name in names}


def newest(found: Columns, what: str, first: str = "The newest") -> Answer:
    """The answer of a list cut off somewhere: ``found`` with its column ``total``, how many there are in all."""
    shown = length(found)
    total = int(found["total"][0]) if shown else 0
    listed = {name: values for name, values in found.items() if name != "total"}
    said = (f"{first} {shown:,} of {total:,} {what}.",) if total > shown else ()
    return Answer(listed, said, total)
