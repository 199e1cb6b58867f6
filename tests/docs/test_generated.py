"""The generated dictionaries are those of the code, and every metric is defined whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.dictionary import documents

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_document_is_what_the_code_declares(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == documents()[name], "run: make docs"


def test_every_relative_link_of_the_documents_leads_somewhere() -> None:
    import re

    for path in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), (path.name, target)
