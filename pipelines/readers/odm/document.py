"""What a file in CDISC's Operational Data Model holds, collected as its elements stream by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO

from pipelines.errors import FileRefused
from pipelines.readers.xmlstream import BETWEEN, parse

MOST_VALUES = 20_000_000
_DAMAGED = ("The ODM file is damaged or was cut off.", "Export it again, and check that the download finished.")
_REDCAP = "https://projectredcap.org"
# What systems put beside a subject's key: the number that people know it by, and what they keep of the person.
_NUMBER = ("StudySubjectID", "SubjectName")
_PERSON = {"Sex": "Sex", "DateOfBirth": "Date of birth"}
_BINARY = ("ItemDataHexBinary", "ItemDataBase64Binary", "ItemDataHexFloat", "ItemDataBase64Float")
# What systems say of data that were taken out and are exported nevertheless.
_TAKEN_OUT = {"Status": ("removed", "auto-removed", "invalid"), "Removed": ("yes", "true")}
_OF_DATA = ("SubjectData", "StudyEventData", "FormData", "ItemGroupData")
_DESCRIBED = ("ItemDef", "FormDef", "ItemGroupDef", "StudyEventDef", "Location")

Place = tuple[str, str, str, str]  # subject, event with its repetition, what repeats in it, which repetition


@dataclass
class Item:
    name: str
    codes: str = ""
    identifying: bool = False


@dataclass
class Study:
    """What a file tells of one study: its name, and its subjects' data by place."""

    name: str = ""
    rows: dict[Place, dict[str, str]] = field(default_factory=dict)
    of_subject: dict[str, dict[str, str]] = field(default_factory=dict)  # site and person
    numbers: dict[str, str] = field(default_factory=dict)  # that people know a subject by, by its key


@dataclass
class Document:
    """Everything found on the way through a file."""

    studies: dict[str, Study] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # of events, forms, groups and places, by OID
    repeating: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    record_field: str = ""
    redcap: bool = False
    removed: int = 0
    values: int = 0


def collected(source: IO[bytes]) -> Document:
    """Everything that a file tells of studies and their subjects. Raises ``FileRefused`` for damaged XML."""
    return _Handler().read(source)


