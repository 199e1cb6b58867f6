"""What telephone systems' call records share: legs that make one call, and waits that must not be mixed up.

"Hold time" means two things: waiting in a queue before anybody answers, and being put on hold afterwards. Both are
kept, each under its own name. Numbers of callers go no further than the file; of a caller's name only one that is
surely an organisation's is kept.

Names that mean something here: ``number`` and ``parent`` (of the call, and of the one this leg was transferred from),
``start``/``start_utc`` (one needed), ``answer``/``answer_utc``, ``stop``/``stop_utc``, ``line``, ``direction``, ``caller``, ``result``,
``service`` (the kind of the line), and the field of ``site_field``; lengths of time are texts: ``queued``, ``ring``, ``waited``, ``gave_up`` (in the queue of a call nobody answered), ``hold``, ``talk``,
``call_length`` (of the call as it stands in a file that does not tell its talk apart).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import SITE_EMIT, SITE_JOIN, SITE_NAMED

DIRECTIONS: Mapping[str, str] = {
    "inbound": "inbound", "in": "inbound", "incoming": "inbound", "received": "inbound", "external in": "inbound", "terminating": "inbound",
    "outbound": "outbound", "out": "outbound", "outgoing": "outbound", "originating": "outbound", "placed": "outbound", "external out": "outbound",
    "inbound call": "inbound", "incoming call": "inbound", "outbound call": "outbound", "outgoing call": "outbound", "manual": "outbound", "preview": "outbound",
    "progressive": "outbound", "predictive": "outbound", "eingehend": "inbound", "ausgehend": "outbound", "entrant": "inbound", "sortant": "outbound",
    "entrante": "inbound", "saliente": "outbound",
    # Some say in one word that a call came in and what became of it.
    "missed": "inbound", "abandoned": "inbound", "short abandoned": "inbound", "voicemail": "inbound",
    "internal": "internal", "intercom": "internal", "extension to extension": "internal",
}  # fmt: skip
RESULTS: Mapping[str, str] = {
    "answered": "answered", "accepted": "answered", "call accepted": "answered", "call connected": "answered", "connected": "answered", "completed": "answered",
    "handled": "answered", "transferred": "answered", "success": "answered", "talked": "answered", "abandoned": "abandoned", "missed": "abandoned", "hang up": "abandoned",
    "hung up": "abandoned", "hangup": "abandoned", "no answer": "abandoned", "unanswered": "abandoned", "lost": "abandoned", "abandon": "abandoned",
    "caller hung up": "abandoned", "stopped": "abandoned", "voicemail": "voicemail", "voice mail": "voicemail", "vm": "voicemail", "left voicemail": "voicemail",
    "to voicemail": "voicemail", "reply": "voicemail", "busy": "refused", "rejected": "refused", "blocked": "refused", "failed": "refused", "call failed": "refused",
    "wrong number": "other", "overflow": "other", "forwarded": "other", "in progress": "other", "unknown": "other", "callback": "other", "ivr": "other",
    "yes": "answered", "y": "answered", "true": "answered", "no": "abandoned", "n": "abandoned", "false": "abandoned", "angenommen": "answered", "verpasst": "abandoned",
    "beantwortet": "answered", "perdida": "abandoned", "contestada": "answered", "manqué": "abandoned", "décroché": "answered",
}  # fmt: skip
RESULT_PATTERNS = (
    (r"voice ?mail", "voicemail"), (r"abandon|hung|hang ?up|missed|no ?answer|unanswered|caller (left|disconnect)|^call cancell?ed|cancell?ed by caller", "abandoned"),
    (r"answered|accept|connect|handled|complete", "answered"),
)  # fmt: skip
# What a line is called that a machine takes; a queue's name may hold such a word, too ("IVR option 2"), and people take that.
ATTENDANT = (
    r"(?:auto(?:mat(?:ed|ic))?|virtual|digital)[ _-]*(?:attendant|receptionist)|^(?:[^ _-]+[ _-])?ivr(?:[ _-]menu)?$"
)
LENGTHS = ("queued", "ring", "waited", "gave_up", "hold", "talk", "call_length")
LONGEST_S = 86_400  # a call that lasts longer than a day was not hung up by the system


def seconds(column: str) -> str:
    """SQL of a length of time in whole seconds from its text: 205, 3:25, 0:03:25, 3m 25s; NULL if it is none."""
    text = f"trim({column})"
    parts = [f"string_split({text}, ':')[{place}]" for place in (1, 2, 3)]
    unit = {
        name: f"coalesce(try_cast(regexp_extract(lower({text}), '([0-9]+)\\s*{name}', 1) as integer), 0)"
        for name in "hms"
    }
    return (
        f"case when regexp_full_match({text}, '[0-9]+(\\.[0-9]+)?') then least(round(try_cast({text} as double)), 1e9)::integer "
        f"when regexp_full_match({text}, '[0-9]{{1,4}}:[0-9]{{2}}(\\.[0-9]+)?') then {parts[0]}::integer * 60 + floor({parts[1]}::double)::integer "
        f"when regexp_full_match({text}, '[0-9]{{1,3}}:[0-9]{{2}}:[0-9]{{2}}(\\.[0-9]+)?') then {parts[0]}::integer * 3600 + {parts[1]}::integer * 60 "
        f"+ floor({parts[2]}::double)::integer "
        f"when regexp_full_match(lower({text}), '([0-9]{{1,5}}\\s*[hms][a-z]*\\.?\\s*)+') then {unit['h']} * 3600 + {unit['m']} * 60 + {unit['s']} end"
    )


_ELSEWHERE = Check("call_elsewhere", "warning", "parent", """
    select row from parsed where parent is not null and upper(parent) not in (select upper(number) from parsed where number is not null)""")  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What a shape says beyond its fields, as SQL over ``parsed p``: whether a leg was ``answered`` or ``abandoned``,
    and its ``result``, where one column does not tell; whether a ``machine`` (attendant, queue, voicemail) took it, whose
    answer is none; the call's ``number`` where a column's are used again; its ``line``; its ``direction``; ``lengths`` of time by name.
    ``talk_includes_hold``: hold is taken off. ``parallel``: the rows of a call run beside one another, not in turn."""

    answered: str | None = None
    abandoned: str | None = None
    result: str | None = None
    machine: str | None = None
    number: str | None = None
    line: str | None = None
    direction: str | None = None
    lengths: Mapping[str, str] = field(default_factory=dict)
    talk_includes_hold: bool = False
    parallel: bool = False


