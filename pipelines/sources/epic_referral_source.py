"""Epic's REFERRAL_SOURCE: everybody who ever referred, by number and name."""

from __future__ import annotations

from pipelines.sources import Field, Source
from pipelines.vocabulary import REFERRER, REFERRER_EMITS, referrer_fields
from pipelines.vocabulary.referrals import bare

FIELDS = (
    Field("provider", "Referring provider's number", "identifier", ("REFERRING_PROV_ID", "REFERRAL_SOURCE_ID"), required=True, example="144590"),
    *bare(referrer_fields(), referrer=("REFERRING_PROV_NAM", "REFERRING_PROV_NAME"), npi=("REFERRING_PROV_NPI", "NPI"),
          practice=("REF_PRACTICE_NAME",), specialty=("REFERRING_SPEC_C_NAME",)),
)  # fmt: skip

SOURCE = Source(
    name="epic_referral_source",
    title="Epic referral sources (REFERRAL_SOURCE)",
    description="Who refers, by number and name; names what the other extracts only number.",
    system="ehr",
    fields=FIELDS,
    signature=(frozenset({"provider", "referrer"}),),
    primary="referral_source",
    one_of=(("referrer", "npi", "practice"),),
    relations=(REFERRER,),
    emits=REFERRER_EMITS,
    order=10,
)  # fmt: skip
