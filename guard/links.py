"""Links in outgoing text, and which of them lead to hosts that nothing trusted named.

Found are URLs of any scheme, `hxxp` and `[.]` spellings, names without a scheme (`evil.example`, `www.evil.example`),
numeric addresses, shares (`\\\\host\\share`), and Markdown or HTML links that show one place and lead to another.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from guard.disguise import bare, visible
from guard.hosts import host
from guard.normal import mail

_SCHEME = r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,20}"
_PATH = r"(?:/[^\s?#<>\"'():]{0,2000})?"
_URL = re.compile(
    rf"(?:{_SCHEME}:[/\\]{{2,8}}|(?<![A-Za-z0-9])(?i:https?|ftp|wss?):[/\\]?|\\\\)(?P<place>[^\s/\\?#<>\"'`()\[\]{{}}|,]{{1,400}}|\[[0-9A-Fa-f:.%]{{2,60}}\])"
    + _PATH
)
_SCRIPT = re.compile(r"(?<![a-z])(?:javascript|vbscript)\s{0,5}:", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[([^\[\]\n]{1,300})\]\(\s{0,3}<?([^\s()<>]{1,2000})")
_HTML = re.compile(
    r"<a\s[^<>]{0,500}?href\s{0,3}=\s{0,3}[\"']?([^\s\"'<>]{1,2000})[^<>]{0,500}>([^<]{1,300})<", re.IGNORECASE
)
_MAIL = re.compile(r"[^\s<>()\[\],;:\"'@/\\]{1,64}@[^\s<>()\[\],;:\"'@/\\?#]{1,253}")
_TOKEN = re.compile(r"[\w.-]+")
_DEFANGED = (
    (re.compile(r"(?i)(?<![a-z])h(?:xx|\*\*|tt)p(s?)(?=\W)"), r"http\1"),
    (re.compile(r"\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?", re.IGNORECASE), "."),
    (re.compile(r"\[(:|://|/)\]"), r"\1"),
)
_DOTS = str.maketrans("。．｡․", "....")
_TLD = re.compile(r"[a-z]{2}|xn--[a-z0-9-]{2,59}")
_GENERIC = frozenset(
    """
    academy agency app arpa art bank best bid biz blog bot buzz cafe cam cash center chat click cloud club codes
    com company consulting coop cyou date design dev digital direct download edu email energy events example
    exchange expert fail fit foundation fun fund games gdn global gov group guru help homes host icu info ink int
    internal international invalid jobs lat legal lgbt life link live loan localhost lol ltd market media men mil
    mobi moe mom monster mov museum name net network news ngo ninja online onion org page party photo photos plus
    press pro quest rest review rocks run sale sbs school science services shop site social software solutions
    space store stream studio support surf systems team tech test tickets today tools top trade travel tube uno
    vip wang web webcam website wiki win work works world wtf xyz zip zone
    """.split()  # noqa: SIM905  a column of words is what a person edits
)
_FILES = frozenset(
    {"cs", "db", "go", "gz", "hs", "jl", "js", "kt", "ts", "ui", "vb", "xz"}
)  # no country has these two letters
_LOOK = str.maketrans("авекмнорстухіјѕԁԛԝһӏαβεικνορτυχ013", "abekmhopctyxijsdqwhlabeiknoptuxole")


@dataclass(frozen=True)
class Link:
    """A link that leads elsewhere: its host as it is shown, and what is odd about it."""

    host: str
    why: str


def links_in(text: str, trusted: Collection[str]) -> Iterator[Link]:
    """Every link in `text` to a host that is not among `trusted`, or that hides where it leads; each once.

    A trusted host that begins with a dot stands for all hosts below it.
    """
    known = _Known(trusted)
    clear = _clear(text)
    found = [*_disguised(clear), *(_script(clear))]
    rest = _URL.sub(lambda match: _noted(match, known, found), clear)
    rest = _MAIL.sub(lambda match: " " if mail(match.group()) else match.group(), rest)
    found += [link for token in _TOKEN.finditer(rest) if (link := _bare(token, known, rest))]
    yield from dict.fromkeys(found)


class _Known:
    """The trusted hosts in their one spelling."""

    def __init__(self, trusted: Collection[str]) -> None:
        self.hosts = frozenset(filter(None, map(host, trusted)))
        self.below = tuple(f".{name}" for one in trusted if one.startswith(".") and (name := host(one[1:])))
        self.looks = {_skeleton(one): one for one in (*self.hosts, *(one[1:] for one in self.below))}

    def __contains__(self, name: str) -> bool:
        return name in self.hosts or name.removeprefix("www.") in self.hosts or name.endswith(self.below)

    def why(self, name: str) -> str:
        like = self.looks.get(_skeleton(name))
        return f"looks like '{like}'" if like else "not a trusted host"


def _clear(text: str) -> str:
    clear = bare(text).translate(_DOTS)
    for pattern, plain in _DEFANGED:
        clear = pattern.sub(plain, clear)
    return clear


def _noted(match: re.Match[str], known: _Known, found: list[Link]) -> str:
    """Note the URL if it leads elsewhere; a blank stands in its place."""
    before, user, place = match.group("place").rpartition("@")
    if user:
        found.append(Link(visible(place), f"a user's name stands before the host ('{visible(before)}')"))
        return " "
    name = _host(place)
    if name is None:
        found.append(Link(visible(place), "not a host that can be read"))
    elif name not in known:
        found.append(Link(name, known.why(name)))
    return " "


def _host(place: str) -> str | None:
    return host(re.sub(r":\d{0,5}\Z", "", place).rstrip(".!*_~;:'"))


def _bare(token: re.Match[str], known: _Known, text: str) -> Link | None:
    """The link that a word with dots in it would become in a mail program."""
    name = _host(token.group().strip(".-_"))
    if name is None or "." not in name or name in known:
        return None
    last = name.rpartition(".")[2]
    if last.isdigit():
        return Link(name, known.why(name)) if token.group().count(".") >= 3 else None
    ends = last in _GENERIC or (_TLD.fullmatch(last) and last not in _FILES)
    if not ends and text[token.end() : token.end() + 1] != "/" and not name.startswith("www."):
        return None
    return Link(name, known.why(name))


def _disguised(text: str) -> Iterator[Link]:
    """Links that show one host and lead to another."""
    pairs = [(match.group(1), match.group(2)) for match in _MARKDOWN.finditer(text)]
    pairs += [(match.group(2), match.group(1)) for match in _HTML.finditer(text)]
    for shown, target in pairs:
        seen, leads = _place(shown), _place(target)
        if seen and leads and seen.removeprefix("www.") != leads.removeprefix("www."):
            yield Link(leads, f"shown as '{seen}'")


def _script(text: str) -> Iterator[Link]:
    if _SCRIPT.search(text):
        yield Link("a script", "not a page")


def _place(text: str) -> str | None:
    """The host that a text names at its beginning, if it names one."""
    stripped = text.strip()
    match = _URL.match(stripped)
    place = match.group("place").rpartition("@")[2] if match else re.split(r"[/?#\s]", stripped)[0]
    name = _host(place)
    return name if name and (match or "." in name) else None


def _skeleton(name: str) -> str:
    """What a host looks like at a glance: letters of other scripts and digits as the Latin letters they resemble."""
    labels = []
    for label in name.split("."):
        try:
            shown = label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
        except UnicodeError:
            shown = label
        plain = unicodedata.normalize("NFKD", shown.casefold())
        labels.append("".join(one for one in plain if not unicodedata.combining(one)).translate(_LOOK))
    return ".".join(labels).replace("i", "l").replace("rn", "m").replace("vv", "w")
