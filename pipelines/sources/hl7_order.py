"""HL7 v2 orders (ORM, OML, OMG, OMI) and how they stand (OSU): a service ordered of us is a referral; a laboratory's tests are not. In IHE
360X an order that the other side has in process was accepted.

Exams ordered together (one placer group) are one referral. Every message adds what it says happened; what it leaves blank has
not changed since the messages before it, in whatever file they came.
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
from pipelines.vocabulary.hl7 import ORDER_STATUS, PRIORITY, SYSTEM, header_fields, message_patient, message_referrer
from pipelines.vocabulary.laboratory import ALL_ORDERS, ONLY_REFERRALS, by_words
from pipelines.vocabulary.referrals import bare

CONTROL = {"nw": "received", "sn": "received", "ca": "cancelled", "oc": "cancelled", "dc": "cancelled", "od": "cancelled", "rp": "none", "sc": "none",
           "xo": "none", "ok": "accepted", "ua": "declined", "re": "none", "sr": "none", "na": "none", "cr": "cancelled", "dr": "cancelled"}  # fmt: skip
FIELDS = (
    *header_fields(),
    Field("control_code", "Order control", "enum", ("ORC-1",), values=CONTROL, otherwise="none", example="NW"),
    Field("placer", "Placer order number", "identifier", ("ORC-2.1",), example="P-2001"),
    Field("filler", "Filler order number", "identifier", ("ORC-3.1",)),
    Field("group_number", "Placer group number", "identifier", ("ORC-4.1",)),
    *message_patient(),
    *message_referrer(),
    *bare((site_field(),), site=("Location",)),
    Field("status", "Order status", "enum", ("ORC-5",), values=ORDER_STATUS, otherwise="none", example="SC"),
    Field("ordered", "Transaction time", "datetime", ("ORC-9",)),
    Field("why", "Control reason", "text", ("ORC-16",)),
    Field("priority", "Priority", "enum", ("Priority",), values=PRIORITY, otherwise="routine", example="R"),
    Field("service", "Service", "text", ("OBR-4",), example="MRI brain"),
    Field("modality", "Diagnostic section", "text", ("OBR-24",), example="MR"),
    Field("reason", "Reason", "text", ("OBR-31",)),
    Field("ordered_as", "Ordered as", "text", ("Ordered as",)),
    ALL_ORDERS,
)  # fmt: skip
_NUMBER = "coalesce(p.group_number, p.placer, p.filler)"
_CODE = "case when p.type = 'OSU' and upper(p.status_text) = 'IP' then 'accepted' when p.control_code in ('cancelled', 'declined', 'received', 'accepted') then p.control_code when p.status not in ('none', 'void') then p.status end"

# Messages about an order of which none in the file asks for anything, or says for whom or by whom.
_UNKNOWN = """select row from (select row, bool_or(patient_key is not null or coalesce(npi, referrer, practice) is not null or coalesce(control_code, 'received') = 'received')
    over (partition by upper(coalesce(group_number, placer, filler))) as known from parsed) where not known"""

SOURCE = Source(
    name="hl7_order",
    title="HL7 v2 orders (ORM, OML, OMG, OMI, OSU)",
    description="Orders of services: who ordered what for whom, when, and how the order stands.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"control_code", "placer", "service"}),),
    primary="referral_event",
    zone_field="site",
    one_of=(("group_number", "placer", "filler"), ("ordered", "sent")),
    ignored=("Older message",),
    adds=True,
    checks=(
        Check("laboratory_order", "note", "modality",
              f"select row from parsed where {ONLY_REFERRALS} and (ordered_as = 'laboratory' or upper(modality) in ('LAB', 'CH', 'HM', 'MB', 'SP', 'CG', 'CP', 'SR', 'TX', 'VR', 'BLB', 'IMM', 'MCB', 'MYC', 'OSL'))", aside=True),
        by_words("service", "service", "modality is not null or ordered_as is not null"),
        Check("order_unknown", "note", "control_code", _UNKNOWN),
        Check("earlier_result", "note", "ordered_as", "select row from parsed where ordered_as = 'before'", aside=True),
        Check("order_of_things", "note", "ordered_as", "select row from parsed where ordered_as = 'things'", aside=True),
    ),
    relations=(
        REFERRER, SITE_NAMED,
        Relation("keyed", f"""
            select p.row, key64('referral|' || $system || '|' || upper({_NUMBER})) as referral_id, {_CODE} as code, coalesce(p.ordered, p.sent) as told_at,
                coalesce(p.ordered_on, p.sent_on) as on_day, coalesce(p.ordered_precision, p.sent_precision) as precision, r.source_id, r.kind,
                r.practitioner_id, r.organization_id, s.site_id
            from parsed p left join {REFERRER_JOIN} left join {SITE_JOIN}"""),
        Relation("asked", """
            select *, min(told_at) over (partition by referral_id) as first_at, min(on_day) over (partition by referral_id) as first_on
            from keyed qualify row_number() over (partition by referral_id order by (source_id is not null) desc, told_at, row) = 1"""),
    ),
    emits=(
        Emit("referral_event", f"""
            select e.row, e.referral_id, case e.code when 'received' then 0 else 1 end as seq, e.code, {BSER} as bser_code, e.told_at as occurred_at,
                e.on_day as occurred_on, e.precision, case when e.code in ('declined', 'cancelled') then p.why end as reason_code
            from keyed e join parsed p using (row) where e.code is not null
            qualify row_number() over (partition by e.referral_id, e.code, e.told_at order by e.row) = 1"""),
        Emit("referral", f"""
            select p.row, a.referral_id, {_NUMBER} as source_key, 'in' as direction, p.patient_key, a.source_id,
                case when a.kind in ('practitioner', 'practice') then a.practitioner_id end as requester_practitioner_id,
                case when a.kind in ('practitioner', 'practice') then a.organization_id end as requester_org_id, a.site_id as performer_site_id,
                'clinical' as intent, p.service as service_line, p.modality, p.reason as reason_code, p.priority, 'ehr' as channel, a.first_at as authored_at,
                a.first_on as authored_on, a.first_at as received_at, a.first_on as received_on, p.sent as recorded_at, p.sent_on as recorded_on, coalesce(p.status = 'void', false) as void,
                year(p.born) as birth_year, p.sex, p.zip3
            from asked a join parsed p using (row) where row not in ({_UNKNOWN})""", unique=True),
        *REFERRER_EMITS, SITE_EMIT,
    ),
    order=50,
)  # fmt: skip
