from __future__ import annotations

import pytest

from pipelines.errors import FileRefused
from pipelines.readers import SetAside

from .conftest import Read

LOG = "Referral Number,Date Received,Patient Name,Site\nR1,2026-01-02,Null,Boston\nR2,2026-01-03,NA,Denver\nR3,2026-01-04,Doe,Boston\n"
RECORDS = [
    ("R1", "2026-01-02", "Null", "Boston"),
    ("R2", "2026-01-03", "NA", "Denver"),
    ("R3", "2026-01-04", "Doe", "Boston"),
]


def rejects(reading) -> list[tuple[str, int]]:
    return [(found.code, found.row) for found in reading.findings if found.severity == "reject"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_encoding_and_delimiter_gives_the_same_records(read: Read, encoding: str, delimiter: str) -> None:
    content = LOG.replace("Doe", "Müller-Núñez").replace(",", delimiter).encode(encoding)
    reading, staged = read(content)
    assert [row[1:] for row in staged] == [*RECORDS[:2], ("R3", "2026-01-04", "Müller-Núñez", "Boston")]
    assert reading.delimiter == delimiter
    assert reading.header == ["Referral Number", "Date Received", "Patient Name", "Site"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_gives_the_same_records(read: Read, end: str) -> None:
    _, staged = read(LOG.replace("\n", end).encode())
    assert [row[0] for row in staged] == [2, 3, 4]
    assert [row[1:] for row in staged] == RECORDS


@pytest.mark.parametrize(
    "ends", [("\r", "\n", "\r\n"), ("\r\n", "\r", "\n"), ("\n", "\r\n", "\r"), ("\r", "\r\n", "\n")]
)
@pytest.mark.parametrize("quoted", [True, False])
def test_one_lone_return_between_quoted_records_ends_a_record(read: Read, ends: tuple[str, ...], quoted: bool) -> None:
    lines = ['"id","name","note"', '"1","Doe, Jane","line one\nline two"', '"2","Roe, Ann","n"', '"3","Poe, Al","n"']
    lines[0] = lines[0] if quoted else lines[0].replace('"', "")
    found, cells = read("".join(line + end for line, end in zip(lines, (*ends, "\n"), strict=True)))
    assert found.header == ["id", "name", "note"]
    assert [row[1:3] for row in cells] == [("1", "Doe, Jane"), ("2", "Roe, Ann"), ("3", "Poe, Al")]


def test_a_record_that_is_whole_only_because_its_quotes_are_broken_is_mended_and_said(read: Read) -> None:
    rows = [f'{n},Coat {n},"Warm {n}, and dry",x{n}' for n in range(40)]
    rows[20] = '20,Coat 20"Warm 20, and dry",x20'  # as many delimiters as the others once the quotes are text
    found, cells = read("id,item,text,code\n" + "\n".join(rows) + "\n")
    assert next(row for row in cells if row[1] == "20")[1:] == ("20", "Coat 20", "Warm 20, and dry", "x20")
    assert [finding.code for finding in found.findings] == ["row_mended"]


def test_mixed_line_ends_give_the_same_records(read: Read) -> None:
    _, staged = read(LOG.replace("\nR2", "\r\nR2").replace("\nR3", "\rR3").encode())
    assert [row[1:] for row in staged] == RECORDS


def test_the_surname_null_and_leading_zeros_stay_text(read: Read) -> None:
    _, staged = read("MRN,Name,ZIP\n007,Null,02110\n008,NA,00501\n")
    assert staged == [(2, "007", "Null", "02110"), (3, "008", "NA", "00501")]


def test_white_space_around_a_cell_goes_and_within_it_stays(read: Read) -> None:
    _, staged = read('id,note\n1,"  two  words\nand a line\t\n"\n2,\u00a0 x \u00a0\n')
    assert staged == [(2, "1", "two  words\nand a line"), (5, "2", "x")]


def test_nul_bytes_are_left_out_and_told(read: Read) -> None:
    reading, staged = read(b"id,name\n1,a\0b\n2,c\n\0\0\0")
    assert [row[1:] for row in staged] == [("1", "ab"), ("2", "c")]
    assert any("NUL" in note for note in reading.notes)


def test_single_bytes_among_utf8_are_read_as_windows_1252(read: Read) -> None:
    _, staged = read("id,name\n1,Müller\n2,Núñez\n3,".encode() + b"Fran\xe7ois\n")
    assert [row[2] for row in staged] == ["Müller", "Núñez", "François"]


def test_a_ragged_row_is_listed_with_its_line_number(read: Read) -> None:
    reading, staged = read("id,first,last,city\n1,Ann,Lee,Rome\n2,Bob,Ray\n3,Cy,Poe,Oslo\n4,Di,Fox,Bern,Paris\n")
    assert rejects(reading) == [("ragged_row", 3), ("ragged_row", 5)]
    assert [row[0] for row in staged] == [2, 4]
    assert reading.records == 4


def test_blank_cells_beyond_the_last_column_are_no_fault(read: Read) -> None:
    reading, staged = read("id,first,last\n1,Ann,Lee\n2,Bob,Ray,,\n3,Cy,Poe\n")
    assert not reading.findings
    assert staged[1] == (3, "2", "Bob", "Ray")


def test_an_unquoted_comma_is_mended_where_only_one_way_fits(read: Read) -> None:
    lines = [f"{n},2026-01-{n:02d},Practice {chr(64 + n)},{10000 + n}" for n in range(1, 20)]
    reading, staged = read("id,date,practice,zip\n" + "\n".join(lines) + "\n20,2026-01-20,Smith, Jones,10020\n")
    assert [(found.code, found.severity, found.row) for found in reading.findings] == [("row_mended", "warning", 21)]
    assert staged[-1] == (21, "20", "2026-01-20", "Smith, Jones", "10020")


def test_a_last_line_that_was_cut_off_is_rejected(read: Read) -> None:
    lines = [f"{n},2026-01-{n:02d},Open,{'x' if n % 2 else ''}" for n in range(1, 20)]
    reading, _ = read("id,date,status,note\n" + "\n".join(lines) + "\n20,2026-01-20")
    assert rejects(reading) == [("ragged_row", 21)]


def test_an_unclosed_quote_does_not_swallow_the_rest(read: Read) -> None:
    reading, staged = read('id,name,city\n1,"Smith,Boston\n2,"Jones",Denver\n3,Lee,Rome\n')
    assert staged == [(2, "1", '"Smith', "Boston"), (3, "2", "Jones", "Denver"), (4, "3", "Lee", "Rome")]
    assert [found.code for found in reading.findings] == ["stray_quote"]


def test_an_unclosed_quote_in_a_line_of_the_wrong_shape_is_rejected_alone(read: Read) -> None:
    reading, staged = read('id,name,city\n1,Ann,Bonn\n2,"Smith Boston\n3,Lee,Rome\n')
    assert rejects(reading) == [("unclosed_quote", 3)]
    assert [row[0] for row in staged] == [2, 4]


def test_quoted_line_breaks_belong_to_their_cell_and_lines_are_counted(read: Read) -> None:
    _, staged = read('id,note,site\n1,"a\nb, c\n""d""",X\n2,e,Y\n')
    assert staged == [(2, "1", 'a\nb, c\n"d"', "X"), (5, "2", "e", "Y")]


def test_a_cell_over_many_lines_is_one_cell_though_no_other_record_follows(read: Read) -> None:
    text = "\n".join(f"Line {number}, and more" for number in range(60))
    reading, staged = read(f'Title,Description,Price\nCuff links,"{text}",185\n')
    assert reading.header == ["Title", "Description", "Price"]
    assert staged == [(2, "Cuff links", text, "185")]


@pytest.mark.parametrize("name", ["N", "n", "No"])
def test_a_name_that_may_be_an_answer_is_one_above_numbers(read: Read, name: str) -> None:
    reading, _ = read(f"{name},Message\n1,100 SSL Error\n2,200 SSL Error\n3,300 DNS Error\n")
    assert reading.header == [name, "Message"]
    reading, _ = read("N,Jones\nY,Smith\nN,Brown\nY,Lee\n")
    assert reading.header == ["Column 1", "Column 2"]


def test_backslash_escapes_and_single_quotes_are_understood(read: Read) -> None:
    _, staged = read('id,note,site\n1,"say \\"hi\\", then",X\n2,"say \\"ho\\", now",Y\n3,plain,Z\n')
    assert [row[2] for row in staged] == ['say "hi", then', 'say "ho", now', "plain"]
    _, staged = read("id,note,site\n1,'a, b',X\n2,'c, d',Y\n3,'e, f',Z\n")
    assert [row[2] for row in staged] == ["a, b", "c, d", "e, f"]


def test_duplicate_and_blank_headers_are_made_unique(read: Read) -> None:
    reading, _ = read("Name,name,,Name\na,b,c,d\n1,2,3,4\n", header_row=1)
    assert reading.header == ["Name", "name (2)", "Column 3", "Name (3)"]


def test_preamble_totals_footer_blank_and_repeated_header_are_set_aside(read: Read) -> None:
    content = (
        "Referral log\nInvestigator Name: Dr X\nProtocol:,ABC-1\nSite Number,12\n\n"
        "Subject ID,Date of Consent,Date Screened,Eligible for Enrollment?,Ineligibility Reason (if applicable)\n"
        "001,01/02/2026,01/03/2026,Yes,\n\n002,01/02/2026,01/05/2026,No,age\n"
        "Subject ID,Date of Consent,Date Screened,Eligible for Enrollment?,Ineligibility Reason (if applicable)\n"
        "003,01/02/2026,01/05/2026,No,age\nTotal,3,,,\nGenerated on 2026-01-09\n"
    )
    reading, staged = read(content)
    assert [row[:2] for row in staged] == [(7, "001"), (9, "002"), (11, "003")]
    assert reading.header_rows == [6]
    assert reading.context == {"Investigator Name": "Dr X", "Protocol": "ABC-1", "Site Number": "12"}
    aside = {(entry.row, entry.reason) for entry in reading.set_aside}
    assert {(8, "blank"), (10, "repeated_header"), (12, "totals"), (13, "footer")} <= aside
    assert sum(entry.count for entry in reading.set_aside) + reading.records + 1 == 13


def test_a_practice_called_total_is_no_totals_row(read: Read) -> None:
    reading, staged = read("Practice,Site,Referrals\nTotal Care Clinic,Boston,4\nAcme,Rome,5\nTotal,,9\n")
    assert [row[1] for row in staged] == ["Total Care Clinic", "Acme"]
    assert reading.set_aside == [SetAside(4, "totals")]


def test_a_file_without_header_gets_numbered_columns(read: Read) -> None:
    reading, staged = read("1,Smith,2026-01-01\n2,Jones,2026-01-02\n3,Lee,2026-01-03\n")
    assert reading.header == ["Column 1", "Column 2", "Column 3"]
    assert (reading.header_rows, len(staged)) == ([], 3)


def test_survey_exports_with_two_header_rows(read: Read) -> None:
    content = (
        "Respondent ID,Collector ID,Start Date,How likely?,What helped,,Comments\n,,,Response,Fast,Kind,Open-Ended Response\n"
        '1,2,01/02/2026 10:00:00 AM,9,Fast,,"multi\nline, text"\n2,2,01/03/2026 10:00:00 AM,7,,Kind,ok\n'
    )
    reading, staged = read(content)
    assert reading.header[4:] == ["What helped", "What helped (2)", "Comments"]
    assert reading.sub_headers == [["", "", "", "Response", "Fast", "Kind", "Open-Ended Response"]]
    assert reading.header_rows == [1, 2]
    assert [row[0] for row in staged] == [3, 5]


def test_survey_exports_with_three_header_rows(read: Read) -> None:
    content = (
        'StartDate,Status,Q1\nStart Date,Response Type,"How likely,\nreally?"\n'
        '"{""ImportId"":""startDate""}","{""ImportId"":""status""}","{""ImportId"":""QID1""}"\n'
        "2026-01-01 10:00:00,IP Address,9\n"
    )
    reading, staged = read(content)
    assert (reading.header, len(reading.sub_headers)) == (["StartDate", "Status", "Q1"], 2)
    assert staged == [(5, "2026-01-01 10:00:00", "IP Address", "9")]


def test_group_names_above_the_header_stand_before_names_that_say_nothing_alone(read: Read) -> None:
    content = "Patient,,,Referral,,\nName,Date of Birth,Phone,Date,Source,Status\nDoe,1970-01-02,555-1234,2026-01-01,Fax,Open\nRoe,1971-01-02,555-1235,2026-01-02,Fax,Open\n"
    reading, staged = read(content)
    assert reading.header == [
        "Patient Name",
        "Date of Birth",
        "Patient Phone",
        "Referral Date",
        "Source",
        "Referral Status",
    ]
    assert len(staged) == 2


@pytest.mark.parametrize(
    "content", [b"", b"  \n\n", b"\xef\xbb\xbf", b"%PDF-1.7 x", bytes(range(256)) * 40, b"\x1f\x8b\x08\0"]
)
def test_what_is_no_table_is_refused_with_a_remedy(read: Read, content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read(content)
    assert refused.value.remedy


def test_a_header_alone_has_no_records(read: Read) -> None:
    reading, staged = read("Referral Number,Date Received\n")
    assert (reading.records, staged, reading.header) == (0, [], ["Referral Number", "Date Received"])


def test_text_and_web_pages_named_xls_are_read_as_what_they_are(read: Read) -> None:
    reading, staged = read("id,name\n1,a\n", name="log.xls")
    assert (reading.format, len(staged)) == ("csv", 1)
    page = "<html><style>x</style><table><tr><th>ID<th>Name</tr><tr><td>1<td>Null &amp; Co</td></table>"
    reading, staged = read(page, name="log.xls")
    assert (reading.format, staged) == ("html", [(2, "1", "Null & Co")])


@pytest.mark.parametrize("name", ["../../etc/passwd", "x" * 300 + ".csv", "a[1]*.csv", "\u202egpj.csv"])
def test_names_are_only_hints(read: Read, name: str) -> None:
    assert len(read(LOG, name=name)[1]) == 3


def test_overrides_are_followed_and_bad_ones_refused(read: Read) -> None:
    reading, staged = read("a;b,c\n1;2,3\n", delimiter=",")
    assert (reading.header, staged) == (["a;b", "c"], [(2, "1;2", "3")])
    assert read("x,y\nid,name\n1,a\n", header_row=2)[0].header == ["id", "name"]
    for options in ({"encoding": "klingon"}, {"encoding": "base64"}, {"delimiter": '"'}, {"header_row": 99}):
        with pytest.raises(FileRefused):
            read(LOG, **options)


def test_a_limit_stages_the_first_records_only(read: Read) -> None:
    assert [row[0] for row in read(LOG, limit=2)[1]] == [2, 3]
    assert len(read(LOG.replace("NA", '"N\nA"'), limit=2)[1]) == 2


def test_the_fast_and_the_careful_road_agree(read: Read) -> None:
    lines = [f'R{n},2026-01-02,"Doe, Jane {n}", Boston ' for n in range(3000)]
    head = "Referral Number,Date Received,Patient Name,Site\n"
    clean, fast = read(head + "\n".join(lines) + "\n")
    broken, careful = read(head + "\n".join([*lines, "x"]) + "\n")
    assert fast == careful
    assert (clean.records, broken.records) == (3000, 3001)
    assert fast[-1] == (3001, "R2999", "2026-01-02", "Doe, Jane 2999", "Boston")


def test_a_preamble_line_with_commas_is_not_the_header(read: Read) -> None:
    content = "Campaign report\nJan 1, 2026 - Jan 31, 2026\nCampaign,Clicks,Impr.,Cost\nA,1,100,$2.00\nB,2,200,$4.00\nTotal: Campaigns,3,300,$6.00\n"
    reading, staged = read(content)
    assert (reading.header, len(staged)) == (["Campaign", "Clicks", "Impr.", "Cost"], 2)
    assert SetAside(6, "totals") in reading.set_aside


def test_units_below_the_header_are_set_aside(read: Read) -> None:
    reading, staged = read("Name,Age,Weight\n,(years),(kg)\nAnn,3,4.0\nBob,5,6.1\n")
    assert (reading.header, len(staged), reading.set_aside) == (["Name", "Age", "Weight"], 2, [SetAside(2, "units")])


def test_a_delimiter_declared_in_the_first_line_is_followed(read: Read) -> None:
    reading, staged = read("sep=;\nid;name\n1;a,b\n")
    assert (reading.header, staged, reading.set_aside) == (["id", "name"], [(3, "1", "a,b")], [SetAside(1, "comment")])


def test_lines_that_may_be_records_within_a_quoted_cell_are_pointed_out(read: Read) -> None:
    reading, staged = read('id,name,city\n1,"Smith,Boston\n2,Jones",Denver\n3,Lee,Rome\n')
    assert [row[0] for row in staged] == [2, 4]
    assert [(found.code, found.row) for found in reading.findings] == [("stray_quote", 2)]


TWO = "id,name,day\n1,Ann,2026-01-02\n2,Bob,2026-01-03\n3,Cy,2026-01-04\n\nVisits\n\nsite,lead,visits\nNorth,Kay,12\nSouth,Liam,31\nWest,Mo,7\n"


def test_tables_one_below_the_other_are_parts(read: Read) -> None:
    first, staged = read(TWO)
    assert (first.part, first.parts) == ("Table 1", ["Table 1", "Table 2"])
    assert [row[1] for row in staged] == ["1", "2", "3"]
    second, staged = read(TWO, part="Table 2")
    assert second.header == ["site", "lead", "visits"]
    assert [row[0] for row in staged] == [9, 10, 11]
    with pytest.raises(FileRefused):
        read(TWO, part="Table 3")


def test_blank_lines_and_the_header_once_more_are_the_same_table(read: Read) -> None:
    reading, staged = read(
        "id,name,day\n1,Ann,2026-01-02\n2,Bob,2026-01-03\n\nid,name,day\n3,Cy,2026-01-04\n4,Di,2026-01-05\n"
    )
    assert reading.parts == []
    assert [row[1] for row in staged] == ["1", "2", "3", "4"]


def test_a_person_may_say_that_there_is_no_header_and_how_long_the_footer_is(read: Read) -> None:
    reading, staged = read("Name,City\nAnn,Rome\nBob,Bern\nthat,was it\n", no_header=True, skip_footer=1)
    assert reading.header_rows == []
    assert [row[1:] for row in staged] == [("Name", "City"), ("Ann", "Rome"), ("Bob", "Bern")]
    assert SetAside(4, "footer") in reading.set_aside
    assert reading.records == 3


def test_a_person_may_say_what_quotes_cells(read: Read) -> None:
    content = "a,b\n*x,y*,2\n*u*,3\n"
    assert [row[1:] for row in read(content, quote="*")[1]] == [("x,y", "2"), ("u", "3")]
    assert [row[1:] for row in read('a,b\n"x,2\n"u",3\n', quote="none")[1]] == [('"x', "2"), ('"u"', "3")]
    with pytest.raises(FileRefused):
        read(content, quote="ab")


def test_a_header_over_two_rows_is_joined_and_one_that_is_repeated_too(read: Read) -> None:
    split = "Date,Patient,,Visits\nReceived,Name,City,(n)\n" + "".join(
        f"2026-01-0{day},Ann Lee,Rome,{day}\n" for day in range(1, 7)
    )
    assert read(split)[0].header == ["Date Received", "Patient Name", "City", "Visits (n)"]
    twice = "Day,Count\nDay,Count\n2026-01-01,3\n2026-01-02,4\n"
    assert read(twice)[0].header == ["Day Day", "Count Count"]
    assert read(twice, header_row=1)[0].header == ["Day", "Count"]


def test_a_lost_delimiter_is_put_back_where_only_one_place_is_likely(read: Read) -> None:
    lines = [f"2026-01-{day:02d},{day}:30,K-{100 + day},${day}.50" for day in range(1, 25)]
    lines[9] = lines[9].replace("2026-01-10,10:30", "2026-01-1010:30")
    reading, staged = read("Day,Time,Code,Price\n" + "\n".join(lines) + "\n")
    assert ("2026-01-10", "10:30", "K-110", "$10.50") in [row[1:] for row in staged]
    assert [(found.code, found.severity, found.row) for found in reading.findings] == [("row_mended", "warning", 11)]


def test_a_blank_cell_too_many_does_not_shift_a_record_in_silence(read: Read) -> None:
    lines = [f"2026-01-{day:02d},{day},K-{100 + day}," for day in range(1, 25)]
    lines[4] = lines[4].replace(",5,", ",,5,")
    reading, staged = read("Day,Count,Code,Note\n" + "\n".join(lines) + "\n")
    assert ("2026-01-05", "5", "K-105", None) in [row[1:] for row in staged]
    assert [found.code for found in reading.findings] == ["row_mended"]


def test_old_macintosh_letters_are_told_from_windows_ones(read: Read) -> None:
    content = "id,place\n1,Zürich\n2,Orléans\n3,Genève\n4,Málaga\n5,Göteborg\n"
    for encoding in ("mac-roman", "cp1252", "cp850"):
        reading, staged = read(content.encode(encoding))
        assert [row[2] for row in staged] == ["Zürich", "Orléans", "Genève", "Málaga", "Göteborg"], encoding
        assert reading.encoding == encoding


def test_a_line_of_dashes_below_the_header_is_no_record(read: Read) -> None:
    for text in (
        " id | name | n \n----+------+---\n 1  | Ann  | 3\n 2  | Bo   | 4\n(2 rows)\n",
        "| id | name | n |\n|----|---|:---|\n| 1 | Ann | 3 |\n| 2 | Bo | 4 |\n",
    ):
        found, cells = read(text, "query.txt")
        assert [row[-3:] if text[1] == "i" else row[2:5] for row in cells] == [("1", "Ann", "3"), ("2", "Bo", "4")]
        assert "rule" in {aside.reason for aside in found.set_aside}
        assert not found.findings


def test_subtotals_of_groups_are_no_records_and_a_name_with_total_in_it_is(read: Read) -> None:
    text = "site,day,who,patient,n\nNorth,2026-01-05,Jo,A,1\nNorth,2026-01-06,Al,B,1\nNorth Total,,,,2\nTotal Care,2026-01-07,Ann,C,1\nGrand Total,,,,3\n"
    found, cells = read(text)
    assert [row[1] for row in cells] == ["North", "North", "Total Care"]
    assert sum(aside.count for aside in found.set_aside if aside.reason == "totals") == 2


def test_a_group_name_goes_before_a_name_that_says_nothing_alone(read: Read) -> None:
    found, _ = read(
        "Referral,,Patient,,Provider\nNumber,Date Received,Name,DOB,Referring Provider\nR1,2026-01-05,A B,1970-01-02,Smith Jane\nR2,2026-01-06,C D,1971-01-02,Doe John\n"
    )
    assert found.header == ["Referral Number", "Date Received", "Patient Name", "DOB", "Referring Provider"]


RULED = (
    "Changed database context to 'EHR'.\n"
    "id          received                provider                       note\n"
    "----------- ----------------------- ------------------------------ ---------------------\n"
    '          1 2026-03-01 00:00:00.000 Ann "Annie" Lee MD             called, left message\n'
    "          2 2026-03-02 00:00:00.000 Bo Chen MD                     NULL\n"
    "\n"
    '          3 2026-03-04 00:00:00.000                                says: "no"\n'
    "\n"
    "(3 rows affected)\n"
)


def test_columns_of_fixed_width_are_told_by_the_rule_below_their_header(read: Read) -> None:
    reading, cells = read(RULED, "result.txt")
    assert reading.header == ["id", "received", "provider", "note"]
    assert cells == [
        (4, "1", "2026-03-01 00:00:00.000", 'Ann "Annie" Lee MD', "called, left message"),
        (5, "2", "2026-03-02 00:00:00.000", "Bo Chen MD", "NULL"),
        (7, "3", "2026-03-04 00:00:00.000", None, 'says: "no"'),
    ]
    assert {aside.reason for aside in reading.set_aside} == {"preamble", "rule", "blank", "footer"}


def test_a_line_that_does_not_keep_to_the_rule_is_rejected_not_cut_anywhere(read: Read) -> None:
    lines = RULED.splitlines()
    lines.insert(4, "          9 2026-03-09 00:00:00.000x Cy Ray MD                     pushed one place right")
    reading, cells = read("\n".join(lines), "result.txt")
    assert [row[1] for row in cells] == ["1", "2", "3"]
    assert [(found.code, found.row) for found in reading.findings] == [("ragged_row", 5)]


def test_pages_of_a_query_tool_are_one_table(read: Read) -> None:
    page = "ID   RECEIVED  SITE\n---- --------- ----\n{0:>4} 01-MAR-26 A\n{1:>4} 02-MAR-26 B\n\n"
    reading, cells = read(page.format(1, 2) + page.format(3, 4) + "4 rows selected.\n", "spool.lst")
    assert [row[1] for row in cells] == ["1", "2", "3", "4"]
    assert reading.header == ["ID", "RECEIVED", "SITE"]


def test_what_heads_a_group_of_records_is_handed_on_to_each(read: Read) -> None:
    content = "Source,Patient,Visit,Charges\nPatel,,,\n,Doe,2026-01-02,5\n,Roe,2026-01-03,6\nTotal for Patel,2,,11\nHolm,,,\n,Poe,2026-01-04,7\nTotal for Holm,1,,7\n"
    reading, staged = read(content)
    assert [row[1:] for row in staged] == [
        ("Patel", "Doe", "2026-01-02", "5"),
        ("Patel", "Roe", "2026-01-03", "6"),
        ("Holm", "Poe", "2026-01-04", "7"),
    ]
    assert {(aside.row, aside.reason) for aside in reading.set_aside} == {
        (2, "group"),
        (5, "totals"),
        (6, "group"),
        (8, "totals"),
    }


def test_headings_between_dated_records_become_a_column(read: Read) -> None:
    content = "Date,Patient,Reason\nProvider: Patel,,\n2026-01-02,Doe,HF\nProvider: Holm,,\n2026-01-03,Roe,AF\n2026-01-04,Poe,\n"
    reading, staged = read(content)
    assert reading.header == ["Date", "Patient", "Reason", "Provider"]
    assert [row[4] for row in staged] == ["Patel", "Holm", "Holm"]


@pytest.mark.parametrize(
    "content",
    [
        "Patient,Date,Reason\nDoe,,\nRoe,2026-01-02,HF\nPoe,,\nMoe,2026-01-03,AF\n",  # names alone are records, too
        "Source,Patient,Visit\nPatel,,\n,Doe,2026-01-02\nHolm,Roe,2026-01-03\nKim,,\n",  # the last heads nothing
        "Date,Patient,Reason\n2026-01-02,Doe,HF\n2026-01-03,,\n2026-01-04,,\n",
    ],
)
def test_records_of_one_cell_are_no_headings(read: Read, content: str) -> None:
    reading, staged = read(content)
    assert len(staged) == content.count("\n") - 1
    assert not [aside for aside in reading.set_aside if aside.reason == "group"]


def test_marks_between_files_put_behind_one_another_lose_no_record(read: Read) -> None:
    part = "\ufeffDate,Patient,Reason\n2026-01-0{0},Doe {0},HF\n"
    reading, staged = read("".join(part.format(turn) for turn in (1, 2, 3)))
    assert reading.header[0] == "Date"
    assert [row[2] for row in staged] == ["Doe 1", "Doe 2", "Doe 3"]


def test_the_top_of_every_printed_page_is_no_record(read: Read) -> None:
    top = "RUN DATE: 04/01/26        CLINIC        PAGE {}\nREFERRALS BY PROVIDER\n\nREF DATE  PATIENT          STATUS\n========  ===============  ======\n"
    content = (
        top.format(1)
        + "03/13/26  DOE,JANE         OPEN\n03/14/26  ROE,JOHN         KEPT\n\x0c"
        + top.format(2)
        + "03/16/26  POE,ANN          OPEN\n"
    )
    reading, staged = read(content)
    assert [row[1:] for row in staged] == [
        ("03/13/26", "DOE,JANE", "OPEN"),
        ("03/14/26", "ROE,JOHN", "KEPT"),
        ("03/16/26", "POE,ANN", "OPEN"),
    ]
    assert not reading.findings


def test_lengths_of_time_are_added_up_in_totals_too(read: Read) -> None:
    reading, staged = read(
        "Call Time,Caller,Ringing,Talking\n2026-01-02 09:30,555,00:00:07,00:03:12\n2026-01-02 09:41,556,00:00:31,00:00:00\nTotals,,00:00:38,00:03:12\n"
    )
    assert len(staged) == 2
    assert reading.set_aside[-1].reason == "totals"


@pytest.mark.parametrize("mark", [" ", "\t", "-", "_", ".", "'"])
def test_a_long_run_of_one_character_in_the_header_or_in_a_cell_does_not_hold_up_the_reader(
    read: Read, mark: str
) -> None:
    run = f'"{mark * 200_000}x"'
    _, staged = read(f"a,b,{mark * 60_000}c\n1,2,3\n4,{run},6\n7,8,9\n", "x.csv")
    assert [row[:2] for row in staged] == [(2, "1"), (3, "4"), (4, "7")]


def test_a_line_of_nothing_but_quotes_does_not_hold_up_the_reader(read: Read) -> None:
    _, staged = read("a,b,c\n1,2,3\n" + 'x"' * 100_001 + "\n7,8,9\n", "x.csv")
    assert (2, "1", "2", "3") in staged
    assert (4, "7", "8", "9") in staged
