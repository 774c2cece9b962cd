"""The words that give away what must not count, each with what is put in their place."""

import re

from tools.resumes.dates import ANY_POINT

_LABELS = {
    "age": (
        "date of birth|birth date|birthdate|birthday|d\\.?o\\.?b\\.?|born|age|place of birth|birthplace|geburtsdatum|"
        "geburtsort|geburtstag|geboren|alter|date de naissance|lieu de naissance|âge|fecha de nacimiento|edad|"
        "lugar de nacimiento|data di nascita|luogo di nascita|età|data urodzenia|wiek|geboortedatum"
    ),
    "gender": "gender|sex|geschlecht|sexe|sexo|sesso|płeć|geslacht",
    "nationality": "nationality|citizenship|country of origin|ethnicity|ethnic origin|nationalität|staatsangehörigkeit|"
    "staatsbürgerschaft|nationalité|nacionalidad|nazionalità|cittadinanza|obywatelstwo|narodowość|nationaliteit",
    "family": "marital status|civil status|family status|family|children|spouse|familienstand|kinder|état civil|"
    "situation familiale|enfants|estado civil|hijos|stato civile|stan cywilny|burgerlijke staat",
    "religion": "religion|religious affiliation|faith|konfession|confession|religión|religione|wyznanie",
    "photo": "photo|photograph|foto|lichtbild|bewerbungsfoto",
    "pronoun": "pronouns|preferred pronouns|anrede|salutation",
}

LABELLED = tuple(
    (word, re.compile(rf"(?<![\w-])(?:{labels})\s*:\s*(?:(?!\s{{2}})[^|;·•])+(?<=\S)", re.IGNORECASE))
    for word, labels in _LABELS.items()
)
"""A label with its value, up to the next fact in the line."""

_DATE = ANY_POINT.pattern.replace("(?P<", "(?P<birth_")
_PEOPLE = (
    "afghan|albanian|algerian|american|argentinian|armenian|australian|austrian|bangladeshi|belarusian|belgian|bosnian|"
    "brazilian|british|bulgarian|canadian|chilean|chinese|colombian|croatian|cuban|cypriot|czech|danish|dutch|egyptian|"
    "english|eritrean|estonian|ethiopian|eu|european|filipino|finnish|french|georgian|german|ghanaian|greek|hungarian|"
    "icelandic|indian|indonesian|iranian|iraqi|irish|israeli|italian|jamaican|japanese|jordanian|kenyan|korean|latvian|"
    "lebanese|lithuanian|malaysian|maltese|mexican|moroccan|nepalese|nigerian|norwegian|pakistani|palestinian|persian|"
    "peruvian|polish|portuguese|romanian|russian|scottish|serbian|singaporean|slovak|slovenian|spanish|swedish|swiss|"
    "syrian|taiwanese|thai|tunisian|turkish|uk|ukrainian|us|venezuelan|vietnamese|welsh"
)

_PATTERNS = (
    ("age", rf"(?:\b(?:born|geboren|geb\.|née?)\s+(?:(?:on|in|am|le)\s+)?|(?<!\w)\*\s?){_DATE}[^|;·•]*(?<=\S)"),
    ("age", r"\bborn\s+(?:and\s+raised\s+)?in\s+(?-i:[A-Z])[\w-]+"),
    ("age", r"\bage[d:]?\s+\d{2}\b|\b\d{2}[- ]years?[- ]old\b|\b\d{2}\s?y/o\b|\b\d{2} Jahre alt\b|\b\d{2} ans\b"),
    (
        "pronoun",
        r"[(\[]\s*(?:she|he|they|ze|xe|sie|er)\s*[/,|]\s*(?:her|him|them|they|she|he|hir|xem|ihr|ihm)[^)\]]*[)\]]",
    ),
    ("pronoun", r"\b(?:she/her|he/him|they/them)(?:/\w+)?\b"),
    ("pronoun", r"\b(?:he|she|him|her|his|hers|himself|herself)\b"),
    (
        "title",
        r"(?-i:\b(?:Mr|Mrs|Ms|Mx)\b\.?|\bMRS?\.)|\b(?:miss|herr|frau|mister|madam|madame|monsieur|señora?|señorita)\b(?=\s+(?-i:[A-Z\[]))",
    ),
    (
        "gender",
        r"\b(?:fe)?males?\b|\bwom[ae]n(?:['’]s)?\b|\bnon-?binary\b|\btransgender\b|\bm(?:ä|ae)nnlich\b|\bweiblich\b",
    ),
    ("gender", r"\b(?:chair|spokes|sales|business|crafts|camera|fore)(?:wo)?m[ae]n\b"),
    ("nationality", rf"\b(?:{_PEOPLE})\s+(?:citizen(?:ship)?|national(?:ity)?|passport)\b"),
    ("family", r"\b(?:happily )?(?:married|divorced|widowed|unmarried|verheiratet|ledig|geschieden|verwitwet)\b"),
    (
        "family",
        (
            r"\b(?:one|two|three|four|five|six|zwei|drei|\d)\s+(?:\w+\s+)?"
            r"(?:kids?|child(?!\s+[a-z])|children|sons?|daughters?|kinder|söhne|töchter)\b(?:\s*\([^)]*\))?"
        ),
    ),
    ("family", r"\b(?:father|mother|dad|mum|mom|husband|wife)\s+(?:of|to)\s+\w+(?:\s+(?:kids|children|boys|girls))?"),
    ("family", r"\b(?:maternity|paternity|parental)\s+leave\b|\belternzeit\b|\bmutterschutz\b"),
    ("religion", r"\b(?:catholic|protestant|lutheran|muslim|islamic|jewish|hindu|buddhist|sikh|mormon|atheist)\b"),
    ("religion", r"\b(?:katholisch|evangelisch|muslimisch|jüdisch)\b"),
    ("health", r"\b(?:long |chronic |serious )?illness\b|\bdisability\b|\bpregnan(?:t|cy)\b|\bschwerbehinder\w+"),
)

ANYWHERE = tuple((word, re.compile(pattern, re.IGNORECASE)) for word, pattern in _PATTERNS)
"""Words that say it without a label."""

STUDIES = re.compile(
    r"\b(?:graduat\w+|class of|abitur|matura|a-levels|bachelor|master of|master's|b\.?\s?sc|m\.?\s?sc|ph\.?\s?d|"
    r"b\.?\s?tech|diploma|diplom|degree|university|universität|université|universidad|high school|gymnasium)\b",
    re.IGNORECASE,
)
"""A line about studies, whose years tell the age."""
