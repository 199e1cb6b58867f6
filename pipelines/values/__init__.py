"""From text to typed values, decided per column from all its values and never cell by cell: words for nothing, for yes and no
and for time zones here, ``dates`` and ``names`` beside.
"""

from __future__ import annotations

import re
import zoneinfo
from functools import cache, lru_cache

# Words for "nothing here". In names only what cannot be one: Na, Null and None are surnames.
ERRORS = r"#(?:n/a|null!|ref!|value!|name\?|num!|div/0!)"  # what programs write for a value they have not got
BLANK = (rf"(?i)n/?a\.?|{ERRORS}|none|null|nil|nan|-+|\.+|\?+|tbd|tba|unk|unknown|pending|not applicable|not available|not provided|not given|blank|not recorded|not done|nd|"
         r"0000-00-00|00/00/0000")  # fmt: skip
_BLANK_BEGINS = sum(
    {1 << (ord(sign) & 31) for sign in "n#-.?tupb0"}
)  # their first letters, a bit for each one's last five
# In a column of dates: it has not happened, and: it has, on whatever day.
NOT_YET = r"(?i)n|no|false|0|not yet|not sent|not received|never|no.?show|missed|did not (?:show|attend|come)"
UNDATED = r"(?i)y|yes|true|x|1|done|sent|received|✓|✔|checked|complete|completed"
BLANK_NAME = rf"(?i)n/a|{ERRORS}|-+|\?+|\.+"
TRUE = frozenset({"yes", "y", "true", "t", "1", "x", "done", "✓", "✔", "checked", "delivered", "on", "eligible"})
FALSE = frozenset(
    {
        "no",
        "n",
        "false",
        "f",
        "0",
        "not done",
        "unchecked",
        "bounced",
        "undelivered",
        "off",
        "not eligible",
        "ineligible",
    }
)
SCIENTIFIC = r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+"


@lru_cache(maxsize=50_000)
def squash(text: str) -> str:
    """Text as vocabularies and headers compare it: lower case letters and digits only."""
    return re.sub(r"[^0-9a-z]+", "", text.lower())


def blank(text: str) -> bool:
    """Whether a cell's text is a word for nothing."""
    return bool(re.fullmatch(BLANK, text.strip()))


def blank_sql(cell: str, longest: int) -> str:
    """SQL of whether the text ``cell`` (a column of ours) is one of the words for nothing, of those with at most ``longest``
    characters. Its first letter is looked at first: to ask a pattern takes six times as long."""
    begins = f"(({_BLANK_BEGINS}::bigint >> (ascii({cell}) & 31)) & 1) = 1"
    return f"(length({cell}) <= {longest} and {begins} and regexp_full_match({cell}, '{BLANK}'))"


def boolean(text: str) -> bool | None:
    """Yes or no in any of the usual spellings, else ``None``."""
    word = text.strip().lower().rstrip(".")
    return True if word in TRUE else False if word in FALSE else None


@cache
def time_zones() -> frozenset[str]:
    """The names of time zones a file may use (IANA). Not ``localtime``, which Python lists where the machine has set one:
    it is no place, and DuckDB, which computes with the name later, does not know it."""
    return frozenset(zoneinfo.available_timezones() - {"localtime"})
