from __future__ import annotations

import time
from typing import Any

import pytest

from pipelines.errors import FileRefused, MappingNeeded
from pipelines.sandbox import ready, run_limited


def run(do: str, **more: Any) -> dict[str, Any]:
    return run_limited(
        "tests.readers.children", {"do": do} | more.pop("job", {}), **{"memory_mb": 700, "wall_s": 60.0} | more
    )


def test_a_job_goes_in_and_its_result_and_progress_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_KEY", "secret")
    heard: list[tuple[str, float]] = []
    result = run("echo", job={"name": "Ümläut"}, on_progress=lambda label, fraction: heard.append((label, fraction)))
    assert result["job"] == {"do": "echo", "name": "Ümläut"}
    assert heard == [("Reading", 0.25)]
    assert result["arguments"] == []
    assert "RAPPORT_KEY" not in result["environment"]


def test_a_child_may_be_started_before_its_job_is_known() -> None:
    with ready("tests.readers.children") as child:
        result = run("echo", child=child)
    assert result["job"] == {"do": "echo"}
    assert child.returncode is not None


def test_a_child_whose_job_never_comes_ends_with_the_block_or_its_parent() -> None:
    with ready("tests.readers.children") as child:
        assert child.poll() is None
    assert child.returncode is not None
    with ready("tests.readers.children") as orphan:
        assert orphan.stdin is not None
        orphan.stdin.close()
        assert orphan.wait(60) == 0


def test_a_refusal_arrives_as_the_error_it_was() -> None:
    with pytest.raises(FileRefused) as refused:
        run("refuse")
    assert (refused.value.message, refused.value.remedy) == ("It is empty.", "Export it again.")
    with pytest.raises(MappingNeeded):
        run("map")


@pytest.mark.parametrize("do", ["fail", "panic", "memory", "abort", "kill", "nonsense", "leave"])
def test_every_other_death_is_a_refusal_that_quotes_no_cell(do: str) -> None:
    with pytest.raises(FileRefused) as refused:
        run(do)
    assert refused.value.remedy
    assert "CANARY" not in str(refused.value)


def test_a_child_that_hangs_is_stopped() -> None:
    begun = time.monotonic()
    with pytest.raises(FileRefused, match="longer than 1 seconds"):
        run("hang", wall_s=1.0)
    assert time.monotonic() - begun < 60  # the child would have slept for ten minutes
