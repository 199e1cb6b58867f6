"""Bundles, arrays and single resources as one resource a line, whatever their size and nesting.

Values are decoded one entry at a time from a window of the file, so a Bundle of a gigabyte needs no more memory
than its largest entry.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from pipelines.errors import FileRefused
from pipelines.readers.fhir.lines import LONGEST

_DECODER = json.JSONDecoder()
_WINDOW = 1 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
_FULL_URL = re.compile(r'"reference":"((?:urn:|https?://)[^"]+)"')
_REQUESTS = ("ServiceRequest", "ReferralRequest", "ProcedureRequest")
_MOST_NESTED = 20
DELETED = "deleted "  # before the type of a resource that its source has deleted, which then is of no type that is used
DELETION = "Deletion"  # what stands for an entry that says of a resource that it was deleted
_TOMBSTONE = f'{{"resourceType":"{DELETION}"'
_RESOURCE_URL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([^/?]+)(?:/_history/.*)?$")
_GIVEN = object()  # in place of a value whose resources were given one by one
_STREAMED = 4  # objects within one another whose lists are gone through element by element
_HOLDERS = {"Bundle": "entry", "Parameters": "parameter"}  # resources that hold others, and where
HOLDERS = _HOLDERS.keys()


@contextmanager
def as_lines(path: Path, kind: str) -> Iterator[Path]:
    """The file as NDJSON: itself if it is so, else a passing file with one resource a line, in order.

    Raises ``FileRefused`` for a document that ends in the middle: what follows is missing, and nobody knows how much.
    """
    if kind == "ndjson":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix=".fhir-", dir=path.parent) as folder:
        target = Path(folder) / "resources.ndjson"
        urls: dict[str, str] = {}
        sent: set[str] = set()
        roles: dict[str, str] = {}
        with path.open(encoding="utf-8-sig", newline="") as source, target.open("w", encoding="utf-8") as out:
            for value in _values(source):
                for resource in _resources(value, urls):
                    _note_sent(resource, urls, sent)
                    _note_role(resource, roles)
                    out.write(json.dumps(resource, ensure_ascii=False, separators=(",", ":")) + "\n")
        if urls or roles:
            target = _resolved(target, urls, roles)
        yield _without_deleted(target)


def _note_sent(resource: Any, urls: dict[str, str], sent: set[str]) -> None:
    """A request that a message is about (its header comes first) was sent and so is one, though national profiles such as
    Britain's call its intent a plan: it is made an order here. What a message only brings along stays as it is."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if kind == "MessageHeader":
        focus = resource.get("focus")
        told = (one.get("reference") for one in focus if isinstance(one, dict)) if isinstance(focus, list) else ()
        sent.update(one for one in told if isinstance(one, str))
    elif kind == "ServiceRequest" and sent and resource.get("intent") == "plan":
        name = f"ServiceRequest/{resource.get('id')}"
        if any(urls.get(one, one) == name or one.endswith(f"/{name}") for one in sent):
            resource["intent"] = "order"


def _note_role(resource: Any, roles: dict[str, str]) -> None:
    """Where whoever has a role works, by the role's name."""
    if isinstance(resource, dict) and resource.get("resourceType") == "PractitionerRole":
        organization = resource.get("organization")
        told = organization.get("reference") if isinstance(organization, dict) else None
        if isinstance(told, str) and told:
            roles[f"PractitionerRole/{resource.get('id')}"] = told


def _resolved(path: Path, urls: dict[str, str], roles: dict[str, str]) -> Path:
    """The same lines with references to fullUrls as ``Type/id``: an entry may name one that follows it. A request that is
    addressed to a role, as Canada's are, is one to the organisation that it is a role of."""
    target = path.with_suffix(".resolved")
    with path.open(encoding="utf-8") as source, target.open("w", encoding="utf-8") as out:
        for line in source:
            named = _FULL_URL.sub(lambda match: f'"reference":"{urls.get(match[1], match[1])}"', line) if urls else line
            asks = (
                bool(roles)
                and any(f'"resourceType":"{kind}"' in named for kind in _REQUESTS)
                and "PractitionerRole/" in named
            )
            out.write(_addressed(named, urls, roles) if asks else named)
    return target


