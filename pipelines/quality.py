"""How well the files come: rows by source and month, columns left blank, late facts, and files that are overdue.

A *feed* is a kind of export and the system it comes from. Everything is made of the ledger's counts, but for late
facts, which the warehouse counts; no cell of a file is read or shown.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import statistics
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines import business_time, sources
from pipelines.errors import UnknownName
from pipelines.record.ledger import ACTIVE, Ledger, Load

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.workspace import Workspace

Feed = tuple[str, str]  # (source, system)

LATE_DAYS = 30  # a fact that was told more days after it happened is late
LEAST_ARRIVALS = 3
GAPS_USED = 12  # the newest: a feed that became monthly is judged as monthly after half a year
SLACK, GRACE_DAYS = 1.5, 1.0
LONGEST_DAYS = 400.0
_SAID = "arrivals:"  # how the settings that speak of a feed begin
_SATURDAY = 5
COUNTS = ("rows_in", "rows_loaded", "rows_rejected", "rows_duplicate")

ON_TIME, DUE, OVERDUE, SILENCED, UNKNOWN = "on time", "due", "overdue", "silenced", "not known yet"

# One line per fact table: when it happened, and when the source recorded it, where it says.
_LATE = """
with fact as (
    select 'referral' as fact_table, source_file_id, first_seen_at, recorded_at, coalesce(received_on, authored_on) as happened_on from referral
    union all select 'referral_event', source_file_id, first_seen_at, recorded_at, occurred_on from referral_event
    union all select 'appointment', source_file_id, first_seen_at, recorded_at, coalesce(created_on, start_on) from appointment
    union all select 'communication', source_file_id, first_seen_at, null, sent_on from communication
    union all select 'subject_event', source_file_id, first_seen_at, recorded_at, occurred_on from subject_event
    union all select 'touch', source_file_id, first_seen_at, null, occurred_on from touch
    union all select 'survey_response', source_file_id, first_seen_at, null, completed_on from survey_response
    union all select 'survey_invite', source_file_id, first_seen_at, null, sent_on from survey_invite
    union all select 'contact_preference', source_file_id, first_seen_at, null, coalesce(stated_on, stated_at::date) from contact_preference
    union all select 'imaging_study', source_file_id, first_seen_at, null, exam_end_on from imaging_study
    union all select 'share_event', source_file_id, first_seen_at, null, occurred_at::date from share_event
    union all select 'collab_session', source_file_id, first_seen_at, null, invited_on from collab_session
    union all select 'call', source_file_id, first_seen_at, null, started_on from call
    union all select 'lead', source_file_id, first_seen_at, null, created_on from lead
    union all select 'campaign_spend', source_file_id, first_seen_at, null, spent_on from campaign_spend
    union all select 'newsletter_event', source_file_id, first_seen_at, null, occurred_on from newsletter_event
    union all select 'gift_ledger', source_file_id, first_seen_at, null, given_on from gift_ledger
    union all select 'enrolment_count', source_file_id, first_seen_at, null, as_of_on from enrolment_count
    union all select 'slot', source_file_id, first_seen_at, null, snapshot_on from slot
)
select fact_table, source_file_id, first_seen_at::date as seen_on, recorded_at is not null as recorded, count(*) as facts,
    count(*) filter (date_diff('day', happened_on, coalesce(recorded_at, first_seen_at)::date) > $late_days) as late
