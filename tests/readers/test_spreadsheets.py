"""Every spreadsheet format gives the same cells for the same sheet."""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
import zipfile

import openpyxl
import pytest
import xlwt

from pipelines.errors import FileRefused
from pipelines.readers import SetAside

from . import spreadsheets
from .conftest import Read
from .spreadsheets import WRITERS, Failed, Styled, fods, ods, ods_content, packed, record, xml2003

HEADER = ["Date Received", "Patient Name", "ZIP", "Score", "Called", "Consented", "Share"]
LOG = [
    ["Referral log"], ["Protocol:", "ABC-1"], [], HEADER,
    [dt.date(2026, 3, 4), "Null", Styled(2110.0, "00000"), 3.0, dt.datetime(2026, 3, 4, 13, 5), True, Styled(0.85, "0%")],
    [dt.date(2026, 3, 5), "Doe & Söhne\n<b>", Styled(501.0, "00000"), 0.1 + 0.2, dt.datetime(2026, 3, 5), False, Failed()],
    [], [dt.date(2026, 3, 6), " x ", None, 1234567893.0, None, None, Styled(0.07, "0%")], ["Total", None, None, 4.5],
]  # fmt: skip
CELLS = [
    (5, "2026-03-04", "Null", "02110", "3", "2026-03-04 13:05:00", "TRUE", "85%"),
    (6, "2026-03-05", "Doe & Söhne\n<b>", "00501", "0.3", "2026-03-05", "FALSE", None),
    (8, "2026-03-06", "x", None, "1234567893", None, None, "7%"),
]
OTHER = [["Site", "City", "State"], ["A", "Rome", "GA"]]
every_format = pytest.mark.parametrize("kind", sorted(WRITERS))


@every_format
def test_the_same_sheet_gives_the_same_cells_in_every_format(read: Read, kind: str) -> None:
    reading, staged = read(WRITERS[kind]({"Log": LOG, "Sites": OTHER, "Blank": []}), "log.xls")
    assert staged == CELLS
    assert (reading.format, reading.header, reading.header_rows) == (kind, HEADER, [4])
    assert (reading.part, reading.parts, reading.context) == ("Log", ["Log", "Sites"], {"Protocol": "ABC-1"})
    assert {SetAside(7, "blank"), SetAside(9, "totals")} <= set(reading.set_aside)
    assert [(found.code, found.row, found.column, found.value) for found in reading.findings] == [
        ("error_cell", 6, "Share", "#N/A")
    ]


@every_format
def test_another_sheet_is_read_by_its_name_and_an_unknown_one_refused(read: Read, kind: str) -> None:
    content = WRITERS[kind]({"Log": LOG, "Sites": OTHER})
    assert read(content, part="Sites")[1] == [(2, "A", "Rome", "GA")]
    with pytest.raises(FileRefused, match="no sheet of that name"):
        read(content, part="Nowhere")


@every_format
def test_a_workbook_with_nothing_in_it_is_refused(read: Read, kind: str) -> None:
    with pytest.raises(FileRefused, match="empty"):
        read(WRITERS[kind]({"Log": []}))


@every_format
@pytest.mark.parametrize("keep", [0.2, 0.5, 0.8, 0.97])
def test_a_workbook_that_was_cut_off_is_refused_not_half_read(read: Read, kind: str, keep: float) -> None:
    content = WRITERS[kind]({"Log": LOG * 30})
    with pytest.raises(FileRefused) as refused:
        read(content[: int(len(content) * keep)], "log.xls")
    assert refused.value.remedy


def test_old_workbooks_tell_hidden_sheets_rows_columns_and_merged_cells(read: Read) -> None:
    book = xlwt.Workbook()
    sheet, secret = book.add_sheet("Log", cell_overwrite_ok=True), book.add_sheet("Secret")
    secret.write(0, 0, "x")
    secret.visibility = 1
    for row, values in enumerate([["ID", "Name", "Site"], [1, "a", "X"], [2, "b", "Y"], [3, "c", "Z"]]):
        for column, value in enumerate(values):
            sheet.write(row, column, value)
    sheet.merge(2, 3, 2, 2)
    sheet.row(1).hidden = True
    sheet.col(1).hidden = True
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        book.save(buffer)
    reading, staged = read(buffer.getvalue())
    assert len(staged) == 3
    notes = " ".join(reading.notes)
    assert all(
        said in notes
        for said in (
            "Hidden sheets were not read: Secret",
            "1 rows are hidden",
            "1 columns are hidden",
            "1 merged cells",
        )
    )


