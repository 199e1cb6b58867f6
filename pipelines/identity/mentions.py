"""``hashed_trait``: the parts of every mention in ``stated`` as keyed hashes, each made of a word and its context.

The birth date is the context of a name's parts, the sex and the places; the year, the day and the places are contexts of the
whole name. Each spelling becomes a block once; a mention is then no more than the numbers of its spellings, and all
hashes of a column are made at once (``keyed_hash``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipelines.identity.keyed_hash import Blocks, KeyedHash, blocks

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AT_ONCE = 200_000  # mentions hashed together: their numbers, blocks and hashes take 60 MB
_BORN = 11  # the kind of a birth date's own hash, which is of no word
# By part of a mention: the table of its spellings, and the kind of its block. A name's word is of one kind, whichever name.
_PARTS = {
    "birth": ("born", 1), "year": ("born", 2), "day": ("born", 3), "family": ("family", 4), "given": ("given", 4), "sound": ("family", 5),
    "middle": ("given", 6), "sex": ("sex", 7), "zip": ("zip", 8), "phone": ("phone", 9), "email": ("email", 10),
}  # fmt: skip
_CONTEXTS = ("birth", "year", "day", "zip", "phone", "email")
_WITH_BIRTH = ("family", "sound", "given", "middle", "sex", "zip", "phone", "email")
_WITH_NAME = ("year", "day", "zip", "phone", "email")
# Which part of a name may be several words, where they are told, and what they are told of.
_LISTS = {
    "family_parts": ("family", "parts", "family_text", "forward"),
    "formal": ("given", "formals", "given_text", "forward_given"),
}


@dataclass
class _Spelled:
    """The block of each spelling by its number, and whether it says anything. The last says nothing: number -1 is none."""

    blocks: Blocks
    known: NDArray[np.bool_]

    def of(self, numbers: NDArray[np.int64]) -> _Spelled:
        return _Spelled(self.blocks[numbers], self.known[numbers])


def hash_parts(con: DuckDBPyConnection) -> None:
    """Make the view ``hashed_trait`` of ``stated`` and of the tables that tell its spellings (see ``likeness``)."""
    (key,) = con.execute("select getvariable('likeness_key')").fetchall()[0]
    keyed = KeyedHash(key)
    parts = {name: _spelled(con, f"{table}_told", name, kind) for name, (table, kind) in _PARTS.items()}
    contexts = {name: _Spelled(keyed.secret(parts[name].blocks), parts[name].known) for name in _CONTEXTS}
    columns = _hash_words(con, keyed, parts, contexts)
    lists = [name for name in _LISTS if _hash_lists(con, keyed, contexts["birth"], name)]
    con.execute(_trait_sql(columns, lists))


def _arrays(con: DuckDBPyConnection, sql: str, params: dict[str, int] | None = None) -> dict[str, NDArray[Any]]:
    """The columns of a query of numbers, none of them NULL."""
    return {name: np.asarray(values) for name, values in con.execute(sql, params or {}).fetchnumpy().items()}


def _spelled(con: DuckDBPyConnection, table: str, column: str, kind: int) -> _Spelled:
    found = _arrays(
        con,
        f"""select place, n is not null as known, coalesce((n >> 64)::ubigint, 0::ubigint) as high,
            coalesce((n & 18446744073709551615::uhugeint)::ubigint, 0::ubigint) as low
        from (select rowid as place, word_number({column}) as n from {table})""",
    )
    size = len(found["place"])
    spelled = _Spelled(np.zeros((size + 1, 2), np.uint64), np.zeros(size + 1, np.bool_))
    spelled.blocks[found["place"]] = blocks(kind, found["high"], found["low"])
    spelled.known[found["place"]] = found["known"]
    return spelled


# The spellings of each mention by their numbers; a mention that says nothing by which it can be compared is left out.
_NUMBERS = """create or replace temp table numbered_mention as
    select s.row as mention, coalesce(b.rowid, -1)::integer as born, coalesce(f.rowid, -1)::integer as family, coalesce(g.rowid, -1)::integer as given,
        coalesce(x.rowid, -1)::integer as sex, coalesce(z.rowid, -1)::integer as zip, coalesce(p.rowid, -1)::integer as phone, coalesce(e.rowid, -1)::integer as email
    from stated s
    left join born_told b using (born) left join sex_told x using (sex)
    left join family_told f on f.family_text = s.family_text and f.forward = s.forward
    left join given_told g on g.given_text = s.given_text and g.forward_given = s.forward_given
    left join zip_told z using (zip) left join phone_told p using (phone) left join email_told e using (email)
    where s.bare_key is not null or b.born is not null and coalesce(f.family, g.given, s.zip, s.phone, s.email) is not null
        or f.family is not null and g.given is not null and coalesce(s.zip, s.phone, s.email) is not null"""
_SOME = "select * from numbered_mention where rowid between $first and $last"


def _hash_words(con: DuckDBPyConnection, keyed: KeyedHash, parts: dict[str, _Spelled], contexts: dict[str, _Spelled]) -> list[str]:  # fmt: skip
    """Make the table ``hashed``: of each mention every hash there may be, -1 where there is none; returns the hashes' names."""
    con.execute(_NUMBERS)
    total = con.execute("select count(*) from numbered_mention").fetchall()[0][0]
    columns: list[str] = []
    for first in range(0, max(total, 1), AT_ONCE):
        numbers = _arrays(con, _SOME, {"first": first, "last": first + AT_ONCE - 1})
        told = {name: parts[name].of(numbers[table]) for name, (table, _) in _PARTS.items() if parts[name].known.any()}
        within = {name: contexts[name].of(numbers[_PARTS[name][0]]) for name in _CONTEXTS if name in told}
        hashed = _hashes(keyed, told, within)
        columns = list(hashed)
        con.register("hashed_now", {"mention": numbers["mention"], **hashed})
        con.execute(
            "insert into hashed from hashed_now" if first else "create or replace temp table hashed as from hashed_now"
        )
        con.unregister("hashed_now")
    return columns