from fact where happened_on is not null
group by all
"""


@dataclass(frozen=True)
class Expectation:
    """What somebody said of a feed: a file every so many days, or that none is waited for. Neither: learn it."""

    every_days: float | None = None
    silenced: bool = False


@dataclass(frozen=True)
class Cadence:
    """How often a feed's files come. ``every_days`` is the usual gap (in working days where ``working_days``), ``basis``
    says where it is from (learned, set, or nothing), ``overdue_from`` is the first day on which the file is overdue."""

    state: str
    basis: str
    every_days: float | None = None
    working_days: bool = False
    expected_on: dt.date | None = None
    overdue_from: dt.date | None = None


@dataclass(frozen=True)
class Quality:
    """What ``measure`` found, a frame each: ``feeds`` (one row per feed), ``months`` (feed and month of arrival),
    ``missing`` (feed, month and column) and ``arrivals`` (feed and day)."""

    as_of: dt.date
    late_days: int
    feeds: pd.DataFrame
    months: pd.DataFrame
    missing: pd.DataFrame
    arrivals: pd.DataFrame

    @property
    def overdue(self) -> pd.DataFrame:
        """The feeds whose expected file has not come."""
        return self.feeds[self.feeds["state"] == OVERDUE]


def cadence(arrivals: Iterable[dt.date], today: dt.date, said: Expectation | None = None) -> Cadence:
    """When the next file of a feed is expected, from the days on which its files came.

    The usual gap is the median of the last ``GAPS_USED`` gaps between days with an arrival, once there are
    ``LEAST_ARRIVALS`` of them; the file is overdue when 1.5 such gaps and a day have passed without one. A feed that
    never came on a weekend and comes more often than weekly is counted in working days, or it would be overdue every
    Monday. Days after ``today`` are left out. An ``Expectation`` of days takes the place of the learned gap.
    """
    said = said or Expectation()
    days = sorted({day for day in arrivals if day <= today})
    if said.silenced:
        return Cadence(SILENCED, "silenced")
    if not days or (said.every_days is None and len(days) < LEAST_ARRIVALS):
        return Cadence(UNKNOWN, f"fewer than {LEAST_ARRIVALS} arrivals")
    every, working = (said.every_days, False) if said.every_days is not None else _usual_gap(days)
    expected = _after(days[-1], math.ceil(every), working)
    overdue_from = _after(days[-1], math.floor(SLACK * every + GRACE_DAYS) + 1, working)
    state = OVERDUE if today >= overdue_from else DUE if today >= expected else ON_TIME
    return Cadence(state, "set" if said.every_days is not None else "learned", every, working, expected, overdue_from)


def _usual_gap(days: Sequence[dt.date]) -> tuple[float, bool]:
    """The median gap of sorted days, and whether it is in working days."""
    recent = days[-GAPS_USED - 1 :]
    pairs = list(pairwise(recent))
    usual = statistics.median((later - earlier).days for earlier, later in pairs)
    if usual < 7 and all(day.weekday() < _SATURDAY for day in recent):
        return float(statistics.median(int(np.busday_count(earlier, later)) for earlier, later in pairs)), True
    return float(usual), False


def _after(day: dt.date, days: int, working: bool) -> dt.date:
    if not working:
        return day + dt.timedelta(days=days)
    moved: dt.date = np.busday_offset(day, days, roll="backward").astype(object)
    return moved


def usual_gap(every_days: float | None, working_days: bool) -> str:
    """A gap between files in words; empty where there is none."""
    if every_days is None or math.isnan(every_days):
        return ""
    unit = "working day" if working_days else "day"
    return unit if every_days == 1 else f"{every_days:g} {unit}s"


def expectation(ledger: Ledger, feed: Feed) -> Expectation:
    """What was said of a feed; nothing, if nobody said anything."""
    return Expectation(**json.loads(ledger.setting(_setting(feed), "{}")))


def expect(ledger: Ledger, feed: Feed, said: Expectation, by: str) -> None:
    """Keep what ``by`` says of a feed, in the ledger and its trail. ``UnknownName`` for a feed of which no file ever
    came, or days that are no number from 1 to 400."""
    if feed not in {(load.source, load.system) for load in ledger.loads()}:
        raise UnknownName(
            f"No file of {feed[0]}{f' from {feed[1]}' if feed[1] else ''} was ever loaded.", "See: rapport quality."
        )
    if said.every_days is not None and not 1 <= said.every_days <= LONGEST_DAYS:
        raise UnknownName(f"{said.every_days:g} days is no gap between files.", f"Give 1 to {LONGEST_DAYS:g} days.")
    if said != expectation(ledger, feed):
        ledger.change_setting(
            _setting(feed), json.dumps({"every_days": said.every_days, "silenced": said.silenced}), by
        )


def _setting(feed: Feed) -> str:
    return f"{_SAID}{feed[0]}|{feed[1]}"


def known_by(ledger: Ledger) -> Hashable:
    """Changes with whatever decides which files are waited for but the day: loads, and what was said of feeds."""
    return ledger.revision, tuple(ledger.settings(_SAID).items())


def measure(workspace: Workspace, today: dt.date | None = None, late_days: int = LATE_DAYS) -> Quality:
    """All there is to say of the files of a workspace, as of ``today`` (UTC).

    Rows and blanks are those of loads that count; an arrival is the first receipt of a file, whatever became of it.
    A fact is late when its source recorded it more than ``late_days`` after it happened, or, where the source does not
    say when, when Rapport first received it so late; what a feed's first files told is history and not judged then.
    """
    today = today or dt.datetime.now(dt.UTC).date()
    loads = [load for load in workspace.ledger.loads() if _arrived(load).date() <= today]
    came = _arrivals(loads)
    late = _late(workspace, loads, came, late_days)
    return Quality(today, late_days, _feeds(workspace.ledger, loads, came, today), _months(loads, late), _missing(loads), _days(came))  # fmt: skip


def _arrived(load: Load) -> dt.datetime:
    return dt.datetime.fromisoformat(load.detail.get("received_at") or load.loaded_at)


def _feed(load: Load) -> Feed:
    return load.source, load.system


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _arrivals(loads: Sequence[Load]) -> dict[Feed, dict[str, dt.date]]:
    """The day each file of a feed first came, by file."""
    came: dict[Feed, dict[str, dt.date]] = defaultdict(dict)
    for load in loads:
        files, day = came[_feed(load)], _arrived(load).date()
        files[load.file_id] = min(day, files.get(load.file_id, day))
    return came


def _named(feed: Feed) -> dict[str, Any]:
    source = sources.registry().get(feed[0])
    return {"source": feed[0], "title": source.title if source else feed[0], "system": feed[1]}


def _frame(rows: list[dict[str, Any]], columns: Sequence[str], days: Sequence[str] = ()) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=["source", "title", "system", *columns])
    for name in days:
        frame[name] = pd.to_datetime(frame[name])
    return frame


def _feeds(ledger: Ledger, loads: Sequence[Load], came: Mapping[Feed, Mapping[str, dt.date]], today: dt.date) -> pd.DataFrame:  # fmt: skip
    rows = []
    for feed in sorted(came):
        last, found = max(came[feed].values()), cadence(came[feed].values(), today, expectation(ledger, feed))
        counting = [load for load in loads if _feed(load) == feed and load.status == ACTIVE]
        rows.append({
            **_named(feed), "state": found.state, "files": len(came[feed]), "last_arrival": last, "every_days": found.every_days,
            "working_days": found.working_days, "basis": found.basis, "expected_on": found.expected_on, "overdue_from": found.overdue_from,
            **{name: sum(getattr(load, name) for load in counting) for name in COUNTS},
        })  # fmt: skip
    days = ("last_arrival", "expected_on", "overdue_from")
    columns = ("state", "files", "last_arrival", "every_days", "working_days", "basis", "expected_on", "overdue_from", *COUNTS)  # fmt: skip
    return _frame(rows, columns, days)


def _days(came: Mapping[Feed, Mapping[str, dt.date]]) -> pd.DataFrame:
    rows = [
        {**_named(feed), "arrived_on": day, "files": list(files.values()).count(day)}
        for feed, files in sorted(came.items())
        for day in sorted(set(files.values()))
    ]
    return _frame(rows, ("arrived_on", "files"), ("arrived_on",))


def _months(loads: Sequence[Load], late: Mapping[tuple[Feed, dt.date], tuple[int, int]]) -> pd.DataFrame:
    groups: dict[tuple[Feed, dt.date], list[Load]] = defaultdict(list)
    for load in loads:
        if load.status == ACTIVE:
            groups[_feed(load), _month(_arrived(load).date())].append(load)
    rows = []
    for feed, month in sorted({*groups, *late}):
        found = groups.get((feed, month), [])
        judged, behind = late.get((feed, month), (0, 0))
        rows.append({
            **_named(feed), "month": month, "files": len({load.file_id for load in found}),
            **{name: sum(getattr(load, name) for load in found) for name in COUNTS},
            "facts_late": behind, "facts_judged": judged, "last_arrival": max((_arrived(load).date() for load in found), default=None),
        })  # fmt: skip
    columns = ("month", "files", *COUNTS, "facts_late", "facts_judged", "last_arrival")
    return _frame(rows, columns, ("month", "last_arrival"))


def _missing(loads: Sequence[Load]) -> pd.DataFrame:
    """Blank cells by field of the export's kind: a header is a cell of the file, and stays out."""
    blank: dict[tuple[Feed, dt.date, str], int] = defaultdict(int)
    rows_in: dict[tuple[Feed, dt.date, str], int] = defaultdict(int)
    for load in loads:
        source = sources.registry().get(load.source)
        if load.status != ACTIVE or source is None:
            continue
        labels = {declared.name: declared.label for declared in source.fields}
        for name, count in load.detail.get("blanks", {}).items():
            if name in labels:
                key = (_feed(load), _month(_arrived(load).date()), labels[name])
                blank[key] += min(int(count), load.rows_in)
                rows_in[key] += load.rows_in
    rows = [
        {**_named(feed), "month": month, "column": label, "blank": count, "rows": rows_in[feed, month, label],
         "share": count / rows_in[feed, month, label] if rows_in[feed, month, label] else 0.0}
        for (feed, month, label), count in sorted(blank.items())
    ]  # fmt: skip
    return _frame(rows, ("month", "column", "blank", "rows", "share"), ("month",))


