"""Documents and questions that are hard to bring together: benchmarks/questions/*.yaml as retrieval.py uses them.

Each of 50 topics has a document for three products in two versions, which differ in a value only; the questions were
written by hand, in other words than the documents. The halves share no topic: what is set on one is told on the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from runtime.yamlfile import load_yaml

Kind = Literal["other words", "typed in haste", "two documents", "no answer"]
Half = Literal["tune", "held out"]

PRODUCTS = tuple((product, version) for product in ("atlas", "beacon", "cargo") for version in (3, 4))
_FOLDER = Path(__file__).parent / "questions"


@dataclass(frozen=True)
class Asked:
    """A question; `files` are the documents that answer it, all of them needed; `says` stands in the last."""

    ask: str
    kind: Kind
    half: Half
    files: tuple[str, ...] = ()
    says: str = ""


@cache
def documents() -> dict[str, str]:
    """The text of each document, by its name."""
    made = dict(_read("others")["documents"])
    for topic in _read("topics"):
        for (product, version), value in zip(PRODUCTS, topic["values"], strict=True):
            name = f"{product.capitalize()} {version}"
            text = topic["text"].format(product=name, v=value)
            made[f"{product}-{version}/{topic['topic']}.md"] = f"# {topic['title']} ({name})\n\n{text}\n"
    return made


@cache
def questions() -> tuple[Asked, ...]:
    """All questions, in the order of their files."""
    return (*_of_topics(), *_of_others())


def _of_topics() -> Iterator[Asked]:
    for at, topic in enumerate(_read("topics")):
        half: Half = "held out" if at % 2 else "tune"
        for number, line in enumerate(topic["asks"]):
            short, _, ask = line.partition(": ")
            of = next(one for one in PRODUCTS if short == f"{one[0][0]}{one[1]}")
            file = f"{of[0]}-{of[1]}/{topic['topic']}.md"
            says = topic["values"][PRODUCTS.index(of)]
            yield Asked(ask, "typed in haste" if number == 2 else "other words", half, (file,), str(says))


def _of_others() -> Iterator[Asked]:
    others = _read("others")
    for at, one in enumerate(others["two_hop"]):
        yield Asked(one["ask"], "two documents", "held out" if at % 2 else "tune", tuple(one["files"]))
    for at, ask in enumerate(others["unanswerable"]):
        yield Asked(ask, "no answer", "held out" if at % 2 else "tune")


@cache
def _read(name: str) -> Any:
    return load_yaml(_FOLDER / f"{name}.yaml", name).data
