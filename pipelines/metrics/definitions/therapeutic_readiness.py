"""Who could refer to each therapeutic area near our sites, and how far we have come with them (M26).

Frame, one row per therapeutic area with a study that recruits: ``category`` (the area), ``category_id`` (empty), ``n``
(practices near a site of its studies with a matching specialty), ``known`` (on file, contacted or referring at any time),
``touched`` (reached in the last year), ``referred`` (referred to the area in the last year), ``value`` (share touched),
``low``, ``high`` (Wilson), ``by_zip`` (near by the first three digits of the ZIP code, the others by state), ``overridden``
(in by what was agreed with them, whatever their taxonomy), ``a_month`` (referrals to the area a month, of these practices),
``a_month_low``, ``a_month_high`` (Byar), ``elsewhere`` (referrals a month to the area from other practices).
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import interval_of, unseen
from pipelines.reference import area_key, taxonomy_of_areas
from pipelines.statistics import rates

SETTINGS = {"look_back_days": 365}
# Areas with a study that recruits, at which sites; a study without stated sites recruits at all that the viewer may see.
_AREAS = """select therapeutic_area as area, site_id from study_opening
where coalesce(closed_on > $cut_day::date, true) and coalesce(study_closed_on > $cut_day::date, true)
  and coalesce(activated_on <= $cut_day::date, true) and therapeutic_area <> 'Not stated'
  and ($scope_studies::bigint[] is null or list_contains($scope_studies::bigint[], study_id))
  and ($studies::bigint[] is null or list_contains($studies::bigint[], study_id))
  and ($therapeutic_areas::varchar[] is null or list_contains($therapeutic_areas::varchar[], therapeutic_area))
  and (site_id is null or (($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
      and ($sites::bigint[] is null or list_contains($sites::bigint[], site_id))))
group by all"""
_READY = """wanted as (select unnest($areas::varchar[]) as area, unnest($keys::varchar[]) as key),
coded as (select unnest($coded_areas::varchar[]) as area, unnest($codes::varchar[]) as code),
served as (
    select o.area, d.site_id, left(d.postal_code, 3) as zip3, upper(d.state) as state
    from (select unnest($open_areas::varchar[]) as area, unnest($open_sites::bigint[]) as site_id) o
    join dim_site d on d.site_id = o.site_id
),
agreed as (
    select * from agreement where practice_id is not null and $scope_studies::bigint[] is null
      and ($scope_sites::bigint[] is null or site_id is null or list_contains($scope_sites::bigint[], site_id))
),
stated as (
    select distinct a.practice_id, w.area from agreed a join wanted w on w.key = regexp_replace(lower(replace(a.therapeutic_area, '&', 'and')), '[^a-z0-9]+', '', 'g')
    where coalesce(a.started_on <= $cut_day::date, true) and coalesce(a.ended_on > $cut_day::date, true)
),
overruled as (
    select distinct practice_id from agreed where therapeutic_area is not null
      and coalesce(started_on <= $cut_day::date, true) and coalesce(ended_on > $cut_day::date, true)
),
matching as (
    select distinct s.practice_id, c.area, false as overridden from practice_specialty s join coded c using (code)
    where s.practice_id not in (select practice_id from overruled)
    union select practice_id, area, true from stated
),
near as (
    select m.practice_id, m.area, bool_or(m.overridden) as overridden, bool_or(coalesce(left(p.postal_code, 3) = s.zip3, false)) as by_zip
    from matching m join dim_practice p using (practice_id) join served s
        on s.area = m.area and case when s.zip3 is not null and p.postal_code is not null then left(p.postal_code, 3) = s.zip3 else upper(p.state) = s.state end
    where ($practices::bigint[] is null or list_contains($practices::bigint[], practice_id))
    group by m.practice_id, m.area
),
reached as (
    select practice_id, max(occurred_on) filter (coalesce(outcome, '') <> 'not_reached') as reached_on from outreach
    where outreach.channel <> 'gift' and practice_id is not null and occurred_on <= $cut_day::date and $scope_studies::bigint[] is null
      and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
    group by practice_id
),
sent as (
    select practice_id, count(*) as ever from seen where {population} and practice_id is not null group by practice_id
),
lately as (
    select therapeutic_area as area, practice_id, count(*) as n from seen
    where {population} and received_on > $cut_day::date - $look_back_days::integer group by all
)
select w.area, count(near.practice_id) as n, count(*) filter (near.overridden) as overridden, count(*) filter (near.by_zip) as by_zip,
    count(*) filter (near.practice_id is not null and (reached.practice_id is not null or sent.practice_id is not null
        or near.practice_id in (select practice_id from agreed)
        or near.practice_id in (select practice_id from desk where practice_id is not null))) as known,
    count(*) filter (near.practice_id is not null and reached.reached_on > $cut_day::date - $look_back_days::integer) as touched,
    count(lately.n) as referred, coalesce(sum(lately.n), 0)::bigint as referrals,
    (select coalesce(sum(l.n), 0) from lately l where l.area = w.area)::bigint as all_referrals,
    (select least($cut_day::date - min(received_on) + 1, $look_back_days::integer) from seen where {population}) as days
from wanted w
left join near on near.area = w.area
left join reached on reached.practice_id = near.practice_id
left join sent on sent.practice_id = near.practice_id
left join lately on lately.area = near.area and lately.practice_id = near.practice_id
group by w.area order by w.area"""
_ROSTER = "select max(roster_on) as day, count(distinct practice_id) as practices from practice_specialty"


def answer(ask: Ask) -> Answer:
    """Every area with a study that recruits, the one with most untouched practices first."""
    areas, roster = ask.frame(_AREAS), ask.frame(_ROSTER)
    open_, names = areas.dropna(subset=["site_id"]), sorted(areas["area"].unique())
    codes = {name: taxonomy_of_areas().get(area_key(name), ()) for name in names}
    pairs = [(name, code) for name, found in codes.items() for code in found]
    frame = ask.frame(
        _READY, None, areas=names, keys=[area_key(name) for name in names], coded_areas=[name for name, _ in pairs], codes=[code for _, code in pairs],
        open_areas=open_["area"].tolist(), open_sites=[int(site) for site in open_["site_id"]], **SETTINGS,
    )  # fmt: skip
    return Answer(_shown(frame), (*unseen(ask), *_said(frame, codes, roster)), int(frame["n"].sum()))


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The documented frame."""
    # A network that began to refer lately has had less than a year to do so.
    months = frame["days"].fillna(SETTINGS["look_back_days"]).to_numpy(float) / (365.25 / 12)
    low, high = rates.byar(frame["referrals"].to_numpy(float), months)
    whole = frame.rename(columns={"area": "category"}).assign(
        category_id=pd.array([pd.NA] * len(frame), "Int64"), **interval_of(frame, "touched")
    )
    whole = whole.assign(
        a_month=frame["referrals"] / months,
        a_month_low=low,
        a_month_high=high,
        elsewhere=(frame["all_referrals"] - frame["referrals"]) / months,
    )
    columns = ["category", "category_id", "n", "known", "touched", "referred", "value", "low", "high", "by_zip", "overridden", "a_month",
               "a_month_low", "a_month_high", "elsewhere"]  # fmt: skip
    order = (whole["touched"] - whole["n"]).rename("untouched")
    return whole.assign(order=order).sort_values(["order", "category"], ignore_index=True)[columns]


def _said(frame: pd.DataFrame, codes: dict[str, tuple[str, ...]], roster: pd.DataFrame) -> tuple[str, ...]:
    if not int(roster["practices"].iloc[0]):
        return ("No provider roster with specialties is loaded: load one with the columns of NPPES.",)
    n, by_zip = int(frame["n"].sum()), int(frame["by_zip"].sum())
    day = roster["day"].iloc[0]
    newest = (
        "which does not say of when it is"
        if pd.isna(day)
        else f"whose newest entry is of {pd.Timestamp(day):%-d %b %Y}"
    )
    said = [
        f"Near means a ZIP code that begins with the same three digits as the site's ({by_zip:,} of {n:,}), or, where one of the two has none, the "
        "same state: no distances are known.",
        f"The providers are those of the loaded roster, {newest}.",
    ]
    unmapped = [name for name, found in codes.items() if not found]
    if unmapped:
        said.append(
            f"No specialties are known for {', '.join(unmapped)}: only practices said to see such patients are counted."
        )
    return tuple(said)


METRIC = Metric(
    name="therapeutic_readiness",
    label="Readiness by therapeutic area",
    question="Who near our sites could refer to each therapeutic area, and do we know them?",
    description=(
        "Practices near a recruiting site with somebody of a matching specialty: how many we know, reached in the last year, "
        "and had a referral to the area from in the last year."
    ),
    numerator="practices reached in the last 365 days",
    denominator="practices near a site with a recruiting study of the area, with a practising provider of a matching NUCC specialty",
    unit="share",
    window="as of the day; the provider roster as it is known today",
    edge_cases=(
        "Near is the same first three digits of the ZIP code; without a ZIP code on either side it is the same state.",
        "What a relationship says a practice really sees goes before its taxonomy, which is not the practice's reality.",
        "A practice with several areas is counted in each.",
        "What is given is no contact: it stands in a ledger of its own.",
        "A practice has the specialty of its own entry in the roster and those of practising providers known to work there.",
        "Retired, deceased and deactivated providers do not count.",
        "An area is mapped to specialties by its name; what is not known is said.",
        "Referrals a month are those of the last year, or of the time since the first referral that is known where that is shorter.",
    ),
    source="NUCC Health Care Provider Taxonomy; Wilson interval (1927); Byar's interval.",
    dimensions=("therapeutic_area",),
    grains=(),
    answer=answer,
    columns={
        "known": "on file, contacted or referring at any time",
        "touched": "reached in the last year",
        "referred": "referred to the area in the last year",
        "by_zip": "near by ZIP code, the others by state",
        "overridden": "in by what was agreed, not by taxonomy",
        "a_month": "referrals to the area a month, of these practices",
        "a_month_low": "its 95% interval, low",
        "a_month_high": "its 95% interval, high",
        "elsewhere": "referrals to the area a month, of others",
    },
    settings=SETTINGS,
    counts="practice",
    chart="stacked",
)
