-- How alike two patients of `candidate` are, by what their mentions agree and differ in. A part of the name, the sex
-- and the places are hashed with the birth date, so that they can be compared only where that agrees. Points are the
-- binary logarithm of how much likelier an agreement is between mentions of one patient than between two taken at
-- random (Fellegi and Sunter 1969), with the shares of names and birth dates usual in the US, rounded.
with faced as (
    select c.one_key, c.other_key, a.birth = b.birth as same_day, a.name_year = b.name_year as same_year, a.name_day = b.name_day as same_date,
        coalesce(a.name_year = b.name_year or a.name_day = b.name_day or a.name_zip = b.name_zip or a.name_phone = b.name_phone or a.name_email = b.name_email, false) as same_name,
        coalesce(a.birth = b.birth and a.family = b.given and a.given = b.family and a.family <> a.given, false) as swapped,
        case when a.family = b.family then 3
             when list_contains(b.family_parts, a.family) or list_contains(a.family_parts, b.family) or list_has_any(a.family_parts, b.family_parts) then 2
             when a.sound = b.sound then 1 when a.family <> b.family then 0 end as family_level,
        case when a.given = b.given then 3
             when list_contains(b.formal, a.given) or list_contains(a.formal, b.given) or list_has_any(a.formal, b.formal) then 2
             when a.given <> b.given then 0 end as given_level,
        (a.middle = b.middle)::int as middle, (a.sex = b.sex)::int as sex, (a.zip = b.zip)::int as zip, (a.phone = b.phone)::int as phone, (a.email = b.email)::int as email,
        (a.name_zip = b.name_zip)::int as name_zip, (a.name_phone = b.name_phone)::int as name_phone, (a.name_email = b.name_email)::int as name_email,
        case when a.bare_key = b.bare_key or a.bare_key = b.patient_key or b.bare_key = a.patient_key then 1 when a.numbered_by = b.numbered_by and a.source_system = b.source_system then 0 end as number
    from candidate c join patient_trait a on a.patient_key = c.one_key join patient_trait b on b.patient_key = c.other_key
),
compared as (
    select one_key, other_key, swapped, number, case when same_day then 2 when same_year or same_date then 1 when not same_day then 0 end as birth,
        case when same_day and not swapped then family_level when same_name or swapped then 3 end as family,
        case when same_day and not swapped then given_level when same_name or swapped then 3 end as given,
        case when same_day and not swapped then middle end as middle, case when same_day then sex end as sex,
        case when same_day then zip when same_name then name_zip end as zip, case when same_day then phone when same_name then name_phone end as phone,
        case when same_day then email when same_name then name_email end as email
    from faced
),
-- Of several mentions of each the best agreement counts; what one mention differs in, another may explain.
told as (
    select one_key, other_key, bool_and(swapped) as swapped, max(number)::tinyint as number, max(birth)::tinyint as birth, max(family)::tinyint as family,
        max(given)::tinyint as given, max(middle)::tinyint as middle, max(sex)::tinyint as sex, max(zip)::tinyint as zip, max(phone)::tinyint as phone, max(email)::tinyint as email
    from compared group by one_key, other_key
),
scored as (
    select *, (case birth when 2 then 15 when 1 then 1 when 0 then -4 else 0 end
        + case family when 3 then 11 when 2 then 8 when 1 then 7 when 0 then -5 else 0 end
        + case given when 3 then 7 when 2 then 6 when 0 then -8 else 0 end
        - case when swapped then 2 else 0 end
        + case middle when 1 then 2 when 0 then -4 else 0 end
        + case sex when 1 then 1 when 0 then -8 else 0 end
        + case zip when 1 then 6 when 0 then -1 else 0 end
        + case phone when 1 then 9 when 0 then -1 else 0 end
        + case email when 1 then 10 when 0 then -1 else 0 end
        + case number when 1 then 12 when 0 then -4 else 0 end)::smallint as score
    from told
)
select key64(one_key::varchar) as one_id, key64(other_key::varchar) as other_id, one_key, other_key, score, birth, family, given, swapped, middle, sex, zip, phone, email, number,
    -- Clear is what a careful registrar would join without asking: nothing speaks against it, and the whole name and birth
    -- date agree, or a known short form of the name is borne out by where the patient lives or is called.
    coalesce(birth = 2 and family = 3 and not swapped and coalesce(middle, 1) = 1 and coalesce(sex, 1) = 1 and coalesce(number, 1) = 1
        and (given = 3 or given = 2 and (zip = 1 or phone = 1 or email = 1)), false) as clear
from scored where score >= 12 or number = 1
