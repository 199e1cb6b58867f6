"""Reach of the newsletter (M22c).

Frame, one row per measure and category: ``measure`` ("delivered", "clicked"), ``category``, ``category_id``, ``period``
(empty), ``complete``, ``n`` (subscribed as of the day), ``hits`` (of them in the last 90 days), ``value``, ``low``,
``high`` (Wilson), ``opened`` (said to have opened one), ``gone`` (left or cleaned out; not in n).
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import interval_of

SETTINGS = {"window_days": 90}
MEASURES = ("delivered", "clicked")
# The last word about a subscription holds; an address of which none is known but that was sent an issue is subscribed.
_COUNTED = """recipients as (
    select recipient_key, arg_max(practice_id, occurred_at) as practice_id, arg_max(practice, occurred_at) as practice,
        arg_max(site_id, occurred_at) as site_id, arg_max(site, occurred_at) as site,
        arg_max(action, (occurred_at, action <> 'subscribed')) filter (action in ('subscribed', 'unsubscribed', 'cleaned')) as last_word,
        coalesce(bool_or(occurred_on > $cut_day::date - $window_days::integer and action in ('delivered', 'opened', 'clicked')), false) as delivered,
        coalesce(bool_or(occurred_on > $cut_day::date - $window_days::integer and action = 'opened'), false) as opened,
        coalesce(bool_or(occurred_on > $cut_day::date - $window_days::integer and action = 'clicked'), false) as clicked
    from seen group by recipient_key
),
judged as (
    select r.*, coalesce(last_word, 'subscribed') <> 'subscribed'
        or exists (select 1 from desk where desk.address_key = r.recipient_key and desk.opt_out) as gone
    from recipients r
),
counted as (
    select {key} as category_id, {label} as category, null::date as period, count(*) filter (not gone) as n,
        count(*) filter (not gone and delivered) as delivered, count(*) filter (not gone and opened) as opened,
        count(*) filter (not gone and clicked) as clicked, count(*) filter (gone) as gone
    from judged group by all
), {fold}
select place, category, category_id, others, period, sum(n)::bigint as n, sum(delivered)::bigint as delivered, sum(opened)::bigint as opened,
    sum(clicked)::bigint as clicked, sum(gone)::bigint as gone
from folded group by all order by place"""


def answer(ask: Ask) -> Answer:
    """Share of subscribers who got a newsletter, and who clicked in one."""
    found = ask.folded(_COUNTED, None, **SETTINGS)
    kept = ["category", "category_id", "period", "n", "opened", "gone"]
    parts = [found[kept].assign(measure=name, hits=found[name]) for name in MEASURES]
    both = pd.concat(parts, ignore_index=True)
    frame = ask.marked(both.assign(**interval_of(both)))
    n = int(found["n"].sum())
    told = [
        f"{int(found['opened'].sum()):,} are said to have opened one; mail programs that look ahead make openings look many, so clicks are counted."
    ]
    if found["gone"].sum():
        told.append(f"{int(found['gone'].sum()):,} have left, were cleaned out or opted out, and are not counted.")
    if ask.filters.start or ask.filters.stop:
        told.append("The period filter does not apply: it is the last 90 days as of the day.")
    return Answer(frame, tuple(told) if n or found["gone"].sum() else (), n)


METRIC = Metric(
    name="newsletter_reach",
    label="Newsletter reach",
    question="Does the newsletter arrive, and does anybody follow it?",
    description="Share of subscribers to whom a newsletter was delivered in the last 90 days, and share who clicked in one.",
    numerator="subscribers with a newsletter delivered; with a click in one, in the last 90 days",
    denominator="addresses subscribed as of the day",
    unit="share",
    window="the last 90 days as of the day",
    edge_cases=(
        "What was opened or clicked was delivered.",
        "Openings are told, not measured by: mail programs open messages by themselves.",
        "An address that was sent an issue and of which nothing else is known is subscribed.",
        "Who opted out in the contact list, left or was cleaned out is not counted.",
        "Addresses are kept as a keyed hash; one address is one subscriber.",
        "A reader counts for the site that alone has an agreement with the practice on the day; where several or none have, for no site.",
    ),
    source="Wilson interval (1927).",
    dimensions=("site", "practice"),
    grains=(),
    answer=answer,
    columns={
        "measure": "delivered, or clicked",
        "hits": "of them in the last 90 days",
        "opened": "said to have opened one",
        "gone": "left, cleaned out or opted out",
    },
    relation="newsletter",
    population="true",
    settings=SETTINGS,
    chart="ranking",
)
