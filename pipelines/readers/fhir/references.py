"""One spelling for every way in which one FHIR resource names another.

============================================  ===============================================================
as written                                    as staged
============================================  ===============================================================
``Practitioner/12``                           ``Practitioner/12``
``https://ehr.example/fhir/Practitioner/12``  ``Practitioner/12``: a load's system says which server is meant
``Practitioner/12/_history/3``                ``Practitioner/12``
``urn:uuid:...`` within a Bundle              ``Type/id`` of the entry with that fullUrl
``Practitioner?identifier=SYSTEM|VALUE``      the same
``{"identifier": {system, value}}``           ``Practitioner?identifier=SYSTEM|VALUE``
``#p1`` (contained)                           ``Type?identifier=...`` of what is contained (its NPI before others), else nothing of
                                              a person or a place with a name, which counts by that, else ``Type/OWNER#p1``
============================================  ===============================================================

``macros`` are DuckDB macros over the extracted texts; a plain reference passes through untouched.
"""

from __future__ import annotations

NPI = "http://hl7.org/fhir/sid/us-npi"

_TEXTS: tuple[str, ...] = (
    # What is not of the shape it should be is nothing, and never an error.
    "create or replace temp macro fhir_text(value, path) as try(json_extract_string(value, path))",
    "create or replace temp macro fhir_inside(value, path) as try(json_extract(value, path))",
    "create or replace temp macro fhir_list(value, shape) as try(from_json(value, shape))",
    # Of a JSON array of Identifiers, the value under a system; and of a type such as MR. What is of old use counts no more.
    """create or replace temp macro fhir_identifier(identifiers, wanted) as
        list_filter(fhir_list(identifiers, '[{"use":"VARCHAR","system":"VARCHAR","value":"VARCHAR"}]'),
            lambda one: one.system = wanted and one.use is distinct from 'old')[1].value""",
    """create or replace temp macro fhir_typed_identifier(identifiers, wanted) as
        list_filter(fhir_list(identifiers, '[{"use":"VARCHAR","type":{"coding":[{"code":"VARCHAR"}]},"value":"VARCHAR"}]'),
            lambda one: list_contains(list_transform(one.type.coding, lambda each: each.code), wanted) and one.use is distinct from 'old')[1].value""",
    # The NPI, under each way in which systems say that it is one.
    f"""create or replace temp macro fhir_npi(identifiers) as coalesce(fhir_identifier(identifiers, '{NPI}'),
        fhir_identifier(identifiers, 'urn:oid:2.16.840.1.113883.4.6'), fhir_identifier(identifiers, '2.16.840.1.113883.4.6'),
        fhir_typed_identifier(identifiers, 'NPI'))""",
    """create or replace temp macro fhir_contact(telecom, wanted) as
        list_filter(fhir_list(telecom, '[{"use":"VARCHAR","system":"VARCHAR","value":"VARCHAR"}]'),
            lambda one: one.system = wanted and one.use is distinct from 'old')[1].value""",
    # The official one of a list of HumanNames, else the first that is still borne, else the first; DSTU2 gives a practitioner one
    # name and no list.
    """create or replace temp macro fhir_official(names) as coalesce(
        list_filter(fhir_list(names, '["JSON"]'), lambda one: fhir_text(one, '$.use') = 'official')[1],
        list_filter(fhir_list(names, '["JSON"]'), lambda one: coalesce(fhir_text(one, '$.use'), '') not in ('old', 'maiden', 'nickname', 'anonymous', 'temp'))[1],
        fhir_inside(names, '$[0]'),
        case when starts_with(names, '{') then names end)::varchar""",
    # The family name of a HumanName object's text, of which DSTU2 makes a list.
    """create or replace temp macro fhir_family(name) as coalesce(fhir_text(name, '$.family[0]'), fhir_text(name, '$.family'))""",
    # Of a list of links to other records of a patient, the first that says that one stands for the other.
    """create or replace temp macro fhir_link(links) as
        list_filter(fhir_list(links, '[{"other":{"reference":"VARCHAR","type":"VARCHAR","identifier":"JSON"},"type":"VARCHAR"}]'),
            lambda one: one.type in ('replaced-by', 'replaces'))[1]""",
    # The first of a list of Addresses that is not of old use, else the first.
    """create or replace temp macro fhir_address(addresses) as coalesce(
        list_filter(fhir_list(addresses, '["JSON"]'), lambda one: fhir_text(one, '$.use') is distinct from 'old')[1], fhir_inside(addresses, '$[0]'))::varchar""",
    # "Family, Given" of a HumanName object's text, as every list of people writes it.
    """create or replace temp macro fhir_person(name) as coalesce(
        case when fhir_family(name) is not null then fhir_family(name)
            || coalesce(', ' || fhir_text(name, '$.given[0]'), '') || coalesce(' ' || fhir_text(name, '$.suffix[0]'), '') end,
        fhir_text(name, '$.text'))""",
)
# What is held within a resource, where a file has such ones: to look for it in those that hold none costs a quarter of the time.
_HELD: tuple[str, ...] = (
    # What a reference to something held within names, as a list of one. Nothing is looked through where it is no such reference.
    """create or replace temp macro fhir_held(contained, reference) as list_filter(case when starts_with(reference, '#') then
        fhir_list(contained, '["JSON"]') end, lambda held: fhir_text(held, '$.id') = reference[2:])""",
    # Who or what is held within and has a name but no number counts by the name: its reference would be another one in each resource.
    f"""create or replace temp macro fhir_number(held, reference, owner) as coalesce(
        fhir_text(held, '$.resourceType') || '?identifier={NPI}|' || fhir_npi(fhir_inside(held, '$.identifier')),
        fhir_text(held, '$.resourceType') || '?identifier=' || coalesce(fhir_text(held, '$.identifier[0].system'), '') || '|' || fhir_text(held, '$.identifier[0].value'),
        case when (fhir_text(held, '$.name') is null or fhir_text(held, '$.resourceType') not in ('Practitioner', 'Organization', 'Location', 'HealthcareService', 'CareTeam'))
            and (fhir_text(held, '$.resourceType') <> 'PractitionerRole' or fhir_text(held, '$.practitioner.reference') is not null or fhir_text(held, '$.practitioner.display') is null)
            then fhir_text(held, '$.resourceType') || '/' || coalesce(owner, '') || reference end)""",
    """create or replace temp macro fhir_inner(contained, reference, usual, owner) as case
        when len(fhir_held(contained, reference)) > 0 then list_transform(fhir_held(contained, reference), lambda one: fhir_number(one, reference, owner))[1]
        else usual || '/' || coalesce(owner, '') || reference end""",
    """create or replace temp macro fhir_held_name(contained, reference) as
        list_transform(fhir_held(contained, reference), lambda one: coalesce(fhir_person(fhir_official(fhir_inside(one, '$.name')::varchar)),
            case when json_valid(fhir_text(one, '$.name')) then null else fhir_text(one, '$.name') end))[1]""",
    """create or replace temp macro fhir_held_text(contained, reference, path) as fhir_text(fhir_held(contained, reference)[1]::varchar, path)""",
    """create or replace temp macro fhir_is_held(contained, reference, wanted) as case when starts_with(reference, '#') then
        coalesce(list_contains(fhir_list(contained, '[{"resourceType":"VARCHAR","id":"VARCHAR"}]'), struct_pack(resourceType := wanted, id := reference[2:])), false)
        else false end""",
    # A contained role stands for the person whose it is, and the organisation.
    """create or replace temp macro fhir_whose(contained, reference) as case when starts_with(reference, '#') then
        coalesce(fhir_held_text(contained, reference, '$.practitioner.reference'), reference) else reference end""",
)
_NOT_HELD: tuple[str, ...] = (
    "create or replace temp macro fhir_inner(contained, reference, usual, owner) as usual || '/' || coalesce(owner, '') || reference",
    "create or replace temp macro fhir_held_name(contained, reference) as null::varchar",
    "create or replace temp macro fhir_held_text(contained, reference, path) as null::varchar",
    "create or replace temp macro fhir_is_held(contained, reference, wanted) as false",
    "create or replace temp macro fhir_whose(contained, reference) as reference",
)
_REFERENCES: tuple[str, ...] = (
    # Of whom only a number is told, the register that it is of says whether that is a person: these are of practices and hospitals.
    r"""create or replace temp macro fhir_registered(system, usual) as case when usual = 'Practitioner'
        and regexp_matches(lower(system), 'organi[sz]ation|\bods\b|hpi-?o\b|facilit|finess|iknr|bsnr|[/:]ura$') then 'Organization' else usual end""",
    r"""create or replace temp macro fhir_ref(reference, identifier, kind, usual, contained, owner) as case
        when reference is null then case when identifier is not null and fhir_text(identifier, '$.value') is not null then coalesce(kind, fhir_registered(fhir_text(identifier, '$.system'), usual)) || '?identifier='
            || coalesce(fhir_text(identifier, '$.system'), '') || '|' || fhir_text(identifier, '$.value') end
        when not (contains(reference, ':') or contains(reference, '?') or contains(reference, '#') or contains(reference, '/_history/')) then
            case when starts_with(reference, '/') then ltrim(reference, '/') when contains(reference, '/') then reference
                else coalesce(kind, usual) || '/' || reference end
        when starts_with(reference, '#') then fhir_inner(contained, reference, usual, owner)
        when starts_with(reference, 'urn:') then coalesce(kind, usual) || '/' || regexp_extract(reference, '[^:]+$')
        when contains(reference, '?') then regexp_extract(reference, '([A-Za-z]+\?.*)$', 1)
        else coalesce(nullif(regexp_extract(reference, '([A-Za-z]+/[^/|]+?)(/_history/[^/]*|\|.*)?$', 1), ''), reference) end""",
    # Dutch systems write what somebody is and where behind the name: "J. de Vries || Huisarts || Praktijk Zuid".
    """create or replace temp macro fhir_display(display, reference, contained) as
        coalesce(fhir_held_name(contained, reference), trim(split_part(display, '||', 1)))""",
    # Of a list of participants, the first actor of a type: by its reference, by what it says it is, or contained.
    """create or replace temp macro fhir_actor(participants, wanted, contained) as
        list_filter(fhir_list(participants, '[{"actor":{"reference":"VARCHAR","display":"VARCHAR","type":"VARCHAR","identifier":"JSON"}}]'),
            lambda one: coalesce(regexp_matches(one.actor.reference, '(^|/)' || wanted || '[/?]'), false) or coalesce(one.actor.type = wanted, false)
                or fhir_is_held(contained, one.actor.reference, wanted))[1].actor""",
    # Of a list of references, the first that names something of the kinds wanted; one that does not say what it names may be any.
    r"""create or replace temp macro fhir_among(named, wanted) as
        list_filter(fhir_list(named, '[{"reference":"VARCHAR","display":"VARCHAR","type":"VARCHAR","identifier":"JSON"}]'),
            lambda one: coalesce(regexp_full_match(coalesce(nullif(regexp_extract(one.reference,
                '(?:^|/)([A-Z][A-Za-z]+)(?:\?.*|/[^/?|]+(?:/_history/[^/]*)?(?:\|.*)?)$', 1), ''), one.type), wanted), true))[1]""",
    # The first day of what a partial date names.
    """create or replace temp macro fhir_day(value) as case length(value) when 4 then value || '-01-01' when 7 then value || '-01' else value end""",
)  # fmt: skip


