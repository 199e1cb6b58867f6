-- Every site id a file may use, and the site it means.
select s.site_id as id, coalesce(t.merged_into, s.merged_into, s.site_id) as to_id
from site s left join site t on t.site_id = s.merged_into
