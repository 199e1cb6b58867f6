-- One row per survey response that was answered: the day of the first reply to it.
select response_id, min(sent_on) as replied_on
from communication where kind = 'feedback_reply' and response_id is not null group by response_id