def test_an_old_workbook_is_known_by_its_stream_however_that_is_spelled(read: Read) -> None:
    spelled = spreadsheets.xls({"Log": LOG}).replace("Workbook".encode("utf-16-le"), "WORKBOOK".encode("utf-16-le"))
    assert [tuple(row) for row in read(spelled, "log.xls")[1]] == CELLS


def test_the_oldest_workbooks_are_read_too(read: Read) -> None:
    def label(row: int, column: int, text: str) -> bytes:
        return struct.pack("<HHHH3sB", 4, 8 + len(text), row, column, bytes(3), len(text)) + text.encode()

    def count(row: int, column: int, value: float) -> bytes:
        return struct.pack("<HHHH3sd", 3, 15, row, column, bytes(3), value)

    cells = [
        label(0, 0, "Site"),
        label(0, 1, "Seen"),
        label(1, 0, "North"),
        count(1, 1, 3),
        label(2, 0, "South"),
        count(2, 1, 4.5),
    ]
    content = b"\x09\x00\x04\x00\x02\x00\x10\x00" + b"".join(cells) + b"\x0a\x00\x00\x00"  # Excel 2
    reading, staged = read(content, "counts.xls")
    assert (reading.format, staged) == ("xls", [(2, "North", "3"), (3, "South", "4.5")])


@pytest.mark.parametrize("version_and_kind", [(0, 0x10), (0x500, 0x10), (0, 0x1000), (0, 0)])
def test_a_sheet_without_a_workbook_as_web_pages_write_it_is_read(
    read: Read, version_and_kind: tuple[int, int]
) -> None:
    def label(row: int, column: int, text: str) -> bytes:
        return struct.pack("<6H", 0x204, 8 + len(text), row, column, 0, len(text)) + text.encode("latin-1")

    content = struct.pack("<6H", 0x809, 8, *version_and_kind, 0, 0)
    content += label(0, 0, "Site") + label(0, 1, "Seen") + label(1, 0, "Orléans")
    content += struct.pack("<5Hd", 0x203, 14, 1, 1, 0, 4.5) + struct.pack("<2H", 0x0A, 0)
    reading, staged = read(content, "counts.xls")
    assert (reading.header, staged, reading.notes) == (["Site", "Seen"], [(2, "Orléans", "4.5")], [])


def test_a_document_that_only_speaks_of_books_is_no_workbook(read: Read) -> None:
    renamed = spreadsheets.xls({"Log": LOG}).replace("Workbook".encode("utf-16-le"), "WordDocu".encode("utf-16-le"))
    with pytest.raises(FileRefused, match="not a workbook"):
        read(renamed + "A Workbook for schools".encode("utf-16-le"), "lesson.xls")


def test_an_old_workbook_with_a_name_that_cannot_be_read_gives_its_cells_and_says_what_is_lost(read: Read) -> None:
    content = spreadsheets.xls({"Log": [["ID", "Site"], ["a1", "North"], ["a2", "South"]]})
    place = content.find(b"\x5c\x00\x70\x00")  # a record nobody needs becomes a name with a relative area
    name = struct.pack("<HBBHHHBBBB", 0, 0, 1, 9, 0, 0, 0, 0, 0, 0) + b"\0A\x2d" + bytes(8)
    reading, staged = read(content[:place] + b"\x18\x00\x70\x00" + name.ljust(112, b"\0") + content[place + 116 :])
    assert staged == [(2, "a1", "North"), (3, "a2", "South")]
    assert any("partly damaged" in note for note in reading.notes)


def test_old_workbooks_count_days_from_1904_where_they_say_so(read: Read) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("Log")
    for column, value in enumerate(["ID", "Date"]):
        sheet.write(0, column, value)
    for row in (1, 2):
        sheet.write(row, 0, row)
        sheet.write(row, 1, 44623, xlwt.easyxf(num_format_str="m/d/yyyy"))
    buffer = io.BytesIO()
    book.save(buffer)
    reading, staged = read(buffer.getvalue())
    assert (staged[0], reading.date_system) == ((2, "1", "2026-03-04"), 1904)


def test_binary_workbooks_count_days_from_1904_where_they_say_so(read: Read) -> None:
    content = spreadsheets.xlsb(
        {"Log": [["ID", "Date"], [1.0, Styled(44623.0, "m/d/yyyy")], [2.0, Styled(44624.5, "m/d/yyyy")]]},
        from_1904=True,
    )
    assert read(content)[1] == [(2, "1", "2026-03-04"), (3, "2", "2026-03-05 12:00:00")]


