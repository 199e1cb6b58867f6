-- One row per study; `study` is its protocol number.
select study_id, code as study, title, coalesce(therapeutic_area, 'Not stated') as therapeutic_area, sponsor, phase, status,
    target_enrol, planned_lpi_on, closed_on
from research_study where study_id in (select to_id from study_alias)
