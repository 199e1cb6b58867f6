"""How two mentions of a patient are compared without anybody knowing who it is: keyed hashes, made at load.

A patient key says only whether two mentions give equal identifiers. To find the patient whose name was misspelt in
one of two files, parts of the identifiers must be comparable. Each part is hashed together with another that nearly
every patient has to themselves (the birth date, mostly), so that no hash is frequent enough to be told by its
frequency, and a part agrees only between mentions that agree on the other as well.

The keys are not the patient key's: a secret derived from the workspace's gives one key per birth date (HMAC-SHA-256,
RFC 2104), under which the parts are hashed (the upper 63 bits of SHA-256 of a key of fixed length and the part, so no
hash can be extended). One HMAC per birth date instead of five per patient: a fifth of the time of a million rows.
"""

from __future__ import annotations

import hmac

from pipelines.identity.keys import hmac_pads

_PURPOSE = b"rapport: likeness of patients"
# What people write where they know no name: alike for everybody, so it says nothing.
_NOBODY = "unknown|unk|test|testing|patient|none|null|na|anonymous|anon|xxx+|zz+.*|baby|babyboy|babygirl|boy|girl|doe baby|noname|no name"

_CONSONANTS = """translate(replace(replace(replace(substr(word, 2), 'ph', 'f'), 'ck', 'k'), 'gh', 'g'), 'cqzdvmaeiouyhw', 'kkstfn')"""


def _undoubled(sql: str) -> str:
    for letter in "bfgjklnprstx":
        sql = f"replace({sql}, '{letter}{letter}', '{letter}')"
    return sql


MACROS: tuple[str, ...] = (
    """create or replace temp macro likeness_key(message) as left(sha256(getvariable('likeness_outer') ||
        unhex(sha256(getvariable('likeness_inner') || encode(message)))), 32)""",
    "create or replace temp macro likeness(key, part) as (('0x' || left(sha256(key || part), 16))::ubigint >> 1)::bigint",
    f"create or replace temp macro somebody(word) as case when not regexp_full_match(word, '{_NOBODY}') then word end",
    # As ``skeleton`` of ``traits``, for names by the hundred thousand: a first letter and its consonants, none twice.
    f"create or replace temp macro sound_of(word) as left(word, 1) || {_undoubled(_CONSONANTS)}",
    # A record number as a spreadsheet leaves it: without the zeros before it.
    "create or replace temp macro bare_number(value) as nullif(ltrim(upper(trim(value)), '0'), '')",
)


def pads(secret: bytes) -> tuple[bytes, bytes]:
    """The (inner, outer) padded keys of the likeness secret, derived from the workspace's ``secret``."""
    return hmac_pads(hmac.digest(secret, _PURPOSE, "sha256"))