def test_hidden_sheets_and_filtered_rows_of_open_documents_are_told(read: Read) -> None:
    content = ods_content({"Log": [["ID", "Name", "Site"], [1.0, "a", "X"], [2.0, "b", "Y"]], "Secret": OTHER})
    content = content.replace(
        "<office:body>", '<office:automatic-styles><style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body>'
    ).replace('table:name="Secret"', 'table:name="Secret" table:style-name="ta2"')  # fmt: skip
    content = content.replace("<table:table-row>", '<table:table-row table:visibility="filter">', 2)
    reading, staged = read(
        packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})
    )
    assert (reading.parts, len(staged)) == (["Log"], 2)
    assert any("Secret" in note for note in reading.notes)
    assert any("2 rows are hidden" in note for note in reading.notes)


def test_cells_and_rows_that_repeat_are_repeated_and_comments_are_not_read(read: Read) -> None:
    content = ods_content({"Log": [["ID", "Name", "Site"], [1.0, "a", "X"], [2.0, "b", "Y"]]})
    content = content.replace(
        'office:value="2.0">', 'office:value="2.0"><office:annotation><text:p>secret</text:p></office:annotation>'
    )
    rows = content.split("<table:table-row>")
    rows[2] = 'table:number-rows-repeated="3">'.join(("<table:table-row ", rows[2]))
    content = rows[0] + "<table:table-row>" + rows[1] + rows[2] + "<table:table-row>" + rows[3]
    assert read(content.replace("document-content", "document"))[1] == [
        (2, "1", "a", "X"), (3, "1", "a", "X"), (4, "1", "a", "X"), (5, "2", "b", "Y"),
    ]  # fmt: skip


def test_how_a_word_is_spoken_is_no_part_of_the_word(read: Read) -> None:
    content = ods_content({"Log": [["ID", "Name"], ["a", "XX"], ["b", "YY"]]}).replace(
        "XX", "<text:ruby><text:ruby-base>山田</text:ruby-base><text:ruby-text>やまだ</text:ruby-text></text:ruby>"
    )
    assert read(content.replace("document-content", "document"))[1] == [(2, "a", "山田"), (3, "b", "YY")]


def test_a_box_that_is_drawn_over_a_cell_is_no_part_of_what_it_says(read: Read) -> None:
    box = "<draw:frame><draw:text-box><text:p>Confidential</text:p></draw:text-box></draw:frame>"
    line = "<draw:measure><text:p>80 mm</text:p></draw:measure>"
    content = ods_content({"Log": [["ID", "Name"], ["a", "XX"], ["b", None]]}).replace(
        "<text:p>XX</text:p>", f"<text:p>North</text:p>{box}"
    )
    content = content.replace("<table:table-cell/>", f"<table:table-cell>{line}</table:table-cell>")
    named = content.replace("xmlns:text=", f'xmlns:draw="{spreadsheets.OFFICE}drawing:1.0" xmlns:text=', 1)
    assert read(named.replace("document-content", "document"))[1] == [(2, "a", "North"), (3, "b", None)]


@pytest.mark.parametrize("repeat", ['table:number-rows-repeated="999999999"', 'table:number-rows-repeated="1000000"'])
def test_an_open_document_that_repeats_without_end_is_refused(read: Read, repeat: str) -> None:
    row = "<table:table-row " + repeat + ">" + spreadsheets.ods_cell("x") * 30
    content = ods_content({"Log": [["ID", "Name", "Site"]]}).replace(
        "<table:table-row>", row + "</table:table-row><table:table-row>", 1
    )
    with pytest.raises(FileRefused):
        read(content.replace("document-content", "document"))


