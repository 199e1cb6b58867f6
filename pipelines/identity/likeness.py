"""How two mentions of a patient are compared without anybody knowing who it is: keyed hashes, made at load.

A patient key says only whether two mentions give equal identifiers. To find the patient whose name was misspelt in
one of two files, parts of the identifiers must be comparable. Each part is hashed together with another that nearly
every patient has to themselves (the birth date, mostly), so that no hash is frequent enough to be told by its
frequency, and a part agrees only between mentions that agree on the other as well.

The key is not the patient key's but one derived from the same secret. What a file writes is read here, each spelling once;
``mentions`` puts the hashes together (``keyed_hash`` says how they are made).
"""

from __future__ import annotations

import hmac
from functools import reduce
from typing import TYPE_CHECKING

from pipelines.identity import traits
from pipelines.reference import load_nicknames

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PURPOSE = b"rapport: likeness of patients"
# What people write where they know no name: alike for everybody, so it says nothing.
_NOBODY = "unknown|unk|test|testing|patient|none|null|na|anonymous|anon|xxx+|zz+.*|baby|babyboy|babygirl|boy|girl|doe baby|noname|no name"


def _replaced(sql: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        sql = f"replace({sql}, '{old}', '{new}')"
    return sql


# Letters are taken out by one pattern and replaced one by one: ``translate`` takes twice as long. Few names have a
# doubled consonant, and one pattern tells which.
_LEFT_OUT = (
    f"regexp_replace({_replaced('substr(word, 2)', ('ph', 'f'), ('ck', 'k'), ('gh', 'g'))}, '[aeiouyhw]+', '', 'g')"
)
_CONSONANTS = _replaced(_LEFT_OUT, *zip("cqzdvm", "kkstfn", strict=True))
_SOUNDED = "bfgjklnprstx"
_UNDOUBLED = f"""case when regexp_matches(sounds, '{"|".join(2 * letter for letter in _SOUNDED)}')
        then {_replaced("sounds", *((2 * letter, letter) for letter in _SOUNDED))} else sounds end"""


MACROS: tuple[str, ...] = (
    # A word of up to 15 bytes is its own number; of a longer one it is that many bytes of its SHA-256.
    """create or replace temp macro word_number(word) as
        try_cast('0x' || case when strlen(word) <= 15 then hex(word) else left(sha256(word), 30) end as uhugeint)""",
    f"create or replace temp macro somebody(word) as case when not regexp_full_match(word, '{_NOBODY}') then word end",
    # As ``skeleton`` of ``traits``, for names by the hundred thousand: a first letter and its consonants, none twice.
    f"create or replace temp macro undoubled_sounds(sounds) as {_UNDOUBLED}",
    f"create or replace temp macro sound_of(word) as left(word, 1) || undoubled_sounds({_CONSONANTS})",
    # A record number as a spreadsheet leaves it: without the zeros before it.
    "create or replace temp macro bare_number(value) as nullif(ltrim(upper(trim(value)), '0'), '')",
)


def key(secret: bytes) -> bytes:
    """The key of 32 bytes, derived from the workspace's ``secret``."""
    return hmac.digest(secret, _PURPOSE, "sha256")


def prepare(con: DuckDBPyConnection) -> None:
    """Give ``con`` the macros and nicknames that ``stated`` and ``hash_stated`` need."""
    for macro in (*traits.MACROS, *MACROS):
        con.execute(macro)
    load_nicknames(con)


def hash_stated(con: DuckDBPyConnection) -> None:
    """Make the view ``made_patient_trait`` (the columns of ``patient_trait``, and ``row``), to be asked once, of the table ``stated``: row,
    patient_key, numbered_by, bare_key, family_text and given_text as written (``forward`` and ``forward_given`` where
    the text is a whole name, given name first), born, sex, zip, phone and email; no two of one row."""
    from pipelines.identity import mentions  # only here: what it needs takes longer to import than a small file to read

    for sql in (_FAMILIES, _GIVEN, _BIRTHS, *_PLACES):
        con.execute(sql)
    mentions.hash_parts(con)
    con.execute(_SEVERAL)
    if con.execute("select 1 from stated_again limit 1").fetchall():
        for sql in (_AGAIN, _REPEATED, _ONCE_EACH):
            con.execute(sql)
    else:
        con.execute(_ALL)


# A name in one column without a comma is written forward: its last true word is the family name.
_FAMILIES = """create or replace temp table family_told as
    with spelled as materialized (select distinct family_text, forward from stated where family_text is not null),
    split as materialized (select *, name_words(family_text) as all_words from spelled),
    word as (
        select family_text, forward, case when len(all_words) = 1 then all_words else true_words(all_words) end as words
        from split where len(all_words) > 0
    ),
    told as (
        select family_text, forward, case when forward then words[-1] else array_to_string(words, '') end as family,
            case when not forward and len(words) > 1 then core_words(words) end as parts from word
    )
    select family_text, forward, somebody(family) as family, parts, sound_of(family) as sound from told"""

_GIVEN = """create or replace temp table given_told as
    with spelled as materialized (select distinct given_text, forward_given from stated where given_text is not null),
    split as materialized (select *, name_words(given_text) as all_words from spelled),
    word as (
        select given_text, forward_given, case when len(all_words) = 1 then all_words else true_words(all_words) end as words
        from split where len(all_words) > 0
    ),
    told as (
        select given_text, forward_given, words[1] as given, case when len(words) > 1 + forward_given::int then left(words[2], 1) end as middle
        from word where len(words) > forward_given::int
    )
    select given_text, forward_given, case when length(given) > 1 then somebody(given) end as given, n.formals, middle
    from told left join nickname n on n.short = given"""

_BIRTHS = """create or replace temp table born_told as
    select born, strftime(born, '%Y-%m-%d') as birth, year(born)::varchar as year, strftime(born, '%m-%d') as day
    from (select distinct born from stated where born is not null)"""

_PLACES = tuple(
    f"create or replace temp table {what}_told as select distinct {what} from stated where {what} is not null"
    for what in ("sex", "zip", "phone", "email")
)

# Each of these hashes is as good as random, so their exclusive or is a hash of them all. Whose word it is counts, too: two
# record numbers are two patients' only where one system gives both.
_TOLD_APART = (
    "key64(getvariable('load_system')::varchar)",
    "birth",
    "family",
    "given >> 1",
    "middle",
    "sex",
    "zip",
    "phone",
    "email",
    "name_zip",
    "name_phone",
    "name_email",
    "family_parts[1] >> 1",
)
_KNOWN = f"select *, {reduce(lambda one, other: f'xor({one}, coalesce({other}, 0))', _TOLD_APART, '0::bigint')} as trait_id from hashed_trait"
# Only of a patient who is stated in several ways may two be alike once they are hashed: of the others nothing is held.
_SEVERAL = "create or replace temp table stated_again as select patient_key from stated group by patient_key having count(*) > 1"
_AGAIN = (
    f"create or replace temp table known_again as select * from ({_KNOWN}) where patient_key in (from stated_again)"
)
_REPEATED = "delete from known_again where row not in (select min(row) from known_again group by patient_key, trait_id)"
_ONCE_EACH = f"""create or replace temp view made_patient_trait as
    select * from ({_KNOWN}) where patient_key not in (from stated_again) union all by name from known_again"""
_ALL = f"create or replace temp view made_patient_trait as {_KNOWN}"
