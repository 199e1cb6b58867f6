-- One row per site, with a label no two sites share. One that FHIR names by reference alone has the name of that organization,
-- in whichever file it came.
with named as (
    select s.site_id, case when s.name like 'Organization/%' or s.name like 'Organization?%' then coalesce(o.name, s.name) else s.name end as name,
        s.code, s.city, s.state, us_zip(s.postal_code, s.state) as postal_code, s.time_zone, s.activated_on, s.holiday_calendar, s.opens_min, s.closes_min
    from site s left join organization o on o.organization_id = s.site_id
)
select site_id,
    case when count(*) over (partition by name) > 1 and code is not null then name || ' (' || code || ')' else name end as site,
    code, city, state, postal_code, time_zone, activated_on,
    concat_ws('|', coalesce(time_zone, ''), coalesce(holiday_calendar, ''), coalesce(opens_min::varchar, ''), coalesce(closes_min::varchar, '')) as calendar
from named where site_id in (select to_id from site_alias)