@every_format
def test_a_sheet_with_one_cell_far_out_is_refused_or_read_but_never_allocated(read: Read, kind: str) -> None:
    if kind in ("xlsx", "xls"):
        pytest.skip("tried elsewhere; an old sheet ends at 256 columns and 65,536 rows")
    far = {"ods": b'</table:table-row><table:table-row table:number-rows-repeated="1048000">', "xml2003": b"<Row ss:Index=\"1048576\"><Cell ss:Index=\"16384\"><Data ss:Type=\"String\">x</Data></Cell></Row></Table>"}  # fmt: skip
    if kind == "xlsb":
        rows = [["ID", "Name", "Site"], [1.0, "a", "X"], [2.0, "b", "Y"]]
        content = spreadsheets.xlsb({"Log": rows})
        stray = record(0, (1_048_575).to_bytes(4, "little") + bytes(13)) + record(
            4, (16_383).to_bytes(4, "little") + bytes(4) + b"\1"
        )
        content = _rewritten(
            content, "xl/worksheets/sheet1.bin", lambda data: data.replace(record(146), stray + record(146))
        )
    elif kind == "xml2003":
        content = WRITERS[kind]({"Log": LOG}).replace(b"</Table>", far[kind])
    else:
        text = ods_content({"Log": LOG}).replace(
            '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>',
            '<table:table-cell table:number-columns-repeated="16383"/>'
            + spreadsheets.ods_cell("x")
            + "</table:table-row>",
        )
        content = text.replace("document-content", "document").encode()
    with pytest.raises(FileRefused, match=r"16,384|filled cells"):
        read(content)


@pytest.mark.parametrize("kind", ["fods", "xml2003"])
def test_entities_are_refused_before_they_expand(read: Read, kind: str) -> None:
    laughs = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    )
    content = WRITERS[kind]({"Log": LOG})
    place = content.index(b"<", content.index(b"?>") + 2)
    with pytest.raises(FileRefused, match="declarations"):
        read(content[:place] + laughs + content[place:])


def test_formulas_without_value_are_told_in_open_and_xml_spreadsheets(read: Read) -> None:
    content = WRITERS["xml2003"]({"Log": LOG}).replace(
        b'<Cell ss:Index="4"><Data ss:Type="Number">3.0</Data>', b'<Cell ss:Index="4" ss:Formula="=1+2">'
    )
    reading, _ = read(content)
    assert ("formula_without_value", 5) in [(found.code, found.row) for found in reading.findings]
    content = WRITERS["fods"]({"Log": LOG}).replace(
        b'office:value-type="float" office:value="3.0"><text:p>3.00</text:p>', b'table:formula="of:=1+2">'
    )
    reading, _ = read(content)
    assert ("formula_without_value", 5) in [(found.code, found.row) for found in reading.findings]


@pytest.mark.parametrize("blank", ["16777210", "1000000000"])
def test_blank_rows_to_the_end_of_a_very_long_open_document_sheet_are_no_damage(read: Read, blank: str) -> None:
    """LibreOffice's very large sheets have 16,777,216 rows, and the rest of a sheet is told as one repeated row."""
    content = fods({"Log": LOG}).replace(b'rows-repeated="1048000"', f'rows-repeated="{blank}"'.encode())
    assert read(content)[1] == read(fods({"Log": LOG}))[1] != []


def test_a_cell_below_the_last_row_that_is_read_of_an_open_document_is_named(read: Read) -> None:
    row = b'<table:table-row table:number-rows-repeated="16777210"><table:table-cell/></table:table-row><table:table-row><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
    with pytest.raises(FileRefused, match="cells below row"):
        read(fods({"Log": LOG}).replace(b"</table:table>", row))


def test_protected_open_documents_are_refused_with_the_reason(read: Read) -> None:
    content = packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": b"\1\2",
            "META-INF/manifest.xml": "<manifest:encryption-data/>",
        }
    )
    with pytest.raises(FileRefused, match="password"):
        read(content)


def _rewritten(content: bytes, part: str, change) -> bytes:
    from .test_workbook import rewritten

    return rewritten(content, part, change)


MERGED_ROWS = [["Provider", "Date", "Patient"], ["Patel", "2026-03-13", "Doe"], [None, "2026-03-14", "Roe"], [None, "2026-03-15", "Poe"], ["Holm", "2026-03-16", "Moe"]]  # fmt: skip
PATEL = {
    "ods": ('<table:table-cell office:value-type="string"><text:p>Patel', '<table:table-cell table:number-rows-spanned="3" office:value-type="string"><text:p>Patel'),
    "fods": ('<table:table-cell office:value-type="string"><text:p>Patel', '<table:table-cell table:number-rows-spanned="3" office:value-type="string"><text:p>Patel'),
    "xml": ('<Cell ss:Index="1"><Data ss:Type="String">Patel', '<Cell ss:Index="1" ss:MergeDown="2"><Data ss:Type="String">Patel'),
}  # fmt: skip


