"""drChrono's demographics: a patient's row names the doctor who referred them, but not when; so it tells who refers."""

from __future__ import annotations

from pipelines.sources import Check, Field, Source
from pipelines.vocabulary import REFERRER_EMITS, referrer_fields, referrer_relation
from pipelines.vocabulary.referrals import bare, with_person

_D = "referring_doctor"
FIELDS = (
    Field("last", "referring_doctor_lastName", "name", (f"{_D}_lastName",)),
    Field("first", "referring_doctor_firstName", "name", (f"{_D}_firstName",)),
    *bare(referrer_fields(), referrer=(_D,), npi=(f"{_D}_npi",), practice_phone=(f"{_D}_phone",), practice_fax=(f"{_D}_fax",),
          specialty=(f"{_D}_specialty",), source=("referring_source",)),
)  # fmt: skip

SOURCE = Source(
    name="drchrono_demographics",
    title="drChrono demographics (referring doctors)",
    description="Patients' rows name who referred them: the doctors are taken, the patients are not.",
    system="drchrono",
    fields=FIELDS,
    signature=(frozenset({"referrer", "npi", "first"}), frozenset({"referrer", "npi", "first", "practice_fax", "source"})),
    primary="referral_source",
    ignored_patterns=(rf"{_D}_.*", r"patient_.*", r"(emergency|employer|responsible|primary|secondary|tertiary)_.*"),
    ignored=("referral_number", "id", "chart_id", "first_name", "last_name", "middle_name", "date_of_birth", "gender", "doctor", "office", "email", "address",
             "city", "state", "zip_code", "home_phone", "cell_phone"),
    checks=(Check("nothing_told", "note", "referrer", "select row from parsed where referrer is null and npi is null and source is null and last is null", aside=True),),
    relations=(referrer_relation(with_person("concat_ws(', ', last, first)")),),
    emits=REFERRER_EMITS,
    order=10,
)  # fmt: skip