def macros(*, held: bool) -> tuple[str, ...]:
    """The macros that the SQL of elements uses, in the order in which they are to be made; ``held`` tells whether any resource of
    the file holds another within."""
    return (*_TEXTS, *(_HELD if held else _NOT_HELD), *_REFERENCES)


def ref(path: str, usual: str, *, role: bool = False) -> str:
    """SQL of the canonical reference at ``path`` (a JSON path below the resource); with ``role``, of whoever has the
    contained role that is named there."""
    named = _whose(path) if role else f"{{$.{path}.reference}}"
    return f"fhir_ref({named}, {{$.{path}.identifier}}, {{$.{path}.type}}, '{usual}', {{$.contained}}, {{$.id}})"


def within_role(path: str, element: str, usual: str) -> str:
    """SQL of the canonical reference that the contained role named at ``path`` has as its ``element``."""
    named = f"case when starts_with({{$.{path}.reference}}, '#') then fhir_held_text({{$.contained}}, {{$.{path}.reference}}, '$.{element}.reference') end"
    return f"fhir_ref({named}, null, null, '{usual}', {{$.contained}}, {{$.id}})"


def display_within_role(path: str, element: str) -> str:
    """SQL of the name of what ``within_role`` finds: as the role shows it, or as the contained resource has it."""
    shown, named = (
        f"fhir_held_text({{$.contained}}, {{$.{path}.reference}}, '$.{element}.{part}')"
        for part in ("display", "reference")
    )
    return f"fhir_display({shown}, {named}, {{$.contained}})"


