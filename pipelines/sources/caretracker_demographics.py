"""Harris CareTracker's demographics ("FristName", sic): a patient's row names who referred, but not when."""

from __future__ import annotations

from pipelines.sources import Check, Field, Source
from pipelines.vocabulary import REFERRER, REFERRER_EMITS, referrer_fields
from pipelines.vocabulary.referrals import bare

FIELDS = (
    *bare(referrer_fields(), referrer=("ReferringDoc",), source=("Referredby", "ReferredBy")),
    Field("misspelt", "FristName", "name", ("FristName",), phi=True),
    Field("more", "ReferredbyMore", "text", ("ReferredbyMore",)),
)  # fmt: skip

SOURCE = Source(
    name="caretracker_demographics",
    title="Harris CareTracker demographics (referring doctors)",
    description="Patients' rows name who referred them: the doctors are taken, the patients are not.",
    system="caretracker",
    fields=FIELDS,
    signature=(frozenset({"referrer", "source", "misspelt"}), frozenset({"referrer", "source", "more"}), frozenset({"referrer", "source", "more", "misspelt"})),
    primary="referral_source",
    ignored_patterns=(r"Patient.*", r".*(Phone|Address|City|State|Zip|Email|Insurance|Employer|Birth|Name|Race|Ethnicity|Language|Sex|Gender).*", r"SSN|DOB"),
    checks=(Check("nothing_told", "note", "referrer", "select row from parsed where referrer is null and source is null", aside=True),),
    relations=(REFERRER,),
    emits=REFERRER_EMITS,
    order=10,
)  # fmt: skip
