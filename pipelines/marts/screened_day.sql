-- Research subjects by study, site, source, day of enrolment and result of screening, as of the last day known: sums that
-- give the same numbers as the milestones. Of those enrolled also the kinds of source that the referrals tell (see the
-- metrics' relation of the enrolled). Made of the facts, as subject_step is: its names and words, carried along with every milestone,
-- cost a third more. Read after the journey.
with progress as (
    select e.subject_id,
        min(e.occurred_on) filter (code in ('randomized', 'on_study')) as enrolled_on,
        min(e.occurred_on) filter (code = 'screened') as screened_on,
        max(e.occurred_on) filter (code = 'screen_failed') as failed_on,
        max(e.occurred_on) filter (code = 'reinstated') as reinstated_on,
        min(e.occurred_on) filter (code = 'eligible') as eligible_on,
        max(e.occurred_on) filter (code = 'eligible') as passed_on
    from subject_event e cross join generation g
    where e.occurred_on <= g.data_cut and coalesce(e.recorded_on <= g.data_cut, true)
    group by e.subject_id
),
subject as not materialized (
    select p.*, study.to_id as study_id, site.to_id as site_id, s.source_kind, s.referral_id
    from progress p
    join research_subject s on s.subject_id = p.subject_id
    left join study_alias study on study.id = s.study_id
    left join site_alias site on site.id = s.site_id
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
)
-- Names are looked up for the stacks.
select s.study_id, coalesce(d.study, 'No study') as study, coalesce(d.therapeutic_area, 'None') as therapeutic_area,
    s.site_id, coalesce(place.site, 'Unknown site') as site, s.source_kind, s.enrolled_on, s.failed, s.passed,
    s.origin, s.last_kind, s.first_kind, s.n
from stacked s
left join dim_study d on d.study_id = s.study_id
left join dim_site place on place.site_id = s.site_id
