-- One row per report of a site that gives counts only: cumulative, as of a day. Of two reports of one day under two names
-- of a study or site, the higher counts.
select study.to_id as study_id, coalesce(d.study, 'No study') as study, coalesce(d.therapeutic_area, 'None') as therapeutic_area,
    site.to_id as site_id, coalesce(place.site, 'Unknown site') as site, c.as_of_on, max(c.screened) as screened, max(c.rescreened) as rescreened,
    max(c.screen_failed) as screen_failed, max(c.enrolled) as enrolled, max(c.completed) as completed, max(c.early_terminated) as early_terminated,
    arg_max(c.source_file_id, c.source_row) as source_file_id, max(c.source_row) as source_row
from enrolment_count c
left join study_alias study on study.id = c.study_id
left join dim_study d on d.study_id = study.to_id
left join site_alias site on site.id = c.site_id
left join dim_site place on place.site_id = site.to_id
group by all
