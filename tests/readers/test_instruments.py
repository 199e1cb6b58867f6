"""Text tables as instruments and statistical programs write them: fixed widths, comments above, notes below."""

from __future__ import annotations

import pytest

from pipelines.errors import FileRefused
from readers.conftest import Read

WIDE = """   id        heduc  mixed  years
    9  12-15 years     No 10.546
   11   < 12 years     No 34.943
   13   < 12 years    Yes  2.834
17302   16+  years     No  0.500
"""
LEFT = "Name        Town        Visits\n" + "".join(
    f"{name:<12}{town:<12}{visits}\n" for name, town, visits in (("Ann Lee", "Salem", 3), ("Bo", "New Haven", 12), ("Cy Roe", "", 7))
)  # fmt: skip
STATION = """ Alamosa
   37.70  105.92 2317 m version 1
 2016   1  1  0.167   81.90    -1.8 0    -0.8 0     1.0 0     2.3 0
 2016   1  2  0.333   72.80    -3.6 0    -0.8 0     2.0 0     2.3 0
 2016   1  3  0.500   63.70    -5.4 0    -0.8 0     3.0 0     2.3 0
 2016   1  4  0.667   54.60    -7.2 0    -0.8 0     4.0 0     2.3 0
 2016   1  5  0.833   45.50    -9.0 0    -0.8 0     5.0 0     2.3 0
 2016   1  6  1.000   36.40   -10.8 0    -0.8 0     6.0 0     2.3 0
 2016   1  7  1.167   27.30   -12.6 0    -0.8 0     7.0 0     2.3 0
 2016   1  8  1.333   18.20   -14.4 0    -0.8 0     8.0 0     2.3 0
 2016   1  9  1.500    9.10   -16.2 0    -0.8 0     9.0 0     2.3 0
 2016   1 10  1.667    0.00   -18.0 0    -0.8 0     10.0 0     2.3 0
 2016   1 11  1.833   -9.10   -19.8 0    -0.8 0     11.0 0     2.3 0
"""
COMMENTS = """# Title: a model; version 3
# Latitude: 45.0
#
# Period;GHI;BHI
2020-01;50168.9;29424.7
2020-02;91338.5;59010.3
2020-03;1.5;2.5
"""
NOTES = """time,ghi,wind
20160101,0.5,3.4
20160102,1.5,2.4
20160103,2.5,1.4

ghi: irradiance (horizontal, W/m2)
Source (c) somebody, 2001-2021
"""
LOGGER = """TOA5,site,CR1000,E7000,Std.22,12345,,,,,,
Timestamp,Record,Site,Logger,Speed 1,Speed 2,Speed 3,Speed 4,Gust 1,Gust 2,Gust 3,Gust 4
TS,RN,,,m/s,m/s,m/s,m/s,m/s,m/s,m/s,m/s
,,Smp,Smp,Avg,Avg,Avg,Avg,Max,Max,Max,Max
2016-01-09 15:30,0,A,7,8.3,8.4,8.5,8.6,9.3,9.4,9.5,9.6
2016-01-09 15:40,1,A,7,8.2,8.1,8.0,8.2,9.2,9.1,9.0,9.2
2016-01-09 15:50,2,A,7,7.2,7.1,7.0,7.2,8.2,8.1,8.0,8.2
"""
LABELS = """Source,Station,City,Latitude,Unit
NSRDB,401182,-,40.53,w/m2
Year,Month,GHI,DNI,
2017,1,0,0,
2017,2,5,1,
2017,3,6,2,
2017,4,7,3,
"""
FACTORS = "from,to,factor,offset\n[degF],Cel,5/9,-160/9\n[lb],kg,0.45,0\n[in],cm,2.54,0\n[ft],cm,30.48,0\n"
WIDTHS = "#\n# Survey\n#\nagency\tsite\tname\n5s\t15s\t50s\nUSGS\t01491000\tCHOPTANK RIVER, MD\nUSGS\t01645000\tSENECA CREEK\n"
BROKER = """,,,,
,,,,
Run Date,Action,Symbol,Quantity,Amount
01/04/2023,BOUGHT,BND,3,-20.5
01/05/2023,SOLD,BND,2,14.1
01/06/2023,,CASH,,2.0
,,,,
The data in this spreadsheet is provided to you for your use,,,,
"and is not for distribution, nor is it advice of any kind",,,,
,,,,
Date downloaded 01/24/2023 10:28 am,,,,
"""
MISSING = "name,before,after\nAnn,NA,n/a\nBo,3,4\nCy,5,6\nDee,7,8\nEd,9,1\n"


