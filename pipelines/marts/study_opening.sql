-- One row per study and site: when it may enrol and how many it plans; one without a site for a study that names none.
-- A site named twice keeps its earliest opening.
with opened as (
    select study.to_id as study_id, site.to_id as site_id, min(s.activated_on) as activated_on,
        min(s.paused_from_on) as paused_from_on, max(s.paused_to_on) as paused_to_on, max(s.closed_on) as closed_on,
        max(s.target) as target
    from study_site s
    join study_alias study on study.id = s.study_id
    left join site_alias site on site.id = s.site_id
    group by study.to_id, site.to_id
)
select d.study_id, d.study, d.therapeutic_area, o.site_id, coalesce(place.site, 'Unknown site') as site, o.activated_on,
    o.paused_from_on, o.paused_to_on, least(o.closed_on, d.closed_on) as closed_on, o.target, d.target_enrol as study_target,
    d.planned_lpi_on, d.closed_on as study_closed_on
from dim_study d
left join opened o on o.study_id = d.study_id
left join dim_site place on place.site_id = o.site_id
