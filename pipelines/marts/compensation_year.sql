-- The limits that a file states, by calendar year; they go before the published ones.
select calendar_year, max(limit_usd) as limit_usd from compensation_limit group by calendar_year
