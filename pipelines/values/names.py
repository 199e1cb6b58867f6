"""Names of people and organisations, and of what kind a source is: macros that split a name and tell a physician from an
advertisement.
"""

from __future__ import annotations

# Letters by the ranges in which they stand, with the few signs between them. RE2 takes 2 to 5 ms to compile the class of all letters,
# and a pattern is compiled wherever a macro that has it is spelled out: naming the referrers took half a second of every load.
# Where capitals and small letters take turns they are of both.
_LETTER = "A-Za-zÀ-ÖØ-öø-\u1fff\u2c00-\ud7ff"
_UPPER = "A-ZÀ-ÖØ-ÞĀ-ɏͰ-ΫЀ-ЯѠ-ԯḀ-ỿ"
_LOWER = "a-zß-öø-ɏά-Ͽа-ԯḀ-ỿ"
# Case matters for credentials that are also words or names: Do, Pa, Ma.
_CREDENTIAL = (
    r"(?i:m\.?d\.?|d\.o\.|ph\.?d\.?|mbbs|m\.b\.b\.s\.|mbchb|fnp(?:-?b?c)?|aprn|arnp|crnp|cnp|dnp|agnp|agacnp|pmhnp(?:-bc)?|np-?c|pa-?c|rn|bsn|msn|"
    r"cns|cnm|crna|dpm|dds|dmd|pharmd|facc|facp|facs|facr|faafp|facog|fscai|mph|mba|mhs|dc|psyd|lcsw|jr\.?|sr\.?|ii|iii|iv|"
    r"l\.ac\.?|m\.ac\.?|m\.om|dipl\.? ?(?:ac|om)\.?|mrcgp|mrcp|frcp|frcpc|frcs|frcsc|fracp|fracgp|ccfp|mb bch(?: bao)?|lmft|lmhc|licsw|lmsw|dacm|psy\.d\.?|ed\.?d\.?|dpt|lcpc|otr/?l?|rph|d\.c\.|nurse practitioner|physician assistant)|DO|NP|PA|MS|MA|OD|DO\.|LAc|DNB|LP|LPC|PT|OT|O\.D\.|SLP"
)
# "Dr Fox's PA" sends for Dr Fox; "NP Keller" is called Keller.
_FOR_SOMEBODY = rf"\s+(?-i:per)\s+[{_LETTER}]+\s*$|['’]s\s+(?:pa|pa-c|np|rn|ma|nurse|assistant|secretary|scheduler|partner|resident)\s*(?:\([^()]*\)\s*)?$"
_CREDENTIAL_BEFORE = r"^\s*(?:(?i:nurse practitioner|physician assistant)|NP|PA|PA-C|APRN|ARNP|CRNP|FNP|DNP)[.:]?\s+"
# In front of a name, in English and in the languages beside it: "Dr. med.", "Dott.ssa", "Dra.", "Mme".
_TITLE = r"dr(?:\.? ?med)?|dra|dre|drs|doctor|doctora|docteur|dott\.?(?:ssa)?|dottore|dottoressa|prof(?:\.?ssa)?|professor|professora|priv|herr|frau|mme|mlle|dhr|mevr|mr|mrs|ms|miss"
# "Sr. Nkosi" is a sister, "Fox, Sr." a father.
_TITLE_BEFORE = _TITLE + r"|sr|sra|sister|sis|doc|pcp:?|gp:?|fr|hr|fru"
_GIVEN = (
    "james|robert|john|michael|david|william|richard|joseph|thomas|charles|christopher|daniel|matthew|anthony|mark|donald|steven|paul|"
    "andrew|joshua|kenneth|kevin|brian|george|timothy|ronald|edward|jason|jeffrey|ryan|jacob|gary|nicholas|eric|jonathan|stephen|larry|"
    "justin|scott|brandon|benjamin|samuel|gregory|alexander|frank|patrick|raymond|jack|dennis|jerry|peter|henry|carlos|jose|juan|luis|"
    "mary|patricia|jennifer|linda|elizabeth|barbara|susan|jessica|sarah|karen|lisa|nancy|betty|sandra|margaret|ashley|kimberly|emily|"
    "donna|michelle|carol|amanda|melissa|deborah|stephanie|rebecca|sharon|laura|cynthia|dorothy|amy|kathleen|angela|shirley|emma|brenda|"
    "pamela|nicole|anna|samantha|katherine|christine|helen|debra|rachel|carolyn|janet|maria|catherine|heather|diane|olivia|julie|joyce|"
    "victoria|ruth|virginia|lauren|kelly|christina|joan|evelyn|judith|andrea|hannah|jane|jacqueline|megan|alice|priya|wei|mei|fatima|omar|"
    "ann|anne|tom|bob|bill|jim|mike|joe|ben|dan|dave|steve|chris|kate|kathy|sue|ellen|alan|adam|aaron|carl|craig|douglas|philip|roger|russell|sean|"
    "todd|walter|arthur|albert|anita|diana|theresa|teresa|wendy|judy|jill|leah|molly|monica|natalie|paula|rita|sheila|sonia|sylvia|tina|valerie|"
    "vanessa|rajesh|sanjay|anil|ravi|sunil|vijay|deepa|neha|anjali|ahmed|mohammed|muhammad|hassan|yusuf"
)
# "Nguyen Van An" and "Tran Thi Mai" are called An and Mai, of the families Nguyen and Tran.
_VIETNAMESE = rf"(?i:nguy[eễ]n|tr[aầ]n|l[eê]|ph[aạ]m|ho[aà]ng|hu[yỳ]nh|phan|v[uũ]|v[oõ]|[dđ][aặ]ng|b[uù]i|[dđ][oỗ]|ng[oô]|d[uư][oơ]ng) (?i:v[aă]n|th[iị]) [{_LETTER}]+"
_ORGANISATION = (
    r"\b(clinics?|centers?|centre|ctr|medical|medicine|associates|assoc|group|grp|hospitals?|practices?|health|healthcare|llc|pllc|inc|pc|"
    r"cardiology|oncology|neurology|dermatology|pediatrics|orthopa?edics|gastroenterology|rheumatology|urology|endocrinology|pulmonology|"
    r"psychiatry|nephrology|ophthalmology|hematology|radiology|imaging|surgery|obstetrics|gynecology|anesthesiology|emergency|front desk|"
    r"intake|triage|referrals|nursing|laboratory|hospitalists?|physicians|specialists|partners|institute|university|care|wellness|network|system|doctors|geriatrics|endocrine|allergy|immunology|vascular|diagnostics|"
    r"rehab|rehabilitation|snf|ltac|ltc|fqhc|hha|hosp|dental|dentistry|podiatry|optometry|hospice|pharmacy|praxis|klinik|krankenhaus|clinica|clínica|consultorio|consultório|cabinet|hôpital|hopital|ospedale|ambulatorio|poliambulatorio|ziekenhuis|huisartsenpraktijk|department|dept|urgent|office|staff|team|schools?|elementary|preschool|kindergarten|academy|agency|foundation)\b"
)
_SHORT = r"FM|FP|IM|OBGYN|OB/GYN|GI|ENT|Peds|Ortho|Derm|Cardio|Uro|Neuro|Onc"
# Rooms by the letters everybody calls them by. In capitals only, and with nothing behind them that could be a name: Ed is one.
_ROOM = (
    rf"(?:ER|ED|E\.R\.|E\.D\.|ICU|UC|SNF|L&D|PACU|VA|VAMC)(?:\s*[-/:(].*|\s+(?i:physicians?|doctors?|md|dr|providers?|visits?|follow[- ]?up|f/u|discharges?|referrals?))?|.*\S\s+(?:ER|E\.R\.|ICU|NICU|PACU|SNF)|.*[{_LOWER}].*\s+ED|[{_UPPER}][{_LOWER}]{{2,}}\s+(?:"
    + _SHORT
    + r")"
)
# How places and practices are called: a word that begins so, before "IM" or "PT", is nobody's given name.
_PLACED = (
    r"(?i:(?:north|south|east|west|mid|up|down|lake|river|valley|harbor|harbour|park|county|bay|beach|city|summit|mountain|ridge|meadows?|plains|heights|shores?|coast|coastal|island|village|metro|main|central|"
    r"desert|prairie|canyon|creek|grove|oaks?|pines?|cedar|maple|elm|birch|springs?|sunset|sunrise|blue|green|red|golden|silver|grand|great|big|new|old|los|las|fort|mount|mt|st|saint|"
    r"kaiser|mayo|banner|sutter|dignity|providence|baptist|methodist|lutheran|presbyterian|adventist|sacred|holy|good|our|memorial|regional|general|community|state|national|american|united|family|women|womens|children|childrens|"
    r"first|premier|advanced|comprehensive|integrated|integrative|elite|peak|select|pro|total|active|optimal|athletico|core|motion|novacare|benchmark|complete|alliance|allied|pinnacle|precision|modern|capital|capitol|"
    rf"[{_LETTER}]{{2,}}(?:view|side|shore|town|ville|wood|field|brook|dale|crest|ridge|port|gate|bridge|water|haven|burg))\b)"
)
# A kind of place that any of them is called: the practice beside it says which.
_ANY_PLACE = r"(other |outside |local |area |nearby )?(hospitals?|urgent cares?|nursing homes?|medical cent(er|re)s?|skilled nursing( facility| facilities)?|rehab facility)"
_KINDS = (
    ("practitioner", r"(physician|doctor|dr|provider|md|practitioner|pcp|specialist|provider referral|physician referral|doctor referral|"
                     r"referring physician|referring provider|medical provider|outside provider|outside physician|hcp|(family|primary care|general) (doctor|physician|provider|practitioner)|primary care)"),
    ("practice", r"(practice|clinic|referring practice|practice referral|medical practice|outside clinic|office)"),
    ("self", r"(self|patient|pt|patient self|pt self|self ref.*|self pay.*|walk ?ins?|patient initiated|patient request|patient self ref.*|"
             r"own initiative|parent|caregiver|family member self.*)"),
    ("own_database", r"((own|site|internal|our|practice|clinic|patient|recruitment|existing|in house)( patient| recruitment)* (database|db|data base)|"
                     r"database|existing patients?|current patients?|(ehr|emr|chart|record) (search|review|query|screen.*)|internal|"
                     r"pre ?screen(ing)? list|recall list|data ?base (search|recruit.*))"),
    ("registry", r"(.*\b(registry|clinicaltrials? gov|clinical ?trials gov|researchmatch|research match)\b.*|ctgov)"),
    ("event", r"(.*\b(health fair|fair|expo|community event|screening event|outreach event|conference|seminar|open house|webinar)\b.*|event|events)"),
    ("campaign", r"(.*\b(google|facebook|instagram|meta|tiktok|youtube|bing|craigslist|radio|television|tv|billboard|newspaper|magazine|flyers?|"
                 r"postcard|mailer|brochure|advert.*|ads?|adwords|campaign|social media|online|internet|website|web|web ?site|digital|"
                 r"direct mail|email blast|text blast|sms|podcast|vendor|trialspark|antidote)\b.*|media)"),
    ("other", rf"({_ANY_PLACE}|(former|previous|past|other) (patients?|pts?|clients?)( .*)?|(homeless )?shelters?|(community|social|government) (agency|agencies|organi[sz]ations?|partners?|services)|(insurance|plan|provider|physician|network|health plan) (directory|finder)|(health )?insur(ance|er)( compan(y|ies)| plan)?|payers?|health plan|bcbs|blue cross.*|aetna|cigna|uhc|united ?health ?care|humana( [a-z]+)?|anthem( (blue cross|bcbs|health|medicaid|medicare).*|)|ambetter( .*)?|centene|well ?care( .*)?|highmark( .*)?|care ?first( .*)?|emblem ?health( .*)?|molina health ?care|oscar health( .*)?|(aetna|cigna|uhc|bcbs|tricare) .*|kaiser|tricare|medicaid|medicare|bupa|axa|church(es)?|other|friends?|family|friend or family|friends? (and|or|/)? ?family|word of mouth|relative|another patient|employee|staff|courts?|probation( officer)?|parole( officer)?|police|schools?|school (counsel\w*|nurse|psych\w*|social work\w*|teacher)|employer|attorney|lawyer|case manager|(case|care) m(gr|anager)s?( .*)?|social work(er)?s?( .*)?|(discharge|dc|d c) planner( .*)?|nurse navigator( .*)?)"),
    ("practitioner", r"(ob|ob ?gyn|pcp|gp|np|dentist|optometrist|specialist|surgeon|peds?|pediatrician|cardiologist|oncologist|neurologist) referrals?"),
)  # fmt: skip
# "Jane CM" manages cases: she sends nobody of her own accord.
_DUTY = r"(?:CM|RNCM|SW|MSW|LSW|DCP|CSW)"
# Whom a visit met by what they are: "DON" directs the nurses of a home.
_ROLE = r"(?:A?DON|DNS)"
# What somebody practises, behind their name: in letters or cut short ("Robert Fox IM"), and in full where something parts it from
# the name ("Robert Fox MD, Cardiology"). Im and Endo are families, too: the letters count in capitals, and behind a whole name.
_FIELD_SHORT = r"IM|FP|FM|GP|PCP|OB|GYN|OB[-/ ]?GYN|ENT|GI|PM&R|PMR|ID|H/O|(?i:peds?|ortho|cards|cardio|neuro|derm|onc|heme|hem[-/ ]onc|heme[-/ ]onc|uro|nephro|pulm|rheum|endo|psych|gastro|optho|ophtho|fam med|int med|family med|internal med)"
_FIELD = _FIELD_SHORT + (
    r"|(?i:cardiology|oncology|neurology|dermatology|pediatrics|paediatrics|orthopa?edics|gastroenterology|rheumatology|urology|endocrinology|pulmonology|pulmonary|psychiatry|nephrology|"
    r"ophthalmology|hematology|haematology|radiology|(?:general |vascular |plastic )?surgery|gyna?ecology|obstetrics|anesthesiology|geriatrics|allergy|immunology|podiatry|hospitalist|"
    r"internal medicine|family (?:medicine|practice)|general practice|primary care|emergency medicine|pain management|sports medicine|"
    r"(?:cardio|onco|neuro|dermato|gastroentero|rheumato|uro|endocrino|pulmono|nephro|ophthalmo|hemato|gyna?eco)logist|p(?:a)?ediatrician|internist|surgeon|psychiatrist|podiatrist|"
    r"general practitioner|family (?:physician|doctor)|huisarts|haus[aä]rzt(?:in)?|fach[aä]rzt(?:in)?|m[eé]decin (?:g[eé]n[eé]raliste|traitant)|g[eé]n[eé]raliste|m[eé]dico de (?:cabecera|familia|base))"
)
# A number to call, and no more: whoever has it is named nowhere. Ten digits alone may be an NPI.
_PHONE = r"\+?1?[-. ]?\(?[0-9]{3}\)?[-. ]+[0-9]{3}[-. ][0-9]{4}|\+?1[0-9]{10}|\+[0-9]{8,14}"
NO_ONE = r"(unknown|unk|none( (needed|required|listed|noted|yet|on file))?|see (notes?|comments?|chart|attached|below|above|fax|scan)|n a|na|not (given|known|stated|documented|available|applicable|provided)|unspecified|no referr.*|no pcp|tbd|not listed|none available|no ?one( .*)?|same|nobody( .*)?|no provider|not in|staff only|out of office|(office )?closed( .*)?|left (cards?|materials?|brochures?|info|packets?|pads?|flyers?)( .*)?|out (today|sick|of town|on leave|to lunch)|on vacation|at lunch|(assistant )?director of nursing|administrator|(office|practice|clinic) manager)"


