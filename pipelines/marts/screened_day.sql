-- Research subjects by study, site, source, day of enrolment and result of screening, as of the last day known: sums that
-- give the same numbers as the milestones. Read after subject_step.
with told as (
    select s.* from subject_step s cross join generation g
    where s.occurred_on <= g.data_cut and coalesce(s.recorded_at < g.data_cut + interval 32 hour, true)
),
subject as (
    select subject_id, study_id, site_id,
        min(occurred_on) filter (code in ('randomized', 'on_study')) as enrolled_on,
        min(occurred_on) filter (code = 'screened') as screened_on,
        max(occurred_on) filter (code = 'screen_failed') as failed_on,
        max(occurred_on) filter (code = 'reinstated') as reinstated_on,
        min(occurred_on) filter (code = 'eligible') as eligible_on,
        any_value(study) as study, any_value(therapeutic_area) as therapeutic_area, any_value(site) as site,
        any_value(source_kind) as source_kind
    from told group by subject_id, study_id, site_id
)
select study_id, study, therapeutic_area, site_id, site, source_kind, enrolled_on,
    screened_on is not null and enrolled_on is null and failed_on is not null
        and coalesce(failed_on > reinstated_on, true) as failed,
    screened_on is not null and (enrolled_on is not null or eligible_on is not null) as passed,
    count(*) as n
from subject group by all
