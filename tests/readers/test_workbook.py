from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pipelines.errors import FileRefused
from pipelines.readers import SetAside
from pipelines.readers.workbook.newbook import as_text

from .conftest import Read
from .spreadsheets import packed

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = "xl/worksheets/sheet1.xml"


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def log_book(*, from_1904: bool = False) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.title = "Log"
    for row in (
        ["Referral log"], ["Protocol:", "ABC-1"], [],
        ["Date Received", "Patient Name", "ZIP", "Score", "Called", "OK"],
        [dt.date(2026, 3, 4), "Null", 2110, 3.0, dt.datetime(2026, 3, 4, 13, 5), True],
        [dt.date(2026, 3, 5), "Doe", 501, 1.5, dt.datetime(2026, 3, 5), False],
        [], ["Total", None, None, 4.5],
    ):  # fmt: skip
        sheet.append(row)
    for row in (5, 6):
        sheet.cell(row, 3).number_format = "00000"
    return book


def rewritten(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename == part else data)
    return buffer.getvalue()


@pytest.mark.parametrize("from_1904", [False, True])
def test_cells_are_text_as_their_reader_sees_them(read: Read, from_1904: bool) -> None:
    reading, staged = read(saved(log_book(from_1904=from_1904)), "log.xlsx")
    assert staged == [
        (5, "2026-03-04", "Null", "02110", "3", "2026-03-04 13:05:00", "TRUE"),
        (6, "2026-03-05", "Doe", "00501", "1.5", "2026-03-05", "FALSE"),
    ]
    assert reading.date_system == (1904 if from_1904 else 1900)
    assert (reading.header_rows, reading.part, reading.context) == ([4], "Log", {"Protocol": "ABC-1"})
    assert SetAside(8, "totals") in reading.set_aside


def test_a_table_that_begins_elsewhere_keeps_its_sheet_rows(read: Read) -> None:
    book = openpyxl.Workbook()
    for row, values in ((10, ("ID", "Name", "Site")), (11, (1, "a", "X")), (13, (2, "b", "Y"))):
        for column, value in enumerate(values, 4):
            book.active.cell(row, column, value)
    reading, staged = read(saved(book))
    assert staged == [(11, "1", "a", "X"), (13, "2", "b", "Y")]
    assert reading.set_aside == [SetAside(12, "blank")]


def test_error_cells_and_formulas_without_value_are_reported(read: Read) -> None:
    book = log_book()
    book["Log"]["B5"] = "#REF!"
    book["Log"]["F6"] = "=1+1"
    reading, staged = read(saved(book))
    assert staged[0][2] is None
    assert {(found.code, found.row, found.column, found.value) for found in reading.findings} == {
        ("error_cell", 5, "Patient Name", "#REF!"), ("formula_without_value", 6, "OK", None),
    }  # fmt: skip


