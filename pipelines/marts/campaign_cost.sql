-- One row per campaign and day it cost something, by $as_of.
select s.campaign_id, coalesce(c.name, 'Unnamed campaign') as campaign, coalesce(c.medium, 'Not stated') as medium, s.spent_on, s.spend, s.currency, s.impressions, s.clicks,
    site.to_id as site_id, coalesce(d.site, 'Unknown site') as site, study.to_id as study_id, coalesce(y.study, 'No study') as study,
    coalesce(y.therapeutic_area, 'None') as therapeutic_area, s.source_file_id, s.source_row
from campaign_spend s
left join campaign c on c.campaign_id = s.campaign_id
left join site_alias site on site.id = c.site_id
left join dim_site d on d.site_id = site.to_id
left join study_alias study on study.id = c.study_id
left join dim_study y on y.study_id = study.to_id
where s.spent_on <= $as_of::date
