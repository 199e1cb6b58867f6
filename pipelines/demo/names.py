"""Words the demo's people, places and reasons are made of. No real person, practice or study is in here."""

from __future__ import annotations

from typing import NamedTuple


class Area(NamedTuple):
    """A therapeutic area: its specialists (NUCC classification and code), how much of a generalist's work
    falls into it, and the conditions that patients are referred for."""

    name: str
    specialty: str
    taxonomy: str
    field: str
    weight: float
    conditions: tuple[str, ...]


AREAS = (
    Area("Cardiology", "Cardiovascular Disease", "207RC0000X", "Cardiology", 14,
         ("Heart failure", "Atrial fibrillation", "Resistant hypertension", "High cholesterol")),
    Area("Endocrinology", "Endocrinology, Diabetes & Metabolism", "207RE0101X", "Endocrinology", 15,
         ("Type 2 diabetes", "Obesity", "Thyroid nodule", "Osteoporosis")),
    Area("Neurology", "Neurology", "2084N0400X", "Neurology", 11,
         ("Memory loss", "Migraine", "Parkinson disease", "Neuropathy")),
    Area("Oncology", "Hematology & Oncology", "207RH0003X", "Oncology", 9,
         ("Breast mass", "Lung nodule", "Abnormal PSA", "Lymphadenopathy")),
    Area("Dermatology", "Dermatology", "207N00000X", "Dermatology", 9,
         ("Psoriasis", "Atopic dermatitis", "Hidradenitis", "Alopecia areata")),
    Area("Gastroenterology", "Gastroenterology", "207RG0100X", "Gastroenterology", 10,
         ("Crohn disease", "Ulcerative colitis", "Fatty liver", "Chronic reflux")),
    Area("Pulmonology", "Pulmonary Disease", "207RP1001X", "Pulmonary", 8,
         ("Severe asthma", "COPD", "Chronic cough", "Sleep apnea")),
    Area("Rheumatology", "Rheumatology", "207RR0500X", "Rheumatology", 6,
         ("Rheumatoid arthritis", "Lupus", "Gout", "Psoriatic arthritis")),
    Area("Psychiatry", "Psychiatry", "2084P0800X", "Psychiatry", 7,
         ("Major depression", "Bipolar disorder", "Generalized anxiety", "PTSD")),
    Area("Nephrology", "Nephrology", "207RN0300X", "Kidney", 4,
         ("Chronic kidney disease", "IgA nephropathy", "Diabetic kidney disease", "Proteinuria")),
    Area("Ophthalmology", "Ophthalmology", "207W00000X", "Eye", 3,
         ("Macular degeneration", "Diabetic retinopathy", "Dry eye", "Glaucoma")),
    Area("Women's Health", "Obstetrics & Gynecology", "207V00000X", "Women's Health", 4,
         ("Endometriosis", "Hot flashes", "Uterine fibroids", "Recurrent UTI")),
)  # fmt: skip

# Generalists: specialty, NUCC code, credential, share of a primary-care practice.
GENERALISTS = (
    ("Family Medicine", "207Q00000X", "MD", 0.38),
    ("Family Medicine", "207Q00000X", "DO", 0.12),
    ("Internal Medicine", "207R00000X", "MD", 0.20),
    ("Nurse Practitioner", "363LF0000X", "NP", 0.18),
    ("Physician Assistant", "363A00000X", "PA-C", 0.12),
)

# City, state, first three digits of its ZIP codes, index into clock.ZONES.
METROS = (
    ("Raleigh", "NC", "276", 0), ("San Diego", "CA", "921", 1), ("Atlanta", "GA", "303", 0), ("Portland", "OR", "972", 1),
    ("Tampa", "FL", "336", 0), ("Columbus", "OH", "432", 0), ("Seattle", "WA", "981", 1), ("Charlotte", "NC", "282", 0),
    ("Richmond", "VA", "232", 0), ("Sacramento", "CA", "958", 1), ("Baltimore", "MD", "212", 0), ("Albany", "NY", "122", 0),
    ("Pittsburgh", "PA", "152", 0), ("Fresno", "CA", "937", 1), ("Orlando", "FL", "328", 0), ("Hartford", "CT", "061", 0),
    ("Cleveland", "OH", "441", 0), ("Las Vegas", "NV", "891", 1), ("Greenville", "SC", "296", 0), ("Rochester", "NY", "146", 0),
)  # fmt: skip

