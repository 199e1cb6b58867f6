"""The child process that reads one file: everything that touches a stranger's bytes happens here, under limits.

Run by ``sandbox.run_limited("pipelines.worker", job)``. A job names the plain file, how to read it and what is
already known; the answer is a plain dictionary. Two actions:

``map``      read, recognise, check, and write canonical Parquet below ``job["out"]``
``rejects``  the same, then write the rows that were kept out as a workbook to ``job["workbook"]``
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import importlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import mapping, readers, sandbox, sources, warehouse
from pipelines.errors import MappingNeeded, UnknownName
from pipelines.layouts import answers, asterisk, periods, prefixed, redcap, redcap_surveys, registry, upright
from pipelines.mapping import midnights, years
from pipelines.mapping.named import NamedMapping, from_text
from pipelines.readers import Reading, ReadOptions
from pipelines.readers.structure import dittos, garbled, repeats, unpivot, wrapped
from pipelines.readers.structure.header import unique
from pipelines.recognition import NEARLY_KNOWN, besides, direction, numbered, profiles, receiving, suggestions
from pipelines.recognition.headers import unnamed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Progress = Callable[[str, float], None]
HEADER_WITHIN = 15  # rows searched for a header that names a known shape
_OUT_OF_STEP = 0.6  # of the rows: what one wrong word in a column never reaches
_NOT_SO = frozenset({"unreadable_date", "unknown_value", "unreadable_number", "unreadable_boolean", "npi_invalid", "unreadable_phone", "date_without_year"})  # fmt: skip
MEMORY_MB = 500  # what DuckDB may use inside the child; the child itself is limited above this


def handle(job: dict[str, Any], on_progress: Progress) -> dict[str, Any]:
    """Do one job; see the module. Raises ``RapportError`` for what a person can mend."""
    out = Path(job["out"])
    with warehouse.scratch(out, memory_mb=MEMORY_MB, patient_secret=bytes.fromhex(job["secret"])) as con:
        on_progress("Reading", 0.05)
        dictionaries = [
            redcap.Dictionary(name, tuple(redcap.entry(*field) for field in fields))
            for name, fields in job.get("dictionaries", ())
        ]
        dictionary = [one for told in dictionaries for one in told.entries]
        reading = _read(job, con)
        garbled.settle(con, reading)
        prefixed.shape(reading, lambda whole: _known(job, whole))
        reading = redcap.shape(con, reading, job["name"], dictionaries)
        if not redcap_surveys.shape(con, reading, redcap.describing(reading, job["name"], dictionaries)):
            redcap.fold(con, reading)
        for layout in (asterisk, answers, registry, upright):
            layout.shape(con, reading)
        wrapped.unwrap(con, reading)
        repeats.settle(con, reading)
        dittos.fill(con, reading)
        chosen = job["choices"]
        periods.lay_out(
            con, reading, job["name"], chosen.get("periods"), chosen["date_order"], lambda: _known(job, reading)
        )
        on_progress("Recognising", 0.4)
        answer = _recognise(job, reading)
        _tell_periods(job, con, reading, answer)
        told = _tell_direction(con, reading, answer)
        if answer["source"] and not answer["ask_periods"]:
            on_progress(f"Checking {reading.records:,} rows", 0.45)
            told += _settle(job, con, reading, answer)
            told += _guard(con, reading, answer, dictionary)
            answer["mapped"] = _map(job, con, reading, answer, out)
            answer["mapped"]["decisions"] += told
            answer["ask_columns"] = _out_of_step(reading, answer)
            answer["ask_words"] = _all_unknown(reading, answer)
        elif dictionary or reading.identifying:
            redcap.guard(con, reading, dictionary, set(), set())
        if job.get("suggest") or _must_be_asked(answer):
            answer |= _suggest(con, reading, answer)
        on_progress("Checked", 1.0)
    return answer


def _read(job: dict[str, Any], con: DuckDBPyConnection) -> Reading:
    """The file's table. Where its header is in doubt, a row near the top that names a known shape settles it:
    what a header looks like is a guess, what it says is not."""
    path, options = Path(job["path"]), ReadOptions(**job["options"])
    reading = readers.read(path, job["name"], options, con)
    told = options.no_header or options.header_row is not None
    if reading.named or told or redcap.is_export(reading) or _known(job, reading):
        return reading
    for row, cells in reading.top[:HEADER_WITHIN]:
        other = row not in reading.header_rows or len(reading.header_rows) > 1
        if (
            other
            and mapping.may_be_header(cells)
            and _known(job, dataclasses.replace(reading, header=unique(cells), header_rows=[row]))
        ):
            chosen = dataclasses.replace(options, header_row=row, part=reading.part)
            again = readers.read(path, job["name"], chosen, con)
            chose, known = "the header, as you chose.", "the header: its words are those of a known kind of export."
            again.notes = [note.replace(chose, known) for note in again.notes]
            return again
    return reading


def _known(job: dict[str, Any], reading: Reading) -> bool:
    """Whether the headers are those of a kind of export or of a mapping that was kept."""
    kept = mapping.fingerprint(reading.header) in job["saved_mappings"]
    return kept or any(candidate.recognised for candidate in mapping.recognise(reading))


def _recognise(job: dict[str, Any], reading: Reading) -> dict[str, Any]:
    candidates = mapping.recognise(reading, job["constants"] or ())
    fingerprint = mapping.fingerprint(reading.header)
    saved = _saved(job["saved_mappings"].get(fingerprint))
    best = candidates[0] if candidates and candidates[0].recognised else None
    source, columns, context, known_by = None, {}, {}, None
    if best:
        source, columns, context, known_by = best.source, best.columns, best.context, "headers"
    if saved:
        source, columns, context, known_by = (
            saved.source,
            saved.places(reading.header),
            _stated(saved, candidates),
            f"the mapping “{saved.name}”",
        )
    if job["source"]:
        if job["source"] not in sources.registry():
            raise UnknownName(f"There is no kind of export called {job['source']}.", "See: rapport templates.")
        chosen = next((candidate for candidate in candidates if candidate.source == job["source"]), None)
        source, known_by = job["source"], "your choice"
        columns = chosen.columns if chosen else {}
        context = chosen.context if chosen else {}
    if saved and saved.source == source:
        columns = saved.places(reading.header)
    if job["columns"] is not None:
        columns = job["columns"]
    context = {**context, **(job["constants"] or {})}
    context = {name: text for name, text in context.items() if name not in columns and text.strip()}
    told = saved if saved and saved.source == source else None
    corrected = best is not None and best.source == source and job["columns"] is not None
    return {
        "asks": known_by == "headers" or corrected,  # whoever corrects one column has not answered what is asked of another
        "besides": besides.kinds(source, columns, candidates),
        "values": job["values"] if job["values"] is not None else {name: dict(words) for name, words in told.values.items()} if told else {},
        "told": {"date_order": told.date_order, "time_zone": told.time_zone, "system": told.system, "periods": told.periods} if told else {},
        "reading": _plain(reading), "candidates": [dataclasses.asdict(candidate) for candidate in candidates[:5]],
        "fingerprint": fingerprint, "source": source, "columns": columns, "context": context, "known_by": known_by,
    }  # fmt: skip


def _stated(saved: NamedMapping, candidates: list[mapping.Candidate]) -> dict[str, str]:
    """What holds for every row of a file with a kept mapping: what stands outside its table, unless the mapping says it."""
    found = next((one.context for one in candidates if one.source == saved.source), {})
    return {**found, **saved.constants}


def _tell_periods(job: dict[str, Any], con: DuckDBPyConnection, reading: Reading, answer: dict[str, Any]) -> None:
    """What the numbers of a table laid out long count, as far as somebody said it, and whether somebody must."""
    source = sources.registry().get(answer["source"] or "")
    how = job["choices"].get("periods") or answer["told"].get("periods")
    answer |= {"periods": how, "ask_periods": periods.must_be_told(reading, source, how)}
    if reading.counts:
        answer["rising"] = unpivot.never_fall(con, reading)
        if source is not None and not answer["ask_periods"]:
            periods.settle(
                con, reading, source, answer["columns"], how, dt.datetime.fromisoformat(job["received_at"]).date()
            )
            answer["reading"] = _plain(reading)


def _tell_direction(con: DuckDBPyConnection, reading: Reading, answer: dict[str, Any]) -> list[str]:
    """Which way the referrals of a file went, in a sentence where its words tell; else whether somebody must say it, of a file that
    is known by its headers."""
    source = sources.registry().get(answer["source"] or "")
    if source is None or not answer["asks"]:
        return []
    known = answer["known_by"] == "headers"  # whoever corrects the columns has seen them all
    told = direction.said_in_words(con, reading, source, answer["columns"], answer["context"]) if known else []
    answer["ask_direction"] = direction.sent_out(con, reading, source, answer["columns"], answer["context"])
    return told


def _settle(job: dict[str, Any], con: DuckDBPyConnection, reading: Reading, answer: dict[str, Any]) -> list[str]:
    """What a known file's cells show of its columns, and what stands outside the table: in sentences."""
    source = sources.registry()[answer["source"]]
    told = []
    if answer["known_by"] == "headers":
        told += _translated(reading, source, answer)
        told += numbered.settle(con, reading, source, answer["columns"])
        told += numbered.without_keys(con, reading, source, answer["columns"])
        told += receiving.settle(con, reading, answer["columns"])
        told += receiving.settle_place(con, reading, source, answer["columns"])
        told += receiving.settle_phone(con, reading, source, answer["columns"])
        told += receiving.tell_who_is_not_read(reading, source, answer["columns"])
        told += receiving.tell_whose(con, reading, source, answer["columns"])
        study = answer["context"].get("study")
        if study and study not in (job["constants"] or {}).values() and study not in reading.context.values():
            told.append(f"The study is {study}, as the title or the sheet's name says.")
    told += numbered.as_numbered(con, reading, source, answer["columns"])
    told += years.without_remarks(con, reading, source, answer["columns"])
    told += midnights.to_days(con, reading, source, answer["columns"])
    return told + years.complete(con, reading, source, answer["columns"], job["name"])


