"""The generated dictionaries are those of the code, and every metric is defined whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.checks import SENTENCES
from pipelines.dictionary import documents
from pipelines.mapping.faults import MANGLED
from pipelines.mapping.work import FAULTS
from pipelines.sources import registry

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_document_is_what_the_code_declares(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == documents()[name], "run: make docs"


def test_every_code_that_is_ever_found_has_its_sentence() -> None:
    root = Path(__file__).parents[2] / "pipelines"
    texts = [
        path.read_text("utf-8") for folder in ("readers", "mapping") for path in sorted((root / folder).rglob("*.py"))
    ]
    written = {
        code for text in texts for code in re.findall(r"""(?:Finding\(|_warn\(|_reject\()\s*["'](\w+)["']""", text)
    }
    assert len(written) > 10
    checked = {check.code for source in registry().values() for check in source.checks}
    missing = (written | checked | set(FAULTS.values()) | set(MANGLED.values())) - set(SENTENCES)
    assert not missing
    assert all(said.message.endswith(".") and said.remedy.endswith(".") for said in SENTENCES.values())


def test_every_relative_link_of_the_documents_leads_somewhere() -> None:
    for path in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), (path.name, target)
