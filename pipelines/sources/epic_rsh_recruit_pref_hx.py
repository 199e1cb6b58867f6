"""Epic's RSH_RECRUIT_PREF_HX: whether a patient may be asked to take part in research, and since when."""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source
from pipelines.vocabulary.epic import DATE_ORDER, instant_fields, line_field, patient_field

PREFERENCES = {"ok to contact": "may_contact", "do not contact": "do_not_contact", "undecided": "undecided"}
FIELDS = (
    patient_field(),
    line_field(),
    Field("preference", "Recruitment preference", "enum", ("RSH_PREF_HX_C_NAME", "RSH_PREF_C_NAME"), values=PREFERENCES, required=True, example="OK to Contact"),
    *instant_fields("stated", "Preference stated", utc=("RSH_PREF_HX_UTC_DTTM",), local=("RSH_PREF_HX_LOCAL_DTTM",)),
)  # fmt: skip

SOURCE = Source(
    name="epic_rsh_recruit_pref_hx",
    title="Epic recruitment preferences (RSH_RECRUIT_PREF_HX)",
    description="Whether patients may be asked to take part in research, and since when.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"mrn", "preference", "stated_utc"}), frozenset({"mrn", "preference", "stated"}), frozenset({"mrn", "line", "preference", "stated_utc", "stated"})),
    primary="contact_preference",
    date_order=DATE_ORDER,
    one_of=(("stated_utc", "stated"),),
    ignored_patterns=(r"RSH_PREF_HX_(EMP|MYPT)_ID(_NAME)?",),
    emits=(
        Emit("contact_preference", """
            select row, patient_key, preference, coalesce(stated_utc, stated) as stated_at, coalesce(stated_on, stated_utc_on) as stated_on
            from parsed where preference is not null"""),
    ),
    order=70,
)  # fmt: skip
