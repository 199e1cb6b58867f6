"""Clean tables of different shapes, the same on every run. All values are invented."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass

Cells = list[str]

_FIRST = (
    "Ana",
    "Ben",
    "Carla",
    "Dev",
    "Elena",
    "Frank",
    "Grace",
    "Hugo",
    "Ines",
    "Jamal",
    "Kay",
    "Liam",
    "Mara",
    "Noor",
    "Olga",
    "Pete",
)
_LAST = (
    "Okafor",
    "Silva",
    "Null",
    "O'Neil",
    "Berg",
    "de la Cruz",
    "Nguyen",
    "Smith-Jones",
    "Ito",
    "Kowalski",
    "True",
    "Maier",
    "Haddad",
)
_PLACES = ("Northside Clinic", "St. Mary's Hospital", "Lakeview Family Practice", "Hill Street Cardiology, PLLC", "Desert Imaging",
           "Bay Pulmonary & Sleep", "Orchard Internal Medicine")  # fmt: skip
_REASONS = ("chest pain", "follow-up after MI", "back pain, chronic", "abnormal ECG", "2nd opinion", "sleep study", "elevated LFTs",
            "possible study candidate, see note", "knee pain")  # fmt: skip
_WORDS = ("light", "durable", "warm", "dry", "tested", "favourite", "season", "fabric", "travel", "keeps", "every", "detail", "soft", "and",
          "with", "comfort", "made", "for", "the", "trail", "easy", "wash", "cover", "built", "classic", "new")  # fmt: skip
_THINGS = ("Rain Jacket", "Camp Stove", "Wool Hat, Plaid", "Trail Shoes", "Men's Vest", "Desk Lamp 12\"", "Tea Set, 6 Pieces", "Linen Shirt",
           "Kids' Sled", "Side Table, 18\" Round", "Beach Towel", "Fly Rod")  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A clean table: ``header`` and ``records`` of equal width, cells without white space at their ends."""

    name: str
    header: Cells
    records: list[Cells]


