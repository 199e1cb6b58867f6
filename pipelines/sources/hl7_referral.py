"""HL7 v2 REF and RRI messages (I12 to I15): a referral asked for, changed, cancelled, answered.

The referral itself comes with its I12, and an I13 changes it; every message adds what it says happened. What an I13 leaves blank
has not changed, in whatever file its I12 came. An answer or a cancellation whose I12 is in no file stands as an event alone.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    BSER,
    REFERRER,
    REFERRER_EMITS,
    REFERRER_JOIN,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    site_field,
)
from pipelines.vocabulary.hl7 import PRIORITY, REFERRAL_STATUS, SYSTEM, header_fields, message_patient, message_referrer
from pipelines.vocabulary.referrals import bare

FIELDS = (
    *header_fields(),
    Field("number", "Referral number", "identifier", ("RF1-6.1",), example="R-1001"),
    Field("external", "External referral number", "identifier", ("RF1-11.1",)),
    Field("otherwise", "Order or message number", "identifier", ("Other number",)),
    *message_patient(),
    *message_referrer(),
    *bare((site_field(),), site=("Referred to",)),
    Field("status", "Referral status", "enum", ("RF1-1",), values=REFERRAL_STATUS, example="P"),
    Field("priority", "Priority", "enum", ("RF1-2",), values=PRIORITY, otherwise="routine", example="R"),
    Field("kind", "Referral type", "text", ("RF1-3",)),
    Field("disposition", "Disposition", "text", ("RF1-4",)),
    Field("category", "Category", "text", ("RF1-5",)),
    Field("effective", "Effective", "datetime", ("RF1-7",)),
    Field("processed", "Processed", "datetime", ("RF1-9",)),
    Field("reason", "Reason", "text", ("RF1-10",)),
    Field("diagnosis", "Diagnosis", "identifier", ("DG1-3.1",), example="I48.0"),
    Field("told_as", "Told as", "text", ("Told as",)),
)  # fmt: skip
_NUMBER = "coalesce(p.number, p.external, p.otherwise)"
_KEY = f"key64('referral|' || $system || '|' || upper({_NUMBER}))"

SOURCE = Source(
    name="hl7_referral",
    title="HL7 v2 referrals (REF, RRI)",
    description="REF^I12 to I15 messages and their answers: who refers whom to where, and how it stands.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"trigger", "number", "status", "effective"}),),
    primary="referral_event",
    zone_field="site",
    one_of=(("number", "external", "otherwise"), ("sent", "processed", "effective")),
    ignored=("NTE-3", "Older message"),
    adds=True,
    checks=(
        Check("referral_unnumbered", "warning", "number", "select row from parsed where number is null and external is null and told_as is null"),
        Check("report_sent", "note", "told_as", "select row from parsed where told_as = 'report'", aside=True),
    ),
    relations=(
        REFERRER, SITE_NAMED,
        Relation("keyed", f"""
            select p.row, {_KEY} as referral_id, p.trigger, p.type = 'REF' and coalesce(p.trigger, 'I12') in ('I12', 'I13') as asks, p.trigger = 'I13' as changes, coalesce(p.sent, p.processed, p.effective) as told_at, coalesce(p.sent_on, p.processed_on, p.effective_on) as on_day,
                r.source_id, r.kind, r.practitioner_id, r.organization_id, s.site_id
            from parsed p left join {REFERRER_JOIN} left join {SITE_JOIN}"""),
        Relation("asked", """
            select *, min(told_at) over (partition by referral_id) as first_at, min(on_day) over (partition by referral_id) as first_on
            from keyed where asks
            qualify row_number() over (partition by referral_id order by told_at desc, row) = 1"""),
    ),
    emits=(
        Emit("referral_event", f"""
            select e.row, e.referral_id, case e.code when 'received' then 0 else 1 end as seq, e.code, {BSER} as bser_code, e.told_at as occurred_at,
                e.on_day as occurred_on, coalesce(e.sent_precision, 'instant') as precision, case when e.code in ('declined', 'cancelled') then
                    coalesce(e.disposition, e.reason) end as reason_code
            from (
                select k.*, 'received' as code, p.sent_precision, p.disposition, p.reason from keyed k join parsed p using (row) where k.asks and not coalesce(k.changes, false)
                union all
                select k.*, case when k.trigger = 'I14' then 'cancelled' else p.status end, p.sent_precision, p.disposition, p.reason
                from keyed k join parsed p using (row) where k.trigger = 'I14' or (p.status is not null and not (p.type = 'REF' and p.status = 'acknowledged'))
            ) e qualify row_number() over (partition by e.referral_id, e.code, e.told_at order by e.row) = 1"""),
        Emit("referral", f"""
            select p.row, a.referral_id, {_NUMBER} as source_key, 'in' as direction, p.patient_key, a.source_id,
                case when a.kind in ('practitioner', 'practice') then a.practitioner_id end as requester_practitioner_id,
                case when a.kind in ('practitioner', 'practice') then a.organization_id end as requester_org_id, a.site_id as performer_site_id,
                case when lower(p.kind) like '%research%' then 'research' else 'clinical' end as intent, coalesce(p.kind, p.category) as service_line,
                coalesce(p.diagnosis, p.reason) as reason_code, p.priority, 'ehr' as channel, coalesce(p.effective, p.processed) as authored_at,
                coalesce(p.effective_on, p.processed_on) as authored_on, a.first_at as received_at, a.first_on as received_on, a.first_at as recorded_at, a.first_on as recorded_on,
                a.told_at as updated_at, false as void, year(p.born) as birth_year, p.sex, p.zip3
            from asked a join parsed p using (row)""", unique=True),
        *REFERRER_EMITS, SITE_EMIT,
    ),
    order=50,
)  # fmt: skip