def _addressed(line: str, urls: dict[str, str], roles: dict[str, str]) -> str:
    """A request with the organisation of the role to which it is addressed. One to the requester's own role stays as it is."""
    request = json.loads(line)
    requester = request.get("requester")
    own = requester.get("reference") if isinstance(requester, dict) else None
    for name in ("performer", "recipient"):
        told = request.get(name)
        for place, one in enumerate(told if isinstance(told, list) else []):
            reference = one.get("reference") if isinstance(one, dict) else None
            role = "/".join(reference.split("/")[-2:]) if isinstance(reference, str) else ""
            if role in roles and reference != own:
                told[place] = {"reference": urls.get(roles[role], roles[role])}
    return json.dumps(request, ensure_ascii=False, separators=(",", ":")) + "\n"


def _without_deleted(path: Path) -> Path:
    """The same lines, with what its source had deleted by the end no longer of its type: in a history, versions up to the
    day of the deletion, or below it where one of the two does not say its day (the newest comes first). So is a deletion
    after which the file has the resource again: what earlier files said of it has been replaced."""
    gone: dict[str, tuple[str, int]] = {}
    for number, line in _numbered(path):
        if line.startswith(_TOMBSTONE):
            told = json.loads(line)
            if told["id"]:
                gone.setdefault(f"{told['type']}/{told['id']}", (told["meta"]["lastUpdated"], number))
    if not gone:
        return path
    back = {
        name for number, line in _numbered(path) if (name := _named(line)) in gone and not _over(line, number, gone)
    }
    target = path.with_suffix(".kept")
    with target.open("w", encoding="utf-8") as out:
        for number, line in _numbered(path):
            out.write(_left(line, number, gone, back))
    return target


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8") as source:
        yield from enumerate(source)


def _named(line: str) -> str:
    """``Type/id`` of the resource on a line; nothing where there is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return f"{value.get('resourceType')}/{value.get('id')}" if isinstance(value, dict) else ""


def _over(line: str, number: int, gone: dict[str, tuple[str, int]]) -> bool:
    """Whether the resource on a line is a version from before its deletion."""
    day, place = gone[_named(line)]
    updated = _updated(json.loads(line))
    return _instant(updated) <= _instant(day) if updated and day else number > place


def _left(line: str, number: int, gone: dict[str, tuple[str, int]], back: set[str]) -> str:
    if line.startswith(_TOMBSTONE):
        told = json.loads(line)
        kind, over = told["type"], f"{told['type']}/{told['id']}" in back
    else:
        name = _named(line)
        kind, over = name.partition("/")[0], name in gone and _over(line, number, gone)
    return json.dumps({"resourceType": f"{DELETED}{kind}"}) + "\n" if over else line


def _instant(text: str) -> datetime:
    """An instant of FHIR; what is none counts as the earliest."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _tombstone(entry: dict[str, Any], told: str) -> dict[str, Any] | None:
    """What stands for a resource that an entry deletes, as a line of its own; nothing where it deletes none. ``told`` is when
    the Bundle around it was made. A deletion of whatever some search finds names no resource, and so has no id."""
    request, response = entry.get("request"), entry.get("response")
    if not isinstance(request, dict) or request.get("method") != "DELETE":
        return None
    named = _RESOURCE_URL.match(str(request.get("url") or entry.get("fullUrl") or ""))
    day = response.get("lastModified") if isinstance(response, dict) else None
    return {"resourceType": DELETION, "type": named[1] if named else "", "id": named[2] if named else "",
            "meta": {"lastUpdated": str(day or "")}, "date": str(day or told)}  # fmt: skip


