"""A labelled network of physicians, and how registries, systems and front desks would write them down.

``records`` gives rows in the shape that every referral source has (the texts of cells), each with the person and
the practice it truly means. The noise is that of real files: nicknames, initials, typing slips, swapped and
married names, dropped suffixes, capitals, credentials, abbreviated practices, suites, missing and wrong numbers;
and the traps are: namesakes in one city, families in one practice, branches, a practice renamed, physicians who
move or work at several places.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import random
from dataclasses import dataclass, field

GIVEN = (
    "James Robert John Michael David William Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark Donald Steven Paul Andrew "
    "Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott "
    "Brandon Benjamin Samuel Gregory Alexander Frank Patrick Raymond Jack Dennis Jerry Peter Henry Carlos Jose Luis Ahmed Wei Raj Arjun Omar Ivan "
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley Kimberly Emily Donna Michelle "
    "Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha "
    "Katherine Christine Helen Debra Rachel Carolyn Janet Maria Catherine Heather Diane Olivia Julie Joyce Victoria Ruth Virginia Lauren Kelly Priya "
    "Mei Fatima Aisha Elena Sofia Ingrid Yuki Noor Leila Anjali Hana Miriam Tamar Chloe Zoe Vera Marta Paula Gloria Irene Lucia"
).split()  # fmt: skip
GOES_BY = {
    "James": "Jim", "Robert": "Bob", "John": "Jack", "Michael": "Mike", "David": "Dave", "William": "Bill", "Richard": "Rick", "Joseph": "Joe",
    "Thomas": "Tom", "Charles": "Chuck", "Christopher": "Chris", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Donald": "Don",
    "Steven": "Steve", "Andrew": "Andy", "Kenneth": "Ken", "Timothy": "Tim", "Ronald": "Ron", "Edward": "Ted", "Jeffrey": "Jeff", "Nicholas": "Nick",
    "Benjamin": "Ben", "Samuel": "Sam", "Gregory": "Greg", "Alexander": "Alex", "Patrick": "Pat", "Raymond": "Ray", "Patricia": "Pat",
    "Jennifer": "Jen", "Elizabeth": "Liz", "Barbara": "Barb", "Susan": "Sue", "Jessica": "Jess", "Margaret": "Peggy", "Kimberly": "Kim",
    "Amanda": "Mandy", "Deborah": "Debbie", "Rebecca": "Becky", "Cynthia": "Cindy", "Kathleen": "Kathy", "Pamela": "Pam", "Samantha": "Sam",
    "Katherine": "Kate", "Christine": "Chris", "Catherine": "Cathy", "Victoria": "Vicki", "Virginia": "Ginny", "Theodore": "Ted", "Jonathan": "Jon",
}  # fmt: skip
COMMON = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson "
    "Martin Lee Perez Thompson White Harris Sanchez Clark Lewis Robinson Walker Young Allen King Wright Scott Nguyen Hill Green Adams Nelson Baker "
    "Hall Campbell Mitchell Carter Patel Kim Chen Wang Shah Khan Singh Cohen Murphy Kelly Cook Rogers Morgan Cooper Reed Bailey Bell Gomez Ward Cox"
).split()  # fmt: skip
HEADS = "Ab Al Ban Bar Bel Bor Bran Cal Car Cas Col Cran Dal Dar Del Dor Dun El Far Fen Fal Gal Gar Gran Hal Har Hol Hun Kel Kin Kol Lam Lan Lor Mar Mel Mor Nor Ol Par Pel Pren Ral Ran Rol San Sel Sol Stan Tal Tor Ul Val Van Vor Wal Wen Wil Yar Zan Zel".split()
TAILS = "berg bert by dale den der dick don dorf feld ford gate ges ham hardt horn ins ison kamp ker key land lein ler ley lin lock man mann mer more ner nick over per quist ridge rick ris rose sen shaw ski smith son stein ston stone ter thal ton vale ville wald ward way wick win worth zer".split()
FIELDS = (
    ("Family Medicine", "207Q00000X", 30), ("Internal Medicine", "207R00000X", 22), ("Cardiovascular Disease", "207RC0000X", 9), ("Neurology", "2084N0400X", 6),
    ("Dermatology", "207N00000X", 5), ("Gastroenterology", "207RG0100X", 5), ("Pulmonary Disease", "207RP1001X", 4), ("Rheumatology", "207RR0500X", 3),
    ("Psychiatry", "2084P0800X", 5), ("Pediatrics", "208000000X", 8), ("Obstetrics & Gynecology", "207V00000X", 6), ("Orthopaedic Surgery", "207X00000X", 4),
    ("Nurse Practitioner", "363LF0000X", 10), ("Physician Assistant", "363A00000X", 6),
)  # fmt: skip
SAID = {"Family Medicine": "Family Practice", "Cardiovascular Disease": "Cardiology", "Pulmonary Disease": "Pulmonology", "Obstetrics & Gynecology": "OB/GYN",
        "Orthopaedic Surgery": "Orthopedics", "Internal Medicine": "Internal Med", "Gastroenterology": "GI"}  # fmt: skip
PLACES = "Riverside Lakeside Hillcrest Oakwood Maple Cedar Summit Valley Harbor Prairie Northgate Fairview Westfield Stonebridge Willow Meadow Pine Aspen Crescent Sunrise Bayview Highland Elmwood Brookside Clearwater Parkway Foothill Greenwood Ridgeline Millbrook".split()
SORTS = ("Family Medicine", "Internal Medicine", "Medical Group", "Primary Care", "Health Center", "Cardiology Associates", "Neurology Clinic", "Pediatrics",
         "Women's Health", "Dermatology", "Orthopedic Specialists", "Gastroenterology Associates", "Medical Associates", "Family Practice", "Physicians Group")  # fmt: skip
STREETS = "Main Oak Elm Church Park Washington Lake Hill Mill Center River College Spring Market Union Franklin Highland Forest Jackson Lincoln".split()


@dataclass
class Practice:
    """A practice as it is: ``also`` is the name it had, or has since got."""

    number: int
    name: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    fax: str
    also: str | None = None


@dataclass
class Person:
    """A physician as they are, with the practices they work at, the first one theirs."""

    number: int
    given: str
    middle: str
    family: str
    suffix: str
    credential: str
    field: str
    taxonomy: str
    npi: str
    practices: list[int]
    married: str | None = None


@dataclass
class Network:
    """People, practices, and what was written of them. A record's ``person`` and ``place`` are the truth."""

    people: list[Person] = field(default_factory=list)
    practices: list[Practice] = field(default_factory=list)
    roster: list[dict[str, str | int | None]] = field(default_factory=list)
    written: list[dict[str, str | int | None]] = field(default_factory=list)


