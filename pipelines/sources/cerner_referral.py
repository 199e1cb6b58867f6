"""Oracle Cerner's REFERRAL. Its words are numbers (*_CD) that only the system's code table (CODE_VALUE) can read:
without it they are kept as numbers and said to be unread. A status is not fulfilment."""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import EVENTS, PRIORITIES, patient_fields, referrer_fields, site_field
from pipelines.vocabulary.referrals import bare, referral_source

FIELDS = (
    Field("number", "REFERRAL_ID", "identifier", ("REFERRAL_ID",), required=True, example="900001"),
    *bare(patient_fields(), mrn=("PERSON_ID",)),
    Field("created", "CREATE_DT_TM", "datetime", ("CREATE_DT_TM",), example="2026-03-31 14:05:00"),
    Field("received", "EXT_RECEIVED_DT_TM", "datetime", ("EXT_RECEIVED_DT_TM", "RECEIVED_DT_TM"), example="2026-03-31 14:05:00"),
    Field("authored", "REFERRAL_WRITTEN_DT_TM", "datetime", ("REFERRAL_WRITTEN_DT_TM", "WRITTEN_DT_TM", "ORIGINATED_DT_TM")),
    Field("scheduled_for", "EXTERNAL_SCHEDULED_DT_TM", "datetime", ("EXTERNAL_SCHEDULED_DT_TM",), future=True),
    Field("status", "REFERRAL_STATUS_CD", "enum", ("REFERRAL_STATUS_CD", "REFERRAL_STATUS"), values=EVENTS, coded=True, example="2555133"),
    Field("closed", "ACTIVE_STATUS_DT_TM", "datetime", ("ACTIVE_STATUS_DT_TM", "STATUS_DT_TM")),
    Field("why", "REFERRAL_SUBSTATUS_CD", "text", ("REFERRAL_SUBSTATUS_CD", "CANCEL_REASON_CD", "REASON_CD"), coded=True),
    Field("active", "ACTIVE_IND", "boolean", ("ACTIVE_IND",), example="1"),
    Field("priority", "PRIORITY_CD", "enum", ("PRIORITY_CD", "URGENCY_CD"), values=PRIORITIES, otherwise="routine", coded=True),
    Field("service", "MEDICAL_SERVICE_CD", "text", ("MEDICAL_SERVICE_CD", "SERVICE_TYPE_REQUESTED_CD", "SERVICE_CATEGORY_CD", "TREATMENT_FUNCTION_CD"), coded=True),
    Field("reason", "REFERRAL_REASON_CD", "text", ("REFERRAL_REASON_CD", "REFERRAL_TYPE_CD"), coded=True),
    *bare(referrer_fields(), referrer=("REFER_FROM_PRSNL_NAME", "REFER_FROM_PROVIDER_NAME", "REFER_FROM_NAME"),
          practice=("REFER_FROM_ORGANIZATION_NAME", "REFER_FROM_ORG_NAME", "REFER_FROM_PRACTICE_SITE_NAME")),
    *bare((site_field(label="REFER_TO_ORGANIZATION"),), site=("REFER_TO_ORGANIZATION_NAME", "REFER_TO_ORG_NAME", "REFER_TO_LOC_CD", "REFER_TO_ORGANIZATION_ID")),
)  # fmt: skip

SOURCE = referral_source(
    name="cerner_referral",
    title="Oracle Cerner referrals (REFERRAL)",
    description="One row per referral; its words are numbers that the code table (CODE_VALUE), loaded first, reads.",
    system="cerner",
    fields=FIELDS,
    telling=r"dt[_ ]?tm\b|[_ ]cd\b|[_ ]ind\b",
    signature=(frozenset({"number", "received", "active"}), frozenset({"number", "created", "status"}), frozenset({"number", "mrn", "created", "active"}),
               frozenset({"number", "mrn", "created", "received", "active"}), frozenset({"created", "received", "scheduled_for", "active"})),
    steps=(("created", "created"),),
    one_of=(("received", "authored", "created"),),
    ignored_patterns=(r".*_PRSNL_ID", r".*_CD", r"UPDT_.*", r"INSTRUCTIONS_.*", r"ACTIVE_STATUS_.*", r".*_GUARANTEE_DT_TM", r".*_ID"),
    ignored=("AUTHORIZATION_CODE_TXT",),
    checks=(Check("deleted_record", "note", "active", "select row from parsed where not active", aside=True),),
)  # fmt: skip