def _resources(value: Any, urls: dict[str, str], depth: int = 0) -> Iterator[Any]:
    """The resources within one decoded value; a Bundle's entries, and theirs; those that an object holds which is no
    resource itself (an answer of some service around them). What holds none is given as it is."""
    value = _spelled_out(value)
    if depth > _MOST_NESTED:
        raise FileRefused(
            "The Bundle holds Bundles within Bundles, deeper than any export does.", "Export it again, as NDJSON."
        )
    if isinstance(value, dict) and value.get("resourceType") in _HOLDERS:
        entries = value.get(_HOLDERS[value["resourceType"]])
        told = _updated(value) or str(value.get("timestamp") or "")  # when the Bundle was put together
        for entry in entries if isinstance(entries, list) else []:
            yield from _entry(entry, urls, depth, told)
    elif isinstance(value, list):
        for one in value:
            yield from _resources(one, urls, depth + 1)
    elif isinstance(value, dict) and "resourceType" not in value and (held := _held(value)):
        for one in held:
            yield from _entry(one, urls, depth + 1) if _is_entry(one) else _resources(one, urls, depth + 1)
    else:
        yield value


def _updated(value: dict[str, Any]) -> str:
    """When a resource says that it was last updated; nothing where it does not."""
    meta = value.get("meta")
    return str(meta.get("lastUpdated") or "") if isinstance(meta, dict) else ""


def _held(value: dict[str, Any]) -> list[Any]:
    """What of an object that is no resource is one, an entry with one, or holds some."""
    if _is_entry(value):
        return [value]
    inside = map(_spelled_out, value.values())
    return [inner for inner in inside if isinstance(inner, dict | list) and _has_resource(inner)]


def _spelled_out(value: Any) -> Any:
    """A text that is itself the JSON of resources, as databases of some servers give them, decoded; anything else as it is."""
    if not isinstance(value, str) or "resourceType" not in value or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _is_entry(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and "resourceType" not in value
        and isinstance(value.get("resource"), dict)
        and "resourceType" in value["resource"]
    )


def _has_resource(value: Any, depth: int = 0) -> bool:
    if isinstance(value, dict):
        inner: Iterable[Any] = () if "resourceType" in value else value.values()
        found = "resourceType" in value
    else:
        inner, found = (value, False) if isinstance(value, list) else ((), False)
    return found or (depth < _MOST_NESTED and any(_has_resource(one, depth + 1) for one in inner))


def _entry(entry: Any, urls: dict[str, str], depth: int, told: str = "") -> Iterator[Any]:
    resource = entry.get("resource") if isinstance(entry, dict) else entry
    if isinstance(resource, dict) and resource.get("resourceType") in _HOLDERS:
        yield from _resources(resource, urls, depth + 1)
        return
    if isinstance(entry, dict) and resource is None and "part" in entry:  # a parameter made of parameters
        for one in entry["part"] if isinstance(entry["part"], list) else []:
            yield from _entry(one, urls, depth + 1)
        return
    if not isinstance(resource, dict):
        if isinstance(entry, dict) and (gone := _tombstone(entry, told)):
            yield gone
            return
        if isinstance(entry, dict) and ("request" in entry or "response" in entry or "name" in entry):
            return  # a deletion, an answer without a body, or a parameter that is a plain value
        yield resource
        return
    url = entry.get("fullUrl") if isinstance(entry, dict) else None
    if not resource.get("id"):
        resource["id"] = _id_from(url, resource)
    name = f"{resource.get('resourceType')}/{resource['id']}"
    if (
        isinstance(url, str) and ":" in url and not url.endswith(f"/{name}")
    ):  # its address is no name of it, or another than its id
        urls[url] = name
    yield resource


def _id_from(url: Any, resource: dict[str, Any]) -> str:
    """An id for an entry that has none yet (it is to be created): its fullUrl's, else one made of its content."""
    if isinstance(url, str) and (tail := re.split(r"[/:]", url)[-1]):
        return tail
    return "sha-" + hashlib.sha256(json.dumps(resource, sort_keys=True).encode()).hexdigest()[:24]


