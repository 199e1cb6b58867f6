"""Who may order and refer in Medicare, as CMS publishes it twice a week: an NPI, a name, and for what."""

from __future__ import annotations

from pipelines.sources import Field, Source
from pipelines.vocabulary import REFERRER_EMITS, referrer_relation
from pipelines.vocabulary.referrals import with_person

_FOR = ("partb", "dme", "hha", "pmd", "hospice")  # Part B, equipment, home health, power mobility, hospice
FIELDS = (
    Field("npi", "NPI", "npi", ("NPI",), required=True, example="1234567893"),
    Field("last", "Last name", "name", ("LAST_NAME",), example="Smith"),
    Field("first", "First name", "name", ("FIRST_NAME",), example="Jane"),
    *(Field(name, name.upper(), "boolean", (name.upper(),), example="Y") for name in _FOR),
    Field("referrer", "Provider name", "name"),
    Field("practice", "Practice name", "name"),
    Field("practice_zip", "ZIP", "identifier"),
    Field("practice_phone", "Office phone", "phone"),
    Field("practice_fax", "Office fax", "phone"),
    Field("specialty", "Specialty", "text"),
    Field("source", "Kind of source", "name"),
)  # fmt: skip

SOURCE = Source(
    name="cms_ordering",
    title="Medicare: who may order and refer (CMS)",
    description="Clinicians who may order and refer in Medicare: NPI and name, as CMS publishes them. For what each may is not kept.",
    system="cms_ordering",
    fields=FIELDS,
    signature=(frozenset({"npi", "last", "first", "partb", "dme"}),),
    primary="referral_source",
    relations=(referrer_relation(with_person("nullif(concat_ws(', ', last, first), '')")),),
    emits=REFERRER_EMITS,
    order=10,
)