def _source_kind() -> str:
    """One pass over the alternatives by list position: the text is normalised once, however many kinds there are."""
    kinds = "[" + ", ".join(f"'{kind}'" for kind, _ in _KINDS) + "]"
    tests = "[" + ", ".join(f"regexp_full_match(w, '{pattern}')" for _, pattern in _KINDS) + "]"
    return f"""create or replace temp macro source_kind(value) as
        list_extract(list_transform([norm_text(value)], lambda w: list_extract({kinds}, list_position({tests}, true)::bigint)), 1)"""


_PARTICLE = r"(?i)\s((?:de la|de los|de las|van der|van den|van de|von der|von|van|de|del|della|di|da|dos|le|la|st\.?|saint|el|al|bin|ben|ter)\s+\S+)$"
# "Dr. van Wyk" is called van Wyk; "Dr. Van Nguyen" may be called Van.
_PARTICLE_ALONE = (
    r"(?:de la|de los|de las|van der|van den|van de|von der|von|van|de|del|della|di|da|dos|le|la|ter)\s+\S+"
)

# Used on distinct names only: each is some ten regular expressions.
MACROS: tuple[str, ...] = (
    _source_kind(),
    f"create or replace temp macro any_place(value) as coalesce(regexp_full_match(norm_text(value), '{_ANY_PLACE}'), false)",
    f"create or replace temp macro no_one(value) as coalesce(regexp_full_match(norm_text(value), '{NO_ONE}') or regexp_full_match(trim(value), '{_ROLE}|{_PHONE}|[{_UPPER}][{_LETTER}''’-]+,? {_DUTY}'), norm_text(value) is null)",
    rf"create or replace temp macro organisation_like(value) as regexp_matches(lower(value), '{_ORGANISATION}') or regexp_full_match(trim(regexp_replace(value, '\s*\([^()]*\)\s*$', '')), '{_ROOM}|{_PLACED}(?:\s+[{_UPPER}][{_LETTER}''’-]+){{0,2}}\s+(?:{_SHORT}|PT|OT)')",
    # "Dr. Fox, Dr. Dee", "Sam Fox MD,Ann Dee DO" and "Sam Fox, Ann Dee" are two, "Fox, Dr. Sam" and "Fox MD, Sam" are one.
    rf"""create or replace temp macro each_titled(value) as case when regexp_matches(value, '(?i)^\s*(dr|drs|doctor)\b[^,]*,\s*(dr|doctor)\b')
        then regexp_replace(value, '(?i)\s*,\s*(dr|doctor)\b', '; \1', 'g')
        when regexp_full_match(lower(value), '(?:{_GIVEN})(?: [a-z]\.?)? [a-z''’-]+, ?(?:{_GIVEN})(?: [a-z]\.?)? [a-z''’-]+') and not regexp_matches(lower(value), ' (?:{_GIVEN})$') then replace(value, ',', ';')
        when contains(value, ',') then regexp_replace(value, '([,\s](?:{_CREDENTIAL}))\s*,\s*([{_LETTER}][^,;]*(?:\s[^,;]*[{_LETTER}]|,\s*[{_LETTER}][^,;]*)[,\s]+(?:{_CREDENTIAL})\s*(?:,|$))', '\1; \2', 'g') else value end""",
    # Several in one cell: the first counts; of a person and a place, the person. "MD/PhD" and "N/A" are one. "Drs. Hill, Fox" are two.
    rf"""create or replace temp macro named_apart(value) as list_filter(list_transform(string_split_regex(
        case when regexp_matches(value, '(?i)^\s*drs\b') then replace(value, ',', ';') else each_titled(value) end,
        '(?i)\s*(?:;|/|&|[-=]>|→|\bc/o\b|\bw/)\s*|\s+(?:and|or)\s+'), lambda w: trim(w)), lambda w: w <> '' and not regexp_full_match(w, '({_CREDENTIAL})([,\s]+({_CREDENTIAL}))*'))""",
    r"""create or replace temp macro titled_person(value) as regexp_matches(value, '(?i)^\s*(?:dr|doctor)\b') and not organisation_like(value)""",
    rf"""create or replace temp macro person_like(value) as not organisation_like(value)
        and regexp_matches(value, '(?i)^\s*(dr|doctor)\b|[,\s]({_CREDENTIAL})\.?$')""",
    # What may be several practices in one cell: "Mercy Hospital & Lakeview FM", and "Heart & Vascular Center", which is one.
    # Where semicolons or lines part them, an "and" is within a name. No person writes a comma without a blank behind it, but tools
    # that put the records of a list into one cell do: "Harbor IM,Moss Clinic".
    r"""create or replace temp macro practices_apart(value) as list_filter(list_transform(case
        when regexp_matches(value, '[;\r\n]') then string_split_regex(value, '[;\r\n]')
        else string_split_regex(value, '[/&+]|,\b|\s(?:and|AND)\s') end, lambda w: trim(w)), lambda w: w <> '')""",
    # A whole name of a person: with a title, a credential, a common given name or an initial, or turned round by a comma.
    rf"""create or replace temp macro whole_person(value) as coalesce(not organisation_like(value) and (
        regexp_matches(value, '(?i)^\s*(?:dr|doctor)\b|[,\s](?:{_CREDENTIAL})\.?$')
        or regexp_full_match(lower(value), '(?:{_GIVEN})(?: [a-z]\.?)?(?: [a-z''’-]{{2,}}){{1,2}}')
        or regexp_full_match(value, '[{_LETTER}]\.? [{_LETTER}][{_LETTER}''’-]{{2,}}|[{_LETTER}][{_LETTER}''’-]+, ?[{_LETTER}][{_LETTER}''’-]+(?: [{_LETTER}]\.?)?')), false)""",
    # "Robert Fox IM", "Dr. Fox - Cardiology", "Cardiology: Dr. Fox" without the specialty; "Mercy Hospital - Jane CM" without whoever sends
    # its papers. A name that is nobody's without it stays whole.
    rf"""create or replace temp macro unspecialised(value) as coalesce(list_filter([
            regexp_extract(value, '^\s*(.*?[{_LETTER}][.)]?)\s+(?:{_FIELD_SHORT})\s*$', 1),
            regexp_extract(value, '^\s*(.*?[{_LETTER}][.)]?)(?:\s*,\s*|\s+[-–—|]\s*|\s*/\s*|\s*[(\[]\s*)(?:{_FIELD})\s*[)\]]?\s*$', 1),
            regexp_extract(value, '^\s*(?:{_FIELD})\s*[-–—:/|]\s*(.+)$', 1)], lambda w: w <> '' and whole_person(w))[1],
        list_filter([regexp_extract(value, '^\s*([{_UPPER}][{_LETTER}''’-]*[{_LOWER}] [{_UPPER}][{_LETTER}''’-]*[{_LOWER}])\s+(?:{_SHORT})\s*$', 1)], lambda w: w <> '' and not regexp_matches(w, '^{_PLACED}'))[1],
        list_filter([regexp_extract(value, '^\s*(.*?[{_LETTER}]\.?)\s*[-–—/(,]\s*(?:[{_LETTER}]+(?: [{_LETTER}]+)?,? (?:{_DUTY}|RN)|(?:{_DUTY}|RN) [{_LETTER}]+)\s*\)?\s*$', 1)], lambda w: w <> '' and organisation_like(w))[1], value)""",
    # What people write around the name of whoever refers: "per Dr. Hill", "1001 - Hill, Anna", "Hill, Anna x2", "(Hill, Anna)",
    # "Hill, Anna MD - new", "ED - Fox, Robert", "Self (Dr. Hill's pt)"; and whoever they are to the patient.
    rf"""create or replace temp macro remarks_off(value) as list_extract(list_transform([regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            value, '(?i)\s*\((?:she|he|they|her|him)(?:\s*/\s*\w+)+\)', ''), '^\s*\(([^()]*)\)\s*$', '\1'),
            '(?i)^\s*(?:per|via|thru|through|(?:referred |ref |sent )?(?:by|from)):?\s+((?:dr|doctor|np|pa)\b.*)$', '\1'),
            '^\s*#?[0-9]{{2,}}\s*[-–:]\s*([{_LETTER}].*)$', '\1'), '(?i)(\S)\s+x ?[0-9]{{1,2}}\s*$', '\1')], lambda said: case
        when regexp_full_match(said, '(?i)\s*(?:(?:pt|patient)[''’]?s?\s+)?(?:friend|relative|sister|brother|mother|father|mom|dad|wife|husband|spouse|daughter|neighbou?r|co-?worker)\s*[-–:(].*|\s*(?:pt|patient)[''’]s\s+(?:friend|family|relative|sister|brother|mother|father|mom|dad|wife|husband|spouse|son|daughter|neighbou?r)\b.*') then 'friend or family'
        when regexp_full_match(said, '(?i)\s*(?:self|patient|walk[- ]?in)\s*\(.*\)\s*') then regexp_extract(said, '^\s*([^(]*[^\s(])', 1)
        when regexp_full_match(said, '\s*(?:ER|ED|ICU|UC|(?i:hospitalist|inpatient|urgent care))\s*[-–:/]\s*[{_LETTER}''’-]+, ?[{_LETTER}].*') then regexp_extract(said, '[-–:/]\s*(.*)$', 1)
        when regexp_full_match(said, '\s*[{_LETTER}''’-]+, ?[{_LETTER}]+\.?(?: [{_LETTER}]\.?)?(?:,? (?:{_CREDENTIAL}))*\s+[-–—]\s+[^,]*') and not organisation_like(said) then regexp_extract(said, '^(.*?)\s+[-–—]\s', 1)
        else said end), 1)""",
    # "Dover HS counselor" is somebody of the school, whom no word names.
    rf"""create or replace temp macro role_in_words(value) as regexp_full_match(value, '[{_UPPER}][{_LETTER}''’-]*(?: [{_UPPER}][{_LETTER}''’-]*)*(?: [{_UPPER}]{{2,5}})(?: [{_LOWER}]{{4,}})+')
        and not regexp_full_match(lower(split_part(value, ' ', 1)), '(?:{_GIVEN}|dr|doctor)')""",
    # "R. Fox MD (Lakeview Family Med)", "Dr. Hill / North IM", "Lakeview FM - Dr Fox": a person, and where they are.
    r"""create or replace temp macro parted(value) as list_extract(list_transform([value], lambda said: case
            when regexp_full_match(said, '[^,]+,[^,]+') and contains(trim(split_part(said, ',', 2)), ' ') and organisation_like(split_part(said, ',', 2)) and not organisation_like(split_part(said, ',', 1))
            then [trim(split_part(said, ',', 1)), trim(split_part(said, ',', 2))]
            when regexp_full_match(said, '(?i)[^,;/()]*\S\s+dr\.? [^,;/()]+') and organisation_like(regexp_extract(said, '(?i)^(.*?\S)\s+dr\.? ', 1))
            then [regexp_extract(said, '(?i)^(.*?\S)\s+dr\.? ', 1), regexp_extract(said, '(?i)\s(dr\.? .*)$', 1)]
            else list_filter(list_transform(string_split_regex(said, '\s+[-–—@|/]\s+|\s*[()]\s*'), lambda w: trim(w)), lambda w: w <> '') end), 1)""",
    rf"""create or replace temp macro person_of(parts) as case when len(parts) = 2 then coalesce(list_filter(parts, lambda w: person_like(w))[1],
        list_filter(parts, lambda w: contains(w, ' ') and regexp_full_match(lower(split_part(w, ' ', 1)), '{_GIVEN}') and not organisation_like(w) and not regexp_matches(w, ' {_DUTY}$'))[1]) end""",
    rf"""create or replace temp macro place_of(parts) as case when person_of(parts) is not null then list_filter(parts, lambda w:
        contains(w, ' ') and not person_like(w) and not regexp_full_match(w, '{_FIELD}') and (organisation_like(w) or regexp_matches(w, '\b(?:FM|IM|FP|OB|OBGYN|(?i:peds?|fam|med|ortho|cardio|onc|uro|derm|gyn))\b')))[1] end""",
    "create or replace temp macro place_beside(value) as list_extract(list_transform([parted(value)], lambda parts: place_of(parts)), 1)",
    # A cell of several lines has the name in the first: what is below it is where they are, how to reach them.
    r"""create or replace temp macro first_line(value) as case when contains(value, chr(10)) and not regexp_matches(value, '^\s*[^\r\n]*,\s*[\r\n]')
        then coalesce(nullif(trim(regexp_extract(value, '^\s*([^\r\n]+)', 1)), ''), value) else value end""",
    # Under "Account" a CRM has persons and places alike: "Fox, Robert" and "Robert Fox, MD" are no practice.
    rf"""create or replace temp macro surely_person(value) as coalesce(person_like(value)
        or (not organisation_like(value) and regexp_full_match(lower(trim(value)), '[a-z''’-]+, ({_GIVEN})( [a-z]\.?)?')), false)""",
    r"""create or replace temp macro may_be_person(value) as coalesce(not organisation_like(value)
        and regexp_full_match(lower(trim(value)), '[a-z''’-]+, [a-z''’-]+( [a-z]\.?)?'), false)""",
    # "Dr. Hill, Jen, Al" are three; "Dr. Hill, Ann, MD" is one.
    rf"""create or replace temp macro is_company(value) as regexp_full_match(value, '(?i)\s*(?:dr|doctor)\b[^,]*(?:,\s*[{_LETTER}][^,]*){{2,}}') and not regexp_matches(value, '[,\s](?:{_CREDENTIAL})\.?\s*(?:,|$)')""",
    # "Dr. Robert Fox, Lakeview" is Robert Fox, and where he is; "Dr. Robert, Ann" and "Dr. Maria Fox, Robert" are not.
    rf"""create or replace temp macro is_placed(value) as regexp_full_match(value, '(?i)\s*(?:dr|doctor)\.? (?:{_GIVEN}) [^\s,]+, *[^\s,]+(?: [^,]*)?')
        and not regexp_matches(value, '(?i), *(?:{_GIVEN}|{_TITLE})\b') and not regexp_matches(value, ', *(?:{_CREDENTIAL})\.?\s*(?:,|$)')""",
    # "Dr. Hill's office - Jen" is Dr. Hill's.
    r"""create or replace temp macro whose_office(value) as nullif(regexp_extract(value, '(?i)^\s*((?:dr|doctor)\b[^,;/()]*?)[''’]s?\s+(?:office|ofc|staff|team)\b', 1), '')""",
    # What is asked is bound once: a macro is spelled out, its argument and all, wherever it stands.
    r"""create or replace temp macro first_of(value, several, parts) as coalesce(whose_office(value), case
        when is_company(value) or is_placed(value) then split_part(value, ',', 1)
        when place_of(parts) is not null or regexp_matches(value, '(?i)^\s*(?:dr|doctor)\b[^-–—@|/()]*\s[-–—@|]\s') then coalesce(person_of(parts), value)
        when len(several) < 2 or not regexp_matches(value, '\p{L}{2}') or no_one(value) or source_kind(value) is not null then value
        when organisation_like(value) or organisation_like(several[1]) then coalesce(list_filter(several, lambda w: person_like(w))[1], value)
        else several[1] end)""",
    r"""create or replace temp macro first_said(said) as list_extract(list_transform([{'several': named_apart(said), 'parts': parted(said)}],
        lambda told: first_of(said, told.several, told.parts)), 1)""",
    "create or replace temp macro first_named(value) as list_extract(list_transform([unspecialised(remarks_off(value))], lambda said: first_said(said)), 1)",
    r"""create or replace temp macro many_named(value) as
        (contains(value, '/') or contains(value, '>') or contains(value, '→') or contains(value, '&') or contains(value, ',') or contains(value, ';') or contains(value, ' and ') or contains(value, ' or '))
        and list_extract(list_transform([unspecialised(remarks_off(value))], lambda said: first_said(said) <> said), 1)""",
    # The steps of reading a person's name: without title, without credentials, then family and given. A query keeps
    # each step as a column, since a macro is spelled out wherever it stands.
    rf"""create or replace temp macro sent_for(value) as regexp_replace(regexp_replace(value, '(?i){_FOR_SOMEBODY.replace("'", "''")}', ''),
        '{_CREDENTIAL_BEFORE}', '')""",
    r"""create or replace temp macro untitled(value) as
        trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(sent_for(value), '\s*[<(\[]?\s*[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+[>)\]]?', ' ', 'g'), '(?i)\s*(?:\bNPI *[:#]? *[0-9]{10}\b|\b[12][0-9]{9}\b|\[[^\]]*\]|(?:\b(?:cell|mobile|phone|ph|tel|fax|office)[.:]? *)?\(?[0-9]{3}\)?[-. ]+[0-9]{3}[-. ][0-9]{4}(?: *(?:x|ext\.?) *[0-9]+)?|\([^)]*\)|["“”][^"“”]*["“”])', ' ', 'g'),
            '(?i)^[-–:?\s]*(?:(?:""" + _TITLE_BEFORE + r""")(\.\s*|\s+))*', ''), '(?i),\s*(?:(?:""" + _TITLE + r""")(\.\s*|\s+))+', ', '), ' -–:"“”')""",
    # A number that stands with the name, and what a program prints where it has no name.
    r"""create or replace temp macro npi_beside(value) as case when npi_valid(regexp_extract(value, '\b([12][0-9]{9})\b', 1)) then regexp_extract(value, '\b([12][0-9]{9})\b', 1) end""",
    r"""create or replace temp macro null_printed(value) as regexp_full_match(trim(value), '\(?(NULL|null|Null)\)|NULL|null|-+|\.+')""",
    r"""create or replace temp macro unnumbered(value) as trim(regexp_replace(value, '\s*\[[^\]]*\]\s*|\s*\((?:https?://)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}/?\)\s*$', ' ', 'g'))""",
    # "Fox MD Robert" is how a hospital's system prints Fox, Robert.
    rf"""create or replace temp macro bare_name(untitled_name) as nullif(trim(regexp_replace(regexp_replace(regexp_replace(
        regexp_replace(regexp_replace(untitled_name, '^([^\s,]+)\s+(?:{_CREDENTIAL})\s+((?i:{_GIVEN})(?:\s+[A-Za-z]\.?)?)$', '\1, \2'), '^([^,]*\S\s+\S[^,]*,\s*({_CREDENTIAL}))\s*,.*$', '\1'), '[,\s]+({_CREDENTIAL})\s*,', ',', 'g'), '([,\s]+({_CREDENTIAL}))+[,\s]*$', ''), '\s+', ' ', 'g'), ' ,'), '')""",
    rf"""create or replace temp macro person_credential(untitled_name) as nullif(replace(upper(regexp_extract(
        untitled_name, '[,\s]+({_CREDENTIAL})[,\s]*$', 1)), '.', ''), '')""",
    # "SMITH JANE", "Smith J" and "SMITH Jane" put the family name first, "Dr. JANE SMITH" and "Jane Smith" do not, nor does "JANE SMITH".
    rf"""create or replace temp macro capitals_before(bare) as regexp_extract(bare, '^((?:[{_UPPER}][{_UPPER}''’-]+\s+)*[{_UPPER}][{_UPPER}''’-]{{2,}})\s+[{_UPPER}][{_LOWER}]', 1)""",
    r"""create or replace temp macro given_first(bare, titled) as not regexp_full_match(bare, '\S{2,}\s+[A-Za-z]\.?|""" + _VIETNAMESE + r"""') and capitals_before(bare) = '' and (titled or regexp_full_match(bare, '[A-Za-z]\.?\s+\S{3,}') or bare <> upper(bare) or (
        regexp_full_match(lower(split_part(bare, ' ', 1)), '""" + _GIVEN + """')
        and not regexp_full_match(lower(list_extract(string_split(bare, ' '), -1)), '""" + _GIVEN + """')))""",
    rf"""create or replace temp macro raw_family(bare, forward) as case
        when contains(bare, ',') then trim(split_part(bare, ',', 1))
        when not contains(bare, ' ') or regexp_full_match(bare, '{_PARTICLE_ALONE}') then bare
        when not forward then coalesce(nullif(capitals_before(bare), ''), split_part(bare, ' ', 1))
        when regexp_matches(bare, '{_PARTICLE}') then regexp_extract(bare, '{_PARTICLE}', 1)
        else list_extract(string_split(bare, ' '), -1) end""",
    r"""create or replace temp macro raw_given(bare, forward, family) as case
        when contains(bare, ',') then trim(split_part(bare, ',', 2))
        when not contains(bare, ' ') then null
        when not forward then trim(substr(bare, length(family) + 1))
        else trim(left(bare, length(bare) - length(family))) end""",
    # Capitals throughout are how a system prints, not how the person writes the name.
    r"""create or replace temp macro cased(value) as case when value = upper(value) and length(value) > 1
        then array_to_string(list_transform(string_split(lower(value), ' '), lambda w: upper(left(w, 1)) || substr(w, 2)), ' ')
        else value end""",
    # A middle initial is dropped: the next file leaves it out.
    r"""create or replace temp macro without_initial(given) as trim(regexp_replace(given, '(\S)\s+[A-Za-z]\.?(\s+[A-Za-z]\.?)*$', '\1'))""",
    r"""create or replace temp macro middle_initial(given) as regexp_extract(trim(given), '\S\s+([A-Za-z])\.?(\s+[A-Za-z]\.?)*$', 1)""",
    # Father and son in one practice have nothing else to tell them apart.
    r"""create or replace temp macro generation_suffix(plain) as
        nullif(upper(regexp_extract(plain, '(?i)[,\s](jr|sr|ii|iii|iv)\.?([,\s]|$)', 1)), '')""",
    # A group's name beside a group's NPI: with a number, it takes more than one word to be no person.
    r"""create or replace temp macro surely_organisation(value) as regexp_matches(lower(value),
        '\b(clinics?|associates|assoc|hospitals?|llc|pllc|inc|medical (group|center|ctr)|health (center|system|network)|physicians|specialists|institute|department|dept)\b')""",
    # Patients are split more simply: there is one call per row, and both spellings of a file need only agree.
    r"""create or replace temp macro patient_family(value) as case when contains(value, ',') then trim(split_part(value, ',', 1))
        else list_extract(string_split(trim(value), ' '), -1) end""",
    r"""create or replace temp macro patient_given(value) as case when contains(value, ',')
        then split_part(trim(split_part(value, ',', 2)), ' ', 1) else split_part(trim(value), ' ', 1) end""",
)  # fmt: skip

