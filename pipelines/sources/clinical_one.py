"""Oracle Clinical One's subject data for a CTMS: a line per subject and visit, "N/A" for blanks.

Which milestone a visit is, its name tells; an ordinary study visit is none. The first visit with a randomisation
number is the randomisation, if no visit is called so.
"""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import patient_fields, site_field, study_field
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.subjects import subject_source

VISITS = (
    (r"re-?screen", "reinstated"), (r"screen(ing)?\s*-?\s*fail", "screen_failed"), (r"pre-?screen", "prescreen_pass"), (r"screen", "screened"),
    (r"consent", "consented"), (r"random", "randomized"), (r"(early|premature).*(term|discont)|discontinu", "off_study"), (r"withdr", "withdrawn"),
    (r"lost to", "lost"), (r"complet|end of study|\beos\b", "completed"), (r".", "none"),
)  # fmt: skip
FIELDS = (
    *bare((study_field(),), study=("STUDY", "STUDYID", "PROTOCOL")),
    *bare((site_field(label="SITE"),), site=("SITE",)),
    Field("subject", "SUBJECT", "identifier", ("SUBJECT", "SUBJECTNO"), required=True, example="001-0001"),
    Field("key", "SYSKEY", "identifier", ("SYSKEY",)),
    Field("random", "RANDNO", "identifier", ("RANDNO",), example="10001"),
    Field("status", "VISIT", "enum", ("VISIT",), patterns=VISITS, example="Screening"),
    Field("changed", "EVENTDTC", "datetime", ("EVENTDTC",), required=True, example="2026-03-31"),
    *(field for field in bare(patient_fields(), born=("BRTHDTC",), sex=("SEX",)) if field.name in ("born", "sex")),
    Field("place", "VSITE", "text", ("VSITE",)),
)  # fmt: skip

SOURCE = subject_source(
    name="clinical_one",
    title="Oracle Clinical One subject data",
    description="A line per subject and visit; screening, randomisation, completion and withdrawal are taken from it.",
    system="clinical_one",
    fields=FIELDS,
    signature=(frozenset({"site", "subject", "status", "changed", "key"}), frozenset({"site", "subject", "random", "changed"})),
    one_of=(("study",),),
    preamble=("study", "site"),
    ignored=("VISITNO", "INITIALS", "DOBMON", "DOBYR"),
    ignored_patterns=(r"DOB.*", r"KIT.*", r"ARM.*"),
    more_events="""
        select arg_min(row, changed) as row, 'randomized', min(changed), min(changed_on), null::varchar
        from parsed where random is not null group by study, site, subject
        having count(*) filter (status = 'randomized') = 0 and min(changed) is not null""",
)  # fmt: skip
