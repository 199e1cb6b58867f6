"""A telephone log of any make with one row per call: when, on which line, how long the caller waited, what came of it."""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import site_field, zone_field
from pipelines.vocabulary.calls import RESULT_PATTERNS, RESULTS, Told, call_source, direction_field

FIELDS = (
    Field("number", "Call number", "identifier", ("Call ID", "CallID", "Call #", "Unique ID", "Call Identifier", "Contact ID", "Interaction ID", "Call Sid"), example="C-100001"),
    Field("start_utc", "Call started (UTC)", "datetime", ("Start Time UTC", "Start Time (UTC)", "Call Time (UTC)", "Datetime (UTC)", "Date (UTC)", "Call Start (UTC)"),
          utc=True),
    Field("start", "Call started", "datetime", ("Timestamp", "Call Date", "Call Date/Time", "Call Start", "Call Start Time", "Date/Time", "Start Date/Time", "Start Time", "Date",
          "Started", "Call Time", "Date and Time", "Creation Time", "Interaction Start", "Contact Start"),
          clock="clock", example="2026-03-12 09:05:10"),
    Field("clock", "Time of day", "text", ("Time", "Time of Call")),
    Field("answer", "Answered at", "datetime", ("Answer Time", "Answered Time", "Connect Time", "Answered On", "Answer Start Time", "Answered At")),
    Field("stop", "Ended at", "datetime", ("End Time", "Call End", "Call End Time", "Disconnect Time", "Disconnected Time", "Stop Time", "Ended")),
    Field("line", "Line", "text", ("Queue", "Queue Name", "Line Called", "Department", "DID Name", "Call Queue", "Skill", "Hunt Group", "Ring Group", "Called Line", "Destination", "Callee Name", "To Name",
          "Campaign"), example="Referral line"),
    Field("service", "Kind of line", "text", ("Callee Ext Type", "Callee Ext. Type", "Callee Extension Type", "To Ext Type", "To Ext. Type", "To Extension Type", "Callee Type", "Callee Service"), example="User"),
    direction_field(),
    Field("caller", "Caller name", "name", ("Caller", "Caller ID Name", "CallerName", "From Name", "Calling Party Name", "CNAM", "Name"), example="RIVERSIDE FAMILY MEDICINE"),
    Field("queued", "Queue time", "text", ("Time in Queue", "Wait Time", "Queue Wait", "Wait", "Queue Wait Time", "Waiting Time", "Speed of Answer", "Queue Duration", "Wait Time (sec)"),
          lasts=True, example="0:00:42"),
    Field("ring", "Ring time", "text", ("Ring", "Ringing Time", "Ring Duration", "Time to Answer", "Ringing"), lasts=True, example="0:00:08"),
    Field("hold", "Hold time", "text", ("On Hold", "On Hold Time", "Time on Hold", "Hold", "Hold Duration", "Total Hold Time"), lasts=True, example="0:00:15"),
    Field("talk", "Talk time", "text", ("Talk", "Talk Duration", "Conversation Time", "Talk Time (sec)", "Time Talked", "Talking", "Duration (in call)"),
          lasts=True, example="0:03:25"),
    # From the first ring, or of the talk alone: what a bare length counts only the result tells.
    Field("call_length", "Call length", "text", ("Duration (total)", "Total Duration", "Call Duration", "Call Length", "Length of Call", "Length", "Duration"), lasts=True),
    Field("result", "Call result", "enum", ("Call Result", "Call Status", "Call Disposition", "Disposition", "Call Outcome", "Outcome", "Result", "Status", "Answered/Abandoned", "Answered",
          "Answered?", "Call Answered", "Answer Indicator"), values=RESULTS,
          patterns=RESULT_PATTERNS, otherwise="other", example="Answered"),
    Field("gone", "Abandoned", "enum", ("Abandoned", "Abandoned?", "Is Abandoned", "Missed", "Missed?"), values={"abandoned": "abandoned", "missed": "abandoned", "yes": "abandoned", "y": "abandoned",
          "true": "abandoned", "1": "abandoned", "x": "abandoned", "no": "other", "n": "other", "false": "other", "0": "other", "-": "other"}, otherwise="other"),
    # What holds telephone calls may hold other contacts, too.
    Field("kind", "Medium", "text", ("Media", "Media Type", "Medium", "Channel", "Channel Type", "Interaction Type", "Type")),
    site_field("Phone Site", "Site Called"),
    zone_field(),
)  # fmt: skip

SOURCE = call_source(
    name="call_log",
    title="Telephone log",
    description="Calls, one row each: when, on which line, waiting, ringing, talking and on hold, and whether anybody answered.",
    system="phone",
    fields=FIELDS,
    signature=(frozenset({"start", "direction", "result"}), frozenset({"start", "line", "result"}), frozenset({"number", "start", "direction", "talk"}),
               frozenset({"start", "queued", "result"}), frozenset({"start_utc", "direction", "result"}), frozenset({"number", "start", "line", "queued", "talk", "result"})),
    # A column for each of what may have become of a call holds a dash where it was something else.
    # A plain no to "Abandoned?" goes before a note of how the call ended ("No Answer" of somebody who was called back).
    told=Told(result="""case when p.result = 'abandoned' and regexp_full_match(lower(trim(p.gone_text)), '0|no?|false') then 'other'
        else coalesce(p.result, case when p.gone = 'abandoned' then 'abandoned' end) end"""),
    # A log of faxes has numbers, times and results, too.
    alien=r"^(?:no\.? of |# ?(?:of )?|number of |total )?pages?(?: \w+)?$|\bpage count\b|\b[ct]sid\b|\bfax(?:es|ed)?\b",
    checks=(Check("no_telephone_call", "note", "kind", r"select row from parsed where regexp_matches(lower(kind), '\b(?:fax|sms|mms|text|chat|e-?mail|message|web ?form)\b') and not regexp_matches(lower(kind), 'voice')", aside=True),),
    ignored=("Caller Number", "Caller ID", "From", "From Number", "To", "To Number", "Called Number", "Calling Number", "Dialed Number", "Agent", "Agent Name", "Extension",
             "Answered By", "Recording", "Duration", "Total Duration", "Notes", "Caller Phone", "ANI", "DNIS", "Call Time", "Cost", "Session ID", "Caller Number", "Callee Number", "After Call Work Time",
             "Bill Time", "Bill Time (Rounded)", "IVR Time", "Park Time", "Transfers", "Conferences", "Holds", "Customer Name", "Call Activity Details",
             "Tags", "User", "Country Code", "Number Timezone", "Datetime (tz offset incl.)", "Duration (total)", "Duration(mm:ss)", "Missed Call Reason", "Via", "Team", "Handling Time", "Handle Time", "Call Duration"),
)  # fmt: skip
