"""RingCentral's call log as its API answers (times in UTC) or as a spreadsheet of it; legs share a session."""

from __future__ import annotations

from pipelines.sources import Check, Field
from pipelines.vocabulary import site_field
from pipelines.vocabulary.calls import RESULT_PATTERNS, RESULTS, Told, call_source, direction_field, seconds
from pipelines.vocabulary.referrals import bare

FIELDS = (
    Field("number", "id", "identifier", ("id", "Record ID"), example="IX-1"),
    Field("parent", "sessionId", "identifier", ("sessionId", "Session Id", "telephonySessionId"), required=True, example="404769762004"),
    Field("start_utc", "startTime", "datetime", ("startTime",), utc=True, required=True, example="2026-03-12T14:05:10.000Z"),
    Field("talk", "duration", "text", ("duration",), example="205"),
    Field("kind", "type", "text", ("type",), example="Voice"),
    direction_field(),
    Field("action", "action", "text", ("action",), example="Phone Call"),
    Field("result", "result", "enum", ("result",), values=RESULTS, patterns=RESULT_PATTERNS, otherwise="other", example="Accepted"),
    Field("line", "to.name", "text", ("to.name", "To Name"), example="Referral line"),
    Field("caller", "from.name", "name", ("from.name", "From Name"), example="RIVERSIDE FAMILY MEDICINE"),
    *bare((site_field(),), site=("Site", "extension.site", "site.name")),
)  # fmt: skip

SOURCE = call_source(
    name="ringcentral_calls",
    title="RingCentral call log",
    description="Records of calls with direction and result; several records of one session are one call.",
    system="ringcentral",
    fields=FIELDS,
    signature=(frozenset({"parent", "start_utc", "direction", "result"}), frozenset({"number", "parent", "start_utc", "talk", "direction", "result"})),
    ignored=("uri", "transport", "lastModifiedTime", "billing.costIncluded", "billing.costPurchased"),
    ignored_patterns=(r"(to|from)\..*", r"legs.*", r"extension\..*", r"recording.*", r"message.*"),
    # The duration is of all there was: talk where somebody answered, else the wait.
    told=Told(
        lengths={"talk": f"case when p.result = 'answered' then {seconds('p.talk')} end", "waited": f"case when p.result = 'abandoned' then {seconds('p.talk')} end"},
        parallel=True,
    ),
    checks=(Check("no_telephone_call", "note", "kind", "select row from parsed where lower(coalesce(kind, 'voice')) <> 'voice'", aside=True),),
)  # fmt: skip
