"""A REDCap project with one survey, as a survey's answers.

Told by the survey fields of its export: ``<form>_timestamp`` beside ``<form>_complete``, or *Survey Timestamp* in an
export with labels. A project that names patients is no survey of referrers, whatever else it holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.layouts.redcap import STAMP, Entry
from pipelines.readers import Reading

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COMPLETE = "Complete?"
_OF_PATIENTS = re.compile(
    r"dob|(.*_)?date_of_birth|birth.*|(.*_)?mrn|(.*_)?last_?name|(.*_)?first_?name|name_(first|last)|.*consent.*|screening_date|randomi.*",
)  # fmt: skip
_BOX = re.compile(r"(.+)___(-?\w+)")


def shape(con: DuckDBPyConnection, reading: Reading, dictionary: Sequence[Entry]) -> None:
    """Tell the survey's columns by names of their own, and its questions by the dictionary's labels, in place."""
    names = [header.strip().lower() for header in reading.header]
    stamps = [
        place
        for place, name in enumerate(names)
        if name == "survey timestamp" or (name.endswith("_timestamp") and f"{name.removesuffix('_timestamp')}_complete" in names)
    ]  # fmt: skip
    if len(stamps) != 1 or any(_OF_PATIENTS.fullmatch(name) for name in names):
        return
    (stamp,) = stamps
    con.execute(f"update stage set c{stamp} = null where c{stamp} = '[not completed]'").fetchall()
    form = names[stamp].removesuffix("_timestamp")
    if names[stamp] == "survey timestamp":
        return
    reading.header[stamp] = STAMP
    reading.header[names.index(f"{form}_complete")] = COMPLETE
    _boxes(con, reading, dictionary)
    _labels(reading, dictionary)
    reading.context.setdefault("Survey", form.replace("_", " ").capitalize())
    reading.notes.append("It holds the answers to one survey, told by its time stamps.")


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
