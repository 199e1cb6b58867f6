"""Which words do people use more than they used to? Log-odds with an informative Dirichlet prior."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.statistics import gate

Array = NDArray[np.float64]
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")


def counted(texts: Iterable[str], ignore: frozenset[str] = frozenset()) -> Counter[str]:
    """How many of the ``texts`` use each word of three letters or more, in lower case: a word repeated in one comment
    is one person's, so it counts once."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update({word for word in _WORD.findall(text.lower()) if len(word) > 2 and word not in ignore})
    return found


def log_odds(here: ArrayLike, there: ArrayLike, prior: ArrayLike, weight: float | None = None) -> tuple[Array, Array]:
    """(delta, z) per word: how much likelier it is in the one body of text than in the other, as a difference of log
    odds, and that over its standard error (Monroe, Colaresi & Quinn 2008, equations 15, 16, 20 and 22).

    ``here``, ``there``: counts per word; ``prior``: counts per word in a background body (0 is allowed where the word
    was never used), scaled to ``weight`` words in all if given. Words with no count and no prior have z = 0.
    """
    y1, y2, a = (gate.known(gate.counted(values), "count") for values in (here, there, prior))
    gate.together(here=here, there=there, prior=prior)
    if weight is not None and not weight >= 0:
        raise ValueError("the prior's weight cannot be below 0")
    if weight is not None and a.sum() > 0:
        a = a * (weight / a.sum())
    n1, n2, a0 = y1.sum(), y2.sum(), a.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = np.log((y1 + a) / (n1 + a0 - y1 - a)) - np.log((y2 + a) / (n2 + a0 - y2 - a))
        z = delta / np.sqrt(1 / (y1 + a) + 1 / (y2 + a))
    known = np.isfinite(z)
    return np.where(known, delta, 0.0), np.where(known, z, 0.0)


def emerging(
    recent: Mapping[str, int], before: Mapping[str, int], fewest: int = 3
) -> list[tuple[str, int, int, float]]:
    """(word, count recently, count before, z), most emerging first, of words used at least ``fewest`` times recently.
    The prior is both bodies together, in the weight of the smaller one."""
    vocabulary = sorted(set(recent) | set(before))
    here, there = (np.array([body.get(word, 0) for word in vocabulary], float) for body in (recent, before))
    weight = max(min(here.sum(), there.sum()), 1.0)
    _, z = log_odds(here, there, here + there, weight)
    found = zip(vocabulary, here.astype(int), there.astype(int), z, strict=True)
    kept = [(word, int(now), int(then), float(score)) for word, now, then, score in found if now >= fewest]
    return sorted(kept, key=lambda row: (-row[3], row[0]))
