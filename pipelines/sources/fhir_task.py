"""FHIR Task: what is being done about a request, and its business status (BSeR and IHE 360X) as events.

Every version of a task in the file is an event of its own, dated by ``lastModified``.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import BSER
from pipelines.vocabulary.fhir import BUSINESS_STATUS, SYSTEM, TASK_STATUS, bookkeeping, id_fields, key, patient_field

FIELDS = (
    *id_fields("Task", dated=True),
    patient_field("Task.for"),
    Field("focus", "Focus", "identifier", ("Task.focus",), example="ServiceRequest/7"),
    Field("based_on", "Based on", "identifier", ("Task.basedOn",), example="ServiceRequest/7"),
    Field("status", "Status", "enum", ("Task.status",), values=TASK_STATUS, example="accepted"),
    Field("business", "Business status", "enum", ("Task.businessStatus",), values=BUSINESS_STATUS, otherwise="none", example="3.0"),
    Field("code", "Code", "text", ("Task.code",), example="fulfill"),
    Field("modified", "Last modified", "datetime", ("Task.lastModified",), example="2026-04-01T09:00:00-04:00"),
    Field("ended", "Execution ended", "datetime", ("Task.executionPeriod.end",)),
    Field("authored", "Authored on", "datetime", ("Task.authoredOn",)),
    Field("reason", "Reason", "text", ("Task.statusReason",)),
)  # fmt: skip
_REQUEST = "coalesce(case when regexp_matches(focus, '^(ServiceRequest|ReferralRequest)') then focus end, based_on)"
_AT = "coalesce(modified{0}, ended{0}, updated{0}, authored{0})"

SOURCE = Source(
    name="fhir_task",
    title="FHIR Task",
    description="What became of requests, by task and business status (BSeR, IHE 360X), from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "focus", "status", "business"}),),
    primary="referral_event",
    own_patients=True,
    ignored=bookkeeping("Task"),
    one_of=(("focus", "based_on"), ("modified", "ended", "updated", "authored")),
    checks=(Check("entered_in_error", "note", "status", "select row from parsed where status = 'void'", aside=True),),
    emits=(
        Emit("referral_event", f"""
            select e.row, {key("referral", "e.request")} as referral_id, 0 as seq, e.code, {BSER} as bser_code, e.occurred_at, e.occurred_on,
                coalesce(e.modified_precision, 'day') as precision, case when e.code in ('declined', 'cancelled', 'no_show', 'appt_cancelled') then e.reason end
                    as reason_code
            from (select * exclude (code), {_REQUEST} as request, case when coalesce(business, 'none') <> 'none' then business else status end as code,
                {_AT.format("")} as occurred_at, {_AT.format("_on")} as occurred_on from parsed) e
            where e.code not in ('none', 'void') and e.request is not null"""),
    ),
    order=60,
)  # fmt: skip