PLACE_HEADS = (
    "Cedar", "Oak", "Maple", "Stone", "River", "Lake", "Willow", "Pine", "Birch", "Harbor", "Summit", "Valley",
    "Prairie", "Juniper", "Laurel", "Magnolia", "Heron", "Falcon", "Granite", "Copper", "Silver", "Amber",
    "Clover", "Meadow", "Orchard", "Bridge", "Canyon", "Coral", "Elm", "Hazel", "Ivy", "Linden", "Marsh",
    "North", "Quarry", "Rowan", "Sage", "Thistle", "Walnut", "Winter",
)  # fmt: skip
PLACE_TAILS = (
    "Ridge", "Hollow", "Creek", "Grove", "Point", "Field", "Wood", "Landing", "Crossing", "Gate", "Run", "Springs",
    "Terrace", "Bend", "Heights", "Park", "Shore", "Vale", "Mill", "Bluff",
)  # fmt: skip

FAMILY_NAMES = (
    "Abernathy", "Acosta", "Adeyemi", "Aldridge", "Amari", "Anand", "Arnett", "Ashworth", "Bakshi", "Ballard",
    "Barlow", "Bassett", "Beaumont", "Bergstrom", "Bhatt", "Blackwell", "Bondarenko", "Bowers", "Brandt", "Brennan",
    "Calloway", "Cardenas", "Carver", "Castellano", "Chaudhry", "Cho", "Coleman", "Conway", "Cordova", "Cranston",
    "Dalton", "Danso", "Delacroix", "Desai", "Dhillon", "Donnelly", "Duarte", "Dunmore", "Eklund", "Ellsworth",
    "Emerson", "Espinoza", "Fairbanks", "Farouk", "Feldman", "Ferreira", "Fitzgerald", "Fontaine", "Forsythe", "Fujita",
    "Gallagher", "Garrison", "Ghosh", "Gilmore", "Goldberg", "Grantham", "Guerrero", "Gupta", "Haddad", "Hale",
    "Hammond", "Harlow", "Hassan", "Hendricks", "Hidalgo", "Hollis", "Hoang", "Hutchins", "Ibrahim", "Ingram",
    "Iyer", "Jamison", "Jankowski", "Kaplan", "Karim", "Keating", "Khatri", "Kimura", "Kowalski", "Kurtz",
    "Lachance", "Landry", "Larkin", "Leclair", "Lindqvist", "Lombardi", "Lowell", "Macmillan", "Mahmoud", "Malone",
    "Marchetti", "Mathis", "Mbeki", "McAllister", "Mehta", "Mendoza", "Merriweather", "Middleton", "Mirza", "Montoya",
    "Nakagawa", "Navarro", "Nkemelu", "Norwood", "Null", "Oakley", "Obrien", "Okafor", "Olsen", "Ortega",
    "Padilla", "Palmer", "Parekh", "Pemberton", "Petrov", "Pham", "Pinto", "Prescott", "Quigley", "Quintero",
    "Radcliffe", "Rahman", "Ramachandran", "Redmond", "Reyes", "Ridley", "Rosario", "Rourke", "Sandoval", "Sato",
    "Schaefer", "Sengupta", "Shapiro", "Sinclair", "Sorensen", "Stanton", "Sullivan", "Takahashi", "Tanaka", "Thackeray",
    "Thornton", "Tran", "Underwood", "Upton", "Valdez", "Vandermeer", "Vasquez", "Venkatesan", "Voss", "Wakefield",
    "Walcott", "Weaver", "Whitfield", "Winslow", "Wozniak", "Yamamoto", "Yates", "Yilmaz", "Zamora", "Zielinski",
)  # fmt: skip
GIVEN_NAMES = (
    "Aaron", "Abigail", "Adam", "Aisha", "Alan", "Alicia", "Amara", "Andrea", "Anil", "Anthony", "Beatrice", "Ben",
    "Bianca", "Brian", "Camila", "Carl", "Carmen", "Catherine", "Chen", "Claire", "Daniel", "Deepa", "Diana", "Dmitri",
    "Edward", "Elena", "Elise", "Emeka", "Erin", "Fatima", "Felix", "Fiona", "Gabriel", "Grace", "Gregory", "Hana",
    "Hannah", "Hector", "Ian", "Imani", "Irene", "Isaac", "James", "Janelle", "Jasmine", "Jonah", "Julia", "Karen",
    "Kavita", "Kenji", "Kevin", "Laila", "Laura", "Leon", "Lin", "Louis", "Lucia", "Marcus", "Margaret", "Mateo",
    "Maya", "Mei", "Michelle", "Miguel", "Mohammed", "Monica", "Nadia", "Nathan", "Nina", "Noor", "Oliver", "Olivia",
    "Omar", "Patricia", "Paul", "Priya", "Rachel", "Raj", "Rebecca", "Renee", "Robert", "Rosa", "Ruth", "Samuel",
    "Sandra", "Sanjay", "Sofia", "Stephen", "Sunil", "Susan", "Tamara", "Teresa", "Thomas", "Uma", "Victor", "Vivian",
    "Wendy", "William", "Yara", "Yusuf",
)  # fmt: skip
# A patient's family name always begins with Demo, so that nobody can take one for a person.
PATIENT_NAMES = ("Alder", "Basil", "Cobalt", "Dahlia", "Ember", "Fennel", "Ginger", "Hickory", "Indigo", "Jasper",
                 "Kelp", "Lilac", "Mango", "Nutmeg", "Olive", "Pepper", "Quartz", "Ruby", "Saffron", "Tulip")  # fmt: skip

