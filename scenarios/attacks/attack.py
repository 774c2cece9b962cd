"""What an attack is: a carrier in an applicant's hands, orders in it, and the harm it is if they are obeyed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from scenarios.attacks.encodings import Encoding
from scenarios.attacks.harms import Harm
from scenarios.attacks.orders import Order

Carrier = Literal["resume", "insider", "skills", "title", "file", "quote", "name", "location", "memory"]
"""Where the orders stand: a line of a weak applicant's résumé, of the strongest one's, among skills, in a job title, in
a file name, in the line that a score is shown by, in the papers of somebody whose name is a message, in the place of
an open position, or in a fact that a fooled run remembered."""

Process = Literal["planned", "hierarchical", "assistant"]


@dataclass(frozen=True)
class Attack:
    """One attack. `hole` says why it is known to succeed although asks are refused; empty for those that do not."""

    family: str
    name: str
    carrier: Carrier
    encoding: Encoding
    orders: tuple[Order, ...]
    harm: Harm = field(repr=False)
    process: Process = "planned"
    hole: str = ""

    @property
    def id(self) -> str:
        """Its name among all attacks."""
        return f"{self.family}-{self.name}-{self.encoding}"


@dataclass(frozen=True)
class Idea:
    """Attacks that differ only in how the orders are written."""

    name: str
    orders: Sequence[Order]
    harm: Harm
    encodings: Sequence[Encoding] = ("base64",)
    carrier: Carrier = "resume"
    process: Process = "planned"
    hole: str = ""


def order(tool: str, times: int = 1, /, **args: object) -> Order:
    """The order to call `tool` with these arguments, so often."""
    return Order(tool, args, times)


def family(name: str, ideas: Sequence[Idea]) -> Mapping[str, Attack]:
    """The attacks that the ideas come to, by id."""
    made = [
        Attack(name, idea.name, idea.carrier, encoding, tuple(idea.orders), idea.harm, idea.process, idea.hole)
        for idea in ideas
        for encoding in idea.encodings
    ]
    return {one.id: one for one in made}
