"""What waits for a person's eye: pairs of practitioners, practices or patients that may be one, and what was joined.

Of patients only ``patients_told`` is shown: no name, date or number of theirs is known here. Of the others each record's spelling, source and referrals are shown side by side with what agrees and what differs. A decision
goes to the ledger, with who and when, and to a new generation; it can be taken back and outlives every rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelines.errors import UnknownName
from pipelines.identity import patients_told
from pipelines.identity.patients import PATIENT
from pipelines.identity.resolve import DIFFERENT, SAME
from pipelines.identity.resolve import KINDS as RECOGNISED
from pipelines.identity.told import AGREES, DIFFERS, SILENT, TOLD, Entity, Line, Pair, Record
from pipelines.record.ledger import LATER, IdentityDecision

if TYPE_CHECKING:
    from pipelines.warehouse import Reader
    from pipelines.workspace import Workspace

Progress = Callable[[str, float], None]

KINDS = (*RECOGNISED, PATIENT)
VERDICTS = (SAME, DIFFERENT, LATER)
REASONS = {
    "npi_clash": "One NPI stands beside two different names: perhaps it was typed for the wrong person.",
    "several": "It resembles more than one, so no rule may choose.",
    "near": "They are alike, but not alike enough to join without asking.",
    **patients_told.REASONS,
}
MOST = 500  # pairs listed at a time, those with the most referrals first


def queue(workspace: Workspace, kind: str | None = None) -> list[Pair]:
    """The pairs that wait, the weightiest first, those put off last; at most ``MOST`` of each kind."""
    with workspace.warehouse.read() as reader:
        settled = _settled(reader, workspace.ledger.identity_decisions())
        rows = [row for name in _kinds(kind) for row in reader.all(_QUEUE[name], {"most": MOST + len(settled)})]
    pairs = [Pair(*(*row, settled.get((row[0], row[1], row[2])) == LATER)) for row in rows]
    waiting = [one for one in pairs if settled.get((one.kind, one.left_id, one.right_id)) != DIFFERENT]
    return sorted(
        waiting,
        key=lambda one: (one.later, one.reason != "npi_clash", -one.referrals, -one.score, one.left_id, one.right_id),
    )


def waiting(workspace: Workspace) -> int:
    """How many pairs wait, those put off included."""
    return len(queue(workspace))


def compare(workspace: Workspace, kind: str, left_id: int, right_id: int) -> tuple[Entity, Entity, list[Line]]:
    """Two entities side by side, and line by line what agrees. Raises ``UnknownName`` if one is not known."""
    with workspace.warehouse.read() as reader:
        left, right = _entity(reader, kind, left_id), _entity(reader, kind, right_id)
        if kind == PATIENT:
            told = [
                Line(what, _shown(left.facts[what]), _shown(right.facts[what]), TOLD) for what in patients_told.FACTS
            ]
            return left, right, patients_told.lines(reader, left.entity_id, right.entity_id) + told
    return left, right, [_line(what, left.facts[what], right.facts[what]) for what in left.facts]


def joined(workspace: Workspace, kind: str, search: str = "") -> list[Entity]:
    """Entities of several records whose name, as anybody writes it, has ``search`` in it; the largest first."""
    with workspace.warehouse.read() as reader:
        found = reader.all(_JOINED[kind], {"search": search.strip().lower(), "most": MOST})
        return [_entity(reader, kind, number) for (number,) in found[:60]]


def records(workspace: Workspace, kind: str, entity_id: int) -> list[Record]:
    """The records that are one entity, the best known first. Raises ``UnknownName`` if there is none."""
    with workspace.warehouse.read() as reader:
        return _records(reader, kind, _root(reader, kind, entity_id))


def decide(
    workspace: Workspace,
    kind: str,
    left_id: int,
    right_id: int,
    verdict: str,
    by: str,
    on_progress: Progress | None = None,
) -> int:
    """Record what ``by`` says of two records or entities and publish what follows; returns the decision's number.

    ``different`` takes ``right_id`` away from ``left_id`` where they were joined. Raises ``UnknownName`` for a kind,
    a verdict or a record that does not exist.
    """
    if kind not in KINDS or verdict not in VERDICTS:
        raise UnknownName(f"{verdict} of a {kind} means nothing here.", f"Say one of {', '.join(VERDICTS)}.")
    if left_id == right_id:
        raise UnknownName("These are one and the same record.", "Name two records.")
    with workspace.warehouse.read() as reader:
        for number in (left_id, right_id):
            _root(reader, kind, number)
    with workspace.changing():
        with workspace.warehouse.writing():
            number = workspace.ledger.decide_identity(kind, left_id, right_id, verdict, by)
        workspace.warehouse.publish(*([on_progress] if on_progress else []))
    return number


def undo(workspace: Workspace, decision_id: int, by: str, on_progress: Progress | None = None) -> IdentityDecision:
    """Take a decision back; every number is as if it had not been made. ``UnknownName`` if none holds by that number."""
    with workspace.changing():
        with workspace.warehouse.writing():
            taken = workspace.ledger.undo_identity(decision_id, by)
        workspace.warehouse.publish(*([on_progress] if on_progress else []))
    return taken


def decisions(workspace: Workspace) -> list[tuple[IdentityDecision, str, str]]:
    """Every decision, the newest first, with both records' names ("not loaded" where the file was undone)."""
    told = list(reversed(workspace.ledger.identity_decisions()))
    with workspace.warehouse.read() as reader:
        named = {
            kind: dict(reader.all(_NAMES[kind], {"ids": [n for one in told for n in (one.left_id, one.right_id)]}))
            for kind in KINDS
        }
    return [
        (one, *(named[one.kind].get(number, "not loaded") for number in (one.left_id, one.right_id))) for one in told
    ]