def by_numbers(source: str, called: str) -> str:
    """SQL of the way a call went as its two numbers tell it: extensions are shorter than numbers outside. NULL where both
    are long or one is none."""
    digits = [f"nullif(length(regexp_replace(coalesce({one}, ''), '[^0-9]', '', 'g')), 0)" for one in (source, called)]
    return (f"case when {digits[0]} >= 7 and coalesce({digits[1]}, 1) < 7 then 'inbound' when {digits[0]} < 7 and {digits[1]} >= 7 then 'outbound' "
            f"when {digits[0]} < 7 and {digits[1]} < 7 then 'internal' end")  # fmt: skip


def direction_field(*more: str) -> Field:
    return Field(
        "direction",
        "Direction",
        "enum",
        (*more, "Call Direction", "In/Out", "Call Type"),
        values=DIRECTIONS,
        patterns=((r"^out(?:bound|going)", "outbound"), (r"^in(?:bound|coming)", "inbound")),
        otherwise="internal",
        decides=True,
        example="Inbound",
    )


def call_source(
    *, name: str, title: str, description: str, system: str, fields: tuple[Field, ...], signature: tuple[frozenset[str], ...],
    told: Told | None = None, **more: Any,
) -> Source:  # fmt: skip
    """A source whose rows are calls or their legs."""
    shape = _Shape({field.name for field in fields}, told or Told())
    return Source(
        name=name, title=title, description=description, system=system, fields=fields, signature=signature, primary="call",
        zone_field="site" if "site" in shape.has else None,
        one_of=more.pop("one_of", (tuple(n for n in ("start", "start_utc") if n in shape.has),)),
        checks=(*more.pop("checks", ()), *shape.checks()),
        relations=(*((SITE_NAMED,) if "site" in shape.has else ()), *more.pop("relations", ()), shape.leg(), *_ROOTS, _CALLER),
        emits=(shape.call(), _OFFICE, *((SITE_EMIT,) if "site" in shape.has else ())), order=more.pop("order", 70), **more,
    )  # fmt: skip


