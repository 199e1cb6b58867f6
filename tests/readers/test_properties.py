"""Whatever the bytes are: a reading or a refusal; and every record is staged, rejected or set aside."""

from __future__ import annotations

import csv
import io

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.errors import RapportError
from pipelines.readers.delimited.tokens import CLOSED, Dialect, gaps, split

from .conftest import Read

relaxed = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
texts = st.text(alphabet=st.sampled_from("ab Zé09,;|\t\"'\\\n\r:-#=/."), max_size=12)
messy = st.text(alphabet=st.sampled_from("ab0,;\t\"'\n\r\\ |\0é#"), max_size=300).map(lambda text: text.encode())


@relaxed
@given(st.one_of(st.binary(max_size=300), messy))
@example(b'"')
@example(b",")
@example(b'a,b\n"')
@example(b"PK\x03\x04")
@example(b"\xff\xfe\x00")
@example(b"a\n\r\r\n")
def test_any_bytes_are_read_or_refused(read: Read, content: bytes) -> None:
    try:
        reading, staged = read(content)
    except RapportError as error:
        refusal = error
    else:
        refusal = None
    if refusal is not None:
        assert refusal.message
        return
    rejected = sum(found.severity == "reject" for found in reading.findings)
    assert reading.records == len(staged) + rejected
    assert all(len(row) == len(reading.header) + 1 for row in staged)


@relaxed
@given(
    st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=12),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_writer_quotes_comes_back_cell_by_cell(
    read: Read, rows: list[tuple[str, ...]], delimiter: str, end: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["Referral Number", "Patient Name", "Reason", "Notes"])
    writer.writerows([f"R{number}", *row] for number, row in enumerate(rows))
    reading, staged = read(buffer.getvalue().encode(), delimiter=delimiter, header_row=1)
    assert [list(row[2:]) for row in staged] == [[cell.strip() or None for cell in row] for row in rows]
    assert not [found for found in reading.findings if found.severity == "reject"]


plain = st.text(alphabet="abcXYZ 019", max_size=6)
lines = st.lists(st.lists(plain, min_size=0, max_size=6), min_size=3, max_size=25)


@relaxed
@given(lines)
def test_every_line_is_header_staged_rejected_or_set_aside(read: Read, table: list[list[str]]) -> None:
    body = [",".join(cells) for cells in table]
    content = "Referral Number,Patient Name,Date,Site\n" + "".join(f"{line}\n" for line in body)
    reading, staged = read(content, delimiter=",", header_row=1)
    aside = sum(entry.count for entry in reading.set_aside)
    assert len(reading.header_rows) + reading.records + aside == len(body) + 1
    begun = [row[0] for row in staged] + [found.row for found in reading.findings if found.severity == "reject"]
    assert len(begun) == len(set(begun)) == reading.records


@relaxed
@given(
    st.lists(texts.filter(lambda text: "\n" not in text and "\r" not in text), min_size=1, max_size=6),
    st.sampled_from(",;\t|"),
)
def test_splitting_undoes_quoting(cells: list[str], delimiter: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="", quoting=csv.QUOTE_ALL).writerow(cells)
    assert split(buffer.getvalue(), Dialect(delimiter)) == (cells, CLOSED)


@relaxed
@given(st.text(alphabet='ab",; \u00a0', max_size=14), st.sampled_from(",;"))
def test_a_line_whose_quotes_need_no_closer_look_has_the_cells_that_a_closer_look_finds(
    line: str, delimiter: str
) -> None:
    counted = gaps(line, delimiter)
    if counted >= 0:
        cells, state = split(line, Dialect(delimiter))
        assert (len(cells), state) == (counted + 1, CLOSED)
        assert cells == (next(csv.reader([line], delimiter=delimiter, strict=True)) if line else [""])


@relaxed
@given(
    st.lists(texts.filter(lambda text: "\n" not in text and "\r" not in text), min_size=2, max_size=6),
    st.sampled_from(",;|"),
)
def test_a_line_as_a_writer_quotes_it_needs_no_closer_look(cells: list[str], delimiter: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(cells)
    assert gaps(buffer.getvalue(), delimiter) == len(cells) - 1