def _sentence(chance: random.Random, least: int = 5, most: int = 14) -> str:
    words = [chance.choice(_WORDS) for _ in range(chance.randint(least, most))]
    if chance.random() < 0.6:
        words[len(words) // 2] += ","
    return " ".join(words).capitalize() + "."


def _day(chance: random.Random) -> dt.date:
    return dt.date(2025, 1, 1) + dt.timedelta(days=chance.randrange(500))


def orders(chance: random.Random) -> Table:
    """Shop orders: dates, times, codes, prices, long text with commas and inch marks, an empty last column."""
    records = []
    for _ in range(72):
        code = f"{chance.choice(('AB', 'CK', 'RT', 'ZW'))}-{chance.randrange(1000, 9999)}"
        records.append([
            _day(chance).strftime("%d/%m/%Y"), f"{chance.randrange(24):02d}:{chance.choice(('00', '15', '30', '45'))}",
            str(chance.randrange(30)), code, f"${chance.randrange(1, 99)}.{chance.randrange(100):02d}", chance.choice(_THINGS),
            _sentence(chance), f"https://shop.example/item/{code}.html", "",
        ])  # fmt: skip
    return Table(
        "orders", ["DATE", "TIME", "Qty", "ITEMID", "Price", "ItemType", "ItemDescription", "URL", "Comments"], records
    )


def referrals(chance: random.Random) -> Table:
    """A referral log as a front desk keeps it."""
    records = []
    for number in range(90):
        received = _day(chance)
        records.append([
            f"R{1000 + number}", received.strftime("%m/%d/%Y"), f"{chance.choice(_LAST)}, {chance.choice(_FIRST)}",
            f"{chance.choice(_FIRST)} {chance.choice(_LAST)}, MD", chance.choice(_PLACES),
            f"({chance.randrange(201, 989)}) 555-{chance.randrange(10000):04d}", chance.choice(_REASONS),
            chance.choice(("Scheduled", "Pending", "Closed", "No show")),
            (received + dt.timedelta(days=9)).strftime("%m/%d/%Y") if chance.random() < 0.7 else "",
        ])  # fmt: skip
    header = [
        "Referral ID",
        "Date Received",
        "Patient Name",
        "Referring Provider",
        "Practice",
        "Phone",
        "Reason",
        "Status",
        "Appt Date",
    ]
    return Table("referrals", header, records)


def readings(chance: random.Random) -> Table:
    """An instrument's readings: numbers only."""
    records = [
        [
            f"{place * 0.5:.1f}",
            f"{chance.gauss(20, 3):.3f}",
            f"{chance.gauss(0, 1):.4f}",
            str(chance.randrange(400, 600)),
        ]
        for place in range(150)
    ]
    return Table("readings", ["Time (s)", "Temp (C)", "Signal", "Counts"], records)


def months(chance: random.Random) -> Table:
    """A column per month."""
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    header = ["Practice", "Specialty", *(f"{name} 2025" for name in names)]
    special = ("Cardiology", "Internal Medicine", "Family Medicine", "Pulmonology")
    records = [
        [f"{chance.choice(_PLACES)} {place}", chance.choice(special), *(str(chance.randrange(60)) for _ in names)]
        for place in range(28)
    ]
    return Table("months", header, records)


def survey(chance: random.Random) -> Table:
    """Answers with line breaks and quotes within cells."""
    records = []
    for number in range(60):
        text = _sentence(chance)
        if number % 9 == 4:
            text = text + "\n" + _sentence(chance)
        if number % 11 == 5:
            text = f'They said "{chance.choice(_WORDS)}", {text}'
        records.append(
            [
                str(7000 + number),
                _day(chance).isoformat(),
                str(chance.randrange(11)),
                chance.choice(("Yes", "No")),
                text,
            ]
        )
    return Table("survey", ["Respondent", "Date", "Score", "Would refer again", "Comment"], records)


def codes(chance: random.Random) -> Table:
    """Two columns."""
    records = [
        [f"{chance.choice('ABCDEFGHK')}{place:02d}.{chance.randrange(10)}", _sentence(chance, 2, 5).rstrip(".")]
        for place in range(60)
    ]
    return Table("codes", ["Code", "Description"], records)


def people(chance: random.Random) -> Table:
    """Nearly all text: names and places, with accents."""
    cities = ("Zürich", "São Paulo", "Málaga", "Lyon", "Köln", "Århus", "Cork", "Reykjavík")
    records = []
    for _ in range(70):
        first, last, city = (
            chance.choice(("José", "Zoë", "Anaïs", *_FIRST)),
            chance.choice(_LAST),
            chance.choice(cities),
        )
        records.append(
            [
                last,
                first,
                city,
                chance.choice(("Cardiology", "Oncology", "GP")),
                f"{first}.{last}".lower().replace(" ", "").replace("'", "") + "@clinic.example",
            ]
        )
    return Table("people", ["Surname", "Given name", "City", "Specialty", "E-mail"], records)


def sparse(chance: random.Random) -> Table:
    """Many blank cells."""
    records = []
    for number in range(80):
        filled = [f"S-{number:04d}", _day(chance).isoformat(), str(chance.randrange(18, 90)), chance.choice(("M", "F")),
                  chance.choice(("Screened", "Enrolled", "Failed")), chance.choice(_REASONS), _day(chance).isoformat()]  # fmt: skip
        records.append([cell if place < 2 or chance.random() < 0.55 else "" for place, cell in enumerate(filled)])
    return Table("sparse", ["Subject ID", "Date Screened", "Age", "Sex", "Status", "Reason", "Date Enrolled"], records)


def money(chance: random.Random) -> Table:
    """Payments: amounts with thousands separators, percentages, leading zeros."""
    records = []
    for number in range(64):
        amount = f"{chance.randrange(1, 90)},{chance.randrange(1000):03d}.{chance.randrange(100):02d}"
        records.append([f"00{chance.randrange(10000, 99999)}", _day(chance).strftime("%d-%b-%y"), chance.choice(_PLACES), amount,
                        f"{chance.randrange(100)}%", chance.choice(("GBP", "USD", "EUR")), f"INV{number:05d}"])  # fmt: skip
    return Table("money", ["Account", "Payment Date", "Supplier", "Amount", "Share", "Currency", "Invoice"], records)


MAKERS: tuple[Callable[[random.Random], Table], ...] = (
    orders,
    referrals,
    readings,
    months,
    survey,
    codes,
    people,
    sparse,
    money,
)


def tables(seed: int = 1) -> list[Table]:
    """All tables, made from ``seed``."""
    return [maker(random.Random(f"{seed}/{maker.__name__}")) for maker in MAKERS]
