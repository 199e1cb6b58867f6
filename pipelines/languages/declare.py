"""What a language's file declares, and how its words are read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

_NUMBER = re.compile(r"(?i)(?<![^\W\d_])(?:n[º°ᵒ]|n\.(?!\w\.)|nro\b|n[uú]m\b|nr\b|n[uú]m[eé]ro\b)\.?")


@dataclass(frozen=True)
class Language:
    """One language. All but ``idle`` and ``parts`` are regular expressions of small letters (those of ``months`` and ``totals`` as they are
    written), which must match the whole: in ``headers`` of a header without accents, signs and ``idle`` words, where every
    spelling of "number" is ``nr``. The first that matches is meant; of ``says`` the first that the column's vocabulary knows.
    """

    name: str
    idle: str  # words of headers that carry nothing
    months: Mapping[str, str]  # as far as English has another word for them
    yes: str
    no: str
    totals: str  # what stands before a sum
    nothing: str  # what a cell says that says nothing, in names and texts, too
    headers: Mapping[str, str]  # an English header -> how one that means it is written
    says: Mapping[str, str]  # an English word of some vocabulary -> how a cell that means it is written
    parts: Mapping[
        str, str
    ]  # an English word of headers -> its words, and parts of compounds, apart by blanks: for suggestions
    together: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    # By header: letters that mean something only beside each other. M is a man beside F, and a woman beside H.
    ladders: tuple[tuple[str, ...], ...] = ()  # what people answer to a survey, the worst first

    @cached_property
    def _idle(self) -> frozenset[str]:
        return frozenset(self.idle.split())

    @cached_property
    def _headers(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(english, re.compile(f"(?:{said})")) for english, said in self.headers.items()]

    @cached_property
    def _says(self) -> list[tuple[str, re.Pattern[str]]]:
        words = {"yes": self.yes, "no": self.no, "": self.nothing, **self.says}
        return [(english, re.compile(f"(?:{folded(said)})")) for english, said in words.items()]

    def header(self, text: str) -> str | None:
        """The English header of one in this language, ``None`` where it is not known."""
        spaced = re.sub(r"([a-zß-ÿ])([A-ZÀ-Þ])", r"\1 \2", _NUMBER.sub(" nr ", re.sub(r"\([^)]*\)", " ", text)))
        words = [word for word in re.findall(r"[a-z0-9]+", folded(spaced)) if word not in self._idle]
        said = " ".join(words)
        return next((english for english, pattern in self._headers if pattern.fullmatch(said)), None) if said else None

    def words(self, text: str) -> list[str]:
        """What a cell's text may say in English, the likeliest first; an empty text where it says that there is nothing."""
        said = " ".join(folded(text).split()).strip(" .!")
        return [english for english, pattern in self._says if pattern.fullmatch(said)]

    def beside(self, header: str, texts: Iterable[str]) -> dict[str, str]:
        """Letters of a column that mean something only beside each other, in English."""
        found = {text.strip().upper() for text in texts if text.strip()}
        sets = self.together.get(header.lower(), ())
        return next((dict(letters) for letters in sets if len(found) > 1 and found <= set(letters)), {})


def folded(text: str) -> str:
    """Small letters without accents."""
    spread = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss").replace("’", "'"))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))
