"""Epic's RSH_RESEARCH_INFO: the studies, by record number and name. Both are names of one study."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source

FIELDS = (
    Field("number", "Research record", "identifier", ("RESEARCH_ID", "RESEARCH_STUDY_ID"), required=True, example="5001"),
    Field("name", "Research study name", "text", ("RESEARCH_STUDY_NAME",), required=True, example="ABC-101"),
    Field("code", "Study code", "identifier", ("RESEARCH_STUDY_CODE", "STUDY_CODE", "IRB_APPROVAL_NUM")),
    Field("nct", "National clinical trial number", "identifier", ("NCT_NUM", "NCT_NUMBER", "RSH_NCT_NUM")),
)  # fmt: skip

SOURCE = Source(
    name="epic_rsh_research_info",
    title="Epic research studies (RSH_RESEARCH_INFO)",
    description="The studies of the EHR, by record number and name.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"number", "name"}), frozenset({"number", "name", "code"})),
    primary="research_study",
    emits=(
        Emit("research_study", """
            select row, study_key(coalesce(code, name)) as study_id, coalesce(code, name) as code, upper(nct) as registry_id, name as title from parsed"""),
        Emit("research_study", """
            select row, study_key(other) as study_id, other as code, study_key(coalesce(code, name)) as merged_into
            from (select row, code, name, unnest([number, name, nct]) as other from parsed)
            where other is not null and study_key(other) <> study_key(coalesce(code, name))"""),
    ),
    order=10,
)  # fmt: skip
