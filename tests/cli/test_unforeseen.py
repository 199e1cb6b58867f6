"""What nobody foresaw ends in a sentence, too, without what the error says: that may quote a cell."""

from __future__ import annotations

import pytest

from pipelines import __main__ as command_line


def _fail() -> None:
    raise ValueError("Zyxtina Qanaryson")


def test_an_unforeseen_error_tells_its_kind_and_place_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RAPPORT_DEBUG", raising=False)
    monkeypatch.setattr(command_line, "app", _fail)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert "ValueError at test_unforeseen.py" in said.err
    assert "Qanary" not in said.out + said.err
    assert "Traceback" not in said.err
    monkeypatch.setenv("RAPPORT_DEBUG", "1")
    with pytest.raises(ValueError, match="Zyx"):
        command_line.main()
