"""JSON, NDJSON and Parquet: records that name their own columns."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines.errors import FileRefused

from .conftest import Read

LINES = (
    '{"npi": 1234567893.0, "name": {"family": "Null", "given": ["Ann", "B."]}}\n{"npi": 1003000126, "zip": "02110"}\n'
)


def test_lines_of_json_are_laid_out_flat_with_the_digits_they_were_written_with(read: Read) -> None:
    reading, staged = read(LINES, "x.ndjson")
    assert (reading.format, reading.header) == ("ndjson", ["npi", "name.family", "name.given", "zip"])
    assert staged == [(1, "1234567893", "Null", "Ann; B.", None), (2, "1003000126", None, None, "02110")]


def test_lines_with_a_comma_behind_each_are_the_same_records(read: Read) -> None:
    reading, staged = read('{"id":1},\n{"id":2},\n{"id":3}\n', "x.ndjson")
    assert (reading.format, reading.findings, [row[1] for row in staged]) == ("ndjson", [], ["1", "2", "3"])


def test_a_line_that_is_no_json_is_a_reject_and_the_others_load(read: Read) -> None:
    reading, staged = read(LINES + '{"npi": 1\n\n{}\n{"npi": 5}\n', "x.ndjson")
    assert [(found.code, found.severity, found.row) for found in reading.findings] == [("bad_json", "reject", 3)]
    assert [row[0] for row in staged] == [1, 2, 6]
    assert (reading.records, [(aside.row, aside.reason) for aside in reading.set_aside]) == (4, [(5, "blank")])


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]', '{"a": [1, 2], "b": ["x", "y"]}', '{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}',
        '{"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]}', '{"meta": {"n": 2}, "data": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}',
        '{"fields": [{"name": "a"}, {"name": "b"}], "rows": [[1, "x"], [2, "y"]]}', '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}', '\ufeff[{"a":1,"b":"x"}\n,\n{"a":2,"b":"y"}]\n',
    ],
)  # fmt: skip
def test_every_usual_way_to_lay_out_a_table_gives_the_same_records(read: Read, text: str) -> None:
    reading, staged = read(text, "x.json")
    assert (reading.header, staged) == (["a", "b"], [(1, "1", "x"), (2, "2", "y")])


@pytest.mark.parametrize(
    "text",
    [
        '{"data": [{"type": "r", "id": "7", "attributes": {"a": 1, "b": "x", "c": 0}}, {"type": "r", "id": "8", "attributes": {"a": 2, "b": "y", "c": 0}}]}',
        '{"hits": {"total": 2, "hits": [{"_id": "7", "_source": {"a": 1, "b": "x", "c": 0}}, {"_id": "8", "_source": {"a": 2, "b": "y", "c": 0}}]}}',
        '{"data": {"all": {"edges": [{"node": {"a": 1, "b": "x", "c": 0}}, {"node": {"a": 2, "b": "y", "c": 0}}]}}}',
        '{"id": "7", "properties": {"a": 1, "b": "x", "c": 0}}\n{"id": "8", "properties": {"a": 2, "b": "y", "c": 0}}\n',
        '{\n"a": 1, "b": "x", "c": 0}\n{\n"a": 2, "b": "y", "c": 0}\n',
        '{"columns": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}\n[1, "x", 0]\n[2, "y", 0]\n',
        '{"name": "DM", "items": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "itemData": [[1, "x", 0], [2, "y", 0]]}',
        '["a", "b", "c"]\n[1, "x", 0]\n[2, "y", 0]\n',
    ],
)  # fmt: skip
def test_records_come_out_of_what_services_put_around_them(read: Read, text: str) -> None:
    reading, staged = read(text, "x.json")
    assert reading.header[:3] == ["a", "b", "c"]
    assert [row[1:4] for row in staged] == [("1", "x", "0"), ("2", "y", "0")]


def test_an_object_beside_as_many_values_is_one_of_them(read: Read) -> None:
    reading, _ = read('[{"attributes": {"type": "R"}, "a": 1, "b": "x"}]', "x.json")
    assert reading.header == ["attributes.type", "a", "b"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"fileOID": "1", "odmVersion": "2.0", "clinicalData": [{"subjectData": [{"subjectKey": "1"}]}]}', "CDISC ODM"),
        ('{"@context": "http://www.w3.org/ns/csvw", "url": "a.csv", "tableSchema": {"columns": [{"name": "a"}]}}', "CSVW"),
        ('{"resources": [{"path": "a.csv", "schema": {"fields": [{"name": "a"}]}}]}', "data package"),
        ('{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}', "schema"),
        ('{"error": {"code": 401, "message": "Unauthorized"}}', "an error, and no records"),
        ('{"errors": [{"message": "no", "path": ["a"]}], "data": null}', "an error, and no records"),
        ('<Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/></Bundle>', "FHIR as XML"),
        ("HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000000000000000000000000000  ", "SAS transport"),
        ("ARROW1\0\0", "Feather"),
    ],
)  # fmt: skip
def test_what_holds_no_table_is_refused_as_what_it_is(read: Read, text: str, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        read(text, "x.json")


def test_a_name_that_a_record_gives_twice_is_told_and_its_last_value_counts(read: Read) -> None:
    for text in (
        '[{"a": 1, "a": 2, "b": "x\\u0000"}]',
        '{"a": 1, "a": 2, "b": "x"}\n{"a": 3, "b": "y"}\n',
        '{"rows": [{"a": 1, "a": 2, "b": "x"}]}',
    ):
        reading, staged = read(text, "x.json")
        assert [(found.code, found.severity, found.row) for found in reading.findings] == [("name_twice", "warning", 1)]
        assert staged[0][1:] == ("2", "x")
        assert reading.records == len(staged)


def test_records_under_their_number_keep_it(read: Read) -> None:
    assert read('{"R1": {"a": 1}, "R2": {"a": 2}}', "x.json")[1] == [(1, "R1", "1"), (2, "R2", "2")]


@pytest.mark.parametrize("text", ['[{"a": 1, "": 2}]', '{"a": 1, "": 2}\n'])
def test_a_value_under_an_empty_name_is_kept(read: Read, text: str) -> None:
    reading, staged = read(text, "x.json")
    assert (reading.header, staged) == (["a", "Column 2"], [(1, "1", "2")])
    reading, staged = read('{"": 0}', "x.json")
    assert (reading.header, staged) == (["Column 1"], [(1, "0")])


def test_arrays_of_arrays_have_their_header_found(read: Read) -> None:
    reading, staged = read('[["Name", "Date"], ["x", "2026-01-01"], ["y", "2026-01-02"]]', "x.json")
    assert (reading.header, len(staged)) == (["Name", "Date"], 2)


def test_several_arrays_are_parts_and_plain_values_beside_them_are_context(read: Read) -> None:
    text = '{"site": "Boston", "referrals": [{"a": 1}, {"a": 2}], "more": {"visits": [{"v": 3}, {"v": 4}]}}'
    reading, _ = read(text, "x.json")
    assert (reading.part, reading.parts, reading.context) == (
        "referrals",
        ["referrals", "more.visits"],
        {"site": "Boston"},
    )
    assert read(text, "x.json", part="more.visits")[1] == [(1, "3"), (2, "4")]
    with pytest.raises(FileRefused):
        read(text, "x.json", part="nowhere")


def test_objects_in_lists_are_numbered_and_what_is_too_many_stays_json(read: Read) -> None:
    many = [{"n": place} for place in range(10)]
    reading, staged = read(json.dumps([{"p": many}, {"p": [{"n": 7}]}]), "x.json")
    assert reading.header == [f"p.{place}.n" for place in range(1, 9)] + ["p.more"]
    assert staged[0][-1] == '[{"n": "8"}, {"n": "9"}]'


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}, {"a": 2',
        '{"a": [{"b": 1}',
        "[" * 200_000,
        '{"a":' * 200_000,
        "[]",
        "{}",
        '[{"a": 1}] trailing',
        '{"a": 1}}',
    ],
)
def test_json_that_breaks_off_or_holds_nothing_is_refused_as_a_whole(read: Read, text: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(text, "x.json")
    assert refused.value.remedy


def test_a_long_array_is_read_element_by_element(read: Read) -> None:
    text = json.dumps([{"id": place, "text": "y" * (3_000_000 if place == 7 else 300)} for place in range(12_000)])
    reading, staged = read(text, "x.json")
    assert reading.records == 12_000
    assert staged[-1][:2] == (12_000, "11999")


def test_text_that_only_begins_like_json_is_delimited_text(read: Read) -> None:
    assert read("[]Data,b\n1,2\n")[0].format == "csv"
    assert read('{"a",b\n1,2\n')[0].header == ['{"a"', "b"]


def parquet(tmp_path: Path, select: str) -> bytes:
    path = tmp_path / "made.parquet"
    connection = duckdb.connect()
    connection.execute(f"copy ({select}) to '{path}' (format parquet)")
    return path.read_bytes()


def test_parquet_is_read_as_exact_text_with_nested_columns_flat(read: Read, tmp_path: Path) -> None:
    select = """select 1234567893.0::double as npi, date '2026-03-04' as d, timestamp '2026-03-04 00:00:00' as t, timestamptz '2026-03-04 01:00:00+02' as z,
        {'family': 'Null', 'tags': ['a', 'b']} as name, true as ok, 0.1::float as f, 12345678901234567890::decimal(20,0) as h, 12.50::decimal(9,2) as m,
        'x'::blob as b, map {'k': 1} as p, ' padded ' as s union all by name select 2.5 as npi union all by name select null as npi"""
    reading, staged = read(parquet(tmp_path, select), "x.parquet")
    assert reading.header == ["npi", "d", "t", "z", "name.family", "name.tags", "ok", "f", "h", "m", "b", "p", "s"]
    assert staged[0] == (
        1, "1234567893", "2026-03-04", "2026-03-04", "2026-03-03 23:00:00+00:00", "Null", "a; b", "TRUE", "0.1", "12345678901234567890", "12.50", "x", '{"k":1}', "padded",
    )  # fmt: skip
    assert staged[1][:2] == (2, "2.5")
    assert (len(staged), [aside.row for aside in reading.set_aside]) == (2, [3])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_lengths_of_time_that_pandas_wrote_are_hours_minutes_and_seconds(read: Read, tmp_path: Path, unit: str) -> None:
    lengths = pd.Series(pd.to_timedelta([7_380, 90_061, None], unit="s")).astype(f"timedelta64[{unit}]")
    pd.DataFrame({"Talk Time": lengths, "Calls": [7_380, 1, 2]}).to_parquet(tmp_path / "calls.parquet")
    _, staged = read((tmp_path / "calls.parquet").read_bytes(), "calls.parquet")
    assert [cells[1:] for cells in staged] == [("02:03:00", "7380"), ("25:01:01", "1"), (None, "2")]


def test_parquet_without_columns_is_refused_as_such_and_not_as_damaged(read: Read, tmp_path: Path) -> None:
    pd.DataFrame().to_parquet(tmp_path / "none.parquet", index=False)
    with pytest.raises(FileRefused, match="has no columns"):
        read((tmp_path / "none.parquet").read_bytes(), "none.parquet")


@pytest.mark.parametrize("keep", [0.2, 0.7, 0.99])
def test_parquet_that_was_cut_off_is_refused(read: Read, tmp_path: Path, keep: float) -> None:
    content = parquet(tmp_path, "select range as id from range(2000)")
    with pytest.raises(FileRefused):
        read(content[: int(len(content) * keep)])


def test_records_without_any_column_are_no_records(read: Read) -> None:
    with pytest.raises(FileRefused, match="holds no records"):
        read("{}\n" * 5, "x.ndjson")


def test_a_parquet_column_by_any_name_is_read(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    duckdb.sql("select 'R1' as file_row_number, 'x' as b").write_parquet(str(path))
    reading, staged = read(path.read_bytes(), "x.parquet")
    assert (reading.header, staged) == (["file_row_number", "b"], [(1, "R1", "x")])


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1, "p": {"x": 1, "x": 2}}, {"id": 3, "p": {"x": 5}}]',
        '{"id": 1, "p": {"x": 1, "x": 2}}\n{"id": 3, "p": {"x": 5}}\n',
        '{"data": [{"id": 1, "p": {"x": 1, "x": 2}}, {"id": 3, "p": {"x": 5}}]}',
        '{"data": [{"type": "t", "attributes": {"id": 1, "p.x": 1, "p.x": 2}}, {"type": "t", "attributes": {"id": 3, "p.x": 5}}]}',
    ],
)
def test_a_name_that_is_given_twice_within_a_record_is_told(read: Read, text: str) -> None:
    reading, staged = read(text, "x.json")
    assert [(found.code, found.row) for found in reading.findings] == [("name_twice", 1)]
    assert [row[1:3] for row in staged] == [("1", "2"), ("3", "5")]


def test_a_list_whose_name_is_given_twice_is_a_part_each_time(read: Read) -> None:
    text = '{"data": [{"id": 1}], "data": [{"id": 2}, {"id": 3}]}'
    assert (read(text, "x.json")[0].parts, read(text, "x.json", part="data (2)")[1]) == (
        ["data", "data (2)"],
        [(1, "2"), (2, "3")],
    )


def test_a_dot_in_a_name_hides_no_value_of_what_is_nested(read: Read) -> None:
    reading, staged = read('[{"a.b": 1, "a": {"b": 2}}, {"a.b": 3, "a": {"b": 4}}]', "x.json")
    assert (reading.header, staged) == (["a.b", "a.b (2)"], [(1, "1", "2"), (2, "3", "4")])


def test_the_name_of_a_column_can_be_written_down(read: Read) -> None:
    reading, _ = read('[{"a\\ud800": 1, "b\\u0000c": 2}]', "x.json")
    assert reading.header == ["a?", "bc"]


@pytest.mark.parametrize("text", ["[1 true]", "[1,,2]", "[,]", "[NaN1]", "{a: 1}", "{'a': 1}", "[1, 2", "// kept\n[{\"a\": 1}]", ")]}'\n[{\"a\": 1}]"])  # fmt: skip
def test_what_is_damaged_and_named_json_is_refused_as_json(read: Read, text: str) -> None:
    with pytest.raises(FileRefused, match="JSON cannot be read beyond line 1"):
        read(text, "x.json")


def test_a_list_of_plain_values_has_a_record_each(read: Read) -> None:
    reading, staged = read("[12345678901234567890, null, -0, 1e400, 1.50]", "x.json")
    assert (reading.header, [row[1] for row in staged]) == (["value"], ["12345678901234567890", "-0", "1e400", "1.50"])


def test_a_table_of_text_that_is_named_json_is_a_table(read: Read) -> None:
    assert read("a,b\n1,2\n3,4\n", "x.json")[1] == [(2, "1", "2"), (3, "3", "4")]


def test_what_is_no_number_in_parquet_is_missing_and_whole_numbers_keep_their_digits(
    read: Read, tmp_path: Path
) -> None:
    select = """select unnest(['nan'::double, 1e16, -0.5, 1e300, 1234567893]) as d, unnest(['nan'::float, 2, 0.5, null, 1]) as f,
        unnest([['nan'::double, 1], [2.5], [], null, [3]]) as l"""
    _, staged = read(parquet(tmp_path, select), "x.parquet")
    assert [row[1:] for row in staged] == [
        (None, None, "1"), ("10000000000000000", "2", "2.5"), ("-0.5", "0.5", None), ("1e+300", None, None), ("1234567893", "1", "3")
    ]  # fmt: skip
