-- One row per answer, with whom it is about and, unless anonymous, who gave it. ``recommends`` is how likely the same
-- response says they are to recommend us, 0 to 10; a comment of blanks is none.
select r.response_id, s.name as survey, a.item_code, a.item_label, a.kind, a.scale_max, a.value_num,
    case when regexp_matches(a.value_text, '[^ ]') then a.value_text end as value_text, r.completed_on,
    told.recommends,
    site.to_id as site_id, coalesce(d.site, 'Unknown site') as site,
    case when coalesce(r.anonymous, false) then null else practice.to_id end as practice_id,
    case when coalesce(r.anonymous, false) then 'Anonymous' else coalesce(p.practice, 'Not stated') end as practice,
    coalesce(r.anonymous, false) as anonymous, a.source_file_id, a.source_row
from survey_answer a
join survey_response r using (response_id)
left join (
    select response_id, max(value_num) as recommends from survey_answer where kind = 'nps' group by response_id
) told on told.response_id = a.response_id
left join survey s using (survey_id)
left join survey_invite i using (invite_id)
left join site_alias site on site.id = coalesce(r.site_id, i.site_id)
left join dim_site d on d.site_id = site.to_id
left join organization_alias practice on practice.id = coalesce(r.organization_id, i.organization_id)
left join dim_practice p on p.practice_id = practice.to_id
