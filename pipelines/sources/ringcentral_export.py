"""RingCentral's call log as its web page saves it: day and time in two columns, what became of a call in another; one
length of time, of all there was."""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import RESULT_PATTERNS, RESULTS, Told, call_source, direction_field, seconds
from pipelines.vocabulary.referrals import bare

FIELDS = (
    direction_field(),
    Field("kind", "Type", "text", ("Type",), example="Voice"),
    Field("caller", "From Name", "name", ("From Name", "Name"), example="RIVERSIDE FAMILY MEDICINE"),
    Field("line", "To Name", "text", ("To Name", "Extension"), example="Referral line"),
    Field("start", "Date", "datetime", ("Date",), clock="clock", required=True, example="03/12/2026"),
    Field("clock", "Time", "text", ("Time",), example="9:05 AM"),
    Field("action", "Action", "text", ("Action",), example="Phone Call"),
    Field("result", "Action Result", "enum", ("Action Result",), values=RESULTS, patterns=RESULT_PATTERNS, otherwise="other", example="Accepted"),
    Field("talk", "Duration", "text", ("Duration",), example="0:03:25"),
    *bare((site_field(),), site=("Site", "Site Name")),
)  # fmt: skip

SOURCE = call_source(
    name="ringcentral_export",
    title="RingCentral call log (saved from its page)",
    description="Calls of an extension or a company, one row each: day, time, what was done and what became of it.",
    system="ringcentral",
    fields=FIELDS,
    signature=(frozenset({"kind", "start", "clock", "action", "result"}),),
    ignored=("Phone Number", "From Number", "To Number", "Forwarded To", "Result Description", "Included", "Purchased", "Extension", "Recording"),
    # The duration is of all there was: talk where somebody answered, else the wait.
    told=Told(
        # Where there is no column of its own for it, the type says which way a call went.
        direction="coalesce(p.direction, case when regexp_matches(lower(p.kind), '^in(bound|coming)') then 'inbound' when regexp_matches(lower(p.kind), '^out(bound|going)') then 'outbound' end)",
        lengths={"talk": f"case when p.result = 'answered' then {seconds('p.talk')} end", "waited": f"case when p.result = 'abandoned' then {seconds('p.talk')} end"}
    ),
    checks=(Check("no_telephone_call", "note", "kind", "select row from parsed where regexp_matches(lower(kind), 'fax|sms|text|message')", aside=True),),
)  # fmt: skip
