"""The file the ingest benchmarks read: a clean referral log of any length, the same for the same length."""

from __future__ import annotations

from pathlib import Path

import duckdb

HEADER = (
    "Referral ID,Date Received,MRN,Patient Name,DOB,Referring Provider,Referring NPI,Referring Practice,Site,Study,"
    "How Received,Priority,Reason,Service"
)
# 437 given names, so that as few patients as in life share one and a birth date with another.
BEGINS = [
    "Al",
    "Be",
    "Cor",
    "Da",
    "El",
    "Fer",
    "Gi",
    "Hel",
    "Is",
    "Jo",
    "Kar",
    "Lu",
    "Ma",
    "Nor",
    "Os",
    "Pe",
    "Ro",
    "Sa",
    "Ti",
    "Ul",
    "Vi",
    "Wil",
    "Ze",
]
ENDS = [
    "a",
    "bert",
    "cia",
    "della",
    "ette",
    "fina",
    "gar",
    "ina",
    "ko",
    "lyn",
    "mira",
    "na",
    "rin",
    "son",
    "ta",
    "vin",
    "wen",
    "xandra",
    "zo",
]


def write(path: Path, rows: int, first: int = 0) -> Path:
    """Write ``rows`` clean referrals, numbered from ``first``, over three years, 60 sites and 1,500 practices."""
    with duckdb.connect() as con:
        _make_npis(con)
        con.execute(
            f"""copy (
            select 'R' || i as a, strftime(date '2023-07-01' + ((i - $first) * 1090 // $span)::int, '%m/%d/%Y') as b, 'M' || (i * 7919 % 700000) as c,
                'Person' || (i * 7919 % 700000) || ', ' || $begins[((i * 7919 % 700000) // 7 % 23 + 1)::int] || $ends[((i * 7919 % 700000) // 161 % 19 + 1)::int] as d,
                strftime(date '1950-01-01' + (i * 7919 % 700000 * 31 % 18000)::int, '%m/%d/%Y') as e,  -- a patient's own
                'Doe' || (i % 6000) || ', Jo' as f, n.npi as g, 'Practice ' || (i % 1500) as h, 'Site ' || (i % 60) as s,
                case when i % 3 = 0 then 'ABC-' || (i % 40) end as t, ['Fax', 'Phone', 'Portal', 'Email'][(i % 4 + 1)::int] as u,
                ['Routine', 'Urgent'][(i % 9 // 8 + 1)::int] as v, ['chest pain', 'follow up', 'screening'][(i % 3 + 1)::int] as w,
                ['MRI', 'CT', 'Ultrasound'][(i % 3 + 1)::int] as x
            from range($first, $first + $rows) r(i) join npi n on n.number = i % 6000 order by i)
            to '{path}' (format csv, header false)""",
            {"first": first, "rows": rows, "span": max(rows, 1), "begins": BEGINS, "ends": ENDS},
        )
    body = path.read_bytes()
    path.write_bytes(HEADER.encode() + b"\n" + body)
    return path


def _make_npis(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create table npi (number bigint, npi varchar)")
    con.executemany("insert into npi values (?, ?)", [[number, npi(number)] for number in range(6000)])


def npi(number: int) -> str:
    """A well-formed NPI of a synthetic range: nine digits and the Luhn check digit over 80840 and them."""
    nine = f"1{99000000 + number:08d}"
    digits = [int(digit) for digit in f"80840{nine}"]
    doubled = [
        sum(divmod(2 * digit, 10)) if position % 2 == 0 else digit for position, digit in enumerate(reversed(digits))
    ]
    return nine + str(-sum(doubled) % 10)
