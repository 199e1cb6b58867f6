-- Every study id a file may use, and the study it means.
select s.study_id as id, coalesce(t.merged_into, s.merged_into, s.study_id) as to_id
from research_study s left join research_study t on t.study_id = s.merged_into
