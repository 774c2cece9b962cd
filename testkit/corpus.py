"""A support corpus for measuring retrieval: 24 parts of a product, 14 kinds of facts on each, one document per fact.

Every number follows from the part and the kind of fact, so the same documents and questions come out each time. The
questions are worded otherwise than the documents; those without a document cannot be answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PARTS = {
    "invoices": "the bills that customers get",
    "exports": "files that carry tables out of the product",
    "alerts": "messages that go out when a figure crosses a line",
    "dashboards": "pages of charts",
    "connectors": "links to databases",
    "webhooks": "calls to a customer's own server",
    "workspaces": "the rooms in which teams work",
    "roles": "bundles of rights",
    "reports": "documents that are mailed on a schedule",
    "notebooks": "pages that mix queries and notes",
    "models": "definitions of measures and dimensions",
    "snapshots": "states of a table at one moment",
    "embeds": "charts inside other sites",
    "comments": "remarks beside a chart",
    "annotations": "marks on a time axis",
    "segments": "saved groups of customers",
    "funnels": "steps that visitors take one after the other",
    "forecasts": "lines that go on into the future",
    "pipelines": "chains of transformations",
    "secrets": "passwords kept for connectors",
    "regions": "the places where data is kept",
    "tokens": "keys that programs sign in with",
    "quotas": "shares of computing time",
    "archives": "tables that are seldom read",
}


@dataclass(frozen=True)
class Kind:
    """One kind of fact: its title, what a document says of it, and how people ask. {n} is the number."""

    title: str
    text: str
    asks: tuple[str, ...]
    base: int
    step: int


KINDS = {
    "maximum": Kind(
        "How many {part} there can be",
        "A workspace holds up to {n} {part}. Above that, creating one fails with status 422 until some are removed.",
        ("What is the highest number of {part} a workspace holds?", "How many {part} may we have before it fails?"),
        40, 15,
    ),
    "retention": Kind(
        "How long {part} are kept",
        "Deleted {part} stay in the bin for {n} days and can be restored by an owner. Then they are gone for good.",
        ("Until when can deleted {part} be restored?", "For how many days do removed {part} stay in the bin?"),
        5, 3,
    ),
    "rate": Kind(
        "Requests for {part} through the API",
        "The API answers {n} requests a minute for {part}; status 429 follows, with the header Retry-After.",
        ("What's the API rate limit for {part}?", "Status 429 on {part}: how many requests a minute are let through?"),
        60, 20,
    ),
    "price": Kind(
        "What {part} cost",
        "On the Team plan {part} are included. On Starter they cost {n} euros a month, billed with the plan.",
        ("What do we pay for {part} on Starter?", "Price of {part} on the Starter plan?"),
        3, 2,
    ),
    "rights": Kind(
        "Who may change {part}",
        "Editors may create {part}, and only owners may delete them. A viewer who asks gets an answer in {n} hours.",
        ("Who is allowed to delete {part}?", "Can an editor create {part}?"),
        4, 1,
    ),
    "import": Kind(
        "Bringing {part} in from elsewhere",
        "A CSV file with up to {n} rows is imported as {part}; its first row names the columns.",
        ("Can {part} be imported from CSV, and how many rows?", "We move from another tool: how do we import {part}?"),
        1000, 500,
    ),
    "audit": Kind(
        "The audit log of {part}",
        "Each change to {part} is logged with who and when. The log is kept for {n} months and can be exported.",
        ("Where is it logged who changed {part}?", "How many months does the audit log of {part} go back?"),
        6, 2,
    ),
    "refresh": Kind(
        "How fresh {part} are",
        "What {part} show is at most {n} minutes old. A refresh by hand counts against the quota of the workspace.",
        ("How old is what {part} show at most?", "Is there a refresh by hand for {part}?"),
        2, 4,
    ),
    "sharing": Kind(
        "Sharing {part} outside the workspace",
        "A public link to {part} expires after {n} days and can have a password. An owner can forbid public links.",
        ("When does a public link to {part} expire?", "Can a public link to {part} have a password?"),
        7, 2,
    ),
    "failure": Kind(
        "When {part} fail to load",
        "If {part} do not load, the query behind them took longer than {n} seconds. Narrow its time range first.",
        ("Our {part} do not load, what shall we do?", "After how many seconds is the query behind {part} too long?"),
        20, 5,
    ),
    "names": Kind(
        "Naming {part}",
        "Names of {part} have at most {n} characters and must be unique within their folder. Accents are fine.",
        ("How long may the names of {part} be?", "Must names of {part} be unique?"),
        30, 10,
    ),
    "history": Kind(
        "Earlier versions of {part}",
        "The last {n} versions of {part} are kept. Open the menu, choose History, and restore the one you want.",
        ("How do I go back to an earlier version of {part}?", "How many versions of {part} are kept?"),
        10, 5,
    ),
    "mobile": Kind(
        "{part} on a phone",
        "On phones {part} are shown one below the other, from version {n} of the app on. They cannot be edited there.",
        ("Can {part} be edited on a phone?", "From which version of the app on are {part} shown on phones?"),
        2, 1,
    ),
    "language": Kind(
        "Languages of {part}",
        "{part} are shown in the reader's language, of which there are {n}. Dates follow the reader's country.",
        ("In how many languages are {part} shown?", "Do dates in {part} follow the reader's country?"),
        8, 1,
    ),
}  # fmt: skip

UNANSWERABLE = (
    "Who founded the company?",
    "Do you have an office in Tokyo?",
    "Is there a discount for universities?",
    "Can I pay with Bitcoin?",
    "What is the weather in Lisbon?",
    "Which football club does your team support?",
    "Does it run on a mainframe under z/OS?",
    "May I bring my dog to the training in Vienna?",
    "How many employees work in sales?",
    "Is the cafeteria open on Sundays?",
    "When is the initial public offering planned?",
    "Can the product drive a car?",
)


@dataclass(frozen=True)
class Question:
    """A question; `file` is the document that answers it, and `says` the number it must hold. Empty: unanswerable."""

    ask: str
    file: str = ""
    says: str = ""


def documents() -> Iterator[tuple[str, str]]:
    """Each document's name and text."""
    for at, (part, about) in enumerate(PARTS.items()):
        for name, kind in KINDS.items():
            title = kind.title.format(part=part)
            said = kind.text.format(part=part, n=_number(kind, at))
            lines = (f"# {title}", f"{part} are {about}.", said)
            yield f"{part}/{name}.md", "\n\n".join(lines) + "\n"


def questions() -> list[Question]:
    """Four questions on each part, over all kinds in turn, and those without an answer."""
    found = []
    names = list(KINDS)
    for at, part in enumerate(PARTS):
        for turn in range(4):
            name = names[(at * 3 + turn * 4) % len(names)]
            kind = KINDS[name]
            ask = kind.asks[(at + turn) % len(kind.asks)].format(part=part)
            found.append(Question(ask, f"{part}/{name}.md", str(_number(kind, at))))
    return [*found, *(Question(one) for one in UNANSWERABLE)]


def write_documents(folder: Path, *, at_least: int = 0) -> int:
    """Write the documents below `folder`, and further editions of them until there are `at_least` so many."""
    written, edition = 0, 0
    while not written or written < at_least:
        for name, text in documents():
            if edition and written >= at_least:
                break
            path = folder / (f"edition-{edition}" if edition else "") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if not edition else f"{text}\nThis is edition {edition}, for the archive.\n", "utf-8")
            written += 1
        edition += 1
    return written


def _number(kind: Kind, at: int) -> int:
    return kind.base + kind.step * at