def test_sheets_of_instructions_are_passed_over_and_hidden_ones_not_listed(read: Read) -> None:
    book = log_book()
    book.create_sheet("Instructions", 0).append(["Fill in", "the next", "sheet", "please"])
    hidden = book.create_sheet("Secret", 0)
    hidden.append(["a", "b", "c"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Empty")
    reading, _ = read(saved(book))
    assert (reading.part, reading.parts) == ("Log", ["Instructions", "Log"])
    assert read(saved(book), part="Secret")[0].header == ["a", "b", "c"]
    with pytest.raises(FileRefused):
        read(saved(book), part="Nowhere")


def test_hidden_rows_are_read_and_told(read: Read) -> None:
    book = log_book()
    book["Log"].row_dimensions[5].hidden = True
    reading, staged = read(saved(book))
    assert len(staged) == 2
    assert any("hidden" in note for note in reading.notes)


def test_a_workbook_with_one_cell_far_out_is_refused(read: Read) -> None:
    book = log_book()
    book["Log"]["XFD1048576"] = 1
    with pytest.raises(FileRefused, match="1,048,576"):
        read(saved(book))


def test_blank_styled_cells_down_to_the_last_row_are_no_part_of_the_table(read: Read) -> None:
    book = log_book()
    for row in (1_048_574, 1_048_576):
        book["Log"][f"AMJ{row}"].number_format = "0.00"
    assert read(saved(book))[1] == read(saved(log_book()))[1]


def test_days_and_times_that_are_none_are_the_numbers_or_the_day_that_only_spreadsheets_know(read: Read) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["ID", "When"], ["a", -0.5], ["b", 60], ["c", 46000.5], ["d", -3]):
        sheet.append(row)
    for row, code in ((2, "h:mm"), (3, "m/d/yyyy"), (4, "m/d/yyyy h:mm"), (5, "m/d/yyyy")):
        sheet.cell(row, 2).number_format = code
    assert [row[2] for row in read(saved(book))[1]] == ["-0.5", "1900-02-29", "2025-12-09 12:00:00", "-3"]


def test_a_zip_bomb_is_refused(read: Read) -> None:
    bomb = rewritten(
        saved(log_book()), SHEET, lambda data: data.replace(b"</sheetData>", b" " * 60_000_000 + b"</sheetData>")
    )
    with pytest.raises(FileRefused, match="unpacks"):
        read(bomb)


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_sheet_that_was_cut_off_is_refused_not_half_read(read: Read, keep: float) -> None:
    with pytest.raises(FileRefused):
        read(rewritten(saved(log_book()), SHEET, lambda data: data[: int(len(data) * keep)]))
    content = saved(log_book())
    with pytest.raises(FileRefused):
        read(content[: int(len(content) * keep)])


def test_protected_damaged_and_foreign_containers_are_refused(read: Read) -> None:
    with pytest.raises(FileRefused, match="password"):
        read(OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    for content in (
        OLE + bytes(600),
        OLE + bytes(600) + "Workbook".encode("utf-16-le") + bytes(600),
        b"PK\x03\x04" + bytes(80),
    ):
        with pytest.raises(FileRefused):
            read(content)
    with pytest.raises(FileRefused, match="declarations"):
        read(rewritten(saved(log_book()), "xl/workbook.xml", lambda data: b'<!DOCTYPE x [<!ENTITY a "b">]>' + data))


def test_empty_workbooks_are_refused(read: Read) -> None:
    with pytest.raises(FileRefused):
        read(saved(openpyxl.Workbook()))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"), (1234567893.0, "1234567893"), (0.1 + 0.2, "0.3"), (1e-7, "0.0000001"), (True, "TRUE"), (dt.time(9, 30), "09:30:00"),
        (dt.timedelta(hours=26, minutes=30), "26:30:00"), (dt.datetime(2026, 3, 4, 13, 4, 59, 999800), "2026-03-04 13:05:00"),
        (dt.datetime(2026, 3, 4, 13, 4, 59, 250000), "2026-03-04 13:04:59.250"), (dt.date(1900, 1, 1), "1900-01-01"),
    ],
)  # fmt: skip
def test_values_become_the_text_that_excel_shows(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize("spelling", [b"r\n=\n'XFD1048576'", b"s=\"0\" r='XFD1048576'", b' r = "XFD1048576"'])
def test_a_far_cell_is_found_however_its_place_is_spelled(read: Read, spelling: bytes) -> None:
    with pytest.raises(FileRefused, match="1,048,576"):
        read(rewritten(saved(log_book()), SHEET, lambda data: data.replace(b'r="A5"', spelling)))


@pytest.mark.parametrize(
    "garbage",
    [b"<c " * 300_000, b'<c t="e">' * 100_000, b'<row r="1" hidden="1" ' * 40_000, b'<c r="A1" t="e"/>' * 50_000],
)
def test_xml_that_is_built_to_keep_a_reader_busy_ends_soon(read: Read, garbage: bytes) -> None:
    with contextlib.suppress(FileRefused):
        read(rewritten(saved(log_book()), SHEET, lambda data: data.replace(b"</sheetData>", garbage + b"</sheetData>")))


@pytest.mark.parametrize(
    ("told", "shown"),
    [("2026-03-04T00:00:00Z", "2026-03-04"), ("2026-03-04T13:05:00", "2026-03-04 13:05:00"), ("2026-03-04", "2026-03-04"), ("2026-03-04T13:05:00.000+02:00", "2026-03-04 13:05:00")],
)  # fmt: skip
def test_a_date_as_iso_text_is_in_no_zone(read: Read, told: str, shown: str) -> None:
    change = re.compile(rb'<c r="A5"([^>]*) t="n"([^>]*)><v>[^<]*</v></c>')
    content = rewritten(
        saved(log_book()),
        SHEET,
        lambda data: change.sub(rb'<c r="A5"\1 t="d"\2><v>' + told.encode() + rb"</v></c>", data),
    )
    _, staged = read(content, "log.xlsx")
    assert staged[0][1] == shown


@pytest.mark.parametrize(
    ("text", "what"), [("ID;PSCALC3\nP;PGeneral\n", "SYLK"), ('TABLE\n0,1\n"EXCEL"\n', "Data Interchange")]
)
def test_spreadsheets_as_text_of_old_are_refused_as_that(read: Read, text: str, what: str) -> None:
    with pytest.raises(FileRefused, match=what):
        read(text.encode(), "log.csv")


def test_a_table_that_begins_as_sylk_does_is_a_table(read: Read) -> None:
    reading, _ = read(b"ID;Patient;Site\n1;Doe;NYC01\n2;Roe;NYC01\n", "log.csv")
    assert reading.header == ["ID", "Patient", "Site"]


def test_a_workbook_that_declares_the_ending_of_binary_ones_is_none(read: Read) -> None:
    declared = (
        b'<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/><Override '
    )
    content = rewritten(saved(log_book()), "[Content_Types].xml", lambda text: text.replace(b"<Override ", declared, 1))
    reading, staged = read(content, "export.xlsx")
    assert reading.format == "xlsx"
    assert staged == read(saved(log_book()), "log.xlsx")[1]


def test_a_sheet_in_a_state_that_excel_does_not_know_is_visible(read: Read) -> None:
    content = rewritten(
        saved(log_book()), "xl/workbook.xml", lambda text: text.replace(b'state="visible"', b'state="show"')
    )
    assert b"show" in zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml")
    assert read(content, "export.xlsx")[1] == read(saved(log_book()), "log.xlsx")[1]


def test_letters_that_look_like_a_spelled_out_character_stay_as_they_are(read: Read) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Code", "Note"])
    book.active.append(["x", "y"])
    shared = rewritten(saved(book), SHEET, lambda data: data.replace(b"<t>y<", b"<t>a_x005F_x000D_b_x000D_c<"))
    assert read(shared, "codes.xlsx")[1] == [(2, "x", "a_x000D_b\rc")]


@pytest.mark.parametrize(("number", "form"), [(6175550101, "[h]:mm"), (-1e20, "yyyy-mm-dd")])
def test_a_number_beyond_any_date_under_a_format_of_dates_is_refused_by_its_row(
    read: Read, number: float, form: str
) -> None:
    book = openpyxl.Workbook()
    for row in (["Name", "Day"], ["A", 45000], ["B", number]):
        book.active.append(row)
    book.active["B3"].number_format = form
    with pytest.raises(FileRefused, match="Row 3 of sheet “Sheet” has a number under a format of dates"):
        read(saved(book), "days.xlsx")


def test_a_workbook_whose_texts_would_expand_without_end_is_refused_by_that_name(read: Read) -> None:
    """Of a workbook that only the forgiving reader opens, too: this one says nowhere what its parts are."""
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'
    parts = {
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="Log" r:id="i"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="i" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>',
        "xl/sharedStrings.xml": laughs,
    }
    with pytest.raises(FileRefused, match="declarations"):
        read(packed(parts), "log.xlsx")


def _sheet_of(rows: str, texts: str = "") -> bytes:
    """A workbook of one sheet with a style for days (1) and one for five digits (2)."""
    styles = '<styleSheet><numFmts><numFmt numFmtId="165" formatCode="00000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="165"/></cellXfs></styleSheet>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    spaces = f'xmlns="{main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{links}"><Relationship Id="i" Type="{kinds}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook {spaces}><sheets><sheet name="Log" sheetId="1" r:id="i"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{links}"><Relationship Id="i" Type="{kinds}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f"<worksheet {spaces}><sheetData>{rows}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f"<sst {spaces}>{texts}</sst>",
            "xl/styles.xml": styles.replace("<styleSheet>", f"<styleSheet {spaces}>"),
        }
    )


