"""A REDCap project with one survey, as a survey's answers.

Told by the survey fields of its export: ``<form>_timestamp`` beside ``<form>_complete``, or *Survey Timestamp* in an
export with labels. A project that names patients is no survey of referrers, whatever else it holds. Each event and each
instance in which somebody answered is a response of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.layouts.redcap import EVENT, INSTANCE, INSTRUMENT, STAMP, Entry, count, plain_names
from pipelines.readers import Reading, SetAside

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COMPLETE = "Complete?"
_OF_PATIENTS = re.compile(
    r"dob|(.*_)?date_of_birth|birth.*|(.*_)?mrn|(.*_)?last_?name|(.*_)?first_?name|name_(first|last)|.*consent.*|screening_date|randomi.*",
)  # fmt: skip
_BOX = re.compile(r"(.+)___(-?\w+)")
_LABELLED_STAMP = re.compile(r"survey timestamp(?: \(\d+\))?")
_ARM = re.compile(r"_arm_(\d+)[a-z]?$|\s*\(arm (\d+):.*\)$")
_LONGEST_EVENT = 18  # what REDCap makes of an event's label for its name


def shape(con: DuckDBPyConnection, reading: Reading, dictionary: Sequence[Entry]) -> bool:
    """Tell the survey's columns by names of their own, and its questions by the dictionary's labels, in place. Returns
    whether it is one."""
    names = [header.strip().lower() for header in reading.header]
    stamps = [
        place
        for place, name in enumerate(names)
        if _LABELLED_STAMP.fullmatch(name) or (name.endswith("_timestamp") and f"{name.removesuffix('_timestamp')}_complete" in names)
    ]  # fmt: skip
    if len(stamps) != 1 or any(_OF_PATIENTS.fullmatch(re.sub(r"\W+", "_", name)) for name in names):
        for turn, place in enumerate(stamps, 1):  # "Survey Timestamp" alone would tell one
            reading.header[place] = (
                f"Time stamp of survey {turn}" if _LABELLED_STAMP.fullmatch(names[place]) else reading.header[place]
            )
        return False
    (stamp,) = stamps
    _part_responses(con, reading, stamp)
    con.execute(f"update stage set c{stamp} = null where c{stamp} = '[not completed]'").fetchall()
    form = names[stamp].removesuffix("_timestamp")
    if _LABELLED_STAMP.fullmatch(names[stamp]):
        return True
    reading.header[stamp] = STAMP
    reading.header[names.index(f"{form}_complete")] = COMPLETE
    _boxes(con, reading, dictionary)
    _labels(reading, dictionary)
    reading.context.setdefault("Survey", form.replace("_", " ").capitalize())
    reading.notes.append("It holds the answers to one survey, told by its time stamps.")
    return True


def _part_responses(con: DuckDBPyConnection, reading: Reading, stamp: int) -> None:
    """A row per response, its number with the event and the instance in it, where a record may have several. What its other
    rows say of a record (where somebody works, on a form of its own) holds for each; a record without any keeps one row."""
    names = plain_names(reading.header)
    if EVENT not in names and INSTRUMENT not in names:
        return
    event, instance = (f"stage.c{names.index(name)}" if name in names else "null" for name in (EVENT, INSTANCE))
    told = [name for (name,) in con.execute(f"select distinct {event} from stage where {event} is not null").fetchall()]
    before = count(con)
    others = ", ".join(
        f"first(c{place} order by row) filter (c{place} is not null) as c{place}" for place in range(1, len(names))
    )
    cells = ", ".join(f"coalesce(stage.c{place}, other.c{place}) as c{place}" for place in range(1, len(names)))
    con.execute(
        f"""create or replace table stage as with other as (select c0, {others} from stage where c{stamp} is null group by c0)
            select stage.row, concat_ws('|', stage.c0, map_extract_value(map_from_entries(list_zip($told, $events)), {event}), {instance}) as c0, {cells}
            from stage left join other on other.c0 = stage.c0
            qualify stage.c{stamp} is not null or (count(stage.c{stamp}) over (partition by stage.c0) = 0
                and row_number() over (partition by stage.c0 order by stage.row) = 1)
            order by stage.row""",
        {"told": told, "events": [_event(name) for name in told]},
    ).fetchall()  # fmt: skip
    if others_rows := before - count(con):
        reading.records -= others_rows
        reading.set_aside.append(SetAside(2, "row of a record without an answer of its own", others_rows))
    reading.notes.append(
        "Each event or instance in which somebody answered is a response of its own; what other rows of the record say holds for each."
    )


def _event(name: str) -> str:
    """An event by what its label and its name have in common: "Fall (Arm 1: Drug)" is ``fall_arm_1``."""
    low = name.strip().lower()
    arm = _ARM.search(low)
    number = (arm[1] or arm[2]) if arm else "1"
    words = re.sub(r"[^a-z0-9_ ]", "", low[: arm.start()] if arm else low)[:_LONGEST_EVENT]
    plain = re.sub(r"[_ ]+", "_", words).strip("_")
    return plain if number == "1" else f"{plain} {number}"


def _boxes(con: DuckDBPyConnection, reading: Reading, dictionary: Sequence[Entry]) -> None:
    """A box that was ticked says its choice, one that was not says nothing."""
    known = {one.name: one for one in dictionary}
    for place, header in enumerate(reading.header):
        if box := _BOX.fullmatch(header.strip()):
            field = known.get(box[1].lower())
            choice = field.choices.get(box[2], "Yes") if field else "Yes"
            con.execute(
                f"update stage set c{place} = case when c{place} in ('1', 'Checked') then $choice end",
                {"choice": choice},
            ).fetchall()


def _labels(reading: Reading, dictionary: Sequence[Entry]) -> None:
    """Questions as they were asked, where a dictionary tells."""
    known = {one.name: one for one in dictionary if one.label}
    taken = {header.strip().lower() for header in reading.header}
    for place, header in enumerate(reading.header[1:], 1):
        box = _BOX.fullmatch(header.strip())
        field = known.get((box[1] if box else header.strip()).lower())
        label = (
            f"{field.label}: {field.choices.get(box[2], box[2])}" if field and box else field.label if field else None
        )
        if label and label.lower() not in taken:
            reading.header[place] = label
            taken.add(label.lower())
