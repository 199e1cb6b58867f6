"""A short way from the bytes of a file to what each of its rows becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from ingest.asking import Asked, asking_in


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return asking_in(tmp_path)
