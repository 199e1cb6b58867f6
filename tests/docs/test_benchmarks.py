"""The README's figures can be measured again: a benchmark that no test runs breaks unseen."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import NAMES

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_can_be_started(name: str) -> None:
    assert callable(importlib.import_module(f"tests.benchmarks.{name}").run)


def test_every_benchmark_is_named_in_the_readme() -> None:
    performance = README.read_text("utf-8").partition("## Performance")[2]
    assert set(NAMES) <= set(re.findall(r"`([a-z_]+)`", performance)) | set(re.findall(r"ARGS=([a-z_]+)", performance))
