"""From likenesses to entities: which records are one practitioner, which are one practice.

The clear cases join in passes, the best known records first: those with an NPI (a ZIP code, for practices) form
the anchors; a record with a full name joins an anchor when its likeness reaches the floor *and* beats every other
anchor by a margin; what is left joins among itself; initials and bare family names come last. Records always join
a root directly, never one another in a chain, so two unlike records cannot be pulled together by a third.

What a person decided comes after that: ``same`` joins two entities, ``different`` parts two records for good.
Everything is a pure function of the described records and the decisions, in any order of loading.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from pipelines.identity.traits import MACROS
from pipelines.reference import load_nicknames

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAME, DIFFERENT = "same", "different"
SLICE = 150_000  # records whose pairs are judged at a time: bounds what a build holds
CROWD = 40_000  # records among which the floors were set


@dataclass(frozen=True)
class Decision:
    """What a person said of two records: the same, or different. ``kind`` is practitioner or organization."""

    kind: str
    left_id: int
    right_id: int
    verdict: str


@dataclass(frozen=True)
class Pass:
    """One pass: records of ``tier`` form groups of their own (``star``) or join an entity (``attach``). ``floor``
    is the likeness needed, ``margin`` by how much it must beat the next entity."""

    how: str
    tier: int
    floor: int
    margin: int = 0


@dataclass(frozen=True)
class Kind:
    """A sort of thing with records to tell apart: ``tier`` is SQL over its traits, lowest joins first."""

    name: str
    tier: str
    passes: tuple[Pass, ...]


ORGANIZATION = Kind("organization", "bare::int", (Pass("star", 0, 11), Pass("attach", 1, 7, 1), Pass("star", 1, 11)))
PRACTITIONER = Kind(
    "practitioner",
    "tier",
    (Pass("star", 0, 13), Pass("attach", 1, 13, 3), Pass("star", 1, 13), Pass("attach", 2, 10, 3), Pass("star", 2, 12)),
)
KINDS = {kind.name: kind for kind in (ORGANIZATION, PRACTITIONER)}
PLACES = {"number_place": "number", "name_place": "id"}  # and the key of each
TABLES = (*(f"{kind}_{what}" for kind in KINDS for what in ("trait", "pair")), "identity_review")


@cache
def text(name: str) -> str:
    """The SQL text called ``name`` beside this file."""
    return resources.files(__package__).joinpath(f"{name}.sql").read_text("utf-8")


def names() -> tuple[str, ...]:
    """Every SQL text beside this file."""
    found = (path.name for path in resources.files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".sql") for name in found if name.endswith(".sql")))


def prepare(con: DuckDBPyConnection) -> None:
    """Give ``con`` what the texts need: macros, nicknames and the sets of changed records."""
    for macro in MACROS:
        con.execute(macro)
    load_nicknames(con)
    for kind in KINDS:
        con.execute(f"create or replace temp table fresh_{kind} (id bigint)")


def build(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Make every table of ``TABLES`` and the two aliases from the described tables."""
    prepare(con)
    for kind in KINDS.values():
        con.execute(f"insert into fresh_{kind.name} select {kind.name}_id from {kind.name}")
        for what in ("trait", "pair"):
            con.execute(f"drop table if exists {kind.name}_{what}")
        _compare(con, kind, everything=True)
        _resolve(con, kind, decisions)
        if kind is ORGANIZATION:
            _tell_places(con, "")
    con.execute(f"create or replace table identity_review as {text('identity_review')}")


def advance(con: DuckDBPyConnection, decisions: Sequence[Decision]) -> None:
    """Bring the same tables up to date, given the changed records in ``fresh_practitioner`` and
    ``fresh_organization`` (see ``prepare``); a record that is gone counts as changed."""
    con.execute("create or replace temp table known_alias as from organization_alias")
    _tell_places(con, "known_")
    _compare(con, ORGANIZATION, everything=False)
    _resolve(con, ORGANIZATION, decisions)
    # Whoever works at a practice that changed, or that now means another, has moved.
    con.execute(
        """insert into fresh_practitioner select r.practitioner_id from practitioner_role r
        left join organization_alias a on a.id = r.organization_id left join known_alias k on k.id = r.organization_id
        where a.to_id is distinct from k.to_id or r.organization_id in (select id from fresh_organization)
            or a.to_id in (select id from fresh_organization)"""
    )
    # So has whoever has a number, or a practice of a name, that now is another place's.
    _tell_places(con, "")
    for name, key in PLACES.items():
        con.execute(
            f"create or replace temp table moved_{name} as select {key} from"
            f" ((from {name} except from known_{name}) union (from known_{name} except from {name}))"
        )
    con.execute(
        """insert into fresh_practitioner select id from (select id, unnest(numbers) as number from practitioner_trait)
            where number in (select number from moved_number_place)
        union all select practitioner_id from practitioner_role where organization_id in (select id from moved_name_place)"""
    )
    _compare(con, PRACTITIONER, everything=False)
    _resolve(con, PRACTITIONER, decisions)
    con.execute(f"create or replace table identity_review as {text('identity_review')}")