SPONSORS = ("Halcyon Biologics", "Northlight Therapeutics", "Verity Pharma", "Blue Heron Bio", "Castellan Medicines",
            "Orchard Street Oncology", "Tidewater Sciences", "Lumen & Vale")  # fmt: skip
LIAISONS = ("A. Whitlock", "J. Moreau", "K. Sandhu", "L. Brightwater", "M. Okonkwo", "P. Castellanos", "R. Lindgren",
            "S. Yoon", "T. Ferrante", "V. Marsh")  # fmt: skip
STAFF = ("INTAKE, A", "INTAKE, B", "INTAKE, C", "DESK, A", "DESK, B", "INTERFACE")

CHANNELS = ("Fax", "Phone", "Portal", "EHR", "Direct", "Email", "Mail", "Web form")
SOURCES = ("practitioner", "practice", "self", "campaign", "own_database", "registry", "event")
SOURCE_LABELS = {
    "self": "SELF REFERRAL", "campaign": "GOOGLE AD", "own_database": "OWN DATABASE", "registry": "REGISTRY MATCH",
    "event": "COMMUNITY HEALTH FAIR",
}  # fmt: skip

SCREEN_FAIL_REASONS = ("Lab value out of range", "Excluded medication", "Diagnosis not confirmed", "BMI outside range",
                       "Abnormal ECG", "Comorbid condition", "Prior study too recent")  # fmt: skip
PRESCREEN_FAIL_REASONS = ("Prescreen: age outside range", "Prescreen: excluded medication", "Prescreen: comorbid condition",
                          "Prescreen: disease not severe enough")  # fmt: skip
DECLINE_REASONS = ("Patient declined: not interested", "Patient declined: travel distance", "Patient declined: time required",
                   "Patient declined: afraid of side effects")  # fmt: skip
UNREACHABLE_REASON = "Unable to reach patient"
REFUSAL_REASONS = ("Insurance not accepted", "Out of scope for clinic", "Records never received")
OFF_STUDY_REASONS = ("Completed", "Withdrew consent", "Lost to follow-up", "Adverse event")

COMMENTS_GOOD = (
    "Quick call back, thank you.",
    "The coordinator keeps us posted on every patient.",
    "Our patients like the staff.",
    "Portal is far easier than the fax.",
    "Great reports, always on time.",
)
COMMENTS_MIXED = (
    "Reports sometimes come late.",
    "Fine, but parking is hard for older patients.",
    "Please send the visit schedule, so that we can plan labs.",
    "Would like one contact person.",
)
COMMENTS_BAD = ("We never heard what happened to two patients.", "Fax line busy, had to send it three times.",
                "Patient waited five weeks for a call.", "Stopped referring because nobody answers the phone.")  # fmt: skip