@pytest.mark.parametrize("kind", PATEL)
@pytest.mark.parametrize("across", [False, True])
def test_open_document_and_xml_sheets_merge_downwards_like_the_others(read: Read, kind: str, across: bool) -> None:
    content = {"ods": ods, "fods": fods, "xml": xml2003}[kind]({"Log": MERGED_ROWS})
    plain, merged = PATEL[kind]
    if across:  # what reaches over columns too is a heading, and heads no record
        merged = merged.replace('rows-spanned="3"', 'rows-spanned="3" table:number-columns-spanned="2"').replace(
            'MergeDown="2"', 'MergeDown="2" ss:MergeAcross="1"'
        )

    def change(text: bytes) -> bytes:
        assert plain.encode() in text
        return text.replace(plain.encode(), merged.encode())

    content = _rewritten(content, "content.xml", change) if kind == "ods" else change(content)
    reading, staged = read(content)
    assert [row[1] for row in staged] == ["Patel", *([None] * 2 if across else ["Patel"] * 2), "Holm"]
    assert sum("merged" in note for note in reading.notes) == 1


def test_words_merged_over_several_records_are_said_of_each_and_numbers_are_not(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for values in (
        ("Provider", "Date", "Patient", "Target"),
        ("Patel", "2026-03-13", "Doe", 30),
        (None, "2026-03-14", "Roe", None),
        (None, "2026-03-15", "Poe", None),
        ("Holm", "2026-03-16", "Moe", 10),
        (None, "2026-03-17", "Zoe", None),
    ):
        sheet.append(values)
    for cells in ("A2:A4", "A5:A6", "D2:D4"):
        sheet.merge_cells(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    reading, staged = read(buffer.getvalue())
    assert [row[1] for row in staged] == ["Patel", "Patel", "Patel", "Holm", "Holm"]
    assert [row[4] for row in staged] == ["30", None, None, "10", None]
    assert [note for note in reading.notes if "merged" in note] == [
        "2 merged cells reach over several records; what they say was put into each of them.",
        "1 merged cells reach over several rows; what they say was read into the first of them only.",
    ]


@pytest.mark.parametrize("filling", [" " * 3_000_000, " " * 3_000_000 + "<!-- -->"])
def test_a_long_run_of_blanks_beside_a_formula_does_not_hold_up_the_reader(read: Read, filling: str) -> None:
    parts = _parts(WRITERS["xlsx"]({"Log": [["a", "b"], [1.0, 2.0], [3.0, 4.0]]}))
    name = next(name for name in parts if "worksheets/" in name)
    parts[name] = parts[name].replace(b"<v>4</v></c>", b"<f>1+1</f>" + filling.encode() + b"</c>")
    assert len(parts[name]) > 3_000_000
    assert read(packed(parts))[1][0] == (2, "1", "2")


@pytest.mark.parametrize("told", ['s="1" ', 'r="B3" ', 'hidden="1" '])
def test_a_tag_that_says_one_thing_over_and_over_does_not_hold_up_the_reader(read: Read, told: str) -> None:
    parts = _parts(WRITERS["xlsx"]({"Log": [["a", "zip"], [1.0, Styled(501.0, "00000")], [3.0, 4.0]]}))
    name = next(name for name in parts if "worksheets/" in name)
    parts[name] = parts[name].replace(
        b"</sheetData>", b"<row r='4'><c " + told.encode() * 300_000 + b"</row></sheetData>"
    )
    with pytest.raises(FileRefused, match="damaged"):
        read(packed(parts))


def _parts(content: bytes) -> dict[str, bytes | str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_gnumeric_workbook_is_refused_by_its_name_though_it_names_open_documents_too(read: Read) -> None:
    text = (
        '<?xml version="1.0"?><gnm:Workbook xmlns:gnm="http://www.gnumeric.org/v10.dtd">'
        '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/></gnm:Workbook>'
    )
    with pytest.raises(FileRefused, match="a Gnumeric workbook"):
        read(text, "log.gnumeric")


def test_a_sheet_of_a_thousand_columns_with_odd_blanks_is_read_within_the_memory_of_a_small_one(read: Read) -> None:
    columns = range(1_000)
    rows = [[f"Q{place}" for place in columns], *([f"{row}.{place}\t" for place in columns] for row in range(3))]
    staged = read(ods({"Wide": rows}))[1]
    assert [row[1:] for row in staged] == [tuple(cell.strip() for cell in row) for row in rows[1:]]
