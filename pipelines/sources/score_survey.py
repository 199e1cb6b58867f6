"""One score and one comment per answer, as tools that ask a single question export them (Delighted, AskNicely and others).

Such tools ask how likely somebody is to recommend, on a scale of 0 to 10, unless the export says otherwise.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import SURVEY_EMITS, SURVEY_RELATIONS, survey_fields

QUESTIONS = {
    "nps": "nps", "net promoter score": "nps", "enps": "other", "csat": "rating", "customer satisfaction": "rating", "ces": "rating",
    "customer effort score": "rating", "5star": "rating", "5 star": "rating", "five star": "rating", "star rating": "rating", "smileys": "rating",
    "thumbs": "other",
}  # fmt: skip
FIELDS = (
    Field("response", "Response", "identifier", ("Response ID", "response_id", "Feedback ID", "id"), required=True, example="1"),
    Field("ended", "Answered", "datetime", ("Responded", "Responded At", "Response Timestamp", "Response Timestamp (UTC)", "Response At", "Response Date", "Response Time", "Response Received At", "Answered At", "Date of Response",
          "Created At", "Submitted At"), required=True, example="2026-03-31 09:04:00"),
    Field("started", "Sent", "datetime", ("Sent", "Sent At", "Survey Sent At", "Request Sent At")),
    Field("score", "Score", "integer", ("Score", "Answer", "NPS", "NPS Score", "Rating", "Star Rating"), required=True, example="9"),
    Field("asked", "Kind of question", "enum", ("Score Type", "Survey Type", "Question Type", "question_type", "Metric"), values=QUESTIONS, otherwise="other", example="NPS"),
    Field("comment", "Comment", "text", ("Comment", "Comments", "Feedback", "Verbatim"), example="Quick to answer"),
    *survey_fields(),
)  # fmt: skip
# What the scores are where nobody says it: of 0 to 10 if one is above five, as the tools' own first question.
_KINDED = """
    select p.row, p.score, p.comment, coalesce(p.asked, case when (select max(score) from parsed) > 5 then 'nps' else 'rating' end) as kind,
        case when coalesce(p.asked, '') = 'nps' or (select max(score) from parsed) > 7 then 10 when (select max(score) from parsed) > 5 then 7 else 5 end as top
    from parsed p"""
_LABEL = "case s.kind when 'nps' then 'How likely are you to recommend us?' when 'rating' then 'Score' else 'Score (other)' end"

SOURCE = Source(
    name="score_survey",
    title="Scores with comments (single-question surveys)",
    description="One row per answer of a referrer to a single question: score, comment, when. Names and addresses are dropped.",
    system="scores",
    fields=FIELDS,
    signature=(frozenset({"response", "ended", "score", "comment"}), frozenset({"response", "ended", "score", "asked"})),
    primary="survey_response",
    restates=("response_id",),
    zone_field="site",
    telling=r"\bscore\b|\bnps\b|^answer$|rating",
    alien=r"\b(?:provider|physician|doctor|employee|agent|mrn|encounter)\b",
    ignored=("Person ID", "Person Name", "Person Email", "person_id", "contact_id", "Name", "Email", "Permalink", "Updated At", "Notes", "Note", "Tags", "Opened", "Status", "Segment",
             "ignored", "answerlabel", "data", "dontcontact", "lastemailed", "created", "published", "publishedname", "publishedavatar", "deliverymethod", "surveytemplate", "theme",
             "Survey Source", "Delivery Method", "Locale", "Sent At", "Phone", "Phone Number", "Created At"),
    checks=(
        Check("score_out_of_range", "reject", "score", "select row from parsed where score < 0 or score > 10"),
        Check("taken_for_recommendation", "warning", "score", """
            select row from parsed where asked is null and score is not null and (select max(score) from parsed) > 5"""),
    ),
    preamble=("survey", "site"),
    relations=(*SURVEY_RELATIONS, Relation("scored", _KINDED)),
    emits=(
        *(emit for emit in SURVEY_EMITS if emit.table != "survey_answer"),
        Emit("survey_answer", f"""
            select s.row, r.response_id, case s.kind when 'nps' then 'nps' else 'score' end as item_code, {_LABEL} as item_label, s.kind,
                case when s.kind in ('nps', 'rating') then s.top end as scale_max, case when s.kind in ('nps', 'rating') then s.score::double end as value_num,
                case when s.kind = 'other' then s.score::varchar end as value_text
            from scored s join response r using (row) where s.score is not null
            union all
            select s.row, r.response_id, 'comment', 'Comment', 'comment', null, null, s.comment from scored s join response r using (row) where s.comment is not null"""),
    ),
    order=70,
)  # fmt: skip
