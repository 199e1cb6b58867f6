r"""Free text without the patient that its own row names.

People write "knee pain, pt Zoe Quill dob 1/2/1970" as a reason. What identifies a patient directly ends when a file is mapped, so a
row's words lose what the same row's columns say of the patient: both names where they stand together, the record number, the
birthday as the file writes it, the telephone number however it is set, the e-mail address. A name that stands alone is left:
patients are called Back and Long, and a reason that lost such a word would be another reason.

Most rows name nobody, and are told by looking for the texts as they stand. Of the others the words are cut by one pattern that is
the same for all rows: a pattern made of each row's own texts took a millisecond a row.
"""

from __future__ import annotations

from pipelines import values
from pipelines.mapping.work import Work
from pipelines.sources import Field

INSTEAD = "[patient]"
_NAMES = {
    "family": "coalesce({patient_last}, patient_family({patient}))",
    "given": "coalesce({patient_first}, patient_given({patient}))",
}
TELLING = ("patient", "patient_last", "patient_first", "mrn", "born", "patient_phone", "patient_email")
# Texts by which something is found (a site called "Long & May" would be another site where May Long is the patient), and words
# of a catalogue.
_FOUND_BY = frozenset({"site", "place", "study", "study_name", "specialty", "modality", "sender", "receiver", "source", "survey", "code", "link", "record",
                       "service", "exam", "type", "kind", "class", "category", "intent"})  # fmt: skip
_DIALLED = r"\+?[0-9(][0-9 ()./-]{8,18}[0-9]"
_MAILED = r"[^\s@,;<>()]+@[^\s@,;<>()]+[^\s@,;<>().]"
MACROS = (
    # Words and what stands between them, in turn; names as words in small letters.
    r"create or replace temp macro pieces_of(said) as regexp_extract_all(said, '[\pL\pN]+|[^\pL\pN]+')",
    r"create or replace temp macro words_of(said) as regexp_extract_all(lower(said), '[\pL\pN]+')",
    r"create or replace temp macro digits_of(said) as right(regexp_replace(said, '[^0-9]', '', 'g'), 10)",
    # "Unknown" in the place of a name or a number names nobody, and may be what the words are about.
    f"create or replace temp macro says_nothing(told) as regexp_full_match(trim(told), '{values.BLANK}')",
    "create or replace temp macro may_name(said, part, least) as coalesce(strlen(part) >= least and contains(lower(said), lower(trim(part))), false)",
    """create or replace temp macro may_dial(said, phone) as coalesce(contains(said, substr(trim(phone), -2))
        and regexp_matches(said, '[0-9]{3}[ ./-]?[0-9]{4}') and contains(said, right(digits_of(phone), 4)), false)""",
    # What is taken out letter by letter: numbers and addresses of the row found in its words.
    f"""create or replace temp macro told_parts(said, born, phone, email) as list_filter(
        list_filter(regexp_extract_all(said, '{_DIALLED}'), lambda found: digits_of(found) = digits_of(phone))
        || list_filter(regexp_extract_all(said, '{_MAILED}'), lambda found: lower(found) = lower(trim(email)))
        || [case when length(trim(born)) > 5 and regexp_matches(born, '[0-9]') then trim(born) end], lambda found: found is not null)""",
    f"""create or replace temp macro without_parts(said, parts) as
        list_reduce(list_prepend(said, parts), lambda left_over, part: replace(left_over, part, '{INSTEAD}'))""",
    # And word by word: both names, and a record number that is one word or several. What stands in a list of one is made once
    # a row, not once a word.
    rf"""create or replace temp macro without_words(said, names) as list_extract(list_transform([names], lambda told:
        case when len(told) = 0 then said else array_to_string(list_transform(pieces_of(said),
            lambda piece: case when list_contains(told, lower(piece)) then '{INSTEAD}' else piece end), '') end), 1)""",
    r"""create or replace temp macro told_words(said, family, given, mrn) as list_extract(list_transform([words_of(said)], lambda heard:
        case when not says_nothing(family) and list_has_all(heard, words_of(family)) and list_has_any(heard, words_of(given))
            then words_of(family) || list_filter(words_of(given), lambda word: length(word) > 1) else [] end
        || case when length(trim(mrn)) > 3 and not says_nothing(mrn) and list_has_all(heard, words_of(mrn)) then words_of(mrn) else [] end), 1)""",
    rf"""create or replace temp macro without_patient(said, family, given, mrn, born, phone, email) as regexp_replace(
        list_extract(list_transform([without_parts(said, told_parts(said, born, phone, email))],
            lambda left_over: without_words(left_over, told_words(said, family, given, mrn))), 1),
        '\[patient\](?:[^\pL\pN\[]{{1,3}}\[patient\])+', '{INSTEAD}', 'g')""",
    """create or replace temp macro unnamed(said, family, given, mrn, born, phone, email) as case
        when may_name(said, family, 2) and may_name(said, given, 2) or may_name(said, mrn, 4) or may_name(said, born, 6)
            or contains(said, '@') and may_name(said, email, 6) or may_dial(said, phone)
        then without_patient(said, coalesce(family, ''), coalesce(given, ''), coalesce(mrn, ''), coalesce(born, ''), coalesce(phone, ''), coalesce(email, ''))
        else said end""",
)  # fmt: skip


def unnamed_sql(work: Work, declared: Field) -> str:
    """SQL of a cell of text without the row's patient. It stays what it is where it is no free text (something is found by it,
    an hour that belongs to a day) and where the file has no column that tells of a patient."""
    cell = f"cell.{declared.name}"
    told_of = {one.name for one in work.given if one.phi}.intersection(TELLING)
    if declared.phi or not told_of or declared.name in _FOUND_BY or declared.name in {one.clock for one in work.given}:
        return cell
    told = {name: f"cell.{name}" if name in told_of else "null::varchar" for name in TELLING}
    names = ", ".join(text.format(**told) for text in _NAMES.values())
    return f"unnamed({cell}, {names}, {told['mrn']}, {told['born']}, {told['patient_phone']}, {told['patient_email']})"
