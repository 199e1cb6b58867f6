-- Research subjects by study, site, source, day of enrolment and result of screening, as of the last day known: sums that
-- give the same numbers as the milestones. Of those enrolled also the kinds of source that the referrals tell (see the
-- metrics' relation of the enrolled). Read after subject_step and the journey.
with told as not materialized (
    select s.* from subject_step s cross join generation g
    where s.occurred_on <= g.data_cut and coalesce(s.recorded_on <= g.data_cut, true)
),
subject as (
    select subject_id, study_id, site_id,
        min(occurred_on) filter (code in ('randomized', 'on_study')) as enrolled_on,
        min(occurred_on) filter (code = 'screened') as screened_on,
        max(occurred_on) filter (code = 'screen_failed') as failed_on,
        max(occurred_on) filter (code = 'reinstated') as reinstated_on,
        min(occurred_on) filter (code = 'eligible') as eligible_on,
        max(occurred_on) filter (code = 'eligible') as passed_on,
        any_value(source_kind) as source_kind, any_value(referral_id) as referral_id
    from told group by subject_id, study_id, site_id
),
named as (
    select e.subject_id, j.countable, j.source_kind, j.patient_key
    from (select subject_id, referral_id from subject where enrolled_on is not null) e join journey j on j.referral_id = e.referral_id
),
firsts as (
    select patient_key, arg_min(source_kind, (received_at, referral_id)) as source_kind from journey
    where countable and patient_key in (select patient_key from named) group by patient_key
),
origin as (
    select n.subject_id, n.source_kind, case when n.countable then n.source_kind end as last_kind,
        case when n.countable then coalesce(f.source_kind, n.source_kind) end as first_kind
    from named n left join firsts f on f.patient_key = n.patient_key
),
stacked as (
    select s.study_id, s.site_id, s.source_kind, s.enrolled_on,
        s.screened_on is not null and s.enrolled_on is null and s.failed_on is not null
            and coalesce(s.failed_on > s.reinstated_on, true) and coalesce(s.failed_on >= s.passed_on, true) as failed,
        s.screened_on is not null and (s.enrolled_on is not null or s.eligible_on is not null) as passed,
        coalesce(s.source_kind, o.source_kind) as origin, o.last_kind, o.first_kind, count(*) as n
    from subject s left join origin o on o.subject_id = s.subject_id
    group by all
),
-- Names are looked up for the stacks, from one subject each: carried along with every milestone they cost more than all else.
study as (
    select study_id, any_value(study) as study, any_value(therapeutic_area) as therapeutic_area from told
    where subject_id in (select min(subject_id) from subject group by study_id) group by study_id
),
site as (
    select site_id, any_value(site) as site from told
    where subject_id in (select min(subject_id) from subject group by site_id) group by site_id
)
select s.study_id, study.study, study.therapeutic_area, s.site_id, site.site, s.source_kind, s.enrolled_on, s.failed, s.passed,
    s.origin, s.last_kind, s.first_kind, s.n
from stacked s
left join study on study.study_id is not distinct from s.study_id
left join site on site.site_id is not distinct from s.site_id
