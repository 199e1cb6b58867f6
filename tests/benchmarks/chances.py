"""What the made-up rows of the benchmarks share: who refers, when, and numbers that look random and are always the same."""

from __future__ import annotations

LAST = "date '2026-06-30'"
# A number in [0, 1) that depends on a row and a purpose only.
CHANCE = "create macro chance(i, purpose) as (hash(i, purpose) % 1000003) / 1000003.0"
WHO = "least((pow(chance(i, 'who'), 2.2) * 6000)::bigint, 5999)"  # a few refer often, most seldom
CAME = f"{LAST} - (chance(i, 'day') * 1095)::int"
PLACE = "(who * 7 + (chance(i, 'site') * 3)::int) % 60"  # the site that a referral of ``who`` goes to
PATIENT = "md5_number(i::varchar)::uuid"
EXAM = "md5_number('exam' || i)::uuid"
