"""The command line: rapport demo | serve | ingest | watch | loads | undo | rejects | renew | rebuild | build | quality | mappings |
identities | metrics | releases | templates | grant | doctor. Each command, or family of them, is a file of ``commands``.

Exit codes: 0 done, 1 something a person must mend (said on stderr), 2 the command was called wrongly, 3 done
in part (a batch in which some files or rows were kept out). ``--json`` prints one JSON document on stdout.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import typer
from rich.markup import escape

from pipelines.commands import MENDABLE, err, identities, mappings, metrics, releases
from pipelines.commands.build import build
from pipelines.commands.demo import demo, serve
from pipelines.commands.grant import grant
from pipelines.commands.ingest import ingest
from pipelines.commands.loads import loads, rebuild, rejects, renew, undo
from pipelines.commands.quality import quality
from pipelines.commands.watch import watch
from pipelines.commands.workspace import doctor, templates
from pipelines.errors import RapportError, kind_and_place

app = typer.Typer(
    help="Know and keep the physicians who refer patients to you.", no_args_is_help=True, pretty_exceptions_enable=False
)
for command in (
    demo,
    serve,
    ingest,
    watch,
    loads,
    undo,
    rejects,
    renew,
    rebuild,
    build,
    quality,
    templates,
    grant,
    doctor,
):
    app.command()(command)
FAMILIES = {"metrics": metrics.app, "identities": identities.app, "mappings": mappings.app, "releases": releases.app}
for name, family in FAMILIES.items():
    app.add_typer(family, name=name)


def main() -> None:
    """Run the command line; whatever a person can mend ends in one sentence and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except RapportError as problem:
        err.print(f"[red]{escape(problem.message)}[/] {escape(problem.remedy)}", highlight=False)
        raise SystemExit(MENDABLE) from None
    except OSError as problem:  # a path that a person gave: no folder, no right, no room
        where = f"{escape(Path(str(problem.filename)).name)}: " if problem.filename else ""
        err.print(
            f"[red]{where}{problem.strerror or type(problem).__name__}.[/] Check the path, your rights to it, and the room on the disk.",
            highlight=False,
        )
        raise SystemExit(MENDABLE) from None
    except Exception as problem:  # its text may quote a cell, and a traceback helps no user: for whoever develops
        if os.environ.get("RAPPORT_DEBUG"):
            raise
        err.print(f"[red]Something unforeseen happened ({escape(kind_and_place(problem))}).[/] Nothing half-done was kept. Run: rapport doctor.", highlight=False)  # fmt: skip
        raise SystemExit(MENDABLE) from None
    except KeyboardInterrupt:
        err.print("Stopped. Nothing half-done was kept.")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
