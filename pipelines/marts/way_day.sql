-- Referrals by day received, how they came, whether information had to be asked for, and when they were scheduled or left:
-- sums that give the same numbers as the rows.
-- Of few referrals had information to be asked for: only those are looked up.
select j.received_on, j.countable, j.moved_from_site_id, j.channel, c.referral_id is not null as info_requested,
    j.scheduled_day, j.exit_day, count(*) as n
from journey j left join (select referral_id from closed_loop where info_requested) c on c.referral_id = j.referral_id
where (j.countable or j.excluded_because = 'outbound') and ($everything or j.referral_id in (select referral_id from affected))
group by all
