"""Text that comes from data, made safe to stand in a page."""

from __future__ import annotations

import datetime as dt
import html
import math
import re

ABBREVIATIONS = frozenset(("ehr", "npi", "nppes", "ctms", "edc", "sms"))
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@/=^\"'])")
# What Streamlit's Markdown makes of text once it is parsed, when a backslash no longer helps: links of bare addresses, its own
# logo, arrows of signs that stand alone. A sign of no width, put after the first of these, keeps the text what it is.
_LATER = re.compile(r"(https?:(?=//)|www(?=\.)|@(?=[\w-])|:(?=streamlit:)|(?<!\S)[<>~-](?=[-=>]{1,2}(?!\S)))", re.I)
_NOTHING = "\u2060"
_ACTING = re.compile(
    r"[\\`*_\[\]<>~$&]|:(?=\w)"
)  # code, stress, links, images, tags, formulas, entities, icons and colours
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # make what follows read from the other end


def plain(text: object) -> str:
    """``text`` so that Streamlit's Markdown shows it letter by letter.

    A Markdown image in a practice's name would make every viewer's browser fetch an address of the sender's
    choosing, so whatever comes from a file passes through here before it reaches a heading, label or message. No address
    in it becomes a link either.
    """
    kept = _TURNING.sub("", " ".join(str(text).split()))
    return _MARKUP.sub(r"\\\1", _LATER.sub(rf"\1{_NOTHING}", kept))


def named(text: object) -> str:
    """``text`` for the name of a control that is told and not shown. A screen reader says it letter by letter, with every backslash
    of ``plain``; Markdown reads it all the same. So the signs that could act within a line are left out."""
    kept = _LATER.sub(rf"\1{_NOTHING}", _ACTING.sub(" ", _TURNING.sub("", str(text))))
    return " ".join(kept.split()) or "a column of signs"


def mark(text: object, longest: int = 48) -> str:
    """``text`` for a plotly label, which knows a little HTML: escaped, and cut with an ellipsis."""
    short = " ".join(str(text).split())
    return html.escape(short if len(short) <= longest else f"{short[: longest - 1]}…", quote=False)


def day(value: dt.date | None) -> str:
    """A day as a person reads it in any country: 3 Nov 2026."""
    return f"{value.day} {value:%b %Y}" if value is not None else "unknown"


def headed(text: object) -> str:
    """A word of the data as it stands at the head of a line: "fax" as "Fax", "ehr" as "EHR"; names are left as they are."""
    said = " ".join(str(text).split())
    return said.upper() if said in ABBREVIATIONS else said[:1].upper() + said[1:]


def share(value: float | None) -> str:
    """A fraction as per cent with one decimal, "not known yet" where there is none."""
    return "not known yet" if value is None or math.isnan(value) else f"{100 * value:.1f}%"


def counted(n: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 referral, 1,204 referrals."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
