"""A provider roster in the columns of the national registry (NPPES), or of the clinician files that CMS publishes: persons
(type 1) and organisations (type 2).

Cut-outs repeat rows and the primary taxonomy is the one whose switch says Y, not always the first.
"""

from __future__ import annotations

from pipelines.sources import Emit, Field, Source

_PLACE = "Provider Business Practice Location Address"
TAXONOMIES = 4


def _taxonomies() -> tuple[Field, ...]:
    fields = []
    for turn in range(1, TAXONOMIES + 1):
        more = ("Taxonomy Code", "Taxonomy", "Primary Taxonomy", "NUCC Code", "Taxonomy Code 1") if turn == 1 else ()
        fields.append(
            Field(
                f"taxonomy_{turn}",
                f"Taxonomy {turn}",
                "identifier",
                (f"Healthcare Provider Taxonomy Code_{turn}", *more),
            )
        )
        fields.append(
            Field(
                f"switch_{turn}",
                f"Primary switch {turn}",
                "boolean",
                (f"Healthcare Provider Primary Taxonomy Switch_{turn}",),
            )
        )
    return tuple(fields)


FIELDS = (
    Field("npi", "NPI", "npi", ("NPI", "NPI Number", "Provider NPI", "National Provider Identifier", "Rndrng_NPI"), required=True, example="1234567893"),
    Field("entity", "Entity type", "enum", ("Entity Type Code", "Entity Type", "Enumeration Type", "Rndrng_Prvdr_Ent_Cd"), values={"i": "person", "o": "organization", "1": "person", "individual": "person",
          "npi-1": "person", "2": "organization", "organization": "organization", "npi-2": "organization"}),
    Field("replacement", "Replacement NPI", "npi", ("Replacement NPI",)),
    Field("organization", "Organization name", "name", ("Provider Organization Name (Legal Business Name)", "Provider Organization Name", "Legal Business Name",
          "Organization Name", "Practice Name", "Practice", "Group Name", "Facility Name", "org_nm", "ORG_NAME")),
    Field("last", "Last name", "name", ("Provider Last Name (Legal Name)", "Provider Last Name", "Last Name", "Family Name", "lst_nm",
          "Rndrng_Prvdr_Last_Org_Name")),
    Field("first", "First name", "name", ("Provider First Name", "First Name", "Given Name", "frst_nm", "Rndrng_Prvdr_First_Name")),
    Field("middle", "Middle name", "name", ("Provider Middle Name", "Middle Name", "MI", "Middle Initial", "mid_nm", "Rndrng_Prvdr_MI", "MDL_NAME")),
    Field("suffix", "Name suffix", "text", ("Provider Name Suffix Text", "Name Suffix", "Suffix", "suff")),
    Field("credential", "Credential", "text", ("Provider Credential Text", "Credential", "Credentials", "Degree", "Cred", "Rndrng_Prvdr_Crdntls")),
    Field("street", "Street", "text", ("Provider First Line Business Practice Location Address", f"{_PLACE} First Line", "Address", "Street Address",
          "Practice Address", "Address Line 1", "adr_ln_1", "Rndrng_Prvdr_St1")),
    Field("city", "City", "text", (f"{_PLACE} City Name", "City", "Practice City", "City/Town", "cty", "Rndrng_Prvdr_City")),
    Field("state", "State", "text", (f"{_PLACE} State Name", "State", "Practice State", "st", "Rndrng_Prvdr_State_Abrvtn", "STATE_CD")),
    Field("postal", "ZIP", "identifier", (f"{_PLACE} Postal Code", "Postal Code", "ZIP", "Zip Code", "Practice ZIP", "Rndrng_Prvdr_Zip5")),
    Field("phone", "Phone", "phone", (f"{_PLACE} Telephone Number", "Phone", "Telephone", "Practice Phone",
          "Telephone Number", "phn_numbr")),
    Field("fax", "Fax", "phone", (f"{_PLACE} Fax Number", "Fax", "Practice Fax")),
    Field("specialty", "Specialty", "text", ("Specialty", "Primary Specialty", "Provider Specialty", "pri_spec", "Rndrng_Prvdr_Type", "PROVIDER_TYPE_DESC")),
    Field("updated", "Last update", "date", ("Last Update Date", "Last Updated")),
    Field("deactivated", "Deactivated on", "date", ("NPI Deactivation Date", "Deactivation Date")),
    Field("reactivated", "Reactivated on", "date", ("NPI Reactivation Date",)),
    *_taxonomies(),
)  # fmt: skip
_TURNS = range(1, TAXONOMIES + 1)
_PRIMARY = (
    "coalesce("
    + ", ".join([*(f"case when switch_{i} then taxonomy_{i} end" for i in _TURNS), *(f"taxonomy_{i}" for i in _TURNS)])
    + ")"
)
# One column may hold the last name of a person or the name of an organisation.
_NAME = "coalesce(organization, case when entity = 'organization' then last end)"
_PERSON = "coalesce(entity, case when last is not null then 'person' else 'organization' end) = 'person'"