def _translated(reading: Reading, source: sources.Source, answer: dict[str, Any]) -> list[str]:
    """How headers of another language were read."""
    if not answer["candidates"][0]["language"]:
        return []
    read = ", ".join(f"“{reading.header[place]}” as {source.field(name).label.lower()}" for name, place in sorted(answer["columns"].items(), key=lambda one: one[1]))  # fmt: skip
    return [f"The headers are in {answer['candidates'][0]['language']}: {read}. Change it on the mapping screen if one is wrong."]  # fmt: skip


def _out_of_step(reading: Reading, answer: dict[str, Any]) -> list[str]:
    """The columns that hold other things than they say, where the rows have a cell more than the header has names: all that
    stands to the right of a missing name, or of a cell cut in two, is then a column too far."""
    mapped = answer["mapped"]
    if answer["known_by"] != "headers" or not mapped["rows_in"] or not unnamed(reading.header[-1]):
        return []
    wrong = [one["column"] for one in mapped["findings"] if one["code"] in _NOT_SO and one["column"] and one["count"] >= _OUT_OF_STEP * mapped["rows_in"]]  # fmt: skip
    return wrong if len(set(wrong)) >= 2 else []


def _all_unknown(reading: Reading, answer: dict[str, Any]) -> list[str]:
    """The column whose words tell which rows count and none of which is known, and those words."""
    mapped = answer["mapped"]
    for field in sources.registry()[answer["source"]].fields if answer["asks"] else ():
        unknown = mapped["unknown"].get(field.name)
        if field.decides and unknown and field.name in answer["columns"]:
            name = reading.header[answer["columns"][field.name]]
            if sum(count for _, count in unknown) >= mapped["rows_in"] - mapped["blanks"].get(name, 0):
                return [name, *(word for word, _ in unknown)]
    return []


