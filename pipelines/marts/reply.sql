-- One row per survey response that was answered: the day of the first reply to it. A reply that names no survey system
-- means the response of that number, where only one system has it.
with answer as (
    select response_id, min(sent_on) as replied_on
    from communication where kind = 'feedback_reply' and response_id is not null group by response_id
),
numbered as (
    select number_id, max(response_id) as response_id from survey_response
    where number_id is not null group by number_id having count(*) = 1
)
select response_id, min(replied_on) as replied_on
from (
    select response_id, replied_on from answer
    union all
    select n.response_id, r.replied_on from answer r join numbered n on n.number_id = r.response_id
)
group by response_id