SOURCE = Source(
    name="nppes_roster",
    title="Provider roster (NPPES)",
    description="Practitioners and organisations with their NPI, taxonomy and address, in the registry's columns.",
    system="nppes",
    fields=FIELDS,
    signature=(frozenset({"npi", "last", "taxonomy_1"}), frozenset({"npi", "entity", "last"}), frozenset({"npi", "last", "specialty"}),
               frozenset({"npi", "entity", "organization"}), frozenset({"npi", "entity", "last", "taxonomy_1"}),
               frozenset({"npi", "last", "first", "city"})),
    primary="practitioner",
    ignored=("Employer Identification Number (EIN)", "Provider Name Prefix Text",
             "Provider Enumeration Date", "NPI Deactivation Reason Code", "Ind_PAC_ID", "Ind_enrl_ID", "gndr", "Med_sch", "Grd_yr", "sec_spec_all", "Telehlth",
             "org_pac_id", "num_org_mem", "adr_ln_2", "ln_2_sprs", "ind_assgn", "grp_assgn", "adrs_id"),
    ignored_patterns=(r"sec_spec_\d", r"rndrng_prvdr_.*", r"(tot|bene|drug|med)_.*"),
    reference=True,
    emits=(
        Emit("practitioner", f"""
            select p.row, practitioner_key(p.npi, null, null, null) as practitioner_id, p.npi, cased(p.last) as family_name, cased(p.first) as given_name,
                cased(p.middle) as middle_name, upper(replace(p.suffix, '.', '')) as name_suffix,
                replace(upper(p.credential), '.', '') as credential, {_PRIMARY} as primary_taxonomy, coalesce(n.specialty, p.specialty) as specialty,
                case when p.deactivated is not null and coalesce(p.reactivated < p.deactivated, true) then 'deactivated' else 'active' end as status,
                p.updated as nppes_updated_on,
                case when p.replacement <> p.npi then practitioner_key(p.replacement, null, null, null) end as merged_into
            from parsed p left join nucc n on n.code = {_PRIMARY} where {_PERSON}"""),
        Emit("organization", f"""
            select row, organization_key({_NAME}, postal) as organization_id, case when not ({_PERSON}) then npi end as npi, {_NAME} as name,
                'practice' as kind, street as address_line, city, case when length(state) = 2 then upper(state) else state end as state,
                postal as postal_code, phone, fax, case when not ({_PERSON}) then {_PRIMARY} end as taxonomy,
                case when not ({_PERSON}) then updated end as nppes_updated_on
            from parsed where {_NAME} is not null"""),
        Emit("practitioner_role", f"""
            select row, practitioner_key(npi, null, null, null) as practitioner_id, organization_key(organization, postal) as organization_id,
                {_PRIMARY} as taxonomy, phone, fax
            from parsed where organization is not null and {_PERSON}"""),
    ),
    order=10,
)  # fmt: skip