def actor(path: str, wanted: str) -> str:
    """SQL of the canonical reference to the first actor of type ``wanted`` among the participants at ``path``."""
    found = f"fhir_actor({{$.{path}}}, '{wanted}', {{$.contained}})"
    return (
        f"fhir_ref({found}.reference, {found}.identifier::varchar, '{wanted}', '{wanted}', {{$.contained}}, {{$.id}})"
    )


def actor_display(path: str, wanted: str) -> str:
    """SQL of the name that the actor which ``actor`` finds is shown by, or that the contained resource has."""
    found = f"fhir_actor({{$.{path}}}, '{wanted}', {{$.contained}})"
    return f"list_transform([{found}], lambda who: fhir_display(who.display, who.reference, {{$.contained}}))[1]"


def among(path: str, kinds: str, usual: str) -> str:
    """SQL of the canonical reference to the first thing of ``kinds`` (types, parted by ``|``) in the list at ``path``."""
    plain, other = _first_of(path, kinds)
    reference = f"case when {plain} then {{$.{path}[0].reference}} else {other}.reference end"
    return f"fhir_ref({reference}, {other}.identifier::varchar, {other}.type, '{usual}', {{$.contained}}, {{$.id}})"


def display_among(path: str, kinds: str) -> str:
    """SQL of the name that the reference which ``among`` finds is shown by, or that the contained resource has."""
    plain, other = _first_of(path, kinds)
    shown = f"case when {plain} then {{$.{path}[0].display}} else {other}.display end"
    return f"fhir_display({shown}, {other}.reference, {{$.contained}})"


def _first_of(path: str, kinds: str) -> tuple[str, str]:
    """SQL of whether the first of a list is plainly one of ``kinds``, which nearly all are; and of the one to take where it is not:
    to look through a list takes ten times as long."""
    plain = f"regexp_matches({{$.{path}[0].reference}}, '^(?:{kinds})/[^/:?#|]+$')"
    return plain, f"(case when {plain} or {{$.{path}}} is null then null else fhir_among({{$.{path}}}, '{kinds}') end)"


def _whose(path: str) -> str:
    return f"fhir_whose({{$.contained}}, {{$.{path}.reference}})"


def display(path: str, *, role: bool = False) -> str:
    """SQL of the name that a reference is shown by, or that the contained resource has."""
    named = _whose(path) if role else f"{{$.{path}.reference}}"
    return f"fhir_display({{$.{path}.display}}, {named}, {{$.contained}})"