class _Window:
    """A text file seen through a window that grows until the value at its beginning is whole."""

    def __init__(self, source: TextIO) -> None:
        self.source, self.text, self.at, self.ended = source, "", 0, False

    def more(self) -> bool:
        chunk = self.source.read(max(_WINDOW, len(self.text) - self.at))
        self.text, self.at = self.text[self.at :] + chunk, 0
        self.ended = not chunk
        return bool(chunk)

    def peek(self) -> str:
        """The next character that is no white space, without taking it; empty at the end."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]

    def take(self, expected: str) -> None:
        if self.peek() != expected:
            raise _damaged()
        self.at += 1

    def value(self) -> Any:
        """The next JSON value."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except RecursionError:
                raise _too_deep() from None
            except ValueError:
                if len(self.text) - self.at > LONGEST or not self.more():
                    raise _damaged() from None
                continue
            if end == len(self.text) and self.more():
                continue  # a number may go on
            self.at = end
            return value


def _values(source: TextIO) -> Iterator[Any]:
    """The values of a document: elements of top-level arrays, entries of top-level Bundles, what a wrapper around them
    lists, else whole values."""
    window = _Window(source)
    while start := window.peek():
        if start == "[":
            yield from _elements(window)
        elif start == '"':
            yield window.value()
        elif start == "{":
            whole = yield from _object(window)
            if whole is not _GIVEN:
                yield whole
        else:
            raise _damaged()


def _elements(window: _Window) -> Iterator[Any]:
    window.take("[")
    while window.peek() != "]":
        yield window.value()
        if window.peek() == ",":
            window.take(",")
        elif window.peek() != "]":
            raise _damaged()
    window.take("]")


def _object(window: _Window, depth: int = 0) -> Generator[Any, None, Any]:
    """An object: what it holds besides itself (a Bundle's entries, the resources of a wrapper) is given one by one;
    one that holds nothing is returned whole."""
    window.take("{")
    rest: dict[str, Any] = {}
    given = False
    while window.peek() != "}":
        name = str(window.value())
        window.take(":")
        start, known = window.peek(), rest.get("resourceType")
        if start == "[" and name != "contained" and (known is None or name == _HOLDERS.get(known)):
            value = yield from _list(window, rest)
        elif start == "{" and known is None and depth < _STREAMED:
            value = yield from _object(window, depth + 1)
        else:
            value = window.value()
        if value is _GIVEN:
            given = True
        else:
            rest[name] = value
        if window.peek() == ",":
            window.take(",")
        elif window.peek() != "}":
            raise _damaged()
    window.take("}")
    if not given:
        return rest
    if "resourceType" not in rest:
        yield from _held(rest)
    return _GIVEN


def _list(window: _Window, around: dict[str, Any]) -> Generator[Any, None, Any]:
    """A list within an object: from its first resource on its elements are given one by one; one without any is
    returned whole. ``around`` is what was met of the object by then."""
    kept: list[Any] = []
    given = False
    for value in _elements(window):
        if not given and not _has_resource(value):
            kept.append(value)
            continue
        for one in (*kept, value):
            yield _alone(one, around.get("meta"))
        kept, given = [], True
    return _GIVEN if given else kept


def _alone(value: Any, meta: Any) -> Any:
    """An element as a value of its own: an entry as a Bundle with nothing else in it but when it was made."""
    if isinstance(value, dict) and "resourceType" not in value and (_is_entry(value) or not _has_resource(value)):
        return {"resourceType": "Bundle", "meta": meta, "entry": [value]}
    return value


def _too_deep() -> FileRefused:
    return FileRefused(
        "The JSON is nested deeper than any resource is.", "Export it again, as NDJSON. Nothing was loaded."
    )


def _damaged() -> FileRefused:
    return FileRefused(
        "The JSON ends in the middle or is damaged, so nobody can say what of it is missing.",
        "Export or download it again, and check that it finished. Nothing was loaded.",
    )