# Columns to add, step by step, to a relation with a column ``person``: the last one has family_name, given_name and
# credential. Each step is one projection, so nothing is computed twice.
NAME_STEPS: tuple[str, ...] = (
    "untitled(person) as plain",
    r"bare_name(plain) as bare, case when person_credential(plain) not in ('JR', 'SR', 'II', 'III', 'IV') then person_credential(plain) end as credential, regexp_matches(person, '(?i)^[-–:\s]*(?:"
    + _TITLE
    + r")(\.|\s)') as titled",
    "given_first(bare, titled) as forward",
    "raw_family(bare, forward) as family",
    "raw_given(bare, forward, family) as given",
    "nullif(cased(family), '') as family_name, nullif(cased(without_initial(given)), '') as given_name, "
    "nullif(upper(middle_initial(given)), '') as middle_name, generation_suffix(plain) as name_suffix",
)


def listed_sql(cells: str) -> str:
    """A query over ``cells`` (with a column ``said``: distinct names of who referred) for those that list practices: ``said``, the
    ``first`` of them, and whether they are ``sure`` to be several. The file tells: one that is named alone in another cell is a
    practice of its own beside an "and". Where none is, each must be called as a practice is, and may yet be half of one's name; a
    semicolon is in nobody's, and one called so is enough."""
    return rf"""
        with spelled as (select distinct said, norm_text(said) as words from {cells}),
        parts as (
            select said, apart[1] as first, part, norm_text(part) as words, contains(norm_text(part), ' ') as long
            from (select said, practices_apart(said) as apart from spelled where regexp_matches(said, '[;/&+\r\n]|,\b|(?i)\sand\s')), unnest(apart) as one(part)
            where len(apart) > 1
        )
        select said, min(first) as first, contains(said, ';') or (bool_or(long and alone) and bool_and(long or alone)) as sure
        from (select *, words in (select words from spelled) as alone from parts) group by said
        having not bool_or(whole_person(part)) and ((bool_or(long and alone) and bool_and(long or alone)) or (bool_and(long)
            and case when contains(said, ';') then bool_or(organisation_like(part)) else bool_and(organisation_like(part)) end))"""


