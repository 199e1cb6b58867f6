"""Studies in plain words, as they are shown to referrers: a version each, with the day the ethics board approved it."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import STUDY_EMIT, STUDY_NAMED, study_field

FIELDS = (
    study_field(required=True),
    Field("version", "Version", "identifier", ("Version", "Profile Version", "Document Version", "Ver", "Revision", "Version Number"), required=True, example="1.0"),
    Field("text", "Plain text", "text", ("Plain Text", "Plain Language Summary", "Profile Text", "Summary", "Text", "Lay Summary", "Study Profile",
          "Plain Language Description", "Description"), required=True, example="This study tests whether ..."),
    Field("approved", "IRB approved on", "date", ("IRB Approved On", "IRB Approval Date", "IRB Approval", "Approval Date", "Approved On", "Ethics Approval Date",
          "Date Approved"), example="2026-01-20"),
    Field("effective", "Effective from", "date", ("Effective From", "Effective Date", "In Use From", "Valid From", "Use From"), future=True, example="2026-02-01"),
)  # fmt: skip

SOURCE = Source(
    name="study_profiles",
    title="Study profiles",
    description="Plain-language versions of each study with their ethics approval, as they are shown to referrers.",
    system="profiles",
    fields=FIELDS,
    signature=(frozenset({"study", "version", "text"}), frozenset({"study", "text", "approved"})),
    primary="study_profile",
    ignored=("Notes", "Comments", "Author", "File Name", "Title", "Reading Level"),
    relations=(STUDY_NAMED,),
    checks=(Check("not_approved", "warning", "approved", "select row from parsed where approved is null"),
            Check("used_before_approval", "warning", "effective", "select row from parsed where effective < approved")),
    emits=(
        Emit("study_profile", """
            select p.row, y.study_id, p.version, p.text as plain_text, p.approved as irb_approved_on, p.effective as effective_from_on
            from parsed p join study_named y on y.study = p.study"""),
        STUDY_EMIT,
    ),
    order=20,
)  # fmt: skip
