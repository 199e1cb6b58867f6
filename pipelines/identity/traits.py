"""Macros by which names, places and callings become comparable. Used only where a generation is built, on
distinct spellings wherever that is possible: each is several regular expressions.
"""

from __future__ import annotations

# Words of a name that are no name: what people write before and after it.
_NO_NAME = "['jr', 'sr', 'ii', 'iii', 'iv', '2nd', '3rd', 'md', 'dr', 'phd', 'np', 'facp', 'facc', 'facs', 'esq', 'mrs', 'mr', 'ms']"
_SUFFIXES = "['jr', 'sr', 'ii', 'iii', 'iv', '2nd', '3rd']"
_PARTICLES = "['de', 'la', 'las', 'los', 'del', 'della', 'van', 'von', 'der', 'den', 'da', 'di', 'du', 'le', 'el', 'al', 'bin', 'st', 'san', 'mac', 'mc', 'o']"
# The family names that many unrelated people bear: sharing one of these says less.
_COMMON = (
    "smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson thomas taylor "
    "moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker young allen king wright scott "
    "torres nguyen hill flores green adams nelson baker hall rivera campbell mitchell carter roberts gomez phillips evans turner diaz "
    "parker cruz edwards collins reyes stewart morris morales murphy cook rogers gutierrez ortiz morgan cooper peterson bailey reed "
    "kelly howard ramos kim cox ward richardson watson brooks chavez wood james bennett gray mendoza ruiz hughes price alvarez castillo "
    "sanders patel myers long ross foster jimenez chen wang li zhang liu singh khan shah kaur kumar ahmed ali tran pham park choi wong"
)
# Words that many practices have in their name and that tell no two of them apart.
_GENERIC = (
    "['medical', 'center', 'clinic', 'group', 'associates', 'specialists', 'health', 'healthcare', 'practice', 'physicians', 'care', "
    "'services', 'office', 'doctors', 'partners', 'consultants', 'department', 'dept', 'clinics', 'centers', 'in', 'for', 'offices', 'assn']"
)
# Words that tell the branches of one practice apart.
_BRANCHES = (
    "['north', 'south', 'east', 'west', 'northeast', 'northwest', 'southeast', 'southwest', 'downtown', 'uptown', 'midtown', 'central', "
    "'upper', 'lower', 'main', 'satellite', 'annex', 'campus', 'eastside', 'westside', 'northside', 'southside', 'one', 'two', 'three']"
)
_CREDENTIALS = (
    ("np", r"\b(np|fnp|aprn|arnp|crnp|cnp|dnp|agnp|agacnp|pmhnp|anp|nurse practitioner)\b"), ("pa", r"\b(pa|pac|physician assistant)\b"),
    ("crna", r"\bcrna\b"), ("cnm", r"\bcnm\b"), ("rn", r"\b(rn|bsn|msn|lpn)\b"), ("do", r"\bdo\b"), ("md", r"\b(md|mbbs|mbchb|mbbch)\b"),
    ("dpm", r"\bdpm\b"), ("dentist", r"\b(dds|dmd)\b"), ("od", r"\bod\b"), ("dc", r"\bdc\b"), ("pharmd", r"\bpharmd\b"), ("psyd", r"\b(phd|psyd|lcsw)\b"),
)  # fmt: skip
_SPECIALTIES = (
    ("surgery_neuro", r"neuro.*surg|surg.*neuro"), ("cardio", r"cardi|heart"), ("onco", r"onc|hemat"), ("psych", r"psych|behav|mental"),
    ("neuro", r"neuro"), ("derm", r"derm|skin"), ("gastro", r"gastro|digest|hepat|^gi$"), ("pulm", r"pulm|respir|lung|chest"),
    ("rheum", r"rheum"), ("nephro", r"neph|kidney"), ("endo", r"endocr|diabet"), ("eye", r"ophth|eye|retina|optom"),
    ("obgyn", r"obstet|gyn|women|^ob"), ("peds", r"pedi|child"), ("ortho", r"ortho|sports"), ("uro", r"urol"),
    ("ent", r"otolar|^ent$|ear nose"), ("allergy", r"allerg|immun"), ("infect", r"infect"), ("radio", r"radiol|imaging"),
    ("pain", r"anesth|pain"), ("emergency", r"emerg|urgent"), ("rehab", r"rehab|physical|pm r"), ("podiatry", r"podia|foot"),
    ("surgery", r"surg"), ("family", r"famil|general pract"), ("internal", r"intern|hospitalist|primary|geriat"),
)  # fmt: skip