class _Handler:
    """Collects a document's study data as its elements stream by."""

    def __init__(self) -> None:
        self._found = Document()
        self._open: list[str] = []
        self._text: list[str] = []
        self._study = self._item = self._list = self._code = ""
        self._subject: str | None = None
        self._event = self._form = self._group = ""
        self._turns: dict[str, tuple[str, str]] = {}  # by level: what repeats there, and which repetition it is
        self._held: dict[str, set[str]] = {}  # by item, the forms and groups in which it stands
        self._outside = 0  # how deep the outermost element is whose data were taken out
        self._value: tuple[str, bool] | None = None  # the item whose value is text, and whether it is removed

    def read(self, source: IO[bytes]) -> Document:
        parse(source, self._start, self._end, self._text.append, _DAMAGED)
        return self._found

    def _start(self, full: str, told: dict[str, str]) -> None:
        name = _local(full)
        self._open.append(name)
        self._text.clear()
        attributes = {_local(key): value for key, value in told.items()}
        if name in _OF_DATA and not self._outside and _is_taken_out(attributes):
            self._outside = len(self._open)
        if name == "ODM":
            self._found.redcap = attributes.get("SourceSystem", "").lower() == "redcap" or any(
                _REDCAP in key for key in told
            )
        elif name in _DESCRIBED:
            self._describe(name, attributes)
        elif begin := _BEGIN.get(name):
            begin(self, attributes)
        elif name.startswith("ItemData") and name not in _BINARY:
            self._begin_value(attributes)

    def _end(self, full: str) -> None:
        name, text = _local(full), "".join(self._text).strip()
        self._open.pop()
        if len(self._open) < self._outside:
            self._outside = 0
        if finish := _FINISH.get(name):
            finish(self, text)
        elif name.startswith("ItemData") and self._value:
            self._finish_value(text)

    # --- what describes the data ----------------------------------------------------------------------------------

    def _begin_study(self, attributes: dict[str, str]) -> None:
        self._study = attributes.get("OID", "")
        self._found.studies.setdefault(self._study, Study(attributes.get("StudyName", "")))

    def _begin_metadataversion(self, attributes: dict[str, str]) -> None:
        self._found.record_field = attributes.get("RecordIdField", self._found.record_field)

    def _describe(self, kind: str, attributes: dict[str, str]) -> None:
        oid = attributes.get("OID", "")
        name = next(
            (
                text
                for key in ("Variable", "UniqueEventName", "FormName", "Name")
                if (text := attributes.get(key, "").strip())
            ),
            oid,
        )
        if kind == "ItemDef":
            self._item = oid
            self._found.items[oid] = Item(
                name, identifying=attributes.get("Identifier", "").lower() in ("y", "yes", "1")
            )
        else:
            self._found.names[oid] = name
        if attributes.get("Repeating", "").lower() in ("yes", "simple", "dynamic", "static"):
            self._found.repeating.add(oid)

    def _begin_codelistref(self, attributes: dict[str, str]) -> None:
        if "ItemDef" in self._open and self._item in self._found.items:
            self._found.items[self._item].codes = attributes.get("CodeListOID", "")

    def _begin_codelist(self, attributes: dict[str, str]) -> None:
        self._list = attributes.get("OID", "")
        self._found.codes[self._list] = {}

    def _begin_codelistitem(self, attributes: dict[str, str]) -> None:
        self._code = attributes.get("CodedValue", "")

    def _decoded(self, text: str) -> None:
        """The first translation of a code counts."""
        if "Decode" in self._open and self._list and text:
            self._found.codes[self._list].setdefault(self._code, text)

    def _named(self, text: str) -> None:
        if text and self._study in self._found.studies and "ClinicalData" not in self._open:
            self._found.studies[self._study].name = text

    def _missing(self, text: str) -> None:
        self._found.missing |= {pair.partition(",")[0].strip() for pair in text.split("|") if pair.strip()}

    # --- the data -------------------------------------------------------------------------------------------------

    @property
    def _of_study(self) -> Study:
        return self._found.studies.setdefault(self._study, Study(self._study))

    def _begin_data(self, attributes: dict[str, str]) -> None:
        self._study = attributes.get("StudyOID", "")

    def _begin_subject(self, attributes: dict[str, str]) -> None:
        told = [text for name in _NUMBER if (text := attributes.get(name, "").strip())]
        self._subject = attributes.get("SubjectKey", "").strip() or (told[0] if told else "")
        if told:  # a subject may be named only after its first transactions
            self._of_study.numbers[self._subject] = told[0]
        self._event, self._turns = "", {}
        self._found.record_field = attributes.get("RecordIdField", self._found.record_field)
        person = {header: attributes[name] for name, header in _PERSON.items() if attributes.get(name)}
        self._of_study.of_subject.setdefault(self._subject, {}).update(person)
        self._take_back(attributes, "")

    def _end_subject(self, _: str) -> None:
        self._subject = None

    def _begin_site(self, attributes: dict[str, str]) -> None:
        place = attributes.get("LocationOID", "")
        if self._subject is not None and place:
            self._of_study.of_subject[self._subject]["Site"] = self._found.names.get(place, place)

    def _begin_event(self, attributes: dict[str, str]) -> None:
        oid = attributes.get("StudyEventOID", "")
        self._event = attributes.get("UniqueEventName") or self._found.names.get(oid, oid)
        self._turns, self._form, self._group = {}, "", ""
        self._repeat("event", oid, attributes.get("StudyEventRepeatKey", ""))
        self._take_back(attributes, self._event)

    def _begin_form(self, attributes: dict[str, str]) -> None:
        self._turns.pop("group", None)
        self._form, self._group = attributes.get("FormOID", ""), ""
        self._repeat("form", self._form, attributes.get("FormRepeatKey", ""))
        self._take_back(attributes, self._event, self._form)

    def _begin_group(self, attributes: dict[str, str]) -> None:
        self._group = attributes.get("ItemGroupOID", "")
        self._repeat("group", self._group, attributes.get("ItemGroupRepeatKey", ""))
        self._take_back(attributes, self._event, self._group)

    def _repeat(self, level: str, oid: str, turn: str) -> None:
        """A repetition of an event, form or group has a row of its own, in it what it holds."""
        self._turns.pop(level, None)
        if turn and (oid in self._found.repeating or turn != "1"):
            self._turns[level] = ("" if level == "event" else self._found.names.get(oid, oid), turn)

    @property
    def _place(self) -> Place:
        told = [self._turns[level] for level in ("event", "form", "group") if level in self._turns]
        name = next((name for name, _ in reversed(told) if name), "")
        return self._subject or "", self._event, name, ".".join(turn for _, turn in told)

    def _take_back(self, attributes: dict[str, str], event: str, holder: str = "") -> None:
        """A transaction may remove a whole subject, one of its events, or what a form or group (``holder``) of it holds."""
        if attributes.get("TransactionType", "").lower() != "remove":
            return
        rows, (subject, _, _, turn) = self._of_study.rows, self._place
        for place in list(rows):
            of_event = not event or (place[1] == event and f"{place[3]}.".startswith(f"{turn}." if turn else ""))
            if place[0] != subject or not of_event:
                continue
            gone = [oid for oid in rows[place] if not holder or holder in self._held[oid]]
            self._found.removed += len(gone)
            for oid in gone:
                del rows[place][oid]
            if not rows[place]:
                del rows[place]

    def _begin_value(self, attributes: dict[str, str]) -> None:
        oid = attributes.get("ItemOID", "")
        removed = attributes.get("TransactionType", "").lower() == "remove"
        if "Value" in attributes or attributes.get("IsNull"):
            self._put(oid, attributes.get("Value", ""), removed)
            self._value = None
        else:
            self._value = (oid, removed)

    def _finish_value(self, text: str) -> None:
        if self._value:
            self._put(self._value[0], text, self._value[1])
        self._value = None

    def _put(self, oid: str, text: str, removed: bool) -> None:
        if self._subject is None or not oid:  # reference data, which are of no subject
            return
        self._found.values += 1
        if self._found.values > MOST_VALUES:
            raise FileRefused(f"The file holds more than {MOST_VALUES:,} values.", "Export the study in smaller files.")
        if self._outside:
            self._found.removed += 1
            return
        self._held.setdefault(oid, set()).update((self._form, self._group))
        row = self._of_study.rows.setdefault(self._place, {})
        self._found.removed += removed and oid in row
        row[oid] = "" if removed else text.replace("\0", "")


def _is_taken_out(attributes: dict[str, str]) -> bool:
    return any(attributes.get(name, "").lower() in words for name, words in _TAKEN_OUT.items())


def _local(name: str) -> str:
    return name.rpartition(BETWEEN)[2]


_BEGIN = {
    "Study": _Handler._begin_study, "MetaDataVersion": _Handler._begin_metadataversion, "CodeListRef": _Handler._begin_codelistref,
    "CodeList": _Handler._begin_codelist, "CodeListItem": _Handler._begin_codelistitem, "ClinicalData": _Handler._begin_data,
    "SubjectData": _Handler._begin_subject, "SiteRef": _Handler._begin_site, "StudyEventData": _Handler._begin_event,
    "FormData": _Handler._begin_form, "ItemGroupData": _Handler._begin_group,
}  # fmt: skip
_FINISH = {
    "SubjectData": _Handler._end_subject,
    "StudyName": _Handler._named, "TranslatedText": _Handler._decoded, "MissingDataCodes": _Handler._missing, "Value": _Handler._finish_value,
}  # fmt: skip
