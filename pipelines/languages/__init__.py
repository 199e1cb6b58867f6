"""The field's words in other languages, one file a language beside this one: how its headers, its cells' words, its months and
its totals are said in English. A seventh language is one more file with a module-level ``LANGUAGE``; nothing else names any.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from pipelines.languages.declare import Language, folded

__all__ = ["Language", "folded", "languages", "months", "named", "parts", "spoken", "totals"]
_LEAST = 2  # headers that only this language can have meant
_SHARE = 0.4  # of the headers
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@cache
def languages() -> tuple[Language, ...]:
    """Every language that has a file here."""
    files = sorted(one.name for one in pkgutil.iter_modules(__path__) if one.name != "declare")
    return tuple(importlib.import_module(f"{__name__}.{name}").LANGUAGE for name in files)


def named(name: str | None) -> Language | None:
    return next((one for one in languages() if one.name == name), None) if name else None


@lru_cache(maxsize=8)
def spoken(header: tuple[str, ...], english: frozenset[int]) -> tuple[Language, tuple[str, ...]] | None:
    """The language that the headers are in, and the headers in English; ``None`` where no language explains enough of them, or
    two do alike and differ. ``english`` are the places of headers that are English as they stand: they tell of no language."""
    read = [(language, [language.header(text) for text in header]) for language in languages()]
    told = [_explained(found, english) for _, found in read]
    most = max(told)
    if most < _LEAST or most < _SHARE * sum(1 for text in header if text.strip()):
        return None
    (language, found), *others = [one for one, count in zip(read, told, strict=True) if count == most]
    if any(other != found for _, other in others):
        return None
    return language, tuple(one or text for one, text in zip(found, header, strict=True))


def _explained(found: Sequence[str | None], english: frozenset[int]) -> int:
    return sum(one is not None for at, one in enumerate(found) if at not in english)


@cache
def months() -> dict[str, str]:
    """English month -> the words for it in all languages, as one regular expression."""
    return {month: _any_of(one.months.get(month, "") for one in languages()) for month in _MONTHS}


@cache
def parts() -> dict[str, str]:
    """Every language's words of headers and parts of compounds, each in English; no word means two things in two of them."""
    return {word: english for one in languages() for english, words in one.parts.items() for word in words.split()}


@cache
def totals() -> str:
    """What stands before a sum in any language, as one regular expression."""
    return _any_of(one.totals for one in languages())


def _any_of(patterns: Iterable[str]) -> str:
    return "|".join(dict.fromkeys(word for pattern in patterns for word in pattern.split("|") if word))