class _Shape:
    """SQL for the fields a shape has."""

    def __init__(self, has: set[str], told: Told) -> None:
        self.has, self.told = has, told

    def of(self, name: str, kind: str = "varchar") -> str:
        return f"p.{name}" if name.removesuffix("_on") in self.has else f"null::{kind}"

    def instant(self, name: str) -> str:
        """UTC where the file gives it, which is right also in the hour that autumn has twice; else the local time."""
        return f"coalesce({self.of(f'{name}_utc', 'timestamp')}, {self.of(name, 'timestamp')})"

    def length(self, name: str) -> str:
        if name in self.told.lengths:
            return f"({self.told.lengths[name]})"
        return f"({seconds(f'p.{name}')})" if name in self.has else "null::integer"

    def checks(self) -> tuple[Check, ...]:
        """Lengths that are none, and legs of a call whose other legs stand in another file."""
        lengths = tuple(
            Check("unreadable_duration", "warning", name, f"select row from parsed p where {name} is not null and {self.length(name)} is null")
            for name in LENGTHS if name in self.has and name not in self.told.lengths
        )  # fmt: skip
        # What is longer than a call can be is left out, which must not stay unsaid.
        lengths += tuple(
            Check("number_out_of_range", "warning", name, f"select row from parsed p where {self.length(name)} >= {LONGEST_S}")
            for name in LENGTHS if name in self.has and name not in self.told.lengths
        )  # fmt: skip
        lengths += tuple(
            one for name in LENGTHS if name in self.has and name not in self.told.lengths for one in self.doubts(name)
        )
        return (*lengths, _ELSEWHERE) if {"number", "parent"} <= self.has and not self.told.parallel else lengths

    def doubts(self, name: str) -> tuple[Check, Check]:
        """Lengths that a spreadsheet may have taken for hours, and those with decimals of which nothing says what they count."""
        told = f"select min(row) as row from parsed p where {name} is not null having"
        hours = f"count(*) > 1 and bool_and(regexp_full_match(trim({name}), '[0-9]{{1,2}}:[0-9]{{2}}:00')) and max({self.length(name)}) >= 3600"
        decimals = f"bool_and(regexp_full_match(trim({name}), '[0-9]+(\\.[0-9]+)?')) and bool_or(regexp_full_match(trim({name}), '[0-9]+\\.[0-9]*[1-9][0-9]*'))"
        return (
            Check("hours_for_minutes", "warning", name, f"{told} {hours}"),
            Check("seconds_assumed", "warning", name, f"{told} {decimals}"),
        )

    def call(self) -> Emit:
        """In turn, legs add up; beside one another, the longest is the call."""
        return Emit("call", _CALL.sql.replace("sum(l.talk_s)", "max(l.talk_s)")) if self.told.parallel else _CALL

    def talk(self, hold: str, result: str, answer: str) -> str:
        """The time that was talked. The whole length is such where somebody answered and no column tells the talk apart."""
        talk = self.length("talk")
        if "call_length" in self.has:
            taken = (
                f"{answer} is not null or coalesce({result}, 'answered') not in ('abandoned', 'voicemail', 'refused')"
            )
            told = "exists (select 1 from parsed where talk is not null)"
            talk = f"case when {told} then {talk} when {taken} then {self.length('call_length')} end"
        return f"greatest(0, {talk} - coalesce({hold}, 0))" if self.told.talk_includes_hold else talk

    def waited(self, result: str) -> str:
        """The time until the caller gave up: the whole length of a call that nobody answered, where nothing else tells it."""
        waited = f"greatest({self.length('waited')}, {self.length('gave_up')})"
        if "call_length" not in self.has:
            return waited
        untold = f"coalesce({self.of('queued')}, {self.of('ring')}) is null"
        return f"coalesce({waited}, case when {result} = 'abandoned' and {untold} then nullif({self.length('call_length')}, 0) end)"

    def ticked(self, result: str, answer: str) -> str:
        """SQL of the only ``word`` that a file has for what came of its calls: '' where it has none, NULL where it has several.
        A column of one word is ticked, and left blank otherwise; ``timed``: whether it tells when anybody was talked with."""
        return f"""select case when count(distinct {result}) <= 1 then coalesce(min({result}), '') end as word,
                bool_or({answer} is not null or {self.length("talk")} > 0) as timed from parsed p"""

    def attended(self) -> str:
        """Whether an attendant took the leg: it takes every call at once, and a person may have done so after it or not."""
        said = [
            f"coalesce(regexp_matches(lower(trim(p.{name})), '{ATTENDANT}'), false)"
            for name in ("line", "service")
            if name in self.has
        ]
        return f"({' or '.join(said)})" if said and not self.told.answered else "false"

    def leg(self) -> Relation:
        told = self.told
        started, answer, stop = (self.instant(name) for name in ("start", "answer", "stop"))
        if told.machine:
            answer = f"case when not coalesce({told.machine}, false) then {answer} end"
        hold, result = self.length("hold"), told.result or self.of("result")
        talk, waited = self.talk(hold, result, answer), self.waited(result)
        # On a call of ours the caller is one of us.
        direction = f"({told.direction})" if told.direction else self.of("direction")
        caller = f"case when {direction} is distinct from 'outbound' then {self.of('caller')} end"
        sited = "s.site_id" if "site" in self.has else "null::bigint"
        number = told.number or f"upper({self.of('number')})"
        # A disposition may say what was agreed ("Appointment scheduled"), which takes somebody who answered.
        spoken = f"{result} = 'other' and coalesce({talk}, 0) > 0"
        answered = told.answered or (
            f"case when {answer} is not null or {result} = 'answered' or {spoken} then true when {result} is not null or f.word = 'answered' then false "
            f"when f.word in ('', 'abandoned') and f.timed then coalesce({self.length('talk')}, 0) > 0 end"
        )
        abandoned = (
            told.abandoned
            or f"case when {result} is not null then {result} = 'abandoned' when f.word = 'abandoned' then false end"
        )
        unheard = f"when {self.attended()} and ({answered}) then null"
        return Relation("leg", f"""
            select p.row, coalesce({number}, '#' || p.row) as number, upper({self.of("parent")}) as parent, {sited} as site_id, {told.line or self.of("line")} as line,
                {direction} as direction, {started} as started_at, coalesce({self.of("start_on", "date")}, {self.of("start_utc_on", "date")}) as started_on,
                {answer} as answered_at, {stop} as stopped_at, {self.length("queued")} as queued_s, {self.length("ring")} as ring_s,
                {waited} as waited_s, {hold} as hold_s, case {unheard} else {talk} end as talk_s, {caller} as caller,
                case {unheard} else {answered} end as answered, case {unheard} else {abandoned} end as abandoned, {result} as result
            from parsed p cross join ({self.ticked(result, answer)}) f {f"left join {SITE_JOIN}" if "site" in self.has else ""}""")  # fmt: skip


