"""rapport grant: whose rows a signed-in person may see."""

from __future__ import annotations

import json
import unicodedata
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from pipelines.commands import JsonOption, WorkspaceOption, naming, say
from pipelines.workspace import open_workspace


class Role(StrEnum):
    """What a signed-in person may be."""

    ANALYST = "analyst"
    MANAGER = "manager"
    LIAISON = "liaison"
    COMPLIANCE = "compliance"
    SPONSOR = "sponsor"


def grant(
    person: Annotated[
        str,
        typer.Argument(help="Issuer and subject of the person's login: https://id.example|u-17.", show_default=False),
    ],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.MANAGER,
    site: Annotated[
        list[str] | None, typer.Option(help="A site as the filter names it; once per site. None named: all of them.")
    ] = None,
    study: Annotated[
        list[str] | None,
        typer.Option(help="A study's protocol number; once per study. None named: all of them, but for a sponsor."),
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take everything back from this person.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whose rows a signed-in person may see; it holds from their next click on."""
    # Copied from the page, the words hold a sign of no width that keeps their address from becoming a link.
    person = "".join(sign for sign in person.strip() if unicodedata.category(sign) != "Cf")
    issuer, _, subject = person.rpartition("|")
    if not issuer or not subject:
        raise typer.BadParameter("Write issuer and subject with a bar between them: 'https://id.example|u-17'.")
    if role is Role.SPONSOR and (site or not study) and not revoke:
        raise typer.BadParameter(
            "A sponsor reads releases, which are of whole studies: name each with --study, and no --site."
        )
    opened = open_workspace(workspace, create=False)
    given: dict[str, Any] = {}
    if not revoke:
        found = naming.chosen(opened, {"site": site, "study": study})  # none named: all of them
        given = {name: list(found[name]) if name in found else None for name in ("sites", "studies")} | {
            "role": role.value
        }
    opened.ledger.change_setting(f"grant:{person}", json.dumps(given), "command line")
    told = (
        "nothing any more"
        if revoke
        else _told(role, _extent("site", site, given["sites"]), _extent("study", study, given["studies"]))
    )
    say(as_json, {"person": person, **given}, f"{escape(person)}: {escape(told)}.")


def _told(role: Role, sites: str, studies: str) -> str:
    return f"{role.value}, {studies}" if role is Role.SPONSOR else f"{role.value}, {sites}, {studies}"


def _extent(kind: str, names: list[str] | None, keys: list[int] | None) -> str:
    """How far a grant reaches among the sites or studies, in words: of several with one name all are granted, which shows by
    their number."""
    many = {"site": "sites", "study": "studies"}[kind]
    if keys is None:
        return f"all {many}"
    return f"{len(keys)} {kind if len(keys) == 1 else many} ({', '.join(names or [])})"
