"""A page to print: headings, sentences and small tables in one HTML file that needs nothing else and runs nothing.

Everything is escaped; there is no script, no image and no address in it.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

_STYLE = """body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:1.4rem 0 .3rem}p{margin:.2rem 0}.said{color:#56606e;font-size:.85rem}
table{border-collapse:collapse;width:100%;margin:.3rem 0;font-size:.85rem}th,td{border-bottom:1px solid #d5dae1;padding:.2rem .5rem .2rem 0;text-align:left;vertical-align:top}
td.n,th.n{text-align:right}tr,h2{break-inside:avoid;break-after:auto}h2{break-after:avoid}@page{margin:15mm}"""


@dataclass(frozen=True)
class Section:
    """One part of the page: a heading, sentences, and a table under the ``columns``' plain names (name -> heading); all
    columns of the frame if ``None``."""

    title: str
    said: Sequence[str] = ()
    frame: pd.DataFrame | None = None
    columns: dict[str, str] | None = None


def page(title: str, lead: Sequence[str], sections: Sequence[Section]) -> bytes:
    """The file, in UTF-8."""
    parts = [
        "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">', f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>", *(f"<p>{_text(line)}</p>" for line in lead), *(_section(section) for section in sections), "</body></html>",
    ]  # fmt: skip
    return "\n".join(parts).encode("utf-8")


def _section(section: Section) -> str:
    said = "".join(f'<p class="said">{_text(line)}</p>' for line in section.said)
    shown = "" if section.frame is None or section.frame.empty else _table(section.frame, section.columns)
    return f"<h2>{_text(section.title)}</h2>{shown}{said}"


def _table(frame: pd.DataFrame, columns: dict[str, str] | None) -> str:
    names = {
        name: text for name, text in (columns or {str(name): str(name) for name in frame}).items() if name in frame
    }
    names = {name: text for name, text in names.items() if frame[name].notna().any()}
    kinds = {name: " class=n" if _counts(frame[name]) else "" for name in names}
    head = "".join(f"<th{kinds[name]}>{_text(text)}</th>" for name, text in names.items())
    rows = (
        "".join(f"<td{kinds[name]}>{_text(_cell(value))}</td>" for name, value in zip(names, row, strict=True))
        for row in zip(*(frame[name].astype(object) for name in names), strict=True)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"


def _counts(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _cell(value: Any) -> str:
    """A value as a person reads it: days without a time, whole numbers whole, nothing for what is not known."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _text(value: object) -> str:
    return html.escape(" ".join(str(value).split()))
