"""FHIR Task: what is being done about a request, and its business status (BSeR and IHE 360X) as events.

A task that is a part of another, or whose focus is something else than a request, says nothing of the request as a whole.
Where the other is about no request at all, it only holds its parts together, and each of them is about all of its own.

Every version of a task in the file is an event of its own, dated by ``lastModified``.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import BSER
from pipelines.vocabulary.fhir import (
    BUSINESS_STATUS,
    SYSTEM,
    TASK_STATUS,
    bookkeeping,
    id_fields,
    key,
    patient_field,
    unreached,
)

FIELDS = (
    *id_fields("Task", dated=True),
    patient_field("Task.for"),
    Field("focus", "Focus", "identifier", ("Task.focus",), example="ServiceRequest/7"),
    Field("based_on", "Based on", "identifier", ("Task.basedOn",), example="ServiceRequest/7"),
    Field("status", "Status", "enum", ("Task.status",), values=TASK_STATUS, example="accepted"),
    Field("unwanted", "Not to be done", "boolean", ("Task.doNotPerform",)),
    Field("business", "Business status", "enum", ("Task.businessStatus",), values=BUSINESS_STATUS, otherwise="none", example="3.0"),
    Field("code", "Code", "text", ("Task.code",), example="fulfill"),
    Field("action", "What is to be done with the request", "text", ("Task.code.action",), example="fulfill"),
    Field("part_of", "Part of", "identifier", ("Task.partOf",)),
    Field("modified", "Last modified", "datetime", ("Task.lastModified",), example="2026-04-01T09:00:00-04:00"),
    Field("ended", "Execution ended", "datetime", ("Task.executionPeriod.end",)),
    Field("authored", "Authored on", "datetime", ("Task.authoredOn",)),
    Field("reason", "Reason", "text", ("Task.statusReason",)),
)  # fmt: skip
_REQUEST = "case when focus is null then based_on when regexp_matches(focus, '^(ServiceRequest|ReferralRequest|ProcedureRequest)') then focus end"
# A damaged task without a number would else leave it open of every other whether it is one of them.
_GROUPS = f"(select number from parsed where number is not null and {_REQUEST} is null)"
# A task is there to fulfil its request, or to do something else with it: what its status means depends on that.
_STATUS = """case coalesce(action, 'fulfill') when 'fulfill' then status when 'approve' then case status when 'completed' then 'accepted' when 'declined' then 'declined' else 'none' end
    when 'abort' then case status when 'completed' then 'cancelled' when 'void' then 'void' else 'none' end else 'none' end"""
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
    one_of=(("modified", "ended", "updated", "authored"),),
    checks=(
        Check("none_of", "reject", "focus", "select row from parsed where coalesce(focus, based_on) is null and number not in (select part_of from parsed where part_of is not null)"),
        Check("entered_in_error", "note", "status", "select row from parsed where status = 'void'", aside=True),
        Check("not_to_be_done", "note", "unwanted", "select row from parsed where unwanted", aside=True),
        unreached("focus"),
        Check("part_of_task", "note", "part_of", f"select row from parsed where part_of is not null and part_of not in {_GROUPS}", aside=True),
        Check("not_of_a_request", "note", "focus", f"select row from parsed where (part_of is null or part_of in {_GROUPS}) and {_REQUEST} is null and (coalesce(focus, based_on) is not null or number in (select part_of from parsed))", aside=True),
    ),
    emits=(
        Emit("referral_event", f"""
            select e.row, {key("referral", "e.request")} as referral_id, 0 as seq, e.code, {BSER} as bser_code, e.occurred_at, e.occurred_on,
                coalesce(e.modified_precision, 'day') as precision, case when e.code in ('declined', 'cancelled', 'no_show', 'appt_cancelled') then e.reason end
                    as reason_code
            from (select * exclude (code), {_REQUEST} as request, case when coalesce(business, 'none') <> 'none' then business else {_STATUS} end as code,
                {_AT.format("")} as occurred_at, {_AT.format("_on")} as occurred_on from parsed) e
            where e.code not in ('none', 'void') and e.request is not null"""),
    ),
    order=60,
)  # fmt: skip