def _must_be_asked(answer: dict[str, Any]) -> bool:
    """Whether somebody has to say something before any row can be loaded."""
    mapped = answer.get("mapped")
    return (
        not mapped
        or bool(
            mapped["missing"] or answer.get("ask_direction") or answer.get("ask_columns") or answer.get("ask_words")
        )
        or not mapped["rows_loaded"]
    )


def _plain(reading: Reading) -> dict[str, Any]:
    return dataclasses.asdict(dataclasses.replace(reading, top=[]))


def _guard(
    con: DuckDBPyConnection, reading: Reading, answer: dict[str, Any], dictionary: list[redcap.Entry]
) -> list[str]:
    """Take out what a data dictionary marks as identifying, before anything of the rows is shown or written."""
    fields = {field.name: field for field in sources.registry()[answer["source"]].fields}
    placed = [(fields[name], place) for name, place in answer["columns"].items() if name in fields]
    patient = {place for field, place in placed if field.phi}
    numbers = {place for field, place in placed if not field.phi and field.kind == "identifier"}
    return redcap.guard(con, reading, dictionary, patient, numbers)


def _saved(document: str | None) -> NamedMapping | None:
    """A kept mapping; one that this version no longer understands is as if it had not been kept."""
    try:
        return from_text(document) if document else None
    except MappingNeeded:
        return None


