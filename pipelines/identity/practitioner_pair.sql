-- How alike two practitioners are that share a block: points for what agrees, less for what differs. A pure
-- function of the two rows, so that a pair never has to be judged again until one of them changes.
with named as (
    select a.id as one_id, b.id as other_id, a.npi = b.npi as same_npi,
        case when a.family = b.family then 3
             when list_has_any(a.core, b.core) then 2
             when length(a.family) >= 5 and length(b.family) >= 5 and abs(length(a.family) - length(b.family)) <= 2
                  and damerau_levenshtein(a.family, b.family) <= case when length(a.family) >= 9 then 2 else 1 end then 1
             when length(a.family) = 4 and a.heard = b.heard and damerau_levenshtein(a.family, b.family) = 1 then 1
             else 0 end as family_level,
        case when a.given = b.given and length(a.given) > 1 then 5
             when list_has_any(a.roots, b.roots) then 4
             when a.given is null or b.given is null then 1
             when (len(a.spelled) = 0 or len(b.spelled) = 0) then case when a.initial = b.initial then 2 else 0 end
             when length(a.first) >= 4 and length(b.first) >= 4 and damerau_levenshtein(a.first, b.first) = 1 then 3
             when least(length(a.first), length(b.first)) >= 3 and (starts_with(a.first, b.first) or starts_with(b.first, a.first)) then 3
             else 0 end as given_level,
        list_contains(b.spelled, a.family) and list_contains(a.spelled, b.family) and a.family <> b.family as swapped,
        a.family is null or b.family is null as nameless
    from candidate c join practitioner_trait a on a.id = c.one_id join practitioner_trait b on b.id = c.other_id
    where not coalesce(a.npi <> b.npi, false)
),
likely as (
    select *, case when swapped then 9
        when nameless then 2 -- a number alone; it can only meet its like
        when family_level = 3 then [-100, 4, 6, 7, 9, 10][given_level + 1]
        when family_level = 2 then [-100, 2, 4, 5, 8, 8][given_level + 1]
        when family_level = 1 then [-100, 1, 3, 3, 7, 8][given_level + 1]
        when given_level >= 4 then given_level - 4 else -100 end as name_points
    from named
),
faced as (
    select l.*, (list_has_any(a.organizations, b.organizations)) as same_practice, list_has_any(a.numbers, b.numbers) as same_number,
        list_has_any(a.streets, b.streets) as same_street, list_has_any(a.zips, b.zips) as same_zip, list_has_any(a.areas, b.areas) as same_area,
        len(a.areas) = 0 or len(b.areas) = 0 as unplaced,
        len(a.organizations) = 0 and len(a.numbers) = 0 or len(b.organizations) = 0 and len(b.numbers) = 0 as nowhere,
        a.common as common, a.suffix as suffix, b.suffix as other_suffix, a.middle as middle, b.middle as other_middle,
        a.calling as calling, b.calling as other_calling, a.field as field, b.field as other_field
    from likely l join practitioner_trait a on a.id = l.one_id join practitioner_trait b on b.id = l.other_id
    where l.name_points > -100 or l.same_npi
),
weighed as (
    select *,
        case when same_practice then 6 + (same_number)::int when same_number then 5 + same_zip::int when same_street then 5 when same_zip then 3
             when same_area then 1 when nowhere and not common then 3 when unplaced then 0 else -3 end as place_points,
        case when suffix <> other_suffix then -20 when (suffix is null) <> (other_suffix is null) then -1 when suffix = other_suffix then 1 else 0 end
        + case when given_level not in (2, 4, 5) then 0 when middle <> other_middle then -6 when middle = other_middle then 2 else 0 end as more_name_points,
        case when calling is null or other_calling is null then 0 when calling = other_calling then 1
             when 'physician' in (calling, other_calling) and (calling in ('md', 'do') or other_calling in ('md', 'do')) then 1
             when calling in ('md', 'do') and other_calling in ('md', 'do') then -2 else -6 end as calling_points,
        case when field is null or other_field is null then 0 when field = other_field then 2
             when 'internal' in (field, other_field) and (field in ('family', 'cardio', 'onco', 'gastro', 'pulm', 'rheum', 'nephro', 'endo', 'allergy', 'infect')
                  or other_field in ('family', 'cardio', 'onco', 'gastro', 'pulm', 'rheum', 'nephro', 'endo', 'allergy', 'infect')) then 0
             when 'surgery' in (field, other_field) then -1 else -5 end as field_points
    from faced
),
scored as (
    select *, name_points + place_points + more_name_points + calling_points + field_points + case when same_npi then 12 else 0 end
        - case when common and place_points < 3 and family_level = 3 and not coalesce(same_npi, false) then 4 else 0 end as points
    from weighed
)
-- One number under two people's names: somebody's number was typed for somebody else. A person decides.
select one_id, other_id, (case when same_npi and points < 9 then 9 else points end)::smallint as score,
    (family_level * 10 + given_level)::tinyint as name_level, coalesce(same_npi and name_points <= 0, false) as npi_clash,
    coalesce(same_npi or same_practice or same_number or same_street or same_zip or same_area, false) as placed
from scored
where points >= 8 or same_npi
