"""What the network of the benchmarks has besides referrals, their events and surveys: visits, messages, exams, calls,
campaigns, agreements, newsletters, gifts, openings and plans of studies, and sites that give only counts.

Three referrals of ten have an appointment, four of ten a message, one of five an exam that its referrer may look at; a call for
every five referrals and a lead for every fifty. What an office keeps by hand (contacts, plans, gifts) has a size of its own.
"""

from __future__ import annotations

from tests.benchmarks.chances import CAME, EXAM, LAST, PATIENT, PLACE, WHO

_AGAIN = f"from (select i, {WHO} as who, {CAME} as came from range($rows) t(i)"
ROWS_OF = {
    "study_site": f"""select s as study_id, i as site_id, case when (s + i) % 60 = 0 then {LAST} + 40 else date '2023-06-01' end as activated_on,
        20 as target from range(40) t(s), range(60) p(i)""",
    "study_plan": """select s as study_id, null::bigint as site_id, (date '2023-07-01' + to_months(m::int))::date as as_of_on,
        (greatest($rows // 400, 200) * (m + 1) // 48)::int as cum_target from range(40) t(s), range(48) p(m)""",
    "enrolment_count": f"""select s as study_id, 60 + k as site_id, ({LAST} - (30 * m)::int)::date as as_of_on, (40 - 3 * m)::int as screened,
        (20 - m)::int as screen_failed, (18 - m)::int as enrolled from range(40) t(s), range(4) p(k), range(12) q(m)""",
    "study_profile": """select s as study_id, 'v' || v as version, 'A study in plain words' as plain_text,
        (date '2023-06-01' + to_months((12 * v)::int))::date as irb_approved_on, (date '2023-07-01' + to_months((12 * v)::int))::date as effective_from_on
        from range(40) t(s), range(3) p(v)""",
    "appointment": f"""select i as appointment_id, case when chance(i, 'tied') > 0.1 then i end as referral_id, {PATIENT} as patient_key, {PLACE} as site_id,
        ['MRI', 'CT', 'Clinic'][1 + (i // 10 % 3)] as service_line, booked::timestamp + interval 15 hour as created_at, booked as created_on,
        starts::timestamp + interval 16 hour as start_at, starts as start_on,
        case when starts > {LAST} then 'booked' else ['fulfilled', 'fulfilled', 'fulfilled', 'arrived', 'noshow', 'cancelled', 'booked'][1 + floor(7 * chance(i, 'state'))::int] end as status
        from (select *, came + 1 + (chance(i, 'wait') * 6)::int as booked, came + 4 + (chance(i, 'lead') * 30)::int as starts
              {_AGAIN} where i % 10 < 3)) where booked <= {LAST}""",
    "communication": f"""select i as communication_id, i as referral_id, null::bigint as subject_id, null::bigint as response_id,
        ['ack', 'appt_set', 'report', 'kept'][1 + i % 10 - 3] as kind, 'fax' as medium, who % 1500 as organization_id,
        sent::timestamp + interval 17 hour as sent_at, sent as sent_on, case when chance(i, 'told') < 0.6 then sent + 1 end as received_on,
        false as automatic, null::varchar as answer
        from (select *, came + [0, 2, 12, 9][1 + i % 10 - 3] + (chance(i, 'sent') * 4)::int as sent {_AGAIN} where i % 10 between 3 and 6))
        where sent < {LAST}
        union all
        select 100000000 + i, i * 5, null, null, 'confirm_exam', 'email', null, (date '2025-07-01' + (i % 360)::int)::timestamp, date '2025-07-01' + (i % 360)::int, null,
            false, case when chance(i, 'envisioned') < 0.8 then 'yes' when chance(i, 'envisioned') < 0.9 then 'no' end from range(5000) t(i)
        union all
        select 200000000 + i, null, null, null, ['thank_you', 'welcome', 'case_study'][1 + i % 3], 'mail', i % 1500, ({CAME})::timestamp, {CAME}, null, false, null
            from range(6000) t(i)
        union all
        select 300000000 + i, null, null, i, 'feedback_reply', 'email', null, ({CAME} + 3)::timestamp, {CAME} + 3, null, false, null
            from range(20000) t(i) where chance(i, 'answers') < 0.6 and chance(i, 'replied') < 0.5 and {CAME} + 3 <= {LAST}
        union all
        select 400000000 + i, null, i * 3, null, ['progress', 'continuity'][1 + i % 2], 'phone', null, (date '2025-07-01' + (i % 360)::int)::timestamp,
            date '2025-07-01' + (i % 360)::int, null, false, null from range(10000) t(i)""",
    "slot": f"""select s as site_id, ['MRI', 'CT', 'Clinic'][1 + v] as service_line, looked as snapshot_on, (looked + 1 + n * 2)::timestamp + interval 14 hour as start_at,
        looked + 1 + n * 2 as start_on, chance(s * 1000 + w * 10 + n, 'free') < 0.6 as free
        from (select *, {LAST} - 7 * w::int as looked from range(60) a(s), range(3) b(v), range(52) c(w), (select unnest(range(10))::int as n))""",
    "imaging_study": f"""select {EXAM} as study_uid_hash, 'ris' as told_by, i as referral_id, {PATIENT} as patient_key, {PLACE} as site_id,
        who as requester_practitioner_id, who % 1500 as requester_org_id, ['MR', 'CT', 'US', 'XR'][1 + (i // 5 % 4)] as modality, ended as exam_end_at, ended::date as exam_end_on,
        ended + to_minutes(30 + (chance(i, 'read') * 2000)::int) as final_at, ended + to_minutes(60 + (chance(i, 'read') * 3000)::int) as delivered_at,
        chance(i, 'changed') < 0.1 as protocol_changed, (chance(i, 'addenda') < 0.05)::int as addendum_count
        from (select *, (came + 5 + (chance(i, 'exam') * 10)::int)::timestamp + interval 15 hour as ended {_AGAIN} where i % 5 = 0)) where ended < {LAST}""",
    "share_event": f"""select {EXAM} as study_uid_hash, ended + to_minutes(n * (20 + (chance(i, 'look') * 900)::int)) as occurred_at,
        case n when 1 then 'shared' else 'viewed' end as action, case n when 1 then 'staff' else 'referrer' end as actor_role, who % 1500 as actor_org_id
        from (select *, (came + 5 + (chance(i, 'exam') * 10)::int)::timestamp + interval 18 hour as ended {_AGAIN} where i % 5 = 0)), range(1, 3) e(n)
        where ended < {LAST} and chance(i * 3 + n, 'shares') < 0.8""",
    "collab_session": f"""select i as session_id, md5_number('exam' || i * 5)::uuid as study_uid_hash, i % 60 as site_id, i % 1500 as organization_id, 'radiologist' as host_role,
        ({CAME})::timestamp + interval 15 hour as invited_at, {CAME} as invited_on,
        case when chance(i, 'joins') < 0.6 then ({CAME})::timestamp + interval 905 minute end as joined_at,
        case when chance(i, 'joins') < 0.6 then ({CAME})::timestamp + interval 925 minute end as ended_at,
        case when chance(i, 'joins') < 0.6 then 'joined' else 'missed' end as outcome from range(20000) t(i)""",
    "call": f"""select i as call_id, i % 60 as site_id, 'Line ' || i % 4 as line, case when i % 7 = 0 then 'outbound' else 'inbound' end as direction,
        ({CAME})::timestamp + to_minutes(720 + (chance(i, 'hour') * 600)::int) as started_at, {CAME} as started_on, (chance(i, 'queue') * 90)::int as queued_s,
        (chance(i, 'ring') * 30)::int as ring_s, (chance(i, 'hold') * 60)::int as hold_s, (chance(i, 'talk') * 400)::int as talk_s,
        chance(i, 'answered') < 0.85 as answered, chance(i, 'answered') > 0.9 as abandoned, case when i % 3 = 0 then i % 1500 end as caller_org_id, 1 as legs
        from range($rows // 5) t(i)""",
    "campaign": """select i as campaign_id, 'Campaign ' || i as name, ['search', 'social', 'radio'][1 + i % 3] as medium, 'patients' as audience, i % 40 as study_id,
        i % 60 as site_id from range(40) t(i)""",
    "campaign_spend": f"""select i as campaign_id, {LAST} - d::int as spent_on, 50 + i as spend, 'USD' as currency, 1000 as impressions, 40 as clicks
        from range(40) t(i), range(365) p(d)""",
    "lead": f"""select i as lead_id, i % 40 as campaign_id, md5_number((i * 31)::varchar)::uuid as patient_key, i % 60 as site_id, i % 40 as study_id,
        ({CAME})::timestamp + interval 15 hour as created_at, {CAME} as created_on,
        ['new', 'contacted', 'qualified', 'not_qualified', 'unreachable'][1 + floor(5 * chance(i, 'lead'))::int] as status, {CAME} + 1 as status_on from range($rows // 50) t(i)""",
    "contact_person": """select i as contact_id, i % 1500 as organization_id, 'Ann Person' || i as display_name, ['front_desk', 'nurse', 'practice_manager'][1 + i % 3] as role,
        i % 3 = 0 as is_front_line, md5_number('address' || i)::uuid as address_key from range(6000) t(i)""",
    "relationship": """select i as source_id, i * 7 % 60 as site_id, ['fax', 'portal'][1 + i % 2] as preferred_channel, 30 + 30 * (i % 3) as cadence_days, 'A' as tier,
        'user' || i % 9 as owner_user, date '2023-07-01' as started_on from range(0, 1500) t(i)""",
    "touch_study": "select i as touch_id, i % 40 as study_id, 'v' || i % 3 as profile_version from range(40000) t(i) where i % 2 = 0",
    "newsletter_event": f"""select md5_number('address' || i % 6000)::uuid as recipient_key, i % 6000 % 1500 as organization_id, 'Issue ' || i // 6000 % 12 as issue,
        ['sent', 'delivered', 'opened', 'clicked'][1 + k] as action, ({LAST} - 30 * (i // 6000 % 12)::int)::timestamp as occurred_at, {LAST} - 30 * (i // 6000 % 12)::int as occurred_on
        from range(72000) t(i), range(4) p(k) where k < 1 + 4 * chance(i, 'reads')""",
    "gift_ledger": f"""select i as ledger_id, i % 6000 as practitioner_id, {CAME} as given_on, 'Lunch' as description, 'meal' as category, 12 + i % 20 as fair_value_usd,
        false as cash_equivalent, 'Liaison ' || i % 9 as given_by from range(20000) t(i)""",
    "compensation_limit": "select 2023 + i as calendar_year, 500 as limit_usd from range(4) t(i)",
}  # fmt: skip