def _suggest(con: DuckDBPyConnection, reading: Reading, answer: dict[str, Any]) -> dict[str, Any]:
    """What the columns probably mean, with reasons, and examples that identify nobody."""
    columns = profiles.profile(con, len(reading.header))
    nearly = next((one["source"] for one in answer["candidates"][:1] if one["score"] >= NEARLY_KNOWN), None)
    found = suggestions.kinds(reading.header, columns, answer["source"], nearly)
    registry = sources.registry()
    hidden = {one.place for kind in found for one in kind.suggestions if registry[kind.source].field(one.name).phi}
    if source := registry.get(answer["source"] or ""):
        hidden |= {answer["columns"][one.name] for one in source.fields if one.phi and one.name in answer["columns"]}
    return {"kinds": suggestions.as_plain(found), "examples": profiles.examples(con, columns, hidden)}


def _map(
    job: dict[str, Any], con: DuckDBPyConnection, reading: Reading, answer: dict[str, Any], out: Path
) -> dict[str, Any]:
    con.execute("create table zone (site_id bigint, time_zone varchar)")
    if job["zones"]:
        con.executemany("insert into zone values (?, ?)", job["zones"])
    source = sources.registry()[answer["source"]]
    abroad = (
        None
        if answer["known_by"] == "headers" and not answer["candidates"][0]["language"]
        else mapping.spoken(reading.header)
    )
    told, chosen = answer["told"], job["choices"]
    zone = chosen["time_zone"] or told.get("time_zone")
    choices = mapping.Choices(
        date_order=chosen["date_order"] or told.get("date_order"), time_zone=zone or job["time_zone"],
        file_zone=None if zone else mapping.stated_zone(reading, source, answer["columns"]),
        values=answer["values"], codes=job["codes"], taxonomy=job["taxonomy"], language=abroad[0].name if abroad else None,
    )  # fmt: skip
    answer["time_zone"], answer["system"] = (
        choices.file_zone or choices.time_zone,
        job["system"] or told.get("system") or source.system,
    )
    mapped = mapping.apply(
        con, reading, source, answer["columns"], answer["context"], choices, file_id=job["file_id"], system=answer["system"],
        received_at=dt.datetime.fromisoformat(job["received_at"]), out_dir=out,
    )  # fmt: skip
    if job["workbook"]:
        from pipelines import workbooks  # only here: what it needs costs every other child a third of its start

        formats = {
            answer["columns"][name]: told for name, told in mapped.date_formats.items() if name in answer["columns"]
        }
        workbooks.write_rejects(con, reading, out, Path(job["workbook"]), formats)
    return dataclasses.asdict(mapped)


def _import_ahead() -> None:
    """What large files and patients' hashes need takes a tenth of a second to import: where there is time, before it is asked
    for. Nobody misses it if it fails: whoever needs it imports it again."""
    with contextlib.suppress(ImportError, MemoryError):
        importlib.import_module("pipelines.identity.mentions")


if __name__ == "__main__":
    threading.Thread(target=_import_ahead, daemon=True).start()
    mapping.may_be_header(())  # every file is asked for headers: a child that is started ahead learns them meanwhile
    sandbox.serve(handle)
