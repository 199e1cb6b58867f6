"""What the names of a file tell of one another: ``name_told``, by what is said, how that is to be read.

``listed``: several practices, of which the ``first`` counts; ``perhaps``: it may be several; ``placed``: a place by the letters of
its kind; ``departmental``: a department's words, nobody's name.
"""

from __future__ import annotations

from pipelines.mapping.work import Work
from pipelines.values.names import departmental_sql, listed_sql, placed_sql

EMPTY = "create or replace temp table name_told (said varchar, how varchar, first varchar)"  # no name needs the others
_WHO = ("referrer", "practice", "source")
# Most files have no such name: only then are the patterns of names compiled, which takes a tenth of a second;
# for the same reason those of people are told by their usual credentials alone.
_JOINED = r"[;/&+|\r\n]|\s(?:and|AND)\s"
_LISTED = r",\b"  # of practices only: programs write persons so, "Fox,Robert"
_LETTERED = r"[a-z],? [A-Z]{2,5}$"
_USUAL_CREDENTIAL = r" (?:MD|DO|NP|PA|RN|DDS|DMD|OD|DPM|DVM|MBBS|APRN|FNP|CNP|DNP|PHD|FACC|JR|SR|II|III|IV)$"


def tell(work: Work) -> None:
    """Make ``name_told`` of whoever refers in ``cell``; empty where no name needs the others to be understood."""
    work.run(EMPTY)
    given = [name for name in _WHO if name in {one.name for one in work.given}]
    if not given or "referrer" not in {one.name for one in work.source.fields}:
        return
    # Each column's own words first: a million cells trimmed and compared as rows of three took six times as long.
    cells = " union ".join(
        f"select trim({name}) as said, {name != 'practice'} as asked, '{name}' as place from (select distinct {name} from cell) where {name} is not null"
        for name in given
    )
    work.run(f"create or replace temp table name_spelled as {cells}")
    joined, lettered = work.run(
        f"""select bool_or(regexp_matches(said, '{_JOINED}') or (place = 'practice' and regexp_matches(said, '{_LISTED}'))), bool_or(asked and regexp_matches(said, '{_LETTERED}') and not regexp_matches(said, '{_USUAL_CREDENTIAL}'))
        from name_spelled"""
    )[0]
    if joined:
        who = "(select said from name_spelled where place <> 'source')"
        work.run(f"insert into name_told select said, if(sure, 'listed', 'perhaps'), first from ({listed_sql(who)})")
        work.run(f"insert into name_told select said, 'departmental', null from ({departmental_sql('(select said from name_spelled where asked)')})")  # fmt: skip
    if lettered:
        work.run(f"insert into name_told select said, 'placed', null from ({placed_sql('name_spelled')})")
