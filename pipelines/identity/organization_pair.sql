-- How alike two organisations are that share a block: points for what agrees, less for what differs. A pure
-- function of the two rows, so that a pair never has to be judged again until one of them changes.
with faced as (
    select a.id as one_id, b.id as other_id,
        a.words = b.words or a.sorted_words = b.sorted_words or replace(a.words, ' ', '') = replace(b.words, ' ', '') as same_words,
        a.branch = b.branch as same_branch,
        abs(length(a.words) - length(b.words)) <= 2 and length(a.words) >= 12
            and damerau_levenshtein(a.words, b.words) <= case when length(a.words) >= 22 then 2 else 1 end as slip,
        len(a.core) > 0 and a.core = b.core as same_core,
        jaro_winkler_similarity(a.words, b.words) >= 0.88 or (len(a.core) > 0 and len(b.core) > 0 and (list_has_all(a.core, b.core) or list_has_all(b.core, a.core)))
            or replace(a.words, ' ', '') = b.initials or replace(b.words, ' ', '') = a.initials as near,
        a.zip = b.zip as same_zip, left(a.zip, 3) = left(b.zip, 3) as same_area, a.street = b.street as same_street,
        coalesce(a.phone in (b.phone, b.fax), false) or coalesce(a.fax in (b.phone, b.fax), false) as same_number,
        a.phone <> b.phone as other_number, a.npi = b.npi as same_npi, a.city <> b.city or a.state <> b.state as other_city, a.bare or b.bare as bare
    from candidate c join organization_trait a on a.id = c.one_id join organization_trait b on b.id = c.other_id
    where a.refers = b.refers
),
levelled as (
    select *, case when not same_branch then least(1, (same_words or slip or same_core or near)::int)
        when same_words then 4 when slip then 3 when same_core then 2 when near then 1 else 0 end as name_level
    from faced
),
scored as (
    select *, [0, 3, 5, 7, 8][name_level + 1] + case when not same_branch then -4 else 0 end
        + case when same_zip then 4 when same_area then -3 when not same_zip then -6 else case when other_city then -3 else 0 end end
        + case when same_number then 4 when other_number then -1 else 0 end
        + case when same_street then 4 when not same_street then -2 else 0 end
        + case when same_npi then 8 when not same_npi then -100 else 0 end as points
    from levelled
)
-- Under one roof and one number with nothing of the name in common: renamed, or two practices. A person decides.
select one_id, other_id, (case when name_level = 0 and not coalesce(same_npi, false) then least(points, 10) else points end)::smallint as score,
    name_level::tinyint as name_level, (coalesce(same_npi, false) and name_level = 0) as npi_clash, true as placed
from scored
where points >= case when bare then 5 else 8 end or (same_number and same_street) or same_npi