# "Lakeview ALF", "Stone Creek PT": what may be a place by the letters of its kind, or somebody with their trade's or in capitals.
_BY_LETTERS = rf"[{_UPPER}][{_LETTER}''’-]*[{_LOWER}](?: [{_UPPER}][{_LETTER}''’-]*[{_LOWER}])?,? (?:[{_UPPER}]{{2,5}})"
_TRADE = "PT|OT|SLP|DC|IM|FM|FP|GI|ENT|OB"  # of places and of those who work there alike


def placed_sql(cells: str) -> str:
    """A query over ``cells`` (with the columns ``said``: a name, and ``asked``: whether it stands under the referrer) for those names that
    are places by the letters of their kind, as the file itself shows: another place of the file is called alike ("Lakeview
    Hospital"), or several places have the letters ("Lakeview ALF", "Harbor ALF") in a file that writes nobody's family in capitals."""
    return rf"""
        with lettered as materialized (
            select distinct said, split_part(said, ' ', 1) as first, regexp_extract(said, '(\S+)$', 1) as letters from {cells}
            where asked and regexp_full_match(said, '{_BY_LETTERS}') and not regexp_full_match(lower(split_part(said, ' ', 1)), '{_GIVEN}|dr|doctor')
                and (regexp_full_match(said, '.* (?:{_TRADE})') or not regexp_full_match(said, '.*[, ]{_CREDENTIAL}'))
        ),
        alike as materialized (select distinct said, split_part(said, ' ', 1) as first from {cells} where split_part(said, ' ', 1) in (select first from lettered)),
        named as (select first from alike where organisation_like(said) and said not in (select said from lettered)),
        shared as (
            select letters from lettered where not regexp_full_match(letters, '{_TRADE}') group by letters having count(distinct first) > 1
                and count(distinct first) * 2 > (select count(*) from lettered where not regexp_full_match(letters, '{_TRADE}'))
        )
        select said from lettered where first in (select first from named) or letters in (select letters from shared)"""


