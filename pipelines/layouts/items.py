"""Survey questions: the columns of a survey export that are no field, one row per answer.

What a question asks shows in its wording and in the answers of all respondents: 0 to 10 with "recommend" is a net
promoter question, 1 to 5 or a known ladder of words is a rating, the rest is what people wrote.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines import languages
from pipelines.layouts.redcap import MISSING_NUMBER, STAMP
from pipelines.readers import Reading
from pipelines.values import squash

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Ladders of words from worst to best; a column whose every answer stands on one ladder is a rating on it.
LADDERS: tuple[tuple[str, ...], ...] = (
    ("poor", "fair", "good", "verygood", "excellent"), ("verypoor", "poor", "fair", "good", "excellent"), ("poor", "fair", "average", "good", "excellent"),
    ("terrible", "poor", "average", "good", "excellent"), ("poor", "belowaverage", "average", "aboveaverage", "excellent"),
    ("verydissatisfied", "dissatisfied", "neutral", "satisfied", "verysatisfied"),
    ("veryunsatisfied", "unsatisfied", "neutral", "satisfied", "verysatisfied"), ("verypoor", "poor", "neutral", "good", "verygood"), ("verypoor", "poor", "average", "good", "verygood"),
    ("stronglydisagree", "somewhatdisagree", "neitheragreenordisagree", "somewhatagree", "stronglyagree"), ("definitelynot", "probablynot", "mightormightnot", "probablyyes", "definitelyyes"),
    ("extremelyunlikely", "somewhatunlikely", "neitherlikelynorunlikely", "somewhatlikely", "extremelylikely"),
    ("verydissatisfied", "somewhatdissatisfied", "neithersatisfiednordissatisfied", "somewhatsatisfied", "verysatisfied"),
    ("extremelydissatisfied", "somewhatdissatisfied", "neithersatisfiednordissatisfied", "somewhatsatisfied", "extremelysatisfied"),
    ("stronglydisagree", "disagree", "neutral", "agree", "stronglyagree"), ("stronglydisagree", "disagree", "neitheragreenordisagree", "agree", "stronglyagree"),
    ("never", "rarely", "sometimes", "usually", "always"), ("never", "rarely", "sometimes", "often", "always"),
    ("notatall", "slightly", "moderately", "very", "extremely"), ("veryunlikely", "unlikely", "neutral", "likely", "verylikely"),
    ("poor", "fair", "good", "excellent"),
    ("extremelydifficult", "somewhatdifficult", "neithereasynordifficult", "somewhateasy", "extremelyeasy"), ("verydifficult", "difficult", "neutral", "easy", "veryeasy"),
    # Of seven steps, as tools offer them.
    ("extremelydissatisfied", "moderatelydissatisfied", "slightlydissatisfied", "neithersatisfiednordissatisfied", "slightlysatisfied", "moderatelysatisfied", "extremelysatisfied"),
    ("verydissatisfied", "dissatisfied", "somewhatdissatisfied", "neithersatisfiednordissatisfied", "somewhatsatisfied", "satisfied", "verysatisfied"),
    ("stronglydisagree", "disagree", "somewhatdisagree", "neitheragreenordisagree", "somewhatagree", "agree", "stronglyagree"),
    ("extremelyunlikely", "moderatelyunlikely", "slightlyunlikely", "neitherlikelynorunlikely", "slightlylikely", "moderatelylikely", "extremelylikely"),
    ("extremelydifficult", "moderatelydifficult", "slightlydifficult", "neithereasynordifficult", "slightlyeasy", "moderatelyeasy", "extremelyeasy"),
)  # fmt: skip
NO_ANSWER = ("na", "notapplicable", "dontknow", "noopinion", "unsure")
_MISSING = re.compile(rf"{MISSING_NUMBER}(?:\.0+)?")
FIVE, NPS_TOP = 5, 10  # steps of the scales on which people are asked whether they would recommend
MOST_NAMED = 6  # questions that a sentence lists
MOST_ANSWERS = 60  # distinct answers beyond which a column is what people wrote
# Questions for who answers, which nobody needs to know who reads the answers.
_PERSONAL = re.compile(
    r"(?:what(?: is|'s) )?(?:your |respondent'?s? |contact |full |first |last |sur)*(?:name|e-?mail(?: address)?|phone(?: number)?|ip(?: address)?|ipaddr)\??|"
    r"(?:your |referring )?(?:physician|provider|doctor|clinician|practitioner)(?:['’]s)?(?: name)?|nombre(?: completo| del? m[eé]dic[oa])?|nom(?: du m[eé]decin)?|name des arztes|"
    r"(?:location)?(?:latitude|longitude)|user ?agent|(?:extended )?referr?er|session ?id", re.IGNORECASE)  # fmt: skip
_MIDDLE = re.compile(r"neither\w+n?or\w+")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\d{1,3}(?:\.\d{1,3}){3}")
_GROUPS = frozenset({"promoter", "passive", "detractor"})
# A number of the answer or of what it is about, whatever it is called: nobody was asked for it.
_NUMBERS_ROWS = re.compile(
    r"(?:comment|response|answer|survey|record|row|entry|case|visit|encounter|appointment|submission)[ _]?(?:id|#)",
    re.IGNORECASE,
)
_TICKS = frozenset({"0", "1", "yes", "no", "y", "n", "true", "false", "x"})
# What is chosen or counted, though a tool may export it as the number of the choice: no answer is better than another.
_CHOICE = re.compile(
    r" - selected choice$|\b(?:select|check|choose|mark|tick) (?:all|any|each)\b|\ball that apply\b|^(?:\w+[.:)] *)?(?:(?:which|where|who(?:m|se)?)\b(?!.*(?:number|score|rat(?:e|ing)|scale|satisf|\d))"
    r"|how (?:many|much|long)\b|how (?:do|did|would|does) (?:you|your practice|your office) (?:usually |normally |typically |prefer to |like to )?(?:send|refer|hear|learn|contact|reach|receive)\b"
    r"|(?:what is |what['’]s )?your (?:primary |practice |medical )?(?:specialty|profession|role|gender|sex|age|title|department|region|county|state|zip|site)\b"
    r"|(?:#|no\. of|number of|count of|total)|rank\b)|\b(?:code|id)$|\byears? (?:in|of) (?:practice|experience|service)\b|\b(?:what|which) year\b|\b(?:days|weeks|months|hours|minutes) (?:waited|until|from|between|since|spent|per)\b|\bin (?:days|weeks|months|hours|minutes)\)?\??$|\brank (?:the|these|each|in)\b",
    re.IGNORECASE,
)
_DEGREES = (
    ("notatall", "notso", "somewhat", "very", "extremely"), ("notatall", "notvery", "somewhat", "very", "extremely"), ("notatall", "slightly", "moderately", "very", "extremely"),
    ("notatall", "slightly", "somewhat", "very", "extremely"), ("notatall", "slightly", "moderately", "very", "completely"),
)  # fmt: skip
_SCALE = re.compile(r"(?:\b[01]\s*(?:-|–|to|through)\s*|\bout of\s*)(5|7|10)\b|(?<=\d)\s*/\s*(5|7|10)\b", re.IGNORECASE)
_BEST = r"(?:the )?(?:excellent|best|outstanding|very (?:satisfied|good|easy|likely|timely|helpful)|(?:extremely|completely) (?:satisfied|likely|easy|helpful|good|well)|strongly agree|always|highest)\b"
_BEST_FIRST = re.compile(rf"\b1\s*(?:=|:|[-–]|\bis\b|\bbeing\b|\()\s*{_BEST}|\b{_BEST}\s*(?:=|\()\s*1\b", re.IGNORECASE)
_FIRST_NUMBER = re.compile(
    r"\s*(\d{1,2}(?:\.\d+)?)\s*(?:/\s*(?:10|5)\s*|out of (?:10|5|ten|five)\s*|(?:[-–:=)]|\.(?!\d)|stars?\b|\().*)?",
    re.IGNORECASE | re.DOTALL,
)
_LAST_NUMBER = re.compile(r"\s*[^\W\d][^\d]*[-–:=(]\s*(\d{1,2})\s*\)?\s*")
_DEGREE = re.compile(r"(notatall|notso|notvery|slightly|somewhat|moderately|very|extremely|completely)(.*)")
WHY = ("why", "whattodo", "filerow")
_EMPTY_LABELS = ("response", "openendedresponse", "pleasespecify", "otherpleasespecify", "")


@dataclass(frozen=True)
class Item:
    """One question. ``scores`` maps answers as written to numbers."""

    place: int
    code: str
    label: str
    sub: str | None
    kind: str
    scale_max: int | None
    scores: dict[str, float]


def make(
    con: DuckDBPyConnection,
    reading: Reading,
    used: Collection[int],
    ignored: Collection[str],
    patterns: Collection[str] = (),
) -> list[str]:
    """Make ``items(row, item_code, item_label, item_sub, value_text, kind, scale_max, value_num)`` in ``con``
    from the staged columns that are neither ``used`` by a field nor ``ignored`` (nor like one of ``patterns``), and that
    do not say who answered. Returns what a person should know of how questions were read, in sentences."""
    con.execute(
        """create or replace temp table items (row bigint, item_code varchar, item_label varchar, item_sub varchar, value_text varchar,
            kind varchar, scale_max integer, value_num double)"""
    )
    codes: set[str] = set()
    told = [
        one
        for one in _questions(reading, used, ignored)
        if not any(re.fullmatch(p, one[1].strip(), re.IGNORECASE) for p in patterns)
    ]
    asked = [
        (place, label, sub, _answers(con, place))
        for place, label, sub in told
        if not _PERSONAL.fullmatch(label.strip()) and not _NUMBERS_ROWS.fullmatch(label.strip())
    ]
    asked = [
        one for one in asked if one[3] and not _group_column(reading.header[one[0]], one[3]) and not _tells_who(one[3])
    ]
    around = {_step(text) for _, _, _, answers in asked if len(answers) <= MOST_ANSWERS for text in answers}
    chosen = _of_several(asked)
    sentences, plain = [], list[str]()
    for place, label, sub, answers in asked:
        item = judge(place, label, sub, answers, codes, around, chosen=place in chosen)
        codes.add(item.code)
        _insert(con, item)
        if item.kind in ("other", "comment") and (strays := _strays(answers)):
            sentences.append(
                f"“{label}” is not scored: nearly all of its answers are numbers, but {strays} {'is' if strays == 1 else 'are'} not."
            )
        elif item.kind in ("other", "comment") and (highest := _beyond(item, answers)):
            sentences.append(
                f"“{label}” is not scored: its answers reach {highest}, and the net promoter score is of 0 to {NPS_TOP}."
            )
        if item.kind == "rating" and (numbers := _numbers(answers)) and item.scores != numbers:
            sentences.append(f"“{label}” has 1 as its best step: it was turned round, so that more is better.")
        elif item.kind == "rating" and STAMP in reading.header and _is_unexplained(item, answers):
            plain.append(f"“{_in_full(item)}”")
        if (
            item.kind == "rating"
            and item.scale_max == FIVE
            and _numbers(answers)
            and _recommends(f"{label} {sub or ''}")
        ):
            sentences.append(
                "The question whether they would recommend was answered with 1 to 5 only: it is a rating of five steps, and not in the net promoter score."
            )
    if plain:
        sentences.append(
            f"Nothing says which step of these ratings is the best, so more is taken for better: {', '.join(plain[:MOST_NAMED])}{' and more' if len(plain) > MOST_NAMED else ''}."
        )
    return sentences


def _beyond(item: Item, answers: Sequence[str]) -> int:
    """How far the numbers of a question to recommend reach beyond the score's scale; 0 if they do not."""
    said = [text.strip() for text in answers if not _is_no_answer(text)]
    if not said or not _recommends(_in_full(item)) or not all(re.fullmatch(r"\d{1,3}", text) for text in said):
        return 0
    highest = max(map(int, said))
    return highest if highest > NPS_TOP else 0


