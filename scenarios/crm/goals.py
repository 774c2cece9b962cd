"""CRM updates in everyday English: which account, which field, which value."""

import re
from collections.abc import Mapping
from typing import Any

from runtime.errors import Unclear
from tools.backends.crm import CRM, STATES
from tools.world import World

_NAMES = {"contact": "contact", "mail": "mail", "e-mail": "mail", "email": "mail", "phone": "phone",
          "phone number": "phone", "status": "status", "next step": "next_step"}  # fmt: skip
_ASKED = re.compile(
    r"(?P<account>[\w&.\- ]+?)(?:['’]s?)\s+(?P<field>phone number|phone|contact|e-?mail|status|next step)"
    r"\s+(?:is now|is|to|becomes|has changed to|changed to|:)\s+(?P<value>[^;\n]+?)[.\s]*$",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"^.*?\bcrm\b\s*[:,]?\s*|^\s*(?:in the crm,?\s*)?(?:please\s+)?(?:set|change|update)\s+", re.I)
_ENDS = re.compile(r"\s*\(?in the crm\)?\s*[.]?$", re.I)
_DOUBT = re.compile(
    r"\b(?:no longer|not|never|maybe|perhaps|probably|possibly|unknown|either|or|gone|wrong|until|till|if|unless|except"
    r"|as of|starting|tomorrow|but|temporarily)\b",
    re.I,
)
_MORE = re.compile(r"(?:,|;|\band\b)\s+(.*\b(?:phone|contact|e-?mail|status|next step)\b.*)", re.I)
_PERSON = re.compile(r"(?P<name>[^<>]+?)\s*<(?P<mail>[^<>\s]+)>")
_EXAMPLE = "say: update the CRM: Acme Robotics' contact is now Dana Fox <dana@acme.example>"


def understands(goal: str, world: World) -> Mapping[str, Any]:
    """The changes that the goal asks for. Raises Unclear for an account, a field or a value that cannot be told."""
    said = _ENDS.sub("", goal.strip())
    found = _ASKED.search(_BEGINS.sub("", said, count=1))
    if found is None:
        raise Unclear("which account, and what of it is to be changed?", remedy=_EXAMPLE)
    account, field = _account(found["account"].strip(), world), _NAMES[found["field"].lower()]
    value = found["value"].strip()
    if field != "next_step" and (odd := _DOUBT.search(value)):
        raise Unclear(f"what is it now? The goal says '{odd[0]}'", remedy=_EXAMPLE)
    if field != "next_step" and (more := _MORE.search(value)):
        raise Unclear(f"what about '{more[1]}'? One field is changed at a time", remedy="ask for one after the other")
    if field == "status" and value.lower() not in STATES:
        raise Unclear(f"which status is '{value}': {', '.join(STATES)}?", remedy=_EXAMPLE)
    person = _PERSON.fullmatch(value) if field == "contact" else None
    changes = [(field, person["name"] if person else value.lower() if field == "status" else value)]
    if person:
        changes.append(("mail", person["mail"]))
    return {"changes": [{"account": account, "field": name, "value": new} for name, new in changes]}


def _account(name: str, world: World) -> str:
    """The account of that name; of several that begin so, the one that is called exactly so."""
    known = world.service(CRM).accounts()
    wanted = name.casefold()
    exact = [one for one in known if wanted in (one["name"].casefold(), one["account"])]
    some = [one for one in known if all(word in one["name"].casefold().split() for word in wanted.split())]
    found = [one for one in exact if one["name"].casefold() == wanted] or (some if len(some) > 1 else exact or some)
    if len(found) == 1:
        return found[0]["account"]
    if found:
        names = " or ".join(one["name"] for one in found)
        raise Unclear(f"which account is '{name}': {names}?", remedy="say its whole name")
    raise Unclear(f"no account is called '{name}'", remedy="say its name as the CRM has it")
