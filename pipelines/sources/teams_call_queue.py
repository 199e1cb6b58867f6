"""Calls of Microsoft Teams' call queues, as its analytics give them: a row per call and queue, in seconds and UTC.

A call that was answered is counted with its agents' time in it, so talk is what the queue did not take.
"""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary.calls import Told, call_source

FIELDS = (
    Field("number", "ConferenceId", "identifier", ("ConferenceId", "Conference Id", "DialogId", "Dialog Id", "DocumentId", "Document Id"), example="c-1"),
    Field("start_utc", "UserStartTimeUTC", "datetime", ("UserStartTimeUTC", "User Start Time UTC", "CallStartTimeUTC", "Call Start Time UTC"), utc=True, required=True,
          example="2026-03-12 14:05:10"),
    Field("line", "CallQueueIdentity", "text", ("CallQueueIdentity", "Call Queue Identity", "CallQueueName", "Call Queue Name", "CallQueueId"), example="referrals@example.org"),
    Field("result", "CallQueueCallResult", "text", ("CallQueueCallResult", "Call Queue Call Result"), example="agent_joined_conference"),
    Field("in_queue", "CallQueueDurationSeconds", "integer", ("CallQueueDurationSeconds", "Call Queue Duration Seconds", "CallQueueDuration", "Call Queue Duration (Seconds)"),
          example="18"),
    Field("whole", "CallDurationSeconds", "integer", ("CallDurationSeconds", "Call Duration Seconds", "TotalCallDurationSeconds", "PSTNTotalCallDurationSeconds", "CallDuration",
          "Call Duration (Seconds)"), example="218"),
)  # fmt: skip
_SAID = "lower(coalesce(p.result, ''))"
_ANSWERED = f"regexp_matches({_SAID}, 'agent_joined|agent joined|answered|transferred_to_agent|transferred to agent')"
_MAILED = f"regexp_matches({_SAID}, 'voice_?mail')"

SOURCE = call_source(
    name="teams_call_queue",
    title="Microsoft Teams call queue",
    description="Calls of Teams call queues: when, in which queue, how long they waited, and whether an agent answered.",
    system="teams",
    fields=FIELDS,
    signature=(frozenset({"start_utc", "line", "result"}),),
    ignored=("UserStartTime", "Date", "CallQueueTargetType", "PSTNCallType", "CallType", "CallerNumber", "AgentName", "UserName", "CallQueueFinalStateAction", "CallQueueAgentCount",
             "CallQueueAgentOptInCount", "AutoAttendantIdentity", "AutoAttendantCallResult", "TenantId", "ConferenceId", "DialogId", "DocumentId", "HasAA", "HasCQ"),
    told=Told(
        direction="'inbound'",
        result=f"case when {_MAILED} then 'voicemail' end",
        answered=_ANSWERED,
        abandoned=f"regexp_matches({_SAID}, 'abandon')",
        lengths={
            "queued": "p.in_queue::integer",
            "talk": f"case when {_ANSWERED} then greatest(0, p.whole - coalesce(p.in_queue, 0))::integer else 0 end",
        },
    ),
    order=60,
)  # fmt: skip
