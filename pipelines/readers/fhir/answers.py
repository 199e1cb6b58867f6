"""A questionnaire's nested items as columns: one per question, so that its answers are scored like a survey's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_QUESTIONS = 400


def spread(con: DuckDBPyConnection) -> list[str]:
    """Add a column to ``stage`` for every question asked in ``QuestionnaireResponse.item`` (which must be the column
    before the last); returns their headers, the wording of the question or its linkId."""
    columns = [row[0] for row in con.execute("describe stage").fetchall()]
    item, first = columns[-2], len(columns) - 1
    places: dict[str, int] = {}
    rows = []
    for row, text in con.execute(f"select row, {item} from stage where {item} is not null").fetchall():
        given: dict[str, list[str]] = {}
        for question, answer in _answers(_decoded(text)):
            given.setdefault(question, []).append(answer)
        for question, answers in given.items():
            if len(places) < MOST_QUESTIONS or question in places:
                rows.append((row, places.setdefault(question, first + len(places)), "; ".join(answers)))
    for place in places.values():
        con.execute(f"alter table stage add column c{place} varchar").fetchall()
        told = [(row, answer) for row, at, answer in rows if at == place]
        con.execute(
            f"""update stage set c{place} = told.answer
            from (select unnest($rows::bigint[]) as row, unnest($answers::varchar[]) as answer) told where told.row = stage.row""",
            {"rows": [row for row, _ in told], "answers": [answer for _, answer in told]},
        ).fetchall()
    con.execute(f"update stage set {item} = null").fetchall()
    return list(places)


def _decoded(text: str) -> Any:
    """The items, or nothing where the element holds something else."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _answers(items: Any) -> Iterator[tuple[str, str]]:
    """(question, answer) of a tree of items; several answers to one question stand in one cell."""
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        given = item.get("answer")
        given = given if isinstance(given, list) else []
        texts = [text for answer in given if (text := _text(answer))]
        question = str(item.get("text") or item.get("linkId") or "").strip()
        if texts and question:
            yield question, "; ".join(texts)
        yield from _answers(item.get("item"))
        for answer in given:
            yield from _answers(answer.get("item") if isinstance(answer, dict) else None)


def _text(answer: Any) -> str | None:
    """One answer[x] as text: a coding by its display, a quantity by its number."""
    if not isinstance(answer, dict):
        return None
    value = next((value for name, value in answer.items() if name.startswith("value")), None)
    if isinstance(value, dict):
        value = value.get("display") or value.get("value") or value.get("code") or value.get("text")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None or isinstance(value, list | dict) else str(value).strip()
