"""What was found wrong with a file, collected rather than thrown: one ``Finding`` per fault.

A *reject* keeps its row out, a *warning* loads the row and asks for a look, a *note* tells what was decided.
Codes are stable (scripts and saved mails may refer to them); sentences are made from them here and nowhere
else, so every reader and source speaks with one voice.
"""

from __future__ import annotations

from dataclasses import dataclass

REJECT, WARNING, NOTE = "reject", "warning", "note"


@dataclass(frozen=True)
class Finding:
    """One fault of one cell or row. ``row`` is the line (text) or sheet row (workbook) in the file as the user
    sees it, 1-based; ``column`` the header as written; ``value`` the text as found (may be PHI: it is shown to
    the person who loads the file and kept only in the encrypted archive)."""

    code: str
    severity: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