def test_the_sixtieth_text_in_a_column_of_days_is_that_text_not_a_day(read: Read) -> None:
    words = ["ID", "Seen", *(f"a{number}" for number in range(57)), "unknown", "pending"]
    texts = "".join(f"<si><t>{word}</t></si>" for word in words)
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    days = ['s="1"><v>46085</v>', 's="1" t="s"><v>60</v>', 's="1" t="s"><v>59</v>', 's="1"><v>60</v>']
    for row, day in enumerate(days, 2):
        rows += f'<row r="{row}"><c r="A{row}" t="s"><v>{row}</v></c><c r="B{row}" {day}</c></row>'
    assert [row[2] for row in read(_sheet_of(rows, texts))[1]] == ["2026-03-04", "pending", "unknown", "1900-02-29"]


def test_cells_that_do_not_say_their_place_keep_what_their_format_and_error_say(read: Read) -> None:
    rows = '<row><c t="str"><v>ID</v></c><c t="str"><v>ZIP</v></c><c t="str"><v>Seen</v></c></row>'
    rows += '<row><c t="str"><v>a</v></c><c s="2"><v>2110</v></c><c t="e"><v>#REF!</v></c></row>'
    rows += '<row r="4"><c r="B4" s="2"><v>501</v></c><c s="1"><v>46085</v></c></row>'
    reading, staged = read(_sheet_of(rows))
    assert staged == [(2, "a", "02110", None), (4, None, "00501", "2026-03-04")]
    assert [(found.code, found.row, found.column) for found in reading.findings] == [("error_cell", 2, "Seen")]
