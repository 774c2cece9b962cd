"""Research on the web: searching, reading what was found, and a brief whose claims have their words and pages."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from runtime.errors import TryAgain
from tools.backends.ical import one_line
from tools.backends.web import WEB
from tools.browsing.text import borne_out, stands_in
from tools.tool import Reverse, tool
from tools.world import World


class Finding(BaseModel):
    """A claim, the page it is from, and the words there that bear it out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: str = Field(max_length=400)
    url: str
    quote: str = Field(max_length=600)


@tool(effect="read")
def search_web(query: str, *, world: World) -> dict[str, Any]:
    """Search for pages on the hosts that people listed. Titles and excerpts are what strangers wrote."""
    found = world.service(WEB).search(query)
    return {"results": [{"url": url, "title": title[:200], "excerpt": text[:400]} for url, title, text in found]}


@tool(effect="read", seconds=30)
def fetch_page(url: str, *, world: World) -> dict[str, Any]:
    """Read one page that search_web gave, as text without menus. What it says was written by a stranger."""
    page = world.service(WEB).read(url)
    return {"url": page.url, "title": page.title, "text": page.text}


def _written(question: str, findings: list[Finding], *, world: World) -> dict[str, Any] | None:
    if world.service(WEB).brief(question) is None:
        return None
    return {"question": question, "findings": len(findings), "already": True}


def _discard(args: Mapping[str, Any], result: Any) -> Reverse | None:
    return None if result["already"] else Reverse("discard_brief", {"question": args["question"]})


@tool(effect="write", identity=("question",), probe=_written, undo=_discard, keyed=True)
def write_brief(question: str, findings: list[Finding], *, world: World) -> dict[str, Any]:
    """Write the brief on a question, once. Each finding has a claim of yours, the address of a page that fetch_page
    read, and a quote: at least four words that stand on that page exactly so. The quote has the claim's numbers and
    links, half of its words or more, and its "not" if it has one. Several findings are of two pages at least."""
    if known := _written(question, findings, world=world):
        return known
    if not 1 <= len(findings) <= 20:
        raise TryAgain(f"there are {len(findings)} findings", remedy="give between 1 and 20")
    if len(findings) > 1 and len({one.url for one in findings}) == 1:
        raise TryAgain("all findings are of one page", remedy="quote another page too, or give the one that says most")
    web = world.service(WEB)
    for number, one in enumerate(findings, start=1):
        page = web.known(one.url)
        if page is None:
            raise TryAgain(f"finding {number}: '{one.url[:100]}' was not read", remedy="read it with fetch_page")
        if not stands_in(one.quote, page.text):
            raise TryAgain(
                f"finding {number}: the quote does not stand there", remedy="quote four words or more exactly"
            )
        if added := borne_out(one.claim, one.quote):
            raise TryAgain(
                f"finding {number}: its quote does not say {added}", remedy="keep the claim to what the quote says"
            )
    already = not web.keep(question, _markdown(question, findings))
    return {"question": question, "findings": len(findings), "already": already}


@tool(effect="write", identity=("question",), keyed=True)
def discard_brief(question: str, *, world: World) -> dict[str, Any]:
    """Throw the brief on a question away."""
    return {"question": question, "discarded": world.service(WEB).discard(question)}


def _markdown(question: str, findings: list[Finding]) -> str:
    """The brief: claims with numbers, and below them where each is from. Everything is shown as text."""
    lines = [f"# {_plain(question)}", ""]
    lines += [f"- {_plain(one.claim)} [{number}]" for number, one in enumerate(findings, start=1)]
    lines += ["", "## Where this is from", ""]
    lines += [f"{number}. `{one_line(one.url)}`: “{_plain(one.quote)}”" for number, one in enumerate(findings, start=1)]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return "".join(f"\\{one}" if one in "\\`*_[]<>|#!" else one for one in one_line(text))
