-- One row per milestone or state of a research subject, with the study and the site it belongs to.
select e.subject_id, e.code, e.attempt, e.reason_code, e.occurred_on, e.recorded_on,
    study.to_id as study_id, coalesce(d.study, 'No study') as study, coalesce(d.therapeutic_area, 'None') as therapeutic_area,
    site.to_id as site_id, coalesce(place.site, 'Unknown site') as site, s.source_kind, s.referral_id,
    e.source_file_id, e.source_row
from subject_event e
join research_subject s using (subject_id)
left join study_alias study on study.id = s.study_id
left join dim_study d on d.study_id = study.to_id
left join site_alias site on site.id = s.site_id
left join dim_site place on place.site_id = site.to_id
