-- One row per site, with a label no two sites share.
select site_id,
    case when count(*) over (partition by name) > 1 and code is not null then name || ' (' || code || ')' else name end as site,
    code, city, state, postal_code, time_zone, activated_on,
    concat_ws('|', coalesce(time_zone, ''), coalesce(holiday_calendar, ''), coalesce(opens_min::varchar, ''), coalesce(closes_min::varchar, '')) as calendar
from site where site_id in (select to_id from site_alias)
