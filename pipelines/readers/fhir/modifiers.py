"""What a resource says of itself that changes what its other elements mean, in words that are not FHIR's own.

FHIR forbids to process a resource with a modifier extension or rules (``implicitRules``) that the reader does not know:
either may say that it is the opposite of what it seems. Within an element of it a modifier changes that element alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.checks import REJECT, WARNING, Finding

_CHUNK = 1 << 20
_SIGNS = (b'modifierExtension"', b'implicitRules"')
NOT_TO_BE_DONE = "request-doNotPerform"  # how releases before R4 say it of a request, by the end of the extension's url
_UNDERSTOOD = {"ServiceRequest", "ReferralRequest", "ProcedureRequest"}


def unknown(source: Path, part: str) -> list[Finding]:
    """Of the lines of a ``part`` those that no reader may take at their word: rejects, and a warning where only an element
    of the resource is changed."""
    return [*_found(source, part)] if _has_signs(source) else []


def _has_signs(source: Path) -> bool:
    """Whether any resource has such an element; nearly no file has, and parsing all of one would cost its time again."""
    kept = b""
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if any(sign in kept + chunk for sign in _SIGNS):
                return True
            kept = chunk[-max(map(len, _SIGNS)) :]
    return False


def _found(source: Path, part: str) -> Iterator[Finding]:
    with source.open("rb") as file:
        for row, line in enumerate(file, 1):
            if not any(sign in line for sign in _SIGNS):
                continue
            try:
                resource = json.loads(line)
            except (ValueError, RecursionError):
                continue  # it is a reject for that
            if not isinstance(resource, dict) or resource.get("resourceType") != part:
                continue
            if (rules := resource.get("implicitRules")) is not None:
                yield Finding("unknown_rules", REJECT, row, f"{part}.implicitRules", str(rules))
            elif own := _unknown(resource, part):
                yield Finding("unknown_modifier", REJECT, row, f"{part}.modifierExtension", own[0])
            elif within := next((url for value in resource.values() for url in _within(value)), None):
                yield Finding("modifier_within", WARNING, row, None, within)


def _unknown(resource: dict[str, Any], part: str) -> list[str]:
    """What the modifiers of the resource itself are called, but for one that is understood."""
    urls = _urls(resource)
    return [url for url in urls if part not in _UNDERSTOOD or not url.endswith(NOT_TO_BE_DONE)]


def _urls(value: dict[str, Any]) -> list[str]:
    told = value.get("modifierExtension")
    return [
        str(one.get("url")) if isinstance(one, dict) else str(one) for one in (told if isinstance(told, list) else [])
    ]


def _within(value: Any) -> Iterator[str]:
    """What the modifiers of an element and of what is within it are called."""
    if isinstance(value, dict):
        yield from _urls(value)
        value = [inner for name, inner in value.items() if name != "modifierExtension"]
    for inner in value if isinstance(value, list) else []:
        yield from _within(inner)
