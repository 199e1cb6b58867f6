"""Headers in other languages, word by word in English, by the words that the languages declare.

Only suggestions use it: a word has too many meanings for a file to be recognised by it. Compounds are taken apart
(``Überweisungsdatum`` is a referral date).
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.languages import folded, parts

_LINKS = ("", "s", "es", "n", "en", "er")
_LEAST = 3  # letters of a part of a compound


def in_english(header: str) -> str:
    """``header`` with every word that is known put into English; the others as they are."""
    spaced = re.sub(r"(\w)[-’'](?=\w)", r"\1 ", re.sub(r"([a-zäöüß])([A-ZÄÖÜ])", r"\1 \2", header))
    return re.sub(r"[^\W\d_]+", lambda found: _translated(folded(found[0])) or found[0], spaced)


@lru_cache(maxsize=5_000)
def _translated(word: str) -> str | None:
    """A word, or the parts of a compound, in English; None where any of it is unknown."""
    known = parts()
    if word in known:
        return known[word]
    for cut in range(len(word) - _LEAST, _LEAST - 1, -1):
        for link in _LINKS:
            head = word[:cut].removesuffix(link) if link and word[:cut].endswith(link) else word[:cut]
            if head in known and (rest := _translated(word[cut:])):
                return f"{known[head]} {rest}"
    return None