def _late(workspace: Workspace, loads: Sequence[Load], came: Mapping[Feed, Mapping[str, dt.date]],
          late_days: int) -> dict[tuple[Feed, dt.date], tuple[int, int]]:  # fmt: skip
    """(facts judged, facts late) by feed and month in which Rapport first received them."""
    if not any(load.status == ACTIVE for load in loads):
        return {}
    with workspace.warehouse.read() as reader:
        groups = reader.once(("late facts", late_days), lambda: reader.all(_LATE, {"late_days": late_days}))
    feeds = _feeds_by_table(loads)
    found: dict[tuple[Feed, dt.date], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for table, file_id, seen_on, recorded, facts, behind in groups:
        feed = feeds.get((file_id, table))
        if feed and (recorded or seen_on > min(came[feed].values())):
            judged, late = found[feed, _month(seen_on)]
            found[feed, _month(seen_on)] = (judged + facts, late + behind)
    return dict(found)


def _feeds_by_table(loads: Sequence[Load]) -> dict[tuple[str, str], Feed]:
    """Which feed's rows a file gave to a table: the parts of one file may be of several kinds."""
    feeds: dict[tuple[str, str], Feed] = {}
    for load in loads:
        source = sources.registry().get(load.source)
        for emit in source.emits if source and load.status == ACTIVE else ():
            feeds.setdefault((load.file_id, emit.table), _feed(load))
    return feeds


def assumed_calendars(workspace: Workspace, sites: Sequence[int] | None = None) -> list[str]:
    """The sites (of those given, else of all) whose business days are counted by the United States' holidays and weekend
    although nothing says that they keep them, by name."""
    with workspace.warehouse.read() as reader:
        found = reader.frame("select site_id, site, calendar from dim_site order by site", {})
    seen = found if sites is None else found[found["site_id"].isin(list(sites))]
    kept = zip(seen["site"].astype(str), seen["calendar"].astype(str).str.split("|"), strict=True)
    return [site for site, (zone, holidays, *_) in kept if business_time.assumes_holidays(zone, holidays)]
