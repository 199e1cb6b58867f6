-- One row per study and site: when it may enrol and how many it plans. A site named twice keeps its earliest opening.
select study.to_id as study_id, any_value(d.study) as study, any_value(d.therapeutic_area) as therapeutic_area,
    site.to_id as site_id, coalesce(any_value(place.site), 'Unknown site') as site, min(s.activated_on) as activated_on,
    min(s.paused_from_on) as paused_from_on, max(s.paused_to_on) as paused_to_on,
    least(max(s.closed_on), any_value(d.closed_on)) as closed_on, max(s.target) as target,
    any_value(d.target_enrol) as study_target, any_value(d.planned_lpi_on) as planned_lpi_on, any_value(d.closed_on) as study_closed_on
from study_site s
join study_alias study on study.id = s.study_id
join dim_study d on d.study_id = study.to_id
left join site_alias site on site.id = s.site_id
left join dim_site place on place.site_id = site.to_id
group by study.to_id, site.to_id
