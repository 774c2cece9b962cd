"""What a booking is called, and whether all that its goal says was read."""

import re
from collections.abc import Sequence

from crews.goals import without_quotes
from crews.unread import check_read
from scenarios.scheduling.people import Who
from tools.backends.ical import one_line

_TITLE = 100
NOUN = (
    r"(?:meeting|sync|call|review|stand-?up|stand up|catch-?up|1:1|one-on-one|chat|workshop|retro(?:spective)?|session"
    r"|kick-?off|check-?in|demo|planning|brainstorm\w*|coffee|huddle|all-hands|walkthrough|time)s?"
)
BOOKS = (
    r"schedul(?:e|ing)|book(?:ing)?|set(?:ting)? up|arrang(?:e|ing)|organi[sz](?:e|ing)|put|plan|create|add|have|hold"
    r"|do|need|want|get"
)
_ABOUT = re.compile(
    r"\b(?:about|regarding|to discuss)\s+(.+?)(?=\s+(?:with|today|tomorrow|on|at|next|this|every|for)\b|[.;,]|$)", re.I
)
_KNOWN = (
    rf"{NOUN}|schedul(?:e|ing)|book(?:ing)?|set(?:ting)?|mind|called|titled|named|entitled|arrang(?:e|ing)|organi[sz](?:e|ing)|put|plan|create|add|have|hold|get|invite|meet|make|grab|together|between"
    r"|after|before|until|till|starting|beginning|via|plus|if|possible|optional(?:ly)?|she|he|they|everyone|everybody|team|room"
    r"|seats?|people|person|calendar|conference|slot|no|noon|midday|o'clock|a\.?m|p\.?m|morning|afternoon|evening|tonight"
    r"|tomorrow|days?|weeks?|weeks'|months?|weekly|daily|monthly|bi-?weekly|fortnightly|recurring|times|every|each|other|second"
    r"|next|this|first|last|long|short|quick|brief|half|quarter|(?:half-)?hours?|hrs?|h|minutes?|mins?|m"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|two|three|four|five|six|seven|eight|nine|ten|[\d.:-]+(?:st|nd|rd|th|am|pm|h|min|mins|m|-?minutes?|-?hours?|-?min)?"
    r"|\w+-(?:hours?|minutes?|days?)|[\w.+-]+@[\w.-]+"
)


def check_all_read(bare: str, who: Who, rooms: Sequence[str]) -> None:
    """Raise Unclear if an order to book holds words that nobody reads: names, rooms, days and lengths are read.

    What it is about is anybody's words; `bare` is without what is quoted.
    """
    left = _ABOUT.sub(" ", bare)
    noun = _called(left)
    named = [*who.called, *rooms, *([noun[1]] if noun else [])]
    for one in sorted(filter(None, (name.strip() for name in named)), key=len, reverse=True):
        left = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", " ", left, flags=re.I)
    check_read(left, _KNOWN, "A booking is one meeting: with whom, when, how long, where, how often")


def title_of(text: str, who: Who) -> str:
    """What is quoted, else what it is about, else what is booked and with whom."""
    quoted = re.search(r"[\"“„«]([^\"“”«»]{2,300})[\"”“»]|(?<!\w)['‘]([^'’]{2,300})['’](?!\w)", text)
    if quoted:
        return _cut(quoted[1] or quoted[2])
    bare = without_quotes(text)
    people = ", ".join(who.called)
    if about := _ABOUT.search(bare):
        return _cut(about[1][:1].upper() + about[1][1:])
    noun = _called(bare)
    called = f"{noun[1]}{noun[2]}".strip() if noun and noun[2].lower() != "time" else "meeting"
    return _cut(f"{called[:1].upper()}{called[1:]} with {people}")


def _called(bare: str) -> re.Match[str] | None:
    """What is booked, in the words of the goal: up to two words of what kind it is, and the noun."""
    return re.search(rf"((?:[^\W\d_]+\s+){{0,2}}?)({NOUN})\b", _without_lengths(bare), re.I)


def _without_lengths(text: str) -> str:
    """What stands before "with", without verbs, lengths and rhythms."""
    noise = (
        r"\b(?:\d+(?:\.\d+)?|an?|one|two|half)[\s-]*(?:an )?(?:hours?|hrs?|h|minutes?|mins?)\b",
        r"\b(?:weekly|daily|monthly|bi-?weekly|fortnightly|every \w+|long|short|quick|recurring)\b",
        rf"\b(?:{BOOKS}|mind)\b",
        r"\b(?:please|can|could|would|you|we|let's|a|an|the|us|me|i|to|in)\b",
    )
    return " ".join(re.sub("|".join(noise), " ", text.partition(" with ")[0], flags=re.I).split()) + " "


def _cut(text: str) -> str:
    line = one_line(text).strip()
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1].rstrip()}…"