def _tell_places(con: DuckDBPyConnection, prefix: str) -> None:
    """What a number and a bare name of a practice say of a place, of the practices as they are now."""
    for name in PLACES:
        con.execute(f"create or replace temp table {prefix}{name} as {text(name)}")


def _compare(con: DuckDBPyConnection, kind: Kind, *, everything: bool) -> None:
    """Traits and pairs of the records in ``fresh_KIND``; all others stay as they are."""
    name = kind.name
    con.execute(f"create or replace temp table fresh as select distinct id from fresh_{name}")
    if everything:
        con.execute(f"create table {name}_trait as {text(f'{name}_trait')}")
        con.execute(
            f"create table {name}_pair (one_id bigint, other_id bigint, score smallint, name_level tinyint, npi_clash boolean, placed boolean)"
        )
    else:
        con.execute(f"delete from {name}_trait where id in (select id from fresh)")
        con.execute(
            f"delete from {name}_pair where one_id in (select id from fresh) or other_id in (select id from fresh)"
        )
        con.execute(f"insert into {name}_trait by name {text(f'{name}_trait')}")
    con.execute(f"create or replace temp table block as {text(f'{name}_block')}")
    count = int(con.execute("select count(*) from fresh").fetchall()[0][0])
    slices = -(-count // SLICE)
    for turn in range(slices):
        con.execute(
            """create or replace temp table candidate as
            with mine as (select b.*, b.id in (select id from fresh) as is_fresh from block b where b.id % $slices = $turn or b.id % $slices = $turn - $slices)
            select distinct least(m.id, o.id) as one_id, greatest(m.id, o.id) as other_id
            from (select * from mine where is_fresh) m
            join (select b.*, b.id in (select id from fresh) as is_fresh from block b) o
                on o.key = m.key and (o.role = m.role and o.role = 0 or o.role + m.role = 3)
                and (m.id < o.id or not o.is_fresh)""",
            {"slices": slices, "turn": turn},
        )
        con.execute(f"insert into {name}_pair {text(f'{name}_pair')}")
    con.execute("drop table block")


def _resolve(con: DuckDBPyConnection, kind: Kind, decisions: Sequence[Decision]) -> None:
    """``KIND_alias(id, to_id)`` from the pairs, then from the decisions."""
    name = kind.name
    con.execute(f"create or replace temp table node as select id, {kind.tier} as tier, weight from {name}_trait")
    con.execute("create or replace temp table entity (id bigint, root bigint)")
    con.execute("create or replace temp table unsure (id bigint)")
    steps: dict[str, Callable[[DuckDBPyConnection, Pass], None]] = {"star": _star, "attach": _attach}
    _weigh(con, name)
    for one in kind.passes:
        steps[one.how](con, one)
    con.execute("insert into entity select id, id from node anti join entity using (id)")
    # Records without a name that can be compared (an NPI alone) stand for themselves.
    con.execute(
        f"insert into entity select {name}_id, {name}_id from {name} where {name}_id not in (select id from entity)"
    )
    _apply(con, kind, [one for one in decisions if one.kind == name])
    con.execute(f"create or replace table {name}_alias as select id, root as to_id from entity")


def _weigh(con: DuckDBPyConnection, name: str) -> None:
    """``near_pair(one_id, other_id, score)``: the pairs that may join. That a name is all two records share says less the
    more people there are to bear it: a point less for each time that there are four times ``CROWD`` records."""
    count = int(con.execute("select count(*) from node").fetchall()[0][0])
    shy = max(0, int(math.log(max(count, 1) / CROWD, 4)))
    con.execute(
        f"""create or replace temp table near_pair as
        select one_id, other_id, score - case when placed then 0 else $shy end as score from {name}_pair where not npi_clash""",
        {"shy": shy},
    )


def _star(con: DuckDBPyConnection, one: Pass) -> None:
    """Group the records of a tier around their best known ones. In each round the records without a better known
    neighbour become roots and take their neighbours in; what touches only taken ones is looked at again."""
    con.execute(
        """create or replace temp table edge as
        with free as (select n.* from node n where n.tier = $tier and n.id not in (select id from entity) and n.id not in (select id from unsure)),
        near as (select * from near_pair where score >= $floor)
        select a.id, b.id as to_id, score, (b.weight, b.id) > (a.weight, a.id) as upward, b.weight
        from (select one_id, other_id, score from near union all select other_id, one_id, score from near) p
        join free a on a.id = p.one_id join free b on b.id = p.other_id""",
        {"tier": one.tier, "floor": one.floor},
    )
    while int(con.execute("select count(*) from edge").fetchall()[0][0]):
        con.execute(
            """create or replace temp table taken as
            with crest as (select id from edge group by id having not bool_or(upward))
            select id, id as root from crest
            union all
            select id, arg_max(to_id, (score, weight, to_id)) from edge
            where to_id in (select id from crest) and id not in (select id from crest) group by id"""
        )
        con.execute("insert into entity from taken")
        con.execute("delete from edge where id in (select id from taken) or to_id in (select id from taken)")
    con.execute(
        "insert into entity select id, id from node where tier = $tier and id not in (select id from entity)"
        " and id not in (select id from unsure)",
        {"tier": one.tier},
    )


def _attach(con: DuckDBPyConnection, one: Pass) -> None:
    """Let each record of a tier join the entity it resembles most, unless another comes near: then it is unsure."""
    con.execute(
        """create or replace temp table offer as
        select n.id, e.root, max(score) as score
        from (from near_pair union all select other_id, one_id, score from near_pair) p
        join node n on n.id = p.one_id join entity e on e.id = p.other_id
        where n.tier = $tier and n.id not in (select id from unsure) and n.id not in (select id from entity)
        group by n.id, e.root""",
        {"tier": one.tier},
    )
    con.execute(
        """create or replace temp table choice as
        select id, arg_max(root, (score, root)) as root, max(score) as best, max(score, 2) as first_two from offer
        group by id having max(score) >= $floor""",
        {"floor": one.floor},
    )
    con.execute(
        "insert into entity select id, root from choice where len(first_two) = 1 or best - first_two[2] >= $margin",
        {"margin": one.margin},
    )
    con.execute(
        "insert into unsure select id from choice where len(first_two) = 2 and best - first_two[2] < $margin",
        {"margin": one.margin},
    )


# --- what a person, or a registry, said -------------------------------------------------------------------------


def _apply(con: DuckDBPyConnection, kind: Kind, decisions: Sequence[Decision]) -> None:
    """Join what a file or a person says is one, then part what a person says is not."""
    stated = con.execute(
        f"""select m.id, n.id from (select {kind.name}_id as id, merged_into from {kind.name} where merged_into is not null) m
        join node n on n.id = m.merged_into order by all"""
    ).fetchall()
    said = [(one.left_id, one.right_id) for one in decisions if one.verdict == SAME]
    join(con, [*stated, *said])
    for one in decisions:
        if one.verdict == DIFFERENT:
            part(con, kind, one.left_id, one.right_id)


def join(con: DuckDBPyConnection, links: Sequence[tuple[int, int]]) -> None:
    """Make one entity of what each link ties, under the best known of their roots."""
    root = _roots(con, {number for link in links for number in link})
    leader: dict[int, int] = {}

    def find(number: int) -> int:
        while leader.get(number, number) != number:
            number = leader[number]
        return number

    for left, right in links:
        if left in root and right in root:  # a record whose load was undone waits for it to come back
            leader[find(root[left])] = find(root[right])
    moved = {number: find(number) for number in sorted(set(root.values()))}
    groups: dict[int, list[int]] = {}
    for number, top in moved.items():
        groups.setdefault(top, []).append(number)
    for members in groups.values():
        if len(members) > 1:
            con.execute(
                "update entity set root = $best where list_contains($members, root)",
                {"best": _best_known(con, members), "members": members},
            )


def part(con: DuckDBPyConnection, kind: Kind, left: int, right: int) -> None:
    """Take ``right`` out of the entity it shares with ``left``; each other member goes with the one it resembles
    more, with ``left`` when it resembles neither."""
    root = _roots(con, {left, right})
    if left not in root or root.get(left) != root.get(right):
        return
    members = [
        number
        for (number,) in con.execute(
            "select id from entity where root = $root order by id", {"root": root[left]}
        ).fetchall()
    ]
    likeness = {
        (min(one, other), max(one, other)): score
        for one, other, score in con.execute(
            f"select one_id, other_id, score from {kind.name}_pair where list_contains($members, one_id) and list_contains($members, other_id)",
            {"members": members},
        ).fetchall()
    }

    def alike(one: int, other: int) -> int:
        return int(likeness.get((min(one, other), max(one, other)), 0))

    out = [
        number
        for number in members
        if number != left and (number == right or alike(number, right) > alike(number, left))
    ]
    for group in (out, [number for number in members if number not in out]):
        con.execute(
            "update entity set root = $best where list_contains($members, id)",
            {"best": _best_known(con, group), "members": group},
        )


def _roots(con: DuckDBPyConnection, records: set[int]) -> dict[int, int]:
    found = con.execute(
        "select id, root from entity where list_contains($records::bigint[], id)", {"records": sorted(records)}
    ).fetchall()
    return dict(found)


def _best_known(con: DuckDBPyConnection, records: Sequence[int]) -> int:
    """The record that stands for a group: the one of most weight."""
    found = con.execute(
        "select id from node where list_contains($records::bigint[], id) order by weight desc, id desc limit 1",
        {"records": list(records)},
    ).fetchall()
    return int(found[0][0]) if found else max(records)
