-- Cumulative enrolment planned by a day, per study and site; no site: the whole study.
select study.to_id as study_id, site.to_id as site_id, p.as_of_on, max(p.cum_target) as cum_target
from study_plan p
join study_alias study on study.id = p.study_id
left join site_alias site on site.id = p.site_id
group by study.to_id, site.to_id, p.as_of_on
