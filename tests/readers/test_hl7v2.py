"""The HL7 v2 splitter and reader: what is put into messages in any encoding comes out of them again."""

from __future__ import annotations

import codecs
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import FileRefused
from pipelines.readers.hl7v2.families import FAMILIES
from pipelines.readers.hl7v2.split import Encoding, Message, Outside, moment, split
from readers.conftest import Read

USUAL = Encoding()
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), max_size=12)
encodings = st.lists(st.sampled_from("|^~\\&#$%*;:!"), min_size=5, max_size=5, unique=True).map(
    lambda five: Encoding(*five)
)
# fields of repetitions of components of subcomponents
shapes = st.lists(
    st.lists(st.lists(st.lists(texts, min_size=1, max_size=2), min_size=1, max_size=3), min_size=1, max_size=2),
    min_size=1,
    max_size=4,
)


def escaped(text: str, by: Encoding) -> str:
    """``text`` as a sender escapes it."""
    codes = {by.escape: "E", by.field: "F", by.component: "S", by.repetition: "R", by.sub: "T"}
    return "".join(f"{by.escape}{codes[letter]}{by.escape}" if letter in codes else letter for letter in text)


def written(shape: list[list[list[list[str]]]], by: Encoding) -> str:
    return by.field.join(
        by.repetition.join(
            by.component.join(by.sub.join(escaped(text, by) for text in subs) for subs in parts) for parts in repeated
        )
        for repeated in shape
    )


def header(by: Encoding = USUAL, kind: str = "REF^I12") -> str:
    kind = kind.replace("^", by.component)
    marks = f"{by.component}{by.repetition}{by.escape}{by.sub}"
    return by.field.join(["MSH", marks, "A", "B", "C", "D", "20260305", "", kind, "1", "P", "2.5"])


@pytest.mark.parametrize(
    ("escaped_text", "meant"), [("M\\XC3BC\\ller", "Müller"), ("M\\XFC\\ller", "Müller"), ("a\\X0D\\b", "a\rb")]
)
def test_bytes_spelled_out_are_utf_8_where_they_are_that(escaped_text: str, meant: str) -> None:
    assert USUAL.plain(escaped_text) == meant


@given(shapes, encodings)
def test_every_subcomponent_comes_out_as_it_was_put_in(shape: list[list[list[list[str]]]], by: Encoding) -> None:
    message = next(iter(split([header(by), f"ZZZ{by.field}{written(shape, by)}"])))
    assert isinstance(message, Message)
    segment = message.all("ZZZ")[0]
    for number, repeated in enumerate(shape, 1):
        raw = segment.fields[number].split(by.repetition)
        assert len(raw) == len(repeated)
        for one, parts in zip(raw, repeated, strict=True):
            for component, subs in enumerate(parts, 1):
                for sub, text in enumerate(subs, 1):
                    assert segment.of(one, component, sub) == ("" if text == '""' else text)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.sampled_from(["\r", "\n", "\r\n"]), st.booleans())
