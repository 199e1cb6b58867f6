"""Days written without their year, as people write them in a sheet that is of one year: "3/12" beside "3/2/2026".

The row's own first day tells the year (January follows December), else the title, the sheet or the file, if it names one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelines.readers import Reading
from pipelines.sources import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_ROWS = 100_000  # nobody writes more by hand
# 3/12, also with an hour behind it; Mar 3; 3 March
NUMERIC = r"\s*([0-9]{1,2})[-/.]([0-9]{1,2})(\s*(?:@|at|,)?\s+.*[0-9].*)?"
WORDED = r"(?i)\s*(?:[0-9]{1,2}(?:st|nd|rd|th)?[-/. ]?[a-z]{3,9}\.?|[a-z]{3,9}\.? ?[0-9]{1,2}(?:st|nd|rd|th)?)\s*"
# A day, and in words how it went: 3/3 LVM
_REMARK = r"\s*([0-9]{1,4}[-/.][0-9]{1,2}(?:[-/.][0-9]{2,4})?)\s*[-–,:;(]*\s*[A-Za-z].*"
_HOUR = r"(?i)\s*\S+\s+(?:a|p)\.?m\.?\s*"
_WHOLE = r"(?:^|[^0-9])(20[0-9]{2})(?:[^0-9]|$)"
_SHORT = r"^[^0-9]*[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{2})(?:[^0-9]|$)"
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_SHEET = re.compile(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.,'’_-]*(\d\d)", re.IGNORECASE)
_DAYS = ("date", "datetime")


def complete(
    con: DuckDBPyConnection, reading: Reading, source: Source, columns: Mapping[str, int], name: str
) -> list[str]:
    """Write the year into every day of ``stage`` that lacks it and whose year is told; say of each column whence."""
    dated = [one for one in source.fields if one.kind in _DAYS and one.name in columns and not one.phi]
    if reading.records > MOST_ROWS or not dated:
        return []
    lacking = [one for one in dated if _some(con, columns[one.name])]
    if not lacking:
        return []
    base = next((one for one in dated if _tells(con, columns[one.name])), None)
    titled = _titled(reading, name)
    told = []
    for one in lacking:
        if base is not None and base is not one:
            _from_row(con, columns[one.name], columns[base.name])
            told.append(_said(reading, columns[one.name], f"the year of “{reading.header[columns[base.name]]}”"))
        elif titled is not None:
            _from_title(con, columns[one.name], titled)
            told.append(_said(reading, columns[one.name], f"{titled}, as the title or name says"))
    return told


def without_remarks(con: DuckDBPyConnection, reading: Reading, source: Source, columns: Mapping[str, int]) -> list[str]:
    """Leave of the days beside which people write how it went the day alone, and say so."""
    told = []
    for place in [columns[one.name] for one in source.fields if one.remarked and one.name in columns]:
        cell = f"c{place}"
        remarked = f"regexp_full_match({cell}, '{_REMARK}') and not regexp_full_match({cell}, '{_HOUR}')"
        if reading.records <= MOST_ROWS and con.execute(f"select 1 from stage where {remarked} limit 1").fetchall():
            con.execute(f"update stage set {cell} = regexp_extract({cell}, '{_REMARK}', 1) where {remarked}").fetchall()
            told.append(f"What stands behind the days in “{reading.header[place]}” is not read.")
    return told


def _said(reading: Reading, place: int, year: str) -> str:
    return f"Days in “{reading.header[place]}” have no year; they were read with {year}."


def _lacks(cell: str) -> str:
    return f"(regexp_full_match({cell}, '{NUMERIC}') or regexp_full_match({cell}, '{WORDED}'))"


def _some(con: DuckDBPyConnection, place: int) -> bool:
    return bool(con.execute(f"select 1 from stage where {_lacks(f'c{place}')} limit 1").fetchall())


def _year_sql(cell: str) -> str:
    return f"coalesce(nullif(regexp_extract({cell}, '{_WHOLE}', 1), ''), '20' || nullif(regexp_extract({cell}, '{_SHORT}', 1), ''))"


def _tells(con: DuckDBPyConnection, place: int) -> bool:
    """Whether nearly all days of a column have their year."""
    filled, whole = con.execute(f"select count(c{place}), count({_year_sql(f'c{place}')}) from stage").fetchall()[0]
    return bool(filled and whole >= 0.8 * filled)


def _titled(reading: Reading, name: str) -> str | None:
    """The one year that what stands above the table, its part or the file's name tells."""
    first = min(reading.header_rows, default=0)
    above = [cell for row, cells in reading.top if row < first for cell in cells]
    for texts in ([reading.part or ""], above, [name]):
        years = {year for text in texts for year in _YEAR.findall(text)}
        if years:
            return years.pop() if len(years) == 1 else None
    return _year_of_months(reading)


def _year_of_months(reading: Reading) -> str | None:
    """The year of sheets that are called by their months: "Jan 26" beside "Feb 26". "Jan 5" beside "Jan 12" are days."""
    named = {part: found for part in reading.parts if (found := _SHEET.fullmatch(part.strip()))}
    years = {found[2] for found in named.values()}
    months = {found[1].lower() for found in named.values()}
    return f"20{years.pop()}" if reading.part in named and len(years) == 1 and len(months) == len(named) > 1 else None


def _written(cell: str, year: str) -> str:
    """SQL of a day with its year, before an hour that stands behind it."""
    return (
        f"case when regexp_full_match({cell}, '{NUMERIC}') then regexp_replace({cell}, '^{NUMERIC}$', '\\1/\\2/' || ({year}) || '\\3') "
        f"else trim({cell}) || ' ' || ({year}) end"
    )


def _from_title(con: DuckDBPyConnection, place: int, year: str) -> None:
    cell = f"c{place}"
    con.execute(f"update stage set {cell} = {_written(cell, repr(year))} where {_lacks(cell)}").fetchall()


_MONTH = r"(?i)(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"


def _month_sql(cell: str) -> str:
    """SQL of the month that a day written month first is of, or NULL."""
    named = f"list_position(['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec'], lower(regexp_extract({cell}, '{_MONTH}', 1)))"
    iso = f"try_cast(nullif(regexp_extract({cell}, '^\\s*20[0-9]{{2}}[-/.]([0-9]{{1,2}})', 1), '') as integer)"
    first = f"try_cast(nullif(regexp_extract({cell}, '^[^0-9]*([0-9]{{1,2}})[-/.]', 1), '') as integer)"
    return f"coalesce(nullif({named}, 0), {iso}, {first})"


def _from_row(con: DuckDBPyConnection, place: int, base: int) -> None:
    """January below a December is the next year's, December below a January the year before's."""
    cell, other = f"c{place}", f"c{base}"
    here, there = _month_sql(cell), _month_sql(other)
    turn = f"case when {there} >= 10 and {here} <= 3 then 1 when {there} <= 2 and {here} >= 11 then -1 else 0 end"
    year = f"(try_cast({_year_sql(other)} as integer) + {turn})::varchar"
    con.execute(
        f"update stage set {cell} = {_written(cell, year)} where {_lacks(cell)} and {_year_sql(other)} is not null"
    ).fetchall()