@pytest.mark.parametrize(
    ("text", "header", "first", "last", "count"),
    [
        (WIDE, ["id", "heduc", "mixed", "years"], ("9", "12-15 years", "No", "10.546"), ("17302", "16+  years", "No", "0.500"), 4),
        (LEFT, ["Name", "Town", "Visits"], ("Ann Lee", "Salem", "3"), ("Cy Roe", None, "7"), 3),
        (STATION, None, ("2016", "1", "1", "0.167", "81.90", "-1.8", "0", "-0.8", "0", "1.0", "0", "2.3", "0"), ("2016", "1", "11", "1.833", "-9.10", "-19.8", "0", "-0.8", "0", "11.0", "0", "2.3", "0"), 11),
        (COMMENTS, ["Period", "GHI", "BHI"], ("2020-01", "50168.9", "29424.7"), ("2020-03", "1.5", "2.5"), 3),
        (NOTES, ["time", "ghi", "wind"], ("20160101", "0.5", "3.4"), ("20160103", "2.5", "1.4"), 3),
        (LOGGER, ["Timestamp", "Record", "Site", "Logger", "Speed 1", "Speed 2", "Speed 3", "Speed 4", "Gust 1", "Gust 2", "Gust 3", "Gust 4"],
         ("2016-01-09 15:30", "0", "A", "7", "8.3", "8.4", "8.5", "8.6", "9.3", "9.4", "9.5", "9.6"), ("2016-01-09 15:50", "2", "A", "7", "7.2", "7.1", "7.0", "7.2", "8.2", "8.1", "8.0", "8.2"), 3),
        (LABELS, ["Year", "Month", "GHI", "DNI"], ("2017", "1", "0", "0"), ("2017", "4", "7", "3"), 4),
        (WIDTHS, ["agency", "site", "name"], ("USGS", "01491000", "CHOPTANK RIVER, MD"), ("USGS", "01645000", "SENECA CREEK"), 2),
        (BROKER, ["Run Date", "Action", "Symbol", "Quantity", "Amount"], ("01/04/2023", "BOUGHT", "BND", "3", "-20.5"), ("01/06/2023", None, "CASH", None, "2.0"), 3),
        (FACTORS, ["from", "to", "factor", "offset"], ("[degF]", "Cel", "5/9", "-160/9"), ("[ft]", "cm", "30.48", "0"), 4),
        (MISSING, ["name", "before", "after"], ("Ann", "NA", "n/a"), ("Ed", "9", "1"), 5),
    ],
    ids=["words in fixed widths", "left-aligned", "aligned numbers", "header in a comment", "notes below", "rows of units", "labels and values above", "widths of columns", "sentences below a padded table", "fractions", "missing numbers"],
)  # fmt: skip
def test_a_table_is_found_between_what_is_told_of_it(
    read: Read, text: str, header: list[str] | None, first: tuple[str, ...], last: tuple[str, ...], count: int
) -> None:
    reading, cells = read(text, "table.txt")
    assert (reading.header if header else reading.header_rows) == (header or [])
    assert (cells[0][1:], cells[-1][1:], len(cells)) == (first, last, count)
    assert not [found for found in reading.findings if found.severity == "reject"]


def test_a_longer_number_in_a_later_line_stays_in_its_column_of_fixed_width(read: Read) -> None:
    lines = [f"{'  < 12 years' if number % 2 else '12-15 years':>14}{number:>8}" for number in range(1, 700)]
    reading, cells = read(
        "\n".join([f"{'schooling':>14}{'visits':>8}", *lines, f"{'12-15 years':>14}{1234567:>8}"]), "x.dat"
    )
    assert reading.header == ["schooling", "visits"]
    assert (len(cells), cells[-1][1:]) == (700, ("12-15 years", "1234567"))


