"""Names as people read them on the filters, looked up among what there is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.errors import UnknownName
from pipelines.workspace import Workspace

# A command's option -> the members in ``metrics.options`` (and the filter of that name).
MEMBERS = {
    "site": "sites",
    "study": "studies",
    "practice": "practices",
    "area": "therapeutic_areas",
    "specialty": "specialties",
    "channel": "channels",
}
NAMED = 5  # likely names that an error tells


def chosen(workspace: Workspace, names: Mapping[str, Sequence[str] | None]) -> dict[str, tuple[Any, ...]]:
    """What the names given to each option (a key of ``MEMBERS``) stand for: the filter's name -> ids, or labels where there
    are none; only of options that are given. Case does not matter, and of several with one name all are meant. Raises
    ``UnknownName`` with the names that come closest."""
    from pipelines.metrics import Scope, options

    given = {MEMBERS[option]: wanted for option, wanted in names.items() if wanted}
    if not given:
        return {}
    there = options(Scope.everything(), warehouse=workspace.warehouse)
    return {
        kind: tuple(dict.fromkeys(key for name in wanted for key in _keys(kind, name, there[kind])))
        for kind, wanted in given.items()
    }


def _keys(kind: str, name: str, members: Iterable[Any]) -> list[Any]:
    known: dict[str, list[Any]] = {}
    shown: dict[str, str] = {}
    for member in members:
        key, label = member if isinstance(member, tuple | list) else (member, member)
        known.setdefault(str(label).casefold(), []).append(key)
        shown[str(label).casefold()] = str(label)
    wanted = " ".join(name.split()).casefold()
    if wanted in known:
        return known[wanted]
    within = [label for label in known if wanted and wanted in label]
    likely = within or difflib.get_close_matches(wanted, known, n=NAMED, cutoff=0.5) or list(known)
    words = kind.replace("_", " ")
    if not known:
        raise UnknownName(f"There is no {name!r} among the {words}.", f"No {words} are known in this workspace.")
    more = " ..." if len(likely) > NAMED else ""
    told = ", ".join(shown[label] for label in likely[:NAMED])
    raise UnknownName(f"There is no {name!r} among the {words}.", f"Write it as the filter does: {told}{more}")