def _is_unexplained(item: Item, answers: Sequence[str]) -> bool:
    """Whether a rating is of bare numbers, as REDCap exports the codes of choices, and its question says nothing of them."""
    bare = all(re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", text) for text in answers if not _is_no_answer(text))
    return bare and bool(_numbers(answers)) and not re.search(r"\d", _in_full(item))


def _of_several(asked: Sequence[tuple[int, str, str | None, list[str]]]) -> set[int]:
    """The positions of columns that are one answer each of a question of which several may be chosen: "Ways?/Fax" beside
    "Ways?", with a tick; or under one question, each with the number of its choice."""
    labels = {label for _, label, _, _ in asked}
    found = {
        place
        for place, label, sub, answers in asked
        if sub is None and "/" in label and label.rpartition("/")[0] in labels and {squash(text) for text in answers} <= _TICKS
    }  # fmt: skip
    under: dict[str, list[tuple[int, list[str]]]] = {}
    for place, label, sub, answers in asked:
        if sub is not None:
            under.setdefault(label, []).append((place, answers))
    for columns in under.values():
        numbers = [next(iter(_numbers(answers).values()), 0.0) for _, answers in columns if len(answers) == 1]
        if 1 < len(columns) == len(numbers) and 0.0 not in numbers and sorted(set(numbers)) == numbers:
            found |= {place for place, _ in columns}
    return found


def _tells_who(answers: Sequence[str]) -> bool:
    """Whether most answers are addresses: of a person's mail or of their computer."""
    return 2 * sum(_ADDRESS.fullmatch(text.strip()) is not None for text in answers) > len(answers)


def _answers(con: DuckDBPyConnection, place: int) -> list[str]:
    rows = con.execute(
        f"select distinct c{place} from stage where c{place} is not null order by 1 limit {MOST_ANSWERS + 1}"
    ).fetchall()
    return [row[0] for row in rows]


def _questions(reading: Reading, used: Collection[int], ignored: Collection[str]) -> list[tuple[int, str, str | None]]:
    """(position, question, sub-question) of every column that holds answers. A question over several columns stands
    in the first one's header only."""
    dropped = {squash(text) for text in ignored} | set(WHY)
    labels = reading.sub_headers[0] if reading.sub_headers else [""] * len(reading.header)
    imports = len(reading.sub_headers) > 1
    found: list[tuple[int, str, str | None]] = []
    current = ""
    for place, name in enumerate(reading.header):
        unnamed = not squash(name) or bool(re.fullmatch(r"(column|unnamed)[ _:]*\d*", name.strip().lower()))
        current = current if unnamed else name
        if place in used or squash(re.sub(r" \(\d+\)$", "", current)) in dropped or not current:
            continue
        second = labels[place].strip() if place < len(labels) else ""
        if imports:  # Qualtrics: the id above, the question below
            found.append((place, second or name, None))
        else:
            found.append(
                (place, re.sub(r" \(\d+\)$", "", current), second if squash(second) not in _EMPTY_LABELS else None)
            )
    return found


def _group_column(header: str, answers: Sequence[str]) -> bool:
    """Qualtrics' own promoter / passive / detractor column says nothing that the score does not."""
    said = {squash(text) for text in answers}
    ticked = squash(header).removesuffix("s") in _GROUPS and said <= _TICKS
    return header.upper().endswith("NPS_GROUP") or said <= _GROUPS or ticked


def judge(
    place: int,
    label: str,
    sub: str | None,
    answers: Sequence[str],
    taken: Collection[str],
    around: Collection[str] = (),
    *,
    chosen: bool = False,
) -> Item:
    """What a question with these distinct ``answers`` asks and how it is scored. ``around`` are the words of all
    questions of the survey: where nobody ticked a step here, the ladder of the others shows that it exists. ``chosen`` says that
    the column is one of the answers to a question of which several may be chosen."""
    numbers = _numbers(answers)
    wording = f"{label} {sub or ''}".strip()
    if numbers and _recommends(wording) and _is_zero_to_ten(wording, numbers):
        return Item(place, _free("nps", taken), label, sub, "nps", NPS_TOP, numbers)
    ladder, height = (
        ({}, 0) if re.search(r"comment|anything|tell us|suggest", wording.lower()) else _ladder(answers, around)
    )
    if ladder:
        return Item(place, _free(_rating_code(wording), taken), label, sub, "rating", height, ladder)
    chosen = chosen or bool(numbers and _CHOICE.search(wording))
    if chosen or set(numbers.values()) == {0.0, 1.0} or (not numbers and _is_ticked(wording, answers)):
        return Item(
            place, _free(_slug(wording), taken), label, sub, "other", None, {}
        )  # yes and no are no scale, nor are ticks comments
    if numbers and min(numbers.values()) >= 0 and max(numbers.values()) <= NPS_TOP and len(answers) <= NPS_TOP + 1:
        top = _top(wording, answers, max(numbers.values()))
        scores = _turned(numbers, top) if _is_best_first(wording, numbers, top) else numbers
        return Item(place, _free(_rating_code(wording), taken), label, sub, "rating", top, scores)
    if (
        len(answers) > 12
        or any(len(text) > 40 for text in answers)
        or re.search(r"comment|verbatim|feedback|anything|suggest|tell us|improve|\bbetter\b|why", wording.lower())
    ):
        return Item(place, _free("comment", taken), label, sub, "comment", None, {})
    return Item(place, _free(_slug(wording), taken), label, sub, "other", None, {})


def _is_ticked(wording: str, answers: Sequence[str]) -> bool:
    """Whether the column is one answer of a question that several may be ticked of: it holds ticks, or that answer again."""
    said = {squash(text) for text in answers}
    return bool(said) and (
        said <= _TICKS | {"checked", "selected", "✓", "✔"}
        or (len(said) == 1 and min(said) != "" and squash(wording).endswith(min(said)))
    )


def _is_zero_to_ten(wording: str, numbers: Mapping[str, float]) -> bool:
    """Whether a question to recommend has the net promoter score's scale. Where nobody answered below 1 or above 5, but
    several differed and some gave 5, it has five steps (such as Press Ganey's): else everybody would be a detractor."""
    given = set(numbers.values())
    if min(given) < 0 or max(given) > NPS_TOP:
        return False
    if any(
        int(found[1] or found[2]) < NPS_TOP and max(given) <= int(found[1] or found[2])
        for found in _SCALE.finditer(wording)
    ):
        return False  # the question says that its scale is another
    told = re.search(r"\b0\s*(?:-|–|to)\s*10\b|\bnps\b|net promoter|out of 10", wording.lower())
    return bool(told) or min(given) < 1 or max(given) != FIVE or len(given) == 1


def _top(wording: str, answers: Sequence[str], highest: float) -> int:
    """The highest step of a scale in numbers: as the question or the answers say, else as the answers reach."""
    told = [int(found[1] or found[2]) for text in (wording, *answers) for found in _SCALE.finditer(text)]
    return min((top for top in told if top >= highest), default=next(top for top in (5, 7, NPS_TOP) if highest <= top))


def _is_best_first(wording: str, numbers: Mapping[str, float], top: int) -> bool:
    """Whether 1 is the best step, as the question says ("1 = excellent") or the words beside the numbers do."""
    if _BEST_FIRST.search(wording):
        return True
    words = {text: re.sub(r"^\s*[\d.]+\W*", "", text) for text in numbers}
    ladder, height = _ladder([word for word in words.values() if word], ())
    steps = [(ladder[word] - (height + 1) / 2) * (numbers[text] - (top + 1) / 2) for text, word in words.items() if word in ladder]  # fmt: skip
    return sum(steps) < 0


def _turned(numbers: Mapping[str, float], top: int) -> dict[str, float]:
    """Scores of a scale whose best step is 1, so that more is better."""
    return {text: top + 1 - number if number else 0.0 for text, number in numbers.items()}


def _recommends(wording: str) -> bool:
    return bool(
        re.search(
            r"recommend|likely.*refer|net promoter|\bnps\b|^ltr$|weiterempf|recomend|recommand|raccomand|consiglier|aanbevel",
            wording.lower(),
        )
    )


def _numbers(answers: Sequence[str]) -> dict[str, float]:
    """Scores of answers such as "9", "7.5", "5 stars" or "10 - Extremely likely", and of "Extremely likely - 10" beside bare
    numbers; empty unless all have one."""
    said = [text for text in answers if not _is_no_answer(text)]
    bare = any(text.strip().isdecimal() for text in said)
    found = {text: _FIRST_NUMBER.fullmatch(text) or (bare and _LAST_NUMBER.fullmatch(text)) for text in said}
    return {text: float(match[1]) for text, match in found.items() if match} if all(found.values()) else {}


def _ladder(answers: Sequence[str], around: Collection[str]) -> tuple[dict[str, float], int]:
    """Scores of answers that all stand on one ladder, and its height; empty if there is none."""
    words = {text: _step(text) for text in answers if not _is_no_answer(text)}
    fitting = [ladder for ladder in _ladders() if words and set(words.values()) <= set(ladder)]
    if not fitting and words:
        words, fitting = _degrees(words)
    if not fitting:
        return {}, 0
    best = max(fitting, key=lambda ladder: (len(set(ladder) & set(around)), set(ladder) <= set(around)))
    return {text: best.index(word) + 1.0 for text, word in words.items()}, len(best)


def _degrees(words: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """Answers that say how much of one thing is so ("Not so easy", "Very easy") as those degrees, and the ladders they stand on."""
    parts = {text: _DEGREE.fullmatch(word) for text, word in words.items()}
    if not all(parts.values()) or len({found[2] for found in parts.values() if found}) > 1:
        return dict(words), []
    said = {text: found[1] for text, found in parts.items() if found}
    return said, [ladder for ladder in _DEGREES if set(said.values()) <= set(ladder)]


def _strays(answers: Sequence[str]) -> int:
    """How many different answers keep a question of numbers from being scored."""
    said = [text for text in answers if not _is_no_answer(text)]
    numbered = sum(bool(_numbers([text])) and len(text) <= 12 for text in said)
    return len(said) - numbered if len(said) > numbered >= FIVE and numbered >= 0.7 * len(said) else 0


def _is_no_answer(text: str) -> bool:
    return _step(text) in NO_ANSWER or bool(_MISSING.fullmatch(text.strip()))


def _step(text: str) -> str:
    """An answer as it stands on a ladder. Some tools call the middle neutral that others call neither this nor that."""
    said = squash(languages.folded(text))
    return "neutral" if _MIDDLE.fullmatch(said) else said


@cache
def _ladders() -> tuple[tuple[str, ...], ...]:
    """The ladders of every language, those of seven steps last: what stands on one of five was not asked on one of seven."""
    known = (*LADDERS, *(ladder for one in languages.languages() for ladder in one.ladders))
    return tuple(
        sorted(dict.fromkeys(tuple(map(_step, ladder)) for ladder in known), key=lambda ladder: len(ladder) > FIVE)
    )


def _in_full(item: Item) -> str:
    """The question with the part of it that stands in a row of its own: what is asked of three things is three questions."""
    return f"{item.label.rstrip(' :')}: {item.sub}" if item.sub else item.label


def _rating_code(wording: str) -> str:
    return "overall" if re.search(r"\boverall\b", wording.lower()) else _slug(wording)


def _slug(wording: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", wording.lower()).strip("_")[:60] or "question"


def _free(code: str, taken: Collection[str]) -> str:
    """``code``, or with a number where an earlier question has it."""
    turn, name = 2, code
    while name in taken:
        name, turn = f"{code}_{turn}", turn + 1
    return name


def _insert(con: DuckDBPyConnection, item: Item) -> None:
    scores = list(item.scores.items())
    con.execute(
        f"""insert into items
        with score as (select unnest($texts::varchar[]) as written, unnest($points::double[]) as points)
        select stage.row, $code, $label, $sub, case when $kind in ('nps', 'rating') then null else c{item.place} end, $kind, $top, score.points
        from stage left join score on score.written = c{item.place} where c{item.place} is not null""",
        {"texts": [text for text, _ in scores], "points": [points for _, points in scores], "code": item.code, "label": _in_full(item), "sub": item.sub,
         "kind": item.kind, "top": item.scale_max},
    )  # fmt: skip
