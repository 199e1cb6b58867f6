-- One row per invitation, with the day it was answered, and since when there are answers that name no invitation and may
-- be to its survey: of that survey, or since it was sent of one to which nobody was invited.
with loose as (
    select r.survey_id, min(r.completed_on) as first_on from survey_response r where r.invite_id is null group by r.survey_id
),
uninvited as (
    select min(completed_on) as first_on, max(completed_on) as last_on from survey_response
    where invite_id is null and survey_id not in (select survey_id from survey_invite where survey_id is not null)
)
select i.invite_id, s.name as survey, i.sent_on, i.delivered, min(r.completed_on) as answered_on,
    min(least(loose.first_on, case when u.last_on >= i.sent_on then greatest(u.first_on, i.sent_on) end)) as loose_on,
    site.to_id as site_id, coalesce(any_value(d.site), 'Unknown site') as site,
    practice.to_id as practice_id, coalesce(any_value(p.practice), 'Not stated') as practice, i.source_file_id, i.source_row
from survey_invite i
left join survey s using (survey_id)
left join survey_response r using (invite_id)
left join loose on loose.survey_id = i.survey_id
cross join uninvited u
left join site_alias site on site.id = i.site_id
left join dim_site d on d.site_id = site.to_id
left join organization_alias practice on practice.id = i.organization_id
left join dim_practice p on p.practice_id = practice.to_id
group by i.invite_id, s.name, i.sent_on, i.delivered, site.to_id, practice.to_id, i.source_file_id, i.source_row
