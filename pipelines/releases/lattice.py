"""Distinct people of one study by stage, site and month: what a release is made of.

A person counts once in each stage, in the month in which it was first reached, at the site where they were first met. Who
reached a stage reached those before it, no later. Referred people and participants that no referral tells of are the same
lattice; sites that report only how many they enrolled name nobody and are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.errors import UnknownName
from pipelines.metrics.counted import columns, days_of
from pipelines.metrics.recruiting import day_of, planned_by
from pipelines.releases.disclosure import Whole
from pipelines.warehouse import Reader

# CONSORT's flow, no finer: each further stage would narrow what is hidden beside it.
STAGES = ("identified", "consented", "enrolled")
CONSENTED = ("consented", "enrolled")  # what a sponsor holds in systems of their own
MEANING = {
    "identified": "referred for the study, or entered in its screening log",
    "consented": "consented, was screened, or enrolled",
    "enrolled": "randomised or on study",
}

_PEOPLE = """with told as (
    select coalesce(patient_key::varchar, 'referral ' || referral_id) as person, site_id,
        received_on as identified_on, least(consented_on, screened_on) as consented_on, enrolled_on
    from journey where countable and study_id = $study
    union all
    select case when j.referral_id is not null then coalesce(j.patient_key::varchar, 'referral ' || j.referral_id)
            else coalesce(patient.to_id::varchar, r.patient_key::varchar, 'subject ' || s.subject_id) end as person, s.site_id,
        min(s.occurred_on), min(s.occurred_on) filter (s.code in ('consented', 'screened')),
        min(s.occurred_on) filter (s.code in ('randomized', 'on_study'))
    from subject_step s
    join research_subject r using (subject_id)
    left join journey j on j.referral_id = s.referral_id
    left join patient_alias patient on patient.id = r.patient_key
    where s.study_id = $study group by all
),
once as (
    select person, arg_min(site_id, (identified_on, site_id)) as site_id,
        least(min(identified_on), min(consented_on), min(enrolled_on)) as identified,
        least(min(consented_on), min(enrolled_on)) as consented, min(enrolled_on) as enrolled
    from told where identified_on is not null and site_id is not null group by person
)
select site_id, stage, date_trunc('month', reached)::date as month, count(*) as n
from (unpivot once on identified, consented, enrolled into name stage value reached)
where reached <= $stop group by all"""
_STUDY = "select study_id, study, title, target_enrol, planned_lpi_on from dim_study where study = $study"
_SITES = """select distinct s.site_id, s.site from dim_site s
    where s.site_id in (select a.to_id from study_site p join site_alias a on a.id = p.site_id
        join study_alias b on b.id = p.study_id where b.to_id = $study)
    or s.site_id in (select site_id from subject_step where study_id = $study)
    or s.site_id in (select site_id from journey where study_id = $study and countable) order by s.site, s.site_id"""
_PLAN = "select site_id, as_of_on, cum_target from plan_step where study_id = $study"


@dataclass(frozen=True)
class Study:
    """The study a release is about: its number here, protocol number, title, target, planned last patient in."""

    study_id: int
    code: str
    title: str
    target: int | None
    planned_end: dt.date | None


@dataclass(frozen=True)
class Counts:
    """Who newly reached each stage: ``n`` (stage, site, month) of ``sites`` (number, name), ``months`` (their first days).
    ``now_called``: which site the number of any site, since joined to another or not, means today."""

    sites: tuple[tuple[int, str], ...]
    months: tuple[dt.date, ...]
    n: Whole
    now_called: dict[int, int]

    def by_the_end_of(self, months: Sequence[dt.date]) -> Whole:
        """Who had reached each stage at each site by the end of each of ``months``."""
        sums = np.concatenate((np.zeros((*self.n.shape[:2], 1), np.int64), self.n.cumsum(axis=2)), axis=2)
        return sums[
            :,
            :,
            np.searchsorted(np.array(self.months, "datetime64[D]"), np.array(months, "datetime64[D]"), side="right"),
        ]


def study(reader: Reader, code: str) -> Study:
    """The study of that protocol number; ``UnknownName`` where there is none."""
    found = reader.all(_STUDY, {"study": code})
    if not found:
        raise UnknownName(f"There is no study {code!r}.", "Write its protocol number as the filter does.")
    return Study(*found[0])


def counted(reader: Reader, found: Study, last: dt.date) -> Counts:
    """The true counts of every month up to the one that begins on ``last``."""
    stop = month_after(last) - dt.timedelta(days=1)
    frame = reader.frame(_PEOPLE, {"study": found.study_id, "stop": stop})
    sites = tuple((int(number), str(name)) for number, name in reader.all(_SITES, {"study": found.study_id}))
    first = pd.Timestamp(frame["month"].min() if len(frame) else last)
    months = tuple(day.date() for day in pd.date_range(first, last, freq="MS"))
    n = np.zeros((len(STAGES), len(sites), len(months)), np.int64)
    place = (
        pd.Index(STAGES).get_indexer(pd.Index(frame["stage"])), pd.Index([number for number, _ in sites]).get_indexer(pd.Index(frame["site_id"])),
        pd.DatetimeIndex(months).get_indexer(pd.DatetimeIndex(frame["month"])),
    )  # fmt: skip
    n[place] = frame["n"]
    return Counts(
        sites, months, n, {int(number): int(now) for number, now in reader.all("select id, to_id from site_alias")}
    )


def plan(reader: Reader, found: Study) -> tuple[tuple[dt.date, int], ...]:
    """(day, how many the whole study should have enrolled by then): as *Recruitment* has it, by the study's own plan, else
    the sum of its sites'."""
    told = columns(reader.frame(_PLAN, {"study": found.study_id}))
    if not len(told["site_id"]):
        return ()
    days, planned = planned_by(told | {"day": days_of(told["as_of_on"])})
    return tuple((day_of(day), round(total)) for day, total in zip(days, planned, strict=True))


def month_after(month: dt.date) -> dt.date:
    """The first day of the next month."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def last_closed(data_cut: dt.date) -> dt.date:
    """The first day of the last calendar month that the data cover whole."""
    this = data_cut.replace(day=1)
    whole = month_after(this) - dt.timedelta(days=1) == data_cut
    return this if whole else (this - dt.timedelta(days=1)).replace(day=1)
