-- Research subjects by study, site, source, day of enrolment and result of screening, as of the last day known: sums that
-- give the same numbers as the milestones. Of those enrolled also the kinds of source that the referrals tell (see the
-- metrics' relation of the enrolled). Read after subject_step and the journey.
with told as (
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
        any_value(study) as study, any_value(therapeutic_area) as therapeutic_area, any_value(site) as site,
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
)
select s.study_id, s.study, s.therapeutic_area, s.site_id, s.site, s.source_kind, s.enrolled_on,
    s.screened_on is not null and s.enrolled_on is null and s.failed_on is not null
        and coalesce(s.failed_on > s.reinstated_on, true) and coalesce(s.failed_on >= s.passed_on, true) as failed,
    s.screened_on is not null and (s.enrolled_on is not null or s.eligible_on is not null) as passed,
    coalesce(s.source_kind, n.source_kind) as origin, case when n.countable then n.source_kind end as last_kind,
    case when n.countable then coalesce(f.source_kind, n.source_kind) end as first_kind,
    count(*) as n
from subject s
left join named n on n.subject_id = s.subject_id
left join firsts f on f.patient_key = n.patient_key
group by all