def _cases(pairs: tuple[tuple[str, str], ...], value: str) -> str:
    return " ".join(f"when regexp_matches({value}, '{pattern}') then '{name}'" for name, pattern in pairs)


# A reference such as Organization/12 stands in for a name until somebody states one.
_TYPES = "Organization|PractitionerRole|Practitioner|CareTeam|HealthcareService|Location|ResearchStudy"
STAND_IN = f"regexp_full_match(name, '(https?://.+/)?({_TYPES})[/?].+|urn:(uuid|oid):.+')"

MACROS: tuple[str, ...] = (
    f"create or replace temp macro stands_in(name) as {STAND_IN}",
    # Most names are one plain word, told by one pattern.
    """create or replace temp macro name_words(value) as case when regexp_full_match(value, '[A-Za-z0-9]+') then [lower(value)]
        else coalesce(string_split(norm_text(value), ' '), []) end""",
    # What is left of a name without what is no name; all of it, where nothing would be left.
    f"""create or replace temp macro true_words(words) as case
        when len(list_filter(words, lambda w: not list_contains({_NO_NAME}, w))) > 0
        then list_filter(words, lambda w: not list_contains({_NO_NAME}, w)) else words end""",
    f"""create or replace temp macro suffix_of(words) as case when len(words) > 1 then
        list_extract(list_transform([list_filter(words, lambda w: list_contains({_SUFFIXES}, w))[1]],
            lambda s: case s when '2nd' then 'jr' when 'ii' then 'jr' when '3rd' then 'iii' else s end), 1) end""",
    # The words of a family name that carry it: Garcia of "De la Garcia-Lopez", and Lopez too.
    f"""create or replace temp macro core_words(words) as list_distinct(list_filter(words,
        lambda w: length(w) >= 3 and not list_contains({_PARTICLES}, w)))""",
    """create or replace temp macro undoubled(value) as array_to_string(list_transform(range(1, length(value) + 1),
        lambda i: case when i > 1 and value[i] = value[i - 1] then '' else value[i] end), '')""",
    # A name as it sounds, roughly: its first letter and its consonants.
    """create or replace temp macro skeleton(value) as left(value, 1) || undoubled(regexp_replace(translate(
        replace(replace(substr(value, 2), 'ph', 'f'), 'ck', 'k'), 'cqz', 'kks'), '[aeiouyhw]', '', 'g'))""",
    f"create or replace temp macro is_common(family) as list_contains(string_split('{_COMMON}', ' '), family)",
    f"create or replace temp macro generic_free(words) as list_sort(list_distinct(list_filter(words, lambda w: not list_contains({_GENERIC}, w))))",
    f"create or replace temp macro branch_words(words) as list_sort(list_distinct(list_filter(words, lambda w: list_contains({_BRANCHES}, w) or regexp_full_match(w, '[0-9]+'))))",
    # The street and its number, without the suite.
    r"""create or replace temp macro street_of(value) as nullif(trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(' ' || norm_text(regexp_replace(value, '#.*$', '')) || ' ',
        ' (suite|ste|unit|apt|floor|fl|bldg|building|room|rm|dept|po box) .*$', ' '), ' street ', ' st '), ' avenue ', ' ave '),
        ' (road) ', ' rd '), ' (boulevard) ', ' blvd '), ' (drive) ', ' dr '), ' (lane) ', ' ln '),
        ' (north|south|east|west|n|s|e|w) ', ' ')), '')""",
    # Ten digits; numbers of one repeated digit are placeholders.
    """create or replace temp macro dialled(value) as case when length(digits(value)) >= 10
        and length(replace(right(digits(value), 7), right(digits(value), 1), '')) > 0 then right(digits(value), 10) end""",
    f"""create or replace temp macro calling(credential, taxonomy, specialty) as coalesce(
        case {_cases(_CREDENTIALS, "replace(norm_text(credential), 'pa c', 'pa')")} end,
        case when taxonomy[:4] = '363L' then 'np' when taxonomy[:4] = '363A' then 'pa' when taxonomy[:4] = '213E' then 'dpm'
             when taxonomy[:3] = '122' or taxonomy[:4] = '1223' then 'dentist' when taxonomy[:4] = '152W' then 'od'
             when taxonomy[:4] = '111N' then 'dc' when taxonomy[:2] = '20' then 'physician' end,
        case when norm_text(specialty) = 'nurse practitioner' then 'np' when norm_text(specialty) = 'physician assistant' then 'pa' end)""",
    f"create or replace temp macro field_of(specialty) as case {_cases(_SPECIALTIES, 'norm_text(specialty)')} end",
)  # fmt: skip