def test_a_record_whose_first_cell_speaks_of_rows_is_no_footer(read: Read) -> None:
    _, cells = read("text,day,count\nTribune,2026-01-02,3\nRow with blanks,,\n", "x.csv")
    assert [row[1] for row in cells] == ["Tribune", "Row with blanks"]


def test_names_between_signs_like_all_that_follow_are_no_header(read: Read) -> None:
    pairs = [("😀", ":grinning:"), ("😃", ":smiley:"), ("👍🏽", ":thumbsup:"), ("🎉", ":tada:")]
    reading, cells = read("\n".join(map(",".join, pairs)), "x.csv")
    assert (reading.header_rows, len(cells)) == ([], 4)


def test_one_endless_line_is_refused_at_once(read: Read) -> None:
    with pytest.raises(FileRefused, match="The first line of the file has 6,000,000 characters"):
        read("a," * 3_000_000, "x.csv")


NAMES = ("SMITH, ANN", "FITZGERALDSON, MAR", "LEE, BO", "NG, CHRISTOPHERSON")


def fixed(widths: tuple[int, ...], *, header: bool = True) -> str:
    """A report of fixed widths, numbers flush right in its last column; a name has a comma in it, some fill their column."""
    body = [
        (f"{number:05d}", NAMES[number % 4], f"202603{number:02d}", "ABC"[: 1 + number % 3], f"{number * 977.5:.2f}")
        for number in range(1, 21)
    ]
    lines = [("ID", "NAME", "DATE", "CODE", "AMOUNT")] if header else []
    return "".join(
        "".join(cell.ljust(wide) for cell, wide in zip(line[:-1], widths, strict=False))
        + line[-1].rjust(widths[-1])
        + "\n"
        for line in [*lines, *body]
    )


@pytest.mark.parametrize("widths", [(6, 20, 9, 5, 9), (5, 18, 8, 4, 9)], ids=["apart", "touching"])
def test_columns_of_fixed_width_may_touch_and_have_commas_in_their_cells(read: Read, widths: tuple[int, ...]) -> None:
    reading, cells = read(fixed(widths), "report.txt")
    assert reading.header == ["ID", "NAME", "DATE", "CODE", "AMOUNT"]
    assert cells[0][1:] == ("00001", "FITZGERALDSON, MAR", "20260301", "AB", "977.50")
    assert (reading.records, reading.findings) == (20, [])


def test_numbers_that_touch_are_parted_where_every_line_is_of_one_length(read: Read) -> None:
    counts = [["1", "22", "333"], ["12345678", "87654321", "4"], *([str(n), str(n * n), "7"] for n in range(30, 50))]
    text = "".join("".join(cell.rjust(8) for cell in line) + "\n" for line in [["Seen", "Asked", "Left"], *counts])
    reading, cells = read(text, "report.txt")
    assert (cells[1][1:], reading.findings) == (("12345678", "87654321", "4"), [])


def test_a_cell_longer_than_its_column_is_no_two_cells(read: Read) -> None:
    text = fixed((6, 20, 9, 5, 9)).replace("LEE, BO             202603", "LEE, BO OF THE OLD TOWN 202603", 1)
    reading, _ = read(text, "report.txt")
    assert [finding.code for finding in reading.findings] == ["ragged_row"]


def test_columns_that_touch_with_nothing_to_show_where_are_told(read: Read) -> None:
    reading, _ = read(fixed((5, 18, 8, 4, 9), header=False), "report.txt")
    assert any("may be several that touch" in note for note in reading.notes)


def test_padded_cells_between_commas_are_no_columns_of_fixed_width(read: Read) -> None:
    text = "id,   name,            seen\n" + "".join(
        f"{n:02d},   Doe {n},         2026-03-{n:02d}\n" for n in range(10, 20)
    )
    reading, cells = read(text, "log.csv")
    assert (reading.delimiter, cells[0][1:]) == (",", ("10", "Doe 10", "2026-03-10"))
