"""The same sheets written in every spreadsheet format, each by as little code as shows what the format is."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import xlwt


@dataclass(frozen=True)
class Styled:
    """A number under a format."""

    value: float
    code: str


@dataclass(frozen=True)
class Failed:
    """A cell that shows an error."""

    text: str = "#N/A"


Value = str | float | bool | dt.date | dt.datetime | Styled | Failed | None
Sheets = Mapping[str, Sequence[Sequence[Value]]]
MONEY = {"€": "EUR", "CHF": "CHF", "$": "USD"}  # what a format says of its currency, and as OpenDocument says it
ERRORS = {"#N/A": 42, "#REF!": 23, "#DIV/0!": 7}


def serial(value: dt.date) -> float:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    return (moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)


def _date_code(value: dt.date) -> str:
    return "m/d/yyyy h:mm" if isinstance(value, dt.datetime) else "m/d/yyyy"


def xlsx(sheets: Sheets) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row, values in enumerate(rows, 1):
            for column, value in enumerate(values, 1):
                if value is not None:
                    cell = sheet.cell(
                        row,
                        column,
                        value.value
                        if isinstance(value, Styled)
                        else value.text
                        if isinstance(value, Failed)
                        else value,
                    )
                    if isinstance(value, Styled):
                        cell.number_format = value.code
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def xls(sheets: Sheets) -> bytes:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                if isinstance(value, Styled):
                    sheet.write(row, column, value.value, xlwt.easyxf(num_format_str=value.code))
                elif isinstance(value, Failed):
                    sheet.row(row).set_cell_error(column, ERRORS[value.text])
                elif isinstance(value, dt.date):
                    sheet.write(row, column, value, xlwt.easyxf(num_format_str=_date_code(value)))
                elif value is not None:
                    sheet.write(row, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def packed(parts: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
ODS_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{OFFICE}office:1.0" xmlns:table="{OFFICE}table:1.0" '
    f'xmlns:text="{OFFICE}text:1.0" xmlns:style="{OFFICE}style:1.0" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
)


def ods_cell(value: Value) -> str:
    match value:
        case None:
            return "<table:table-cell/>"
        case bool():
            return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"><text:p>{str(value).upper()}</text:p></table:table-cell>'
        case dt.datetime() | dt.date():
            return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"><text:p>shown otherwise</text:p></table:table-cell>'
        case Failed():
            return f'<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>{value.text}</text:p></table:table-cell>'
        case Styled(number, "0%"):
            return f'<table:table-cell office:value-type="percentage" office:value="{number}"><text:p>{number:.0%}</text:p></table:table-cell>'
        case Styled(number, code) if money := next((iso for sign, iso in MONEY.items() if sign in code), None):
            return f'<table:table-cell office:value-type="currency" office:currency="{money}" office:value="{number}"><text:p>{number:,.2f}</text:p></table:table-cell>'
        case Styled(number, code):
            return f'<table:table-cell office:value-type="float" office:value="{number}"><text:p>{int(number):0{len(code)}d}</text:p></table:table-cell>'
        case str():
            lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
            return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value!r}"><text:p>{value:,.2f}</text:p></table:table-cell>'


def ods_content(sheets: Sheets) -> str:
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join("<table:table-row>" + "".join(map(ods_cell, values)) + "</table:table-row>" for values in rows)
        + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
        for name, rows in sheets.items()
    )
    return f"{ODS_HEAD}<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"


def ods(sheets: Sheets) -> bytes:
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": ods_content(sheets),
            "META-INF/manifest.xml": "<manifest/>",
        }
    )


def fods(sheets: Sheets) -> bytes:
    return ods_content(sheets).replace("document-content", "document").encode()


def xml2003(sheets: Sheets) -> bytes:
    codes = sorted(
        {value.code for rows in sheets.values() for values in rows for value in values if isinstance(value, Styled)}
    )
    styles = "".join(
        f'<Style ss:ID="s{place}"><NumberFormat ss:Format={quoteattr("Percent" if code == "0%" else code)}/></Style>'
        for place, code in enumerate(codes)
    )

    def cell(value: Value, place: int) -> str:
        match value:
            case None:
                return ""
            case bool():
                kind, text, style = "Boolean", str(int(value)), ""
            case dt.datetime() | dt.date():
                moment = value.isoformat() if isinstance(value, dt.datetime) else f"{value.isoformat()}T00:00:00"
                kind, text, style = "DateTime", f"{moment}.000", ""
            case Failed():
                kind, text, style = "Error", value.text, ""
            case Styled(number, code):
                kind, text, style = "Number", repr(number), f' ss:StyleID="s{codes.index(code)}"'
            case str():
                kind, text, style = "String", escape(value).replace("\n", "&#10;"), ""
            case _:
                kind, text, style = "Number", repr(value), ""
        return f'<Cell ss:Index="{place}"{style}><Data ss:Type="{kind}">{text}</Data><Comment><ss:Data>aside</ss:Data></Comment></Cell>'

    tables = "".join(
        f"<Worksheet ss:Name={quoteattr(name)}><Table>"
        + "".join(
            "<Row>" + "".join(cell(value, place) for place, value in enumerate(values, 1)) + "</Row>" for values in rows
        )
        + "</Table></Worksheet>"
        for name, rows in sheets.items()
    )
    return (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>{styles}</Styles>{tables}</Workbook>'
    ).encode()


def record(number: int, content: bytes = b"") -> bytes:
    head = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    length, written = len(content), b""
    while length >= 128:
        written, length = written + bytes([length & 0x7F | 0x80]), length >> 7
    return head + written + bytes([length]) + content


def wide(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded


def xlsb(sheets: Sheets, *, from_1904: bool = False) -> bytes:
    codes = [
        "m/d/yyyy h:mm",
        "m/d/yyyy",
        *sorted(
            {value.code for rows in sheets.values() for values in rows for value in values if isinstance(value, Styled)}
        ),
    ]
    texts: list[str] = []

    def cell(value: Value, column: int) -> bytes:
        def head(style: int = 0) -> bytes:
            return struct.pack("<II", column, style)

        match value:
            case None:
                return record(1, head())
            case bool():
                return record(4, head() + bytes([value]))
            case dt.datetime() | dt.date():
                return record(5, head(1 + codes.index(_date_code(value))) + struct.pack("<d", serial(value)))
            case Failed():
                return record(3, head() + bytes([ERRORS[value.text]]))
            case Styled(number, code):
                return record(5, head(1 + codes.index(code)) + struct.pack("<d", number))
            case str():
                texts.append(value)
                return record(7, head() + struct.pack("<I", len(texts) - 1))
        if value == int(value) and abs(value) < 2**29:
            return record(2, head() + struct.pack("<i", int(value) << 2 | 2))
        return record(9, head() + struct.pack("<d", value) + bytes(6))

    parts: dict[str, bytes | str] = {}
    for number, rows in enumerate(sheets.values(), 1):
        body = b"".join(
            record(0, struct.pack("<IIHBB", row, 0, 300, 0, 0) + bytes(5)) + b"".join(cell(value, column) for column, value in enumerate(values))
            for row, values in enumerate(rows)
        )  # fmt: skip
        parts[f"xl/worksheets/sheet{number}.bin"] = record(129) + record(145) + body + record(146) + record(130)
    names = b"".join(
        record(156, struct.pack("<II", 0, number) + wide(f"rId{number}") + wide(name))
        for number, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Target="worksheets/sheet{number}.bin"/>'
        for number in range(1, len(sheets) + 1)
    )
    formats = b"".join(record(44, struct.pack("<H", 164 + place) + wide(code)) for place, code in enumerate(codes))
    styles = b"".join(
        record(47, struct.pack("<HH", 0, number) + bytes(12)) for number in (0, *range(164, 164 + len(codes)))
    )
    return packed({
        "[Content_Types].xml": '<Types><Default ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        "xl/workbook.bin": record(131) + record(153, struct.pack("<III", int(from_1904), 0, 0)) + names + record(132),
        "xl/_rels/workbook.bin.rels": f"<Relationships>{links}</Relationships>",
        "xl/styles.bin": record(278) + record(615) + formats + record(616) + record(626) + record(47, bytes(16)) + record(627) + record(617) + styles + record(618),
        "xl/sharedStrings.bin": record(159) + b"".join(record(19, b"\0" + wide(text)) for text in texts) + record(160), **parts,
    })  # fmt: skip


WRITERS: dict[str, Callable[[Sheets], bytes]] = {
    "xlsx": xlsx,
    "xls": xls,
    "xlsb": xlsb,
    "ods": ods,
    "fods": fods,
    "xml2003": xml2003,
}