def _hashes(keyed: KeyedHash, told: dict[str, _Spelled], within: dict[str, _Spelled]) -> dict[str, NDArray[np.int64]]:
    """The hashes of a number of mentions, by column."""
    found = {}
    if birth := within.get("birth"):
        nothing = _Spelled(blocks(_BORN, np.zeros(1), np.zeros(1)), np.ones(1, np.bool_))
        found = {"birth": _together(keyed, birth, nothing)}
        found |= {name: _together(keyed, birth, told[name]) for name in _WITH_BIRTH if name in told}
    if "family" in told and "given" in told:
        family, given = told["family"], told["given"]
        name = _Spelled(keyed.either_order(family.blocks, given.blocks), family.known & given.known)
        found |= {f"name_{other}": _together(keyed, within[other], name) for other in _WITH_NAME if other in within}
    return found


def _together(keyed: KeyedHash, context: _Spelled, word: _Spelled) -> NDArray[np.int64]:
    hashes = keyed.together(context.blocks, word.blocks)
    return np.where(context.known & word.known, hashes, np.int64(-1))


def _hash_lists(con: DuckDBPyConnection, keyed: KeyedHash, birth: _Spelled, name: str) -> bool:
    """Make the table ``hashed_NAME`` of the mentions with a birth date of whose name several words are told; returns whether
    there are any."""
    part, words, text, forward = _LISTS[name]
    con.execute(
        f"""create or replace temp table listed as
        select rowid as told, unnest({words}) as word, generate_subscripts({words}, 1) as position from {part}_told where len({words}) > 0"""
    )
    con.execute("create or replace temp table word_told as select distinct word from listed")
    spelled = _spelled(con, "word_told", "word", _PARTS[part][1])
    found = _arrays(
        con,
        f"""select s.row as mention, l.position, b.rowid as born, w.rowid as word
        from listed l join word_told w using (word) join {part}_told t on t.rowid = l.told
        join stated s on s.{text} = t.{text} and s.{forward} = t.{forward} join born_told b using (born)""",
    )
    if not len(found["mention"]):
        return False
    hashes: dict[str, NDArray[Any]] = {"mention": found["mention"], "position": found["position"]}
    hashes["hash"] = _together(keyed, birth.of(found["born"]), spelled.of(found["word"]))
    con.register("hashed_now", hashes)
    con.execute(
        f"create or replace temp table hashed_{name} as select mention, list(hash order by position) as hashes from hashed_now group by mention"
    )
    con.unregister("hashed_now")
    return True


def _trait_sql(columns: list[str], lists: list[str]) -> str:
    every = ["birth", *_WITH_BIRTH, *(f"name_{other}" for other in _WITH_NAME)]
    shown = [f"nullif(h.{name}, -1) as {name}" if name in columns else f"null::bigint as {name}" for name in every]
    shown += [f"{name}.hashes as {name}" if name in lists else f"null::bigint[] as {name}" for name in _LISTS]
    joins = "".join(f" left join hashed_{name} {name} on {name}.mention = s.row" for name in lists)
    return f"""create or replace temp view hashed_trait as
        select s.row, s.patient_key, s.numbered_by, s.bare_key, {", ".join(shown)} from stated s join hashed h on h.mention = s.row{joins}"""
