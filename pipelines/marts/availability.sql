-- One row per day the schedule was looked at, site and service: days until the third free time from then on.
with free as (
    select site.to_id as site_id, s.service_line, s.snapshot_on, s.start_at, s.start_on, s.source_file_id, s.source_row,
        row_number() over (partition by site.to_id, s.service_line, s.snapshot_on order by s.start_at, s.source_file_id, s.source_row) as place
    from slot s left join site_alias site on site.id = s.site_id
    where coalesce(s.free, true) and s.start_on >= s.snapshot_on
)
select f.site_id, coalesce(d.site, 'Unknown site') as site, coalesce(f.service_line, 'Not stated') as service_line, f.snapshot_on,
    (f.start_on - f.snapshot_on)::integer as third_days, f.source_file_id, f.source_row
from free f left join dim_site d on d.site_id = f.site_id
where f.place = 3