def kind_of(workspace: Workspace, record_id: int) -> str:
    """Whether a number is a practitioner's or a practice's; ``UnknownName`` if it is neither."""
    with workspace.warehouse.read() as reader:
        for kind in KINDS:
            if reader.all(_ROOT[kind], {"id": record_id}):
                return kind
    raise UnknownName(f"There is no record {record_id}.", "See: rapport identities list.")


def _kinds(kind: str | None) -> tuple[str, ...]:
    return (kind,) if kind else KINDS


def _settled(reader: Reader, told: Sequence[IdentityDecision]) -> dict[tuple[str, int, int], str]:
    """Verdicts by the pair of entities that the two records now belong to."""
    found = {}
    for kind in KINDS:
        mine = [one for one in told if one.kind == kind and one.holds and one.verdict != SAME]
        roots = dict(
            reader.all(_ROOTS[kind], {"ids": [number for one in mine for number in (one.left_id, one.right_id)]})
        )
        for one in mine:
            if one.left_id in roots and one.right_id in roots:
                ends = sorted((roots[one.left_id], roots[one.right_id]))
                found[kind, ends[0], ends[1]] = one.verdict
    return found


def _root(reader: Reader, kind: str, record_id: int) -> int:
    found = reader.all(_ROOT[kind], {"id": record_id})
    if not found:
        raise UnknownName(f"There is no {kind} {record_id}.", "See: rapport identities list.")
    return int(found[0][0])


def _records(reader: Reader, kind: str, root: int) -> list[Record]:
    names = _FACTS[kind]
    made = []
    for record_id, spelling, source, files, referrals, *facts in reader.all(_RECORDS[kind], {"root": root}):
        told = {
            what: tuple(str(value) for value in (values or ()) if value)
            for what, values in zip(names, facts, strict=True)
        }
        made.append(Record(record_id, spelling, told, source, files, referrals, leads=record_id == root))
    return made


def _entity(reader: Reader, kind: str, entity_id: int) -> Entity:
    root = _root(reader, kind, entity_id)
    members = _records(reader, kind, root)
    facts: dict[str, tuple[str, ...]] = {"Name": tuple(dict.fromkeys(one.spelling for one in members))}
    for what in _FACTS[kind]:
        facts[what] = tuple(dict.fromkeys(value for one in members for value in one.facts[what]))
    return Entity(
        root,
        members[0].spelling,
        sum(one.referrals for one in members),
        facts,
        facts["Name"],
        tuple(dict.fromkeys(one.source for one in members)),
    )


def _line(what: str, left: Sequence[str], right: Sequence[str]) -> Line:
    ours, theirs = ({value.casefold() for value in side} for side in (left, right))
    verdict = SILENT if not ours or not theirs else AGREES if ours & theirs else DIFFERS
    return Line(what, _shown(left), _shown(right), verdict)


def _shown(values: Sequence[str]) -> str:
    return "; ".join(values) or "–"


