-- Referrals by day received, how they came, whether information had to be asked for, and when they were scheduled or left:
-- sums that give the same numbers as the rows.
select j.received_on, j.countable, j.moved_from_site_id, j.channel, c.info_requested, j.scheduled_day, j.exit_day, count(*) as n
from closed_loop c join journey j using (referral_id)
where $everything or c.referral_id in (select referral_id from affected)
group by all
