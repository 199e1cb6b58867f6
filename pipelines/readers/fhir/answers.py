"""A questionnaire's nested items as columns: one per question, so that its answers are scored like a survey's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_QUESTIONS = 400


class Asked(NamedTuple):
    """A question: its wording (else its number), its number and the heading that it stands below."""

    text: str
    number: str
    group: str


def spread(con: DuckDBPyConnection) -> list[str]:
    """Add a column to ``stage`` for every question asked in ``QuestionnaireResponse.item`` (which must be the column
    before the last); returns their headers, the wording of the question or its linkId."""
    columns = [row[0] for row in con.execute("describe stage").fetchall()]
    item, first = columns[-2], len(columns) - 1
    places: dict[str, int] = {}
    rows = []
    responses = [
        (row, list(_answers(_decoded(text))))
        for row, text in con.execute(f"select row, {item} from stage where {item} is not null").fetchall()
    ]
    apart = _told_apart([told for _, told in responses])
    for row, told in responses:
        given: dict[str, list[str]] = {}
        for asked, answer in told:
            given.setdefault(apart.get(asked, asked.text), []).append(answer)
        for question, answers in given.items():
            if len(places) < MOST_QUESTIONS or question in places:
                rows.append((row, places.setdefault(question, first + len(places)), "; ".join(answers)))
    for place in places.values():
        con.execute(f"alter table stage add column c{place} varchar").fetchall()
        cells = [(row, answer) for row, at, answer in rows if at == place]
        con.execute(
            f"""update stage set c{place} = told.answer
            from (select unnest($rows::bigint[]) as row, unnest($answers::varchar[]) as answer) told where told.row = stage.row""",
            {"rows": [row for row, _ in cells], "answers": [answer for _, answer in cells]},
        ).fetchall()
    con.execute(f"update stage set {item} = null").fetchall()
    return list(places)


def _told_apart(responses: Sequence[Sequence[tuple[Asked, str]]]) -> dict[Asked, str]:
    """Names of questions that are worded alike but are several ("How satisfied were you?" of the booking and of the report): with the
    group's heading where that tells them apart, else with their number. One that is only asked again keeps its wording."""
    numbers: dict[tuple[int, str], set[str]] = {}
    for turn, told in enumerate(responses):
        for asked, _ in told:
            numbers.setdefault((turn, asked.text), set()).add(asked.number)
    alike = {text for (_, text), several in numbers.items() if len(several) > 1}
    doubtful = {asked for told in responses for asked, _ in told if asked.text in alike}
    headed = Counter((asked.group, asked.text) for asked in doubtful if asked.group)
    return {
        asked: f"{asked.group}: {asked.text}"
        if headed[asked.group, asked.text] == 1
        else f"{asked.text} ({asked.number})"
        for asked in doubtful
    }


def _decoded(text: str) -> Any:
    """The items, or nothing where the element holds something else."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _answers(items: Any, group: str = "") -> Iterator[tuple[Asked, str]]:
    """(question, answer) of a tree of items below the heading ``group``; several answers to one question stand in one cell."""
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        given = item.get("answer")
        given = given if isinstance(given, list) else []
        texts = [text for answer in given if (text := _text(answer))]
        number, worded = str(item.get("linkId") or "").strip(), str(item.get("text") or "").strip()
        if texts and (worded or number):
            yield Asked(worded or number, number, group), "; ".join(texts)
        yield from _answers(item.get("item"), worded or group)
        for answer in given:
            yield from _answers(answer.get("item") if isinstance(answer, dict) else None, worded or group)


def _text(answer: Any) -> str | None:
    """One answer[x] as text: a coding by its display, a quantity by its number."""
    if not isinstance(answer, dict):
        return None
    value = next((value for name, value in answer.items() if name.startswith("value")), None)
    if isinstance(value, dict):
        value = next(
            (said for name in ("display", "value", "code", "text") if (said := value.get(name)) not in (None, "")), None
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None or isinstance(value, list | dict) else str(value).strip()