# A transferred leg has a number of its own and names the one it came from, which may itself have been transferred.
_ROOTS = (
    Relation("way", """
        with recursive up as (
            select distinct number, number as root, parent, 0 as depth from leg
            union
            select up.number, up.parent, above.parent, up.depth + 1
            from up left join (select number, max(parent) as parent from leg group by number) above on above.number = up.parent
            where up.parent is not null and up.parent <> up.root and up.depth < 20
        )
        select number, arg_max(root, (depth, root)) as root from up group by number"""),
    # Talk: the time during which at least one leg was answered, so that two legs of one conversation are not counted twice.
    Relation("span", """
        select row, root, answered_at, stopped_at,
            max(stopped_at) over (partition by root order by answered_at, stopped_at, row rows between unbounded preceding and 1 preceding) as covered
        from leg join way using (number) where answered_at is not null and stopped_at > answered_at"""),
    Relation("talked", """
        select root, sum(greatest(0, date_diff('second', greatest(answered_at, coalesce(covered, answered_at)), stopped_at)))::bigint as spoken_s from span group by root"""),
)  # fmt: skip
_CALLER = Relation("called_by", """
    select caller, min(row) as row, organization_key(caller, null) as organization_id from leg
    where caller is not null and organisation_like(caller) and not contains(caller, ',') group by caller""")  # fmt: skip