def departmental_sql(cells: str) -> str:
    """A query over ``cells`` (with a column ``said``: distinct names of who referred) for those that are a department's words and
    nobody's name: "General / VPeR" in a file that writes its people whole ("Fox, Robert MD") and names nobody called General."""
    return rf"""
        with spelled as materialized (select distinct said from {cells}),
        bare as materialized (select said from spelled where regexp_full_match(said, '[{_LETTER}]{{2,}}(?:\s*[/|]\s*[{_LETTER}]{{2,}})+')
            and not regexp_matches(said, '[/|]\s*(?:{_CREDENTIAL})\s*(?:[/|]|$)')),
        people as materialized (select said, whole_person(said) as whole from spelled where exists (select 1 from bare) and said not in (select said from bare) and not organisation_like(said) and not no_one(said) and source_kind(said) is null),
        words as (select distinct unnest(string_split_regex(lower(said), '[^{_LETTER}]+')) as word from people)
        select said from bare where (select count(*) >= 3 and count(*) filter (whole) >= 0.8 * count(*) from people)
            and not list_has_any(string_split_regex(lower(said), '\s*[/|]\s*'), (select list(word) from words))
            and source_kind(said) is null and not organisation_like(said)"""


def named_sql(relation: str) -> str:
    """A query over ``relation`` (with a column ``person``) that adds family_name, given_name and credential."""
    sql = f"select * from {relation}"
    for step in NAME_STEPS:
        sql = f"select *, {step} from ({sql})"
    return sql