def test_every_message_is_found_whatever_ends_its_segments_and_frames_it(
    sizes: list[int], end: str, framed: bool
) -> None:
    bodies = [[header(), *[f"NTE|{turn}||text" for turn in range(size)]] for size in sizes]
    parts = [end.join(body) + end for body in bodies]
    text = "".join(f"\x0b{part}\x1c\r" if framed else part for part in parts)
    found = list(split(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")))
    assert [len(message.segments) for message in found if isinstance(message, Message)] == [size + 1 for size in sizes]
    assert not [one for one in found if isinstance(one, Outside)]


def test_lines_that_go_on_are_put_to_their_segment_at_once() -> None:
    lines = [header(), "NTE|1||first", "second", " third", "NTE|2||other", "fourth", header(), "NTE|1||fifth"]
    one, other = split(lines)
    assert isinstance(one, Message)
    assert isinstance(other, Message)
    assert [segment.text for segment in one.segments[1:]] == ["NTE|1||first\nsecond\nthird", "NTE|2||other\nfourth"]
    assert (one.stray, other.stray) == ([3, 4, 6], [])


@given(st.text(max_size=300))
def test_no_text_makes_the_splitter_fail_or_lose_a_line(text: str) -> None:
    lines = text.replace("\r", "\n").split("\n")
    found = list(split(lines))
    covered = sum(len(one.segments) + len(one.stray) if isinstance(one, Message) else 1 for one in found)
    assert covered == sum(bool(line.strip("\x0b\x1c\x1a\ufeff").lstrip(" \t").strip()) for line in lines)


@pytest.mark.parametrize(
    ("escaped_text", "plain"),
    [("a\\T\\b", "a&b"), ("\\F\\\\S\\\\R\\\\E\\", "|^~\\"), ("one\\.br\\two", "one\ntwo"), ("\\X414243\\", "ABC"), ("\\H\\bold\\N\\", "bold"),
     ("C:\\new folder", "C:\\new folder")],
)  # fmt: skip
def test_escape_sequences_mean_what_the_standard_says(escaped_text: str, plain: str) -> None:
    assert USUAL.plain(escaped_text) == plain


@pytest.mark.parametrize(
    ("told", "iso", "partial"),
    [("20260305", "2026-03-05", False), ("202603050931", "2026-03-05 09:31:00", False), ("20260305093100.1234-0500", "2026-03-05 09:31:00-05:00", False),
     ("202603", "2026-03-01", True), ("2026", "2026-01-01", True), ("soon", "soon", False), ("20261305", "20261305", False), ("", "", False),
     ("20260305093100Z", "2026-03-05 09:31:00+00:00", False), ("20260305T093100-05:00", "2026-03-05 09:31:00-05:00", False), ("20260305 0931", "2026-03-05 09:31:00", False)],
)  # fmt: skip
def test_times_become_iso_and_anything_else_stays(told: str, iso: str, partial: bool) -> None:
    assert moment(told) == (iso, partial)


PID = "PID|1||M1^^^X^MR||Doe^Jane||19610704|F"


def test_a_line_break_within_a_field_belongs_to_the_field_and_is_said(read: Any) -> None:
    reading, cells = read("\n".join([header(), "RF1|P|||||R1", PID, "NTE|1||first line", "second line"]), "x.hl7")
    assert cells[0][1 + reading.header.index("NTE-3")] == "first line\nsecond line"
    assert [one.code for one in reading.findings] == ["hl7_stray_line"]


def test_the_record_number_is_the_one_typed_mr_and_a_deleted_field_is_nothing(read: Any) -> None:
    patient = 'PID|1||111^^^X^SS~222^^^X^MR||Doe^Jane||""|F'
    reading, cells = read("\r".join([header(), "RF1|P|||||R1", patient]), "x.hl7")
    row = dict(zip(reading.header, cells[0][1:], strict=True))
    assert (row["PID-3.1"], row["PID-7"]) == ("222", None)


def test_each_family_is_a_part_and_messages_of_no_family_are_set_aside(read: Any) -> None:
    text = "\r".join(
        [header(), "RF1|P|||||R1", PID, header(kind="SIU^S12"), "SCH|1|2", PID, header(kind="ORU^R01"), "OBX|1"]
    )
    reading, cells = read(text, "x.hl7")
    assert (reading.part, reading.parts, len(cells)) == ("REF", ["REF", "SIU"], 1)
    assert [(aside.reason, aside.count) for aside in reading.set_aside] == [("ORU^R01 message (not used)", 1)]
    other, _ = read(text, "x.hl7", part="SIU")
    assert (other.part, other.records, other.set_aside) == ("SIU", 1, [])


def test_a_file_of_other_messages_is_refused_with_what_would_be_read(read: Any) -> None:
    with pytest.raises(FileRefused, match="REF, RRI, SIU"):
        read("\r".join([header(kind="ORU^R01"), "OBX|1"]), "x.hl7")


def test_every_order_of_a_message_is_a_record_with_a_row_of_its_own(read: Any) -> None:
    text = "\r".join(
        [header(kind="ORM^O01"), PID, "ORC|NW|P1", "OBR|1|P1||CT^CT chest", "ORC|NW|P2", "OBR|2|P2||MR^MRI brain"]
    )
    reading, cells = read(text, "x.hl7")
    place = reading.header.index("OBR-4") + 1
    assert [(row[0], row[place]) for row in cells] == [(3, "CT chest"), (5, "MRI brain")]


def test_of_an_appointments_messages_the_latest_counts_and_the_first_says_when_it_was_booked(read: Any) -> None:
    def booking(trigger: str, sent: str) -> list[str]:
        return [header(kind=f"SIU^{trigger}").replace("20260305", sent), "SCH|P|F1", PID]

    reading, cells = read(
        "\r".join(booking("S26", "20260309") + booking("S12", "20260301") + booking("S13", "20260305")), "x.hl7"
    )
    booked, older = (reading.header.index(name) + 1 for name in ("Booked", "Older message"))
    assert [(row[booked], row[older]) for row in cells] == [
        ("2026-03-01", None),
        ("2026-03-01", "yes"),
        ("2026-03-01", "yes"),
    ]


def test_a_message_cut_off_before_its_segment_is_a_reject_with_its_line(read: Any) -> None:
    reading, cells = read("\r".join([header(), "RF1|P|||||R1", PID, header(), "RF1|P|||||R2"]), "x.hl7")
    assert [(one.code, one.severity, one.row, one.column) for one in reading.findings] == [
        ("hl7_no_segment", "reject", 4, "PID")
    ]
    assert reading.records == len(cells) + 1


VISITS = (
    ("PID|1||7||X^Y|||||||||||||ACC-9\rPV1|1|O" + "|" * 17 + "V-1", "V-1"),
    ("PID|1||7||X^Y|||||||||||||ACC-9\rPV1|1|O" + "|" * 48 + "ALT-1", "ALT-1"),
    ("PID|1||7||X^Y|||||||||||||ACC-9\rPV1|1|O", "ACC-9/20260302"),
    ("PID|1||7||X^Y\rPV1|1|O", ""),
)


@pytest.mark.parametrize(("segments", "number"), VISITS)
def test_a_visit_without_a_number_is_known_by_its_account_and_day(segments: str, number: str) -> None:
    text = f"MSH|^~\\&|A|B|C|D|20260303||ADT^A04|1|P|2.5\rEVN|A04|20260302101500\r{segments}\r"
    (message,) = (one for one in split(text.split("\r")) if isinstance(one, Message))
    assert [found["PV1-19.1"] for _, found in FAMILIES["ADT"](message)] == [number]


def test_messages_about_other_things_are_refused_by_their_names(read: Read) -> None:
    other = "MSH|^~\\&|A|B|C|D|20260303||{0}|1|P|2.5\r"
    with pytest.raises(FileRefused, match=re.escape("HL7 messages (MDM^T02, ORU^R01), but none about referrals")):
        read((other.format("MDM^T02") + other.format("ORU^R01") + other.format("Patient Poe")), "feed.hl7")
    with pytest.raises(FileRefused, match="none of them says of what type it is"):
        read(other.format("") * 2, "feed.hl7")


def referral(number: int, name: str = "Lee", declared: str = "") -> str:
    """A REF message whose referrer bears a name, with what MSH-18 says."""
    said = f"{header()}||||||{declared}".replace("|1|P|2.5", f"|{number}|P|2.5")
    return "\r".join((said, f"RF1|P|||||R{number}", f"PRD|RP|{name}^Ann", "PID|1||7^^^A^MR||Doe^John"))


@pytest.mark.parametrize(
    ("name", "declared", "codec"),
    [
        ("Müller", "", "utf-8"), ("Müller", "ASCII", "utf-8"), ("Müller", "8859/1", "latin-1"), ("O’Brien", "WINDOWS-1252", "cp1252"), ("Иванов", "8859/5", "iso8859-5"),
        ("山田", "ASCII~ISO IR87", "iso2022_jp"), ("王", "GB 18030-2000", "gb18030"), ("Müller", "UNICODE", "utf-16"), ("Müller", "", "cp1252"), ("Wesołowska", "CP1250", "cp1250"), ("Wesołowska", "WIN-1250", "cp1250"), ("Wesołowska", "IBM852", "cp852"), ("Głąb", "ISO-8859-2", "iso8859-2"),
        ("Müller", "ISO8859-1", "cp1252"), ("Müller", "CP99999", "cp1252"), ("Müller", "CP9999", "cp1252"), ("Müller", "CP037", "cp1252"), ("Müller", "CP65001", "cp1252"),
    ],
)  # fmt: skip
def test_characters_are_those_that_the_message_says(read: Read, name: str, declared: str, codec: str) -> None:
    reading, cells = read(referral(1, name, declared).encode(codec), "feed.hl7")
    assert (reading.format, reading.records) == ("hl7v2", 1)
    assert codecs.lookup(reading.encoding or "").name.replace("-sig", "") in (codecs.lookup(codec).name, "cp1252")
    assert any(name in str(cell) for cell in cells[0])


@pytest.mark.parametrize(
    "text",
    [
        f"\x0b{referral(1)}\x1c\r\x0b{referral(2)}\x1c\r", f"\x0b{referral(1)}\x1c\x0b{referral(2)}\x1c", f"\x0b{referral(1)}\r\x1c\x0b{referral(2)}\r\x1c",
        f"{referral(1)}\r{referral(2)}".replace("\r", "\\r"), f"{referral(1)}\r{referral(2)}".replace("\r", "<cr>"),
        f"{referral(1)}\n{referral(2)}".replace("\r", "\r\n"),
    ],
)  # fmt: skip
def test_no_message_is_lost_however_frames_and_lines_end(read: Read, text: str) -> None:
    reading, cells = read(text.encode(), "feed")
    assert (reading.format, len(cells), reading.findings) == ("hl7v2", 2, [])


def test_messages_in_a_log_are_found_and_the_log_is_told(read: Read) -> None:
    reading, cells = read(
        f"2026-03-05 09:00 INFO received\n{referral(1)}\n".replace("\r", "\n").encode(), "listener.log"
    )
    assert (reading.format, len(cells), [finding.code for finding in reading.findings]) == ("hl7v2", 1, ["hl7_outside"])


@pytest.mark.parametrize(
    ("start", "what"),
    [('<Bundle xmlns="http://hl7.org/fhir">', "FHIR as XML"), ('<REF_I12 xmlns="urn:hl7-org:v2xml">', "HL7 v2 as XML"), ('<ClinicalDocument xmlns="urn:hl7-org:v3">', "clinical document"),
     ("<list>", "cut off"),
     ("<message>\n  <messageId>1</messageId>\n  <serverId>x</serverId>\n  <channelId>c</channelId>", "Mirth Connect"),
     ("<list>\n<com.mirth.connect.donkey.model.message.Message>", "Mirth Connect"),
     ("<hash><error>You do not have permissions to use the API</error></hash>", "a service answers"), ("<Error><Code>AccessDenied</Code></Error>", "a service answers"),
     ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultstring>No</faultstring></s:Fault></s:Body></s:Envelope>', "a service answers")],
)  # fmt: skip
def test_xml_is_refused_as_what_it_is(read: Read, start: str, what: str) -> None:
    with pytest.raises(FileRefused, match=what):
        read(f'<?xml version="1.0"?>{start}'.encode(), "export.xml")


def test_xml_that_is_not_announced_is_refused_as_what_it_is_too(read: Read) -> None:
    with pytest.raises(FileRefused, match="raw messages"):
        read(b"<message><messageId>1</messageId><channelId>c</channelId></message>", "export.xml")
    with pytest.raises(FileRefused, match="run the export again"):
        read(b"<hash><error>You do not have permissions to use the API</error></hash>", "export.xml")
    records = b"<records><item><a>1</a><error>none</error></item><item><a>2</a><error>late</error></item></records>"
    assert read(b'<?xml version="1.0"?>' + records, "export.xml")[0].records == 2


def test_segments_named_in_small_letters_are_segments_and_other_small_words_are_text(read: Read) -> None:
    message = "msh|^~\\&|A|B|C|D|20260305||REF^I12|1|P|2.5\rpid|1||77^^^H^MR||DOE^JANE\rrf1|A|R\rnte|1||see\rthe|letter"
    reading, staged = read(message.encode(), "small.hl7")
    assert (reading.part, reading.records, len(staged)) == ("REF", 1, 1)
    assert [found.code for found in reading.findings] == ["hl7_stray_line"]