_SPOKEN = "coalesce(p.family_name || coalesce(', ' || p.given_name, '') || coalesce(' ' || p.middle_name, '') || coalesce(' ' || p.name_suffix, ''), 'NPI ' || p.npi, 'Unnamed')"
_NAME = {
    "practitioner": (f"select p.practitioner_id as id, {_SPOKEN} as name from practitioner p"),
    "organization": "select p.organization_id as id, p.name from organization p",
}
_SENT = {
    "practitioner": "select requester_practitioner_id as id, count(*) as referrals from referral group by 1",
    "organization": "select requester_org_id as id, count(*) as referrals from referral group by 1",
}
_ROOT = {kind: f"select to_id from {kind}_alias where id = $id" for kind in RECOGNISED} | {PATIENT: patients_told.ROOT}
_ROOTS = {
    kind: f"select id, to_id from {kind}_alias where list_contains($ids::bigint[], id)" for kind in RECOGNISED
} | {PATIENT: patients_told.ROOTS}
_NAMES = {
    kind: f"select id, name from ({sql}) where list_contains($ids::bigint[], id)" for kind, sql in _NAME.items()
} | {PATIENT: patients_told.NAMES}
_QUEUE = {
    kind: f"""with sent as ({_SENT[kind]}),
        weight as (select a.to_id as id, sum(s.referrals)::bigint as referrals from sent s join {kind}_alias a on a.id = s.id group by 1),
        named as ({_NAME[kind]})
    select r.kind, r.left_id, r.right_id, l.name, n.name, coalesce(wl.referrals, 0) + coalesce(wr.referrals, 0) as referrals, r.score, r.reason
    from identity_review r join named l on l.id = r.left_id join named n on n.id = r.right_id
    left join weight wl on wl.id = r.left_id left join weight wr on wr.id = r.right_id
    where r.kind = '{kind}' order by r.reason = 'npi_clash' desc, referrals desc, r.score desc, r.left_id, r.right_id limit $most"""
    for kind in RECOGNISED
} | {PATIENT: patients_told.QUEUE}  # fmt: skip
_JOINED = {
    kind: f"""select a.to_id from {kind}_alias a join ({_NAME[kind]}) n on n.id = a.id group by a.to_id
    having count(*) > 1 and ($search = '' or bool_or(contains(lower(n.name), $search))) order by count(*) desc, a.to_id limit $most"""
    for kind in RECOGNISED
} | {PATIENT: patients_told.JOINED}
_FACTS = {
    PATIENT: patients_told.FACTS,
    "practitioner": ("NPI", "Credential", "Specialty", "Practice", "Phone or fax", "ZIP"),
    "organization": ("NPI", "Street", "City", "ZIP", "Phone or fax", "Practitioners"),
}
_RECORDS = {
    PATIENT: patients_told.RECORDS,
    "practitioner": f"""with mine as (select p.* from practitioner p join practitioner_alias a on a.id = p.practitioner_id where a.to_id = $root),
        sent as (select requester_practitioner_id as id, count(*) as referrals, count(distinct source_file_id) as files,
            min(source_system) as source from referral where requester_practitioner_id in (select practitioner_id from mine) group by 1),
        place as (select r.practitioner_id as id, list_sort(list(distinct o.name)) as practices from practitioner_role r
            join organization_alias w on w.id = r.organization_id join organization o on o.organization_id = w.to_id
            where r.practitioner_id in (select practitioner_id from mine) group by 1)
    select p.practitioner_id, {_SPOKEN}, coalesce(s.source, p.source_system), coalesce(s.files, 1), coalesce(s.referrals, 0)::bigint,
        [p.npi], [p.credential], [p.specialty], place.practices, t.numbers, t.zips
    from mine p left join sent s on s.id = p.practitioner_id left join place on place.id = p.practitioner_id
    left join practitioner_trait t on t.id = p.practitioner_id
    order by p.practitioner_id = $root desc, coalesce(s.referrals, 0) desc, p.practitioner_id""",
    "organization": """with sent as (select requester_org_id as id, count(*) as referrals, count(distinct source_file_id) as files,
            min(source_system) as source from referral where requester_org_id in (select id from organization_alias where to_id = $root) group by 1),
        staff as (select r.organization_id as id, list_sort(list(distinct p.family_name || coalesce(', ' || p.given_name, '')))[:8] as people
            from practitioner_role r join practitioner_alias pa on pa.id = r.practitioner_id join practitioner p on p.practitioner_id = pa.to_id
            where r.organization_id in (select id from organization_alias where to_id = $root) group by 1)
    select o.organization_id, o.name, coalesce(s.source, o.source_system), coalesce(s.files, 1), coalesce(s.referrals, 0)::bigint, [o.npi], [o.address_line],
        [o.city || coalesce(', ' || o.state, '')], [left(o.postal_code, 5)], list_distinct([o.phone, o.fax]), coalesce(f.people, [])
    from organization o join organization_alias a on a.id = o.organization_id
    left join sent s on s.id = o.organization_id left join staff f on f.id = o.organization_id
    where a.to_id = $root order by o.organization_id = $root desc, coalesce(s.referrals, 0) desc, o.organization_id""",
}  # fmt: skip
