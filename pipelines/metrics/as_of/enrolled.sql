-- One row per subject enrolled by $cut_day, with the kind of source by each way of asking: as the screening log says, that
-- of the countable referral it names (last), that of the first countable referral of the same patient, and what is known at
-- all (origin). Whatever the viewer may see of a study's subjects, their referrals are looked up among all.
(
    with randomised as (
        select subject_id, study_id, any_value(study) as study, any_value(therapeutic_area) as therapeutic_area, site_id,
            any_value(site) as site, any_value(source_kind) as source_kind, any_value(referral_id) as referral_id, min(occurred_on) as enrolled_on
        from subject_step
        where code in ('randomized', 'on_study') and occurred_on <= $cut_day::date and coalesce(recorded_on <= $cut_day::date, true)
        group by subject_id, study_id, site_id
    ),
    named as (
        select r.subject_id, j.countable, j.source_kind, j.patient_key
        from randomised r join journey j on j.referral_id = r.referral_id
    ),
    firsts as (
        select patient_key, arg_min(source_kind, (received_at, referral_id)) as source_kind from journey
        where countable and patient_key in (select patient_key from named) group by patient_key
    )
    select r.*, coalesce(r.source_kind, n.source_kind) as origin, case when n.countable then n.source_kind end as last_kind,
        case when n.countable then coalesce(f.source_kind, n.source_kind) end as first_kind
    from randomised r
    left join named n on n.subject_id = r.subject_id
    left join firsts f on f.patient_key = n.patient_key
)
