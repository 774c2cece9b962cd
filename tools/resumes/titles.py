"""Words that tell a job title from an employer and from a person's name."""

import re

_TITLE = re.compile(
    r"\b(?:engineer|engineering|developer|programmer|architect|manager|lead|head|director|analyst|scientist|consultant|administrator|"
    r"admin|designer|specialist|officer|intern|trainee|apprentice|assistant|associate|coordinator|technician|tester|"
    r"researcher|lecturer|teacher|tutor|professor|founder|co-founder|owner|partner|president|chief|cto|ceo|cio|coo|cfo|vp|sre|"
    r"devops|devsecops|freelancer|freelance|contractor|expert|advisor|adviser|accountant|auditor|nurse|writer|editor|recruiter|"
    r"executive|supervisor|operator|principal|strategist|planner|buyer|clerk|secretary|representative|instructor|"
    r"entwickler|entwicklerin|softwareentwickler|softwareentwicklerin|ingenieur|ingenieurin|leiter|leiterin|teamleiter|"
    r"teamleiterin|berater|beraterin|werkstudent|werkstudentin|praktikant|praktikantin|mitarbeiter|mitarbeiterin|"
    r"développeur|développeuse|ingénieur|ingénieure|stagiaire|desarrollador|desarrolladora|ingeniero|ingeniera|"
    r"programador|programadora|sviluppatore|sviluppatrice|ingegnere|programista|inżynier|student|swe|qa|dba|sysadmin|"
    r"machinist|mechanic|electrician|chef|cook|waiter|waitress|barista|cashier|driver|translator|dev|staff|junior|senior)\b",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:gmbh|ag|se|kg|ug|ohg|ltd|limited|llc|llp|plc|inc|incorporated|corp|corporation|co|company|group|holdings?|"
    r"s\.?a\.?s?|s\.?r\.?l|s\.?p\.?a|s\.?l|b\.?v|n\.?v|oy|as|a/s|aps|sp\. z o\.o|sarl|pty|k\.?k|e\.?v|"
    r"university|universität|université|universidad|università|institute|institut|college|school|bank|hospital|"
    r"ministry|council|foundation|insurance|airlines?|partners|labs?|laboratories|studios?|agency|ventures)\b\.?",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"^(?:led|built|ran|wrote|made|drove|kept|took|grew|cut|set|won|taught|gave|did|brought|held|sold|shipped|own|owns|"
    r"lead|build|run|write|maintain|design|develop|work|working|responsible|helped|on-call|part of|using|"
    r"using|building|designing|developing|managing|leading|maintaining|supporting|creating|running|\w+ed)\b",
    re.IGNORECASE,
)


def is_title(text: str) -> bool:
    """True if `text` holds a word that job titles are made of."""
    return bool(_TITLE.search(text))


def is_company(text: str) -> bool:
    """True if `text` holds a word that employers' names are made of."""
    return bool(_COMPANY.search(text))


def is_sentence(text: str) -> bool:
    """True if `text` says what was done, rather than where or as what."""
    words = len(text.split())
    does = bool(_VERB.match(text)) and not (is_title(text) and words <= 5)
    return does or text.endswith((".", ";", ",", ":")) or words > 12
