"""Marks that say: the same as above."""

from __future__ import annotations

import pytest
from duckdb import DuckDBPyConnection

from pipelines.readers.structure import dittos
from tests.readers.conftest import Read


def filled(read: Read, con: DuckDBPyConnection, text: str) -> tuple[list[tuple[object, ...]], list[str]]:
    reading, _ = read(text)
    dittos.fill(con, reading)
    return [row[1:] for row in con.execute("select * from stage order by row").fetchall()], reading.notes


@pytest.mark.parametrize("mark", ["〃", '-"-', "''", "same as above", "Ditto", "as above", "↓"])
def test_a_mark_stands_for_the_cell_above(read: Read, con: DuckDBPyConnection, mark: str) -> None:
    quoted = mark.replace('"', '""')
    rows, notes = filled(read, con, f'Day,Who\n1,Patel\n2,"{quoted}"\n3,"{quoted}"\n4,Holm\n5,"{quoted}"\n')
    assert [who for _, who in rows] == ["Patel", "Patel", "Patel", "Holm", "Holm"]
    assert any("3 cells of “Who”" in note for note in notes)


def test_a_mark_with_nothing_above_stays_as_it_is(read: Read, con: DuckDBPyConnection) -> None:
    assert filled(read, con, "Day,Who\n1,〃\n2,Patel\n3,\n4,〃\n")[0] == [
        ("1", "〃"),
        ("2", "Patel"),
        ("3", None),
        ("4", "〃"),
    ]


def test_a_word_that_may_be_an_answer_is_a_mark_only_beside_a_sure_one(read: Read, con: DuckDBPyConnection) -> None:
    text = "Day,Who,Practice,Compared\n1,Patel,Elm FM,Better\n2,same as above,same,Worse\n3,Holm,Oak FM,Same\n"
    assert filled(read, con, text)[0] == [
        ("1", "Patel", "Elm FM", "Better"),
        ("2", "Patel", "Elm FM", "Worse"),
        ("3", "Holm", "Oak FM", "Same"),
    ]


def test_what_somebody_says_in_their_own_words_is_left_alone(read: Read, con: DuckDBPyConnection) -> None:
    text = "Id,What could we do better?,Comments\n1,Call,Nice\n2,Same as above,see above\n"
    assert filled(read, con, text)[0][1] == ("2", "Same as above", "see above")
