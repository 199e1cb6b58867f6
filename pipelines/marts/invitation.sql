-- One row per invitation, with the day it was answered.
select i.invite_id, s.name as survey, i.sent_on, i.delivered, min(r.completed_on) as answered_on,
    site.to_id as site_id, coalesce(any_value(d.site), 'Unknown site') as site,
    practice.to_id as practice_id, coalesce(any_value(p.practice), 'Not stated') as practice, i.source_file_id, i.source_row
from survey_invite i
left join survey s using (survey_id)
left join survey_response r using (invite_id)
left join site_alias site on site.id = i.site_id
left join dim_site d on d.site_id = site.to_id
left join organization_alias practice on practice.id = i.organization_id
left join dim_practice p on p.practice_id = practice.to_id
group by i.invite_id, s.name, i.sent_on, i.delivered, site.to_id, practice.to_id, i.source_file_id, i.source_row
