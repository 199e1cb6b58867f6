"""The questions of the benchmark of metrics, each beside the query one would write by hand on the same marts.

A hand-written query returns the same figures for the same groups, as plain SQL. It has no interval, caveat, definition, list
of loads, viewer's scope, folding of small members or day in the past: what the metric adds is its price.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipelines.metrics import Filters

FILTERS = Filters(start=dt.date(2025, 7, 1), stop=dt.date(2026, 6, 30))
DAYS = "received_on between date '2025-07-01' and date '2026-06-30'"
WHERE = f"countable and {DAYS}"
RESEARCH = f"{WHERE} and intent = 'research'"
MONTH = "date_trunc('month', received_on)"
VOLUME = """count(*) filter (countable) as n, count(*) filter (excluded_because = 'duplicate') as duplicates,
    count(*) filter (excluded_because = 'void') as voids, count(*) filter (excluded_because = 'outbound') as outbound,
    count(*) filter (countable and received_basis = 'authored') as fallback"""
AALEN_JOHANSEN = """ordered as (
    select *, sum(ends) over (partition by cohort) - coalesce(sum(ends) over earlier, 0) as at_risk
    from (select cohort, day, sum(event) as events, sum(event + exit) as outs, sum(k) as ends from timed group by all)
    window earlier as (partition by cohort order by day rows between unbounded preceding and 1 preceding)
),
surviving as (
    select *, coalesce(exp(sum(ln(greatest(1 - outs / at_risk, 1e-300))) over (partition by cohort order by day
        rows between unbounded preceding and 1 preceding)), 1) as before
    from ordered
)"""
TIMED = f"""timed as (
    select {{cohort}} as cohort, coalesce(enrolled_day, exit_day, date '2026-06-30' - received_on) as day,
        count(enrolled_day) as event, count(exit_day) filter (enrolled_day is null) as exit, count(*) as k
    from journey where {RESEARCH} group by all
)"""

BUSINESS = f"""timed as (
    select {MONTH} || '{{measure}}' as cohort, coalesce({{day}}, today.before - received_bd) as day, count({{day}}) as event, 0 as exit, count(*) as k
    from closed_loop left join business_day today on today.calendar = closed_loop.calendar and today.day = date '2026-06-30'
    where {WHERE} group by all"""


@dataclass(frozen=True)
class Contest:
    """A metric's question, the query by hand, and the columns that both must agree on."""

    metric: str
    by: str | None
    grain: str | None
    sql: str
    returns: str
    same: tuple[str, ...]


CONTESTS = (
    Contest("referral_volume", None, "month", f"select {MONTH} as period, {VOLUME} from journey where {DAYS} group by all",
            "referrals a month, and those left out by why", ("period", "n", "duplicates", "voids", "outbound", "fallback")),
    Contest("referral_volume", "channel", "month", f"select channel as category, {MONTH} as period, {VOLUME} from journey where {DAYS} group by all",
            "the same by channel", ("category", "period", "n", "voids")),
    Contest("referral_volume", "practice", None, f"""with counted as (select practice, {VOLUME} from journey where {DAYS} group by all),
            ranked as (select *, row_number() over (order by n desc) as rank from counted)
            select least(rank, 21) as place, min(practice) as practice, sum(n) as n, sum(voids) as voids from ranked group by 1""",
            "the 20 largest practices and the rest", ("n", "voids")),
    Contest("active_referrers", None, "month", """select last_day(m) as "on", (select count(distinct practice_id) from journey
            where countable and received_on <= last_day(m) and received_on > last_day(m) - 90) as n
            from range(date '2025-07-01', date '2026-07-01', interval 1 month) t(m)""",
            "distinct practices in the 90 days before each month's end", ("on", "n")),
    Contest("new_referrers", None, "month", f"""select {MONTH} as period, count(*) as n from (
            select min(received_on) as received_on from journey where countable and practice_id is not null group by practice_id)
            where {DAYS} group by 1""", "practices by month of their first referral", ("n",)),
    Contest("unattributed_share", None, "month", f"""select {MONTH} as period, count(*) as n, count_if(not attributed) as unattributed,
            unattributed / n as value from journey where {WHERE} group by 1""",
            "referrals a month, those unattributed, their share", ("period", "n", "unattributed", "value")),
    Contest("conversion", None, "month", f"""with {TIMED.format(cohort=MONTH)}, {AALEN_JOHANSEN}
            select cohort as period, horizon, sum(events) filter (day <= horizon) as enrolled,
                sum(events / at_risk * before) filter (day <= horizon) as value
            from surviving, (select unnest([30, 60, 90, 180]) as horizon) group by all""",
            "Aalen-Johansen incidence a month at four horizons", ("enrolled",)),
    Contest("conversion_curve", None, None, f"""with timed as (
                select exit_code, case when enrolled_on is not null then enrolled_day when exit_on is not null then exit_day
                        else date '2026-06-30' - received_on end as day, enrolled_on is not null as enrolled, exit_on is not null as gone, count(*) as k
                from journey where {RESEARCH} group by all),
            ordered as (select case when enrolled then 'enrolled' when gone then exit_code end as how, day, sum(k) as k from timed group by all),
            each_day as (select day, sum(k) as ends, sum(k) filter (how is not null) as outs from ordered group by day),
            risk as (select *, sum(ends) over (order by day rows between current row and unbounded following) as at_risk from each_day),
            surviving as (select *, coalesce(exp(sum(ln(greatest(1 - coalesce(outs, 0) / at_risk, 1e-300))) over (order by day
                rows between unbounded preceding and 1 preceding)), 1) as before from risk)
            select how, day, sum(k / at_risk * before) over (partition by how order by day) as value
            from ordered join surviving using (day) where how is not null""", "Aalen-Johansen incidence of every outcome a day", ()),
    Contest("enrolment_funnel", None, None, f"""with counted as (select stage, exit_on is not null and enrolled_on is null as gone, count(*) as k
                from journey where {RESEARCH} group by all),
            steps as (select unnest(['referred', 'contacted', 'prescreened', 'consented', 'screened', 'eligible', 'enrolled']) as stage, unnest(range(7)) as step)
            select steps.stage, sum(k) filter (mine.step >= steps.step) as n, coalesce(sum(k) filter (mine.step = steps.step and gone), 0) as exited
            from steps, counted join steps mine on mine.stage = counted.stage group by all""",
            "how many reached each stage and how many left there", ("stage", "n", "exited")),
    Contest("exit_reasons", None, None, f"""with counted as (select exit_code, lower(trim(exit_reason)) as written, count(*) as n from journey
                where {RESEARCH} and exit_on is not null and enrolled_on is null group by all),
            ranked as (select *, row_number() over (order by n desc, exit_code, written) as rank from counted)
            select least(rank, 21) as rank, min(written), sum(n) as n, sum(n) / (select sum(n) from counted) as value from ranked group by 1""",
            "the 20 most frequent ways and reasons to leave and the rest", ("n", "value")),
    Contest("feedback_response", None, "quarter", """select date_trunc('quarter', sent_on) as period, count(*) as n, count(answered_on) as answered
            from invitation where delivered and sent_on between date '2025-07-01' and date '2026-06-30' group by 1""",
            "invitations and answers a quarter", ("period", "n", "answered")),
    Contest("feedback_nps", None, "quarter", """select date_trunc('quarter', completed_on) as period, count(*) as n,
            count_if(value_num >= 9) as promoters, count_if(value_num < 7) as detractors, 100 * (promoters - detractors) / n as value
            from feedback where kind = 'nps' and completed_on between date '2025-07-01' and date '2026-06-30' group by 1""",
            "answers and score a quarter", ("period", "n", "promoters", "detractors", "value")),
    Contest("feedback_top_box", None, None, """select item_label as question, count(*) as n, count_if(value_num >= scale_max) as top, top / n as value, avg(value_num) as mean
            from feedback where kind = 'rating' and completed_on between date '2025-07-01' and date '2026-06-30' group by 1""",
            "answers and best answers a question", ("question", "n", "top", "value", "mean")),
    Contest("feedback_comments", None, None, """select completed_on, survey, site, practice, item_label, value_text from feedback
            where kind = 'comment' and value_text <> '' and completed_on between date '2025-07-01' and date '2026-06-30'
            order by completed_on desc limit 200""", "the newest 200", ("completed_on",)),
    Contest("acknowledgement", None, "month", f"""with {BUSINESS.format(day="ack_bd", measure="anyhow")} union all
            {BUSINESS.format(day="person_ack_bd", measure="by a person").removeprefix("timed as (")}), {AALEN_JOHANSEN}
            select cohort, horizon, sum(events) filter (day <= horizon) as reached, sum(events / at_risk * before) filter (day <= horizon) as value
            from surviving, (select unnest([1, 2, 5]) as horizon) group by all""", "Kaplan-Meier of two measures a month", ("reached",)),
    Contest("set_notice", None, "month", f"""with timed as (
                select {MONTH} as cohort, coalesce(set_notice_bd, today.before - scheduled_bd) as day, count(set_notice_bd) as event, 0 as exit,
                    count(*) as k
                from closed_loop left join business_day today on today.calendar = closed_loop.calendar and today.day = date '2026-06-30'
                where {WHERE} and scheduled_on is not null group by all), {AALEN_JOHANSEN}
            select cohort, horizon, coalesce(sum(events) filter (day <= horizon), 0) as reached
            from surviving, (select unnest([1, 2, 5]) as horizon) group by all""", "Kaplan-Meier a month", ("reached",)),
    Contest("loop_closed", None, "month", f"""with timed as (
                select {MONTH} || 'sent' as cohort, coalesce(report_day, date '2026-06-30' - kept_on) as day, count(report_day) as event, 0 as exit,
                    count(*) as k
                from closed_loop where {WHERE} and kept_on is not null group by all
                union all
                select {MONTH} || 'seen', coalesce(report_ack_day, date '2026-06-30' - kept_on), count(report_ack_day), 0, count(*)
                from closed_loop where {WHERE} and kept_on is not null group by all), {AALEN_JOHANSEN}
            select cohort, horizon, coalesce(sum(events) filter (day <= horizon), 0) as reached
            from surviving, (select unnest([7, 14, 30]) as horizon) group by all""", "Kaplan-Meier of two measures a month", ("reached",)),
    Contest("scheduling", None, "month", f"""with timed as (
                select {MONTH} || 'scheduled' as cohort, coalesce(least(scheduled_day, exit_day), date '2026-06-30' - received_on) as day,
                    count(*) filter (scheduled_day <= coalesce(exit_day, scheduled_day)) as event, count(exit_day) filter (scheduled_day is null or scheduled_day > exit_day) as exit, count(*) as k
                from journey where {WHERE} group by all
                union all
                select {MONTH} || 'kept', coalesce(least(kept_day, exit_day), date '2026-06-30' - received_on), count(*) filter (kept_day <= coalesce(exit_day, kept_day)),
                    count(exit_day) filter (kept_day is null or kept_day > exit_day), count(*)
                from journey where {WHERE} group by all), {AALEN_JOHANSEN}
            select cohort, horizon, coalesce(sum(events) filter (day <= horizon), 0) as reached
            from surviving, (select unnest([3, 7, 14, 30]) as horizon) group by all""", "Aalen-Johansen of two measures a month", ("reached",)),
    Contest("volume_waterfall", None, None, """with units as (
                select practice_id, min(received_on) as first_on, count(*) filter (received_on >= date '2025-07-01') as now,
                    count(*) filter (received_on between date '2024-07-01' and date '2025-06-30') as before
                from journey where countable group by practice_id)
            select case when practice_id is null then 'No practice' when now > 0 and first_on >= date '2025-07-01' then 'New'
                    when now > 0 and before = 0 then 'Returned' when now > before then 'Grew' when now = 0 then 'Went silent' else 'Shrank' end as step,
                count(*) as practices, sum(now) as now, sum(before) as before from units group by 1""", "practices by what they did", ()),
    Contest("welcome", None, "month", """with firsts as (select practice_id, min(received_on) as received_on from journey
                where countable and practice_id is not null group by 1)
            select date_trunc('month', received_on) as period, count(*) as n, count(greeted) as hits from firsts left join lateral (
                select min(occurred_on) as greeted from courtesy where courtesy.practice_id = firsts.practice_id
                    and occurred_on between firsts.received_on and firsts.received_on + 7) on true
            where received_on >= date '2025-07-01' group by 1""", "new practices and those thanked, a month", ()),
    Contest("touch_coverage", None, None, """with agreed as (select practice_id, min(cadence_days) as cadence_days from agreement
                where practice_id is not null and started_on <= date '2026-06-30' group by 1),
            targets as (select distinct practice_id from journey
                where countable and practice_id is not null and received_on > date '2026-06-30' - 365 union select practice_id from agreed),
            contacts as (select practice_id, max(occurred_on) as reached_on, count(*) filter (occurred_on > date '2026-06-30' - 30) as lately
                from outreach where occurred_on <= date '2026-06-30' group by 1)
            select count(*) as n, count(*) filter (reached_on > date '2026-06-30' - coalesce(cadence_days, 90)) as hits
            from targets left join contacts using (practice_id) left join agreed using (practice_id)""",
            "practices that refer or with which something was agreed, and those reached", ("n", "hits")),
)  # fmt: skip