_OFFICE = Emit("organization", """
    select min(row) as row, organization_id, arg_min(caller, row) as name, 'practice' as kind from called_by
    where organization_id is not null group by organization_id""", unique=True)  # fmt: skip
_CALL = Emit("call", f"""
    with whole as (
        select w.root, min(l.row) as row, min(l.started_at) as started_at, min(l.started_on) as started_on, arg_min(l.site_id, (l.started_at, l.row)) as site_id,
            arg_min(l.line, (l.started_at, l.row)) as line, arg_min(l.direction, (l.started_at, l.row)) as direction,
            arg_min(l.caller, (l.started_at, l.row)) as caller, min(l.answered_at) as answered_at, max(l.stopped_at) as stopped_at,
            sum(l.queued_s) as queued_s, max(l.ring_s) as ring_s, max(l.waited_s) as waited_s, sum(l.hold_s) as hold_s, sum(l.talk_s) as talk_s,
            bool_or(l.answered) as answered, bool_or(l.abandoned) as abandoned, bool_or(l.result = 'voicemail') as voicemail, count(*) as legs
        from leg l join way w using (number) join parsed p on p.row = l.row group by w.root
    )
    select w.row, key64('call|' || $system || '|' || case when starts_with(w.root, '#') then concat_ws('|', w.started_at::varchar, coalesce(w.line, ''), coalesce(w.caller, ''),
            coalesce(w.site_id::varchar, '')) else 'n|' || w.root end) as call_id, w.site_id, w.line, w.direction, w.started_at, w.started_on,
        case when w.queued_s < {LONGEST_S} then w.queued_s end as queued_s,
        case when coalesce(w.ring_s, waited_s) < {LONGEST_S} then coalesce(w.ring_s, greatest(0, w.waited_s - coalesce(w.queued_s, 0)))
            when w.queued_s is null and w.answered_at >= w.started_at then date_diff('second', w.started_at, w.answered_at)
            when w.queued_s is null and w.answered_at is null and not coalesce(w.answered, false) and w.stopped_at >= w.started_at then date_diff('second', w.started_at, w.stopped_at) end as ring_s,
        case when w.hold_s < {LONGEST_S} then w.hold_s end as hold_s,
        case when t.spoken_s < {LONGEST_S} then greatest(0, t.spoken_s - coalesce(w.hold_s, 0)) when t.spoken_s is null and w.talk_s < {LONGEST_S} then w.talk_s end as talk_s,
        w.answered,
        case when w.abandoned is not null or w.answered or w.direction in ('outbound', 'internal')
            then coalesce(w.abandoned, false) and not coalesce(w.answered, false) and not coalesce(w.voicemail, false) and w.direction is distinct from 'outbound' end as abandoned,
        c.organization_id as caller_org_id, w.legs
    from whole w left join talked t using (root) left join called_by c on c.caller = w.caller""")  # fmt: skip
