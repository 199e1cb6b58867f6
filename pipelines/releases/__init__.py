"""Monthly figures for sponsors: made once, audited, and never changed.

``make`` counts a study's people by stage, site and closed month, says each count as ``disclosure`` allows, has the ``auditor``
show that no hidden one can be worked out from this and every earlier release, and keeps the result for good: what was said as
a read-only file that a sponsor's page reads and nothing else, the true counts beside it in the ledger, because the next audit
needs them.

A month is counted once. Who becomes known later counts in the month in which that happened; who was taken back stays counted
until as many have come anew. Restating old months would let two releases be compared person by person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipelines.errors import RapportError, UnknownName
from pipelines.releases.auditor import Auditor, Place, Published, silenced
from pipelines.releases.caution import untold
from pipelines.releases.disclosure import ABSENT, Whole, shown
from pipelines.releases.lattice import (
    CONSENTED,
    MEANING,
    STAGES,
    Counts,
    Study,
    counted,
    last_closed,
    month_after,
    plan,
    study,
)
from pipelines.workspace import Workspace, write_durably

FOLDER, READ_ONLY = "releases", 0o444
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Release:
    """What is said of one study up to one month: codes of ``disclosure`` by stage, site and month, and their totals."""

    study_id: int
    study: str
    title: str
    month: dt.date
    made_on: dt.date
    data_cut: dt.date
    target: int | None
    planned_end: dt.date | None
    planned: tuple[tuple[dt.date, int], ...]
    stages: tuple[str, ...]
    meaning: dict[str, str]
    sites: tuple[str, ...]
    months: tuple[dt.date, ...]
    said: Published

    def document(self) -> str:
        """As JSON, the same for the same release."""
        parts = asdict(self)
        parts["said"] = {name: getattr(self.said, name).tolist() for name in ("cells", "sites", "months", "whole")}
        return json.dumps({**parts, "exact": self.said.exact.tolist()}, default=str, sort_keys=True)

    @classmethod
    def of_document(cls, text: str) -> Release:
        """The release that ``document`` wrote."""
        parts = json.loads(text)
        exact = np.array(parts.pop("exact"), bool)
        said = {name: np.array(of, np.int64) for name, of in parts["said"].items()}
        days = {name: dt.date.fromisoformat(parts[name]) for name in ("month", "made_on", "data_cut")}
        end = parts["planned_end"]
        return cls(**{
            **parts, **days, "planned_end": end and dt.date.fromisoformat(end), "stages": tuple(parts["stages"]),
            "planned": tuple((dt.date.fromisoformat(day), int(by_then)) for day, by_then in parts["planned"]),
            "sites": tuple(parts["sites"]), "months": tuple(map(dt.date.fromisoformat, parts["months"])), "said": Published(**said, exact=exact),
        })  # fmt: skip


def make(workspace: Workspace, code: str, month: dt.date | None = None, *, by: str, keep: bool = True, progress: Progress = lambda label, share: None) -> Release:  # fmt: skip
    """Release the study of protocol number ``code`` up to ``month`` (its first day; else the last that the data cover whole).

    ``keep=False`` only tries whether it can be. Raises ``UnknownName`` for a study or month that cannot be released, and
    ``RapportError`` where what is hidden could be worked out whatever is left out."""
    progress("Counting", 0.0)
    with workspace.warehouse.read() as reader:
        found = study(reader, code)
        if reader.data_cut is None:
            raise UnknownName("Nothing has been loaded yet.", "Load the study's files first.")
        last = month or last_closed(reader.data_cut)
        _check_month(last, reader.data_cut)
        now, planned, cut = counted(reader, found, last), plan(reader, found), reader.data_cut
    if not now.sites:
        raise UnknownName(f"No site of {found.code} is known.", "Load its sites, referrals or screening log first.")
    earlier = workspace.ledger.releases(found.study_id)
    _check_order(earlier, last, found)
    before = [(Release.of_document(one["document"]), json.loads(one["counts"])) for one in earlier]
    counts = _once(now, before[-1][1] if before else None)
    exact = tuple(stage in CONSENTED and allows_exact(workspace, found.study_id) for stage in STAGES)
    said = _say(counts, exact, before[-1][0].said if before else None)
    progress("Auditing", 0.1)
    said = _audited(counts.n, [one.said for one, _ in before], said, progress)
    release = Release(
        found.study_id, found.code, found.title, last, dt.datetime.now(dt.UTC).date(), cut, found.target, found.planned_end, planned,
        STAGES, MEANING, tuple(name for _, name in counts.sites), counts.months, said,
    )  # fmt: skip
    if keep:
        _keep(workspace, release, counts, by)
    return release


def released(workspace: Workspace, studies: tuple[int, ...] | None) -> list[Release]:
    """Every release of these studies (``None``: of all), newest first, from the files that were made for sponsors alone. One that
    was altered since is not shown; one that is gone is written again from the ledger."""
    entries = [one for one in workspace.ledger.releases() if studies is None or one["study_id"] in studies]
    found = (_file(workspace, entry) for entry in reversed(entries))
    return [release for release in found if release is not None]


def allow_exact(workspace: Workspace, code: str, allowed: bool, reason: str, by: str) -> None:
    """Whether the contract of a study lets its sponsor see exact counts of those who consented; kept in the trail with its
    ``reason``. Holds from the next release on. Raises ``UnknownName`` for an unknown study."""
    with workspace.warehouse.read() as reader:
        found = study(reader, code)
    document = {"allowed": allowed, "reason": reason}
    workspace.ledger.change_setting(f"exact counts:{found.study_id}", json.dumps(document), by)


def allows_exact(workspace: Workspace, study_id: int) -> bool:
    """Whether exact counts of the consented are allowed: not unless somebody has said so."""
    return bool(json.loads(workspace.ledger.setting(f"exact counts:{study_id}", '{"allowed": false}'))["allowed"])


def altered(workspace: Workspace) -> list[str]:
    """The names of release files that are not what was released."""
    return [_name(entry) for entry in workspace.ledger.releases() if (path := workspace.root / FOLDER / _name(entry)).exists()
            and path.read_text("utf-8") != entry["document"]]  # fmt: skip


def _check_month(last: dt.date, cut: dt.date) -> None:
    if last.day != 1 or last > last_closed(cut):
        raise UnknownName(
            f"{last:%B %Y} is not over in the data, which go up to {cut:%-d %B %Y}.",
            f"Release {last_closed(cut):%Y-%m}, or load later files first.",
        )


def _check_order(earlier: list[dict[str, Any]], last: dt.date, found: Study) -> None:
    if earlier and last <= (newest := dt.date.fromisoformat(earlier[-1]["month"])):
        raise UnknownName(
            f"{found.code} has been released up to {newest:%B %Y}; a release is never made again.",
            f"Release {month_after(newest):%Y-%m} once it is over.",
        )


def _once(now: Counts, kept: dict[str, Any] | None) -> Counts:
    """Each person in the month in which they were first counted: what earlier releases counted (``kept``) stays."""
    if kept is None:
        return now
    frozen = np.array(kept["n"], np.int64).cumsum(axis=2)
    known = frozen.shape[2]
    months = [dt.date.fromisoformat(month) for month in kept["months"]]
    while months[-1] < now.months[-1]:
        months.append(month_after(months[-1]))
    numbers = list(kept["site_ids"])
    rows = {now.now_called.get(number, number): place for place, number in reversed(list(enumerate(numbers)))}
    names = list(kept["sites"])
    for number, name in now.sites:
        if number not in rows:
            rows[number] = len(numbers)
            numbers.append(number)
            names.append(name)
    so_far = np.zeros((len(STAGES), len(numbers), len(months)), np.int64)
    so_far[:, : len(frozen[0]), :known], so_far[:, : len(frozen[0]), known:] = frozen, frozen[:, :, -1:]
    current = now.by_the_end_of(months[known:])
    for place, (number, name) in enumerate(now.sites):
        # Where two sites became one, what the other had counted is not counted again.
        others = [
            at
            for at, old in enumerate(kept["site_ids"])
            if now.now_called.get(old, old) == number and at != rows[number]
        ]
        so_far[:, rows[number], known:] = np.maximum(
            so_far[:, rows[number], known:], current[:, place] - so_far[:, others, known:].sum(axis=1)
        )
        names[rows[number]] = name
    _nobody_twice(so_far, current.sum(axis=1), known)
    n = np.diff(so_far, axis=2, prepend=0)
    return Counts(tuple(zip(numbers, names, strict=True)), tuple(months), n, now.now_called)


def _nobody_twice(so_far: Whole, everyone: Whole, known: int) -> None:
    """Who moved from one site to another was counted at the first: of all sites together no more become new, from month
    ``known`` on, than there are people (``everyone``: stage, month) who were not counted yet. Changes ``so_far`` in place."""
    for month in range(known, so_far.shape[2]):
        for stage in range(len(so_far)):
            before = so_far[stage, :, month - 1]
            new = np.maximum(so_far[stage, :, month] - before, 0)
            room = max(int(everyone[stage, month - known] - before.sum()), 0)
            for site in np.argsort(-new, kind="stable"):
                new[site] -= min(max(int(new.sum()) - room, 0), int(new[site]))
            so_far[stage, :, month] = before + new
            if stage:
                so_far[stage, :, month] = np.minimum(so_far[stage, :, month], so_far[stage - 1, :, month])


def _say(counts: Counts, exact: tuple[bool, ...], before: Published | None) -> Published:
    """What the rule lets be said; of months said before, what was said then."""
    n, known = counts.n, 0 if before is None else before.cells.shape[2]

    def told(true: Whole) -> Whole:
        return np.stack([shown(part, one) for part, one in zip(true, exact, strict=True)])

    cells, months = told(n), told(n.sum(axis=1))
    as_they_are = np.repeat(np.array(exact)[:, None], n.shape[2], axis=1)
    if before is not None:
        sites = before.cells.shape[1]
        cells[:, :sites, :known], cells[:, sites:, :known] = before.cells, ABSENT
        months[:, :known], as_they_are[:, :known] = before.months, before.exact
    said = Published(cells, told(n.sum(axis=2)), months, told(n.sum(axis=(1, 2))), as_they_are)
    return silenced(said, 0, untold(said, before))


def _audited(truth: Whole, before: list[Published], said: Published, progress: Progress) -> Published:
    """``said``, with as few totals left out as it takes. Raises ``RapportError`` where that is not enough."""
    auditor, release = Auditor(truth, [*before, said]), len(before)
    while narrow := auditor.narrow(lambda share: progress("Auditing", 0.1 + 0.9 * share)):
        gone = {total for place in narrow if (total := _total(auditor, place, release, said))}
        if not gone:
            names = ", ".join(sorted({STAGES[place.stage] for place in narrow}))
            raise RapportError(
                f"A hidden count could be worked out from what was released before (of those {names}), so nothing was released.",
                "Wait for another month and release both together.",
            )
        auditor.withhold(gone)
        said = silenced(said, release, gone)
    return said


def _total(auditor: Auditor, place: Place, release: int, said: Published) -> Place | None:
    """The total of this release that says most about a figure and can still be left out, else the figure itself; ``None`` where
    it was said before."""
    months = range(said.months.shape[1]) if place.month < 0 else (place.month,)
    totals = [(place.site, -1)] * (place.site >= 0) + [(-1, month) for month in months] + [(-1, -1)]
    stages = (place.stage, *(other for other in range(len(STAGES)) if other != place.stage))
    everyone = [Place(release, stage, site, month) for stage in stages for site, month in totals]
    itself = [place] if place.release == release else []
    return next((one for one in (*everyone, *itself) if auditor.says(one)), None)


def _keep(workspace: Workspace, release: Release, counts: Counts, by: str) -> None:
    private = {"site_ids": [number for number, _ in counts.sites], "sites": list(release.sites),
               "months": [str(month) for month in counts.months], "n": counts.n.tolist()}  # fmt: skip
    document = release.document()
    workspace.ledger.add_release(release.study_id, str(release.month), document, json.dumps(private), hashlib.sha256(document.encode()).hexdigest(), by)  # fmt: skip
    released(workspace, (release.study_id,))


def _file(workspace: Workspace, entry: dict[str, Any]) -> Release | None:
    path = workspace.root / FOLDER / _name(entry)
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_durably(path, entry["document"].encode())
        path.chmod(READ_ONLY)
    text = path.read_text("utf-8")
    return Release.of_document(text) if hashlib.sha256(text.encode()).hexdigest() == entry["sha256"] else None


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['study_id']}-{entry['month'][:7]}.json"