def network(records: int, seed: int, first: int = 0) -> Network:
    """About ``records`` rows on a quarter as many people, whose NPIs count from ``first``. The same seed gives the
    same network; several regions make a country."""
    made, chance = Network(), random.Random(seed)
    people = records // 4
    _found_practices(made, chance, max(12, people // 5), seed)
    for number in range(people):
        made.people.append(_person(made, chance, number, first))
    for person in made.people:
        _move(made, chance, person)
    for person in made.people:
        if chance.random() < 0.8:
            made.roster.append(_roster_row(made, person))
    while len(made.roster) + len(made.written) < records:
        made.written.append(_written(made, chance, chance.choice(made.people)))
    return made


def npi(number: int) -> str:
    """The ``number``th NPI of type 1, with its check digit."""
    digits = f"1{number:08d}"
    total = 24 + sum((2 * int(d) - 9 * (int(d) > 4)) if place % 2 == 0 else int(d) for place, d in enumerate(digits))
    return digits + str(-total % 10)


def _found_practices(made: Network, chance: random.Random, count: int, seed: int) -> None:
    cities = [(f"City{number}", f"{chance.choice('ABCDEFGHIJ')}{chance.choice('KLMNOPQRST')}", f"{100 + (seed * 61 + number * 7) % 899:03d}")
              for number in range(max(3, count // 45))]  # fmt: skip
    for number in range(count):
        city, state, area = chance.choice(cities)
        if made.practices and chance.random() < 0.08:  # a branch of another
            head = chance.choice(made.practices)
            name = f"{head.name} {chance.choice(('North', 'South', 'East', 'West', '2', '3'))}"
        else:
            name = f"{_head(chance)} {chance.choice(('', '', '', *PLACES))} {chance.choice(SORTS)}".replace("  ", " ")
        call = f"{200 + (number + seed * 97) % 700:03d}{200 + (number // 7 + seed * 31) % 700:03d}"
        made.practices.append(Practice(
            number, name, f"{chance.randrange(1, 9900)} {chance.choice(STREETS)} {chance.choice(('Street', 'Avenue', 'Road'))}", city, state,
            area + f"{chance.randrange(30):02d}", call + f"{chance.randrange(1000, 9999)}", call + f"{chance.randrange(1000, 9999)}",
            also=f"{_head(chance)} {chance.choice(PLACES)} {chance.choice(SORTS)}" if chance.random() < 0.02 else None))  # fmt: skip


def _head(chance: random.Random) -> str:
    return chance.choice(PLACES) if chance.random() < 0.5 else chance.choice(HEADS) + chance.choice(TAILS)


def _family(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return COMMON[min(int(chance.expovariate(0.06)), len(COMMON) - 1)]
    name = chance.choice(HEADS) + chance.choice(TAILS)
    prefix = chance.random()
    return (
        f"Mc{name}" if prefix < 0.02 else f"De La {name}" if prefix < 0.03 else f"O'{name}" if prefix < 0.04 else name
    )


def _person(made: Network, chance: random.Random, number: int, first: int) -> Person:
    given, family, suffix = chance.choice(GIVEN), _family(chance), ""
    practice = (
        min(int(chance.paretovariate(0.9)) - 1, len(made.practices) - 1)
        if chance.random() < 0.15
        else chance.randrange(len(made.practices))
    )
    special, taxonomy, _ = chance.choices(FIELDS, [weight for *_, weight in FIELDS])[0]
    trap = chance.random()
    if made.people and trap < 0.01:  # a namesake in the same city
        other = chance.choice(made.people)
        given, family = other.given, other.family
        city = made.practices[other.practices[0]].city
        practice = chance.choice([one.number for one in made.practices if one.city == city])
    elif made.people and trap < 0.03:  # a relative in the same practice
        other = chance.choice(made.people)
        family, practice = other.family, other.practices[0]
        if trap < 0.012:
            given, suffix, other.suffix = other.given, "Jr", "Sr"
    credential = {"Nurse Practitioner": "NP", "Physician Assistant": "PA-C"}.get(
        special, "DO" if chance.random() < 0.12 else "MD"
    )
    middle = chance.choice("ABCDEFGHJKLMNPRSTW") if chance.random() < 0.8 else ""
    return Person(
        number,
        given,
        middle,
        family,
        suffix,
        credential,
        special,
        taxonomy,
        npi((first + number) * 37 + 11),
        [practice],
    )


def _move(made: Network, chance: random.Random, person: Person) -> None:
    """Some work at two places of their city, some have moved away, some have married."""
    happened = chance.random()
    if happened < 0.1:
        city = made.practices[person.practices[0]].city
        person.practices.append(chance.choice([one.number for one in made.practices if one.city == city]))
    elif happened < 0.13:
        person.practices.append(chance.randrange(len(made.practices)))
    if chance.random() < 0.015:
        person.married = f"{person.family}-{_family(chance)}" if chance.random() < 0.7 else _family(chance)


def _roster_row(made: Network, person: Person) -> dict[str, str | int | None]:
    at = made.practices[person.practices[0]]
    return {"person": person.number, "place": at.number, "npi": person.npi, "family": person.family.upper(), "given": person.given.upper(),
            "middle": person.middle or None, "suffix": person.suffix or None, "credential": person.credential, "specialty": person.field,
            "taxonomy": person.taxonomy, "practice": at.name.upper(), "street": at.street.upper(), "city": at.city, "state": at.state,
            "zip": at.zip, "phone": at.phone, "fax": at.fax}  # fmt: skip


def _written(made: Network, chance: random.Random, person: Person) -> dict[str, str | int | None]:
    keeper = chance.choices(("ehr", "log", "visits"), (45, 35, 20))[0]
    at = made.practices[chance.choice(person.practices) if chance.random() < 0.5 else person.practices[0]]
    name, number = (
        _name(chance, person, keeper),
        person.npi if chance.random() < {"ehr": 0.92, "log": 0.12, "visits": 0.0}[keeper] else None,
    )
    if number and chance.random() < 0.003:  # a colleague's number
        number = chance.choice(made.people).npi
    practice = _practice_name(chance, at, keeper)
    say = chance.random
    return {
        "person": person.number, "place": at.number, "referrer": name, "npi": number, "practice": practice,
        "practice_zip": at.zip if say() < {"ehr": 0.3, "log": 0.3, "visits": 0.7}[keeper] else None,
        "practice_phone": at.phone if say() < {"ehr": 0.6, "log": 0.5, "visits": 0.4}[keeper] else None,
        "practice_fax": at.fax if say() < {"ehr": 0.3, "log": 0.3, "visits": 0.1}[keeper] else None,
        "specialty": (SAID.get(person.field, person.field) if say() < 0.5 else person.field) if say() < 0.6 else None,
    }  # fmt: skip


def _name(chance: random.Random, person: Person, keeper: str) -> str:
    given, family = person.given, person.family
    if person.married and chance.random() < 0.5:
        family = person.married
    middle = (
        f" {person.middle}"
        if person.middle and chance.random() < {"ehr": 0.6, "log": 0.15, "visits": 0.1}[keeper]
        else ""
    )
    suffix = (
        f" {person.suffix}"
        if person.suffix and chance.random() < {"ehr": 0.95, "log": 0.8, "visits": 0.7}[keeper]
        else ""
    )
    if keeper == "ehr":
        text = f"{family}{suffix}, {given}{middle}"
        return text.upper() if chance.random() < 0.8 else text
    noise = chance.random()
    if noise < 0.1:
        given = GOES_BY.get(given, given)
    elif noise < 0.125:
        given, middle = given[0] + ".", ""
    elif noise < 0.135:
        return f"Dr. {family}"
    elif noise < 0.155:
        family = _slip(chance, family)
    elif noise < 0.17:
        given = _slip(chance, given)
    elif noise < 0.178:
        given, family = family, given
    credential = f", {person.credential}" if chance.random() < 0.55 else ""
    shape = chance.random()
    if shape < 0.25:
        return f"{family}{suffix}, {given}{middle}{credential.replace(',', '')}"
    return f"{'Dr. ' if shape < 0.6 and not credential else ''}{given}{middle} {family}{suffix}{credential}"


def _slip(chance: random.Random, word: str) -> str:
    if len(word) < 5:
        return word
    place = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    if kind == 2:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + chance.choice("aeiorstln") + word[place + 1 :]


def _practice_name(chance: random.Random, at: Practice, keeper: str) -> str | None:
    name = at.also if at.also and chance.random() < 0.5 else at.name
    if keeper == "ehr":
        return name.upper() if chance.random() < 0.9 else None
    if chance.random() < 0.04:
        return None
    for word, short in (
        ("Medicine", "Med"),
        ("Associates", "Assoc"),
        ("Center", "Ctr"),
        ("Family", "Fam"),
        ("Internal", "Int"),
        ("Group", "Grp"),
    ):
        if chance.random() < 0.15:
            name = name.replace(word, short)
    if chance.random() < 0.03:
        name = _slip(chance, name)
    name = f"The {name}" if chance.random() < 0.03 else name
    return f"{name}{chance.choice((', LLC', ' PC', ', P.A.'))}" if chance.random() < 0.1 else name
