"""What an attack is: a carrier that a stranger writes, orders in it, and the harm it is if they are obeyed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from scenarios.attacks.encodings import Encoding
from scenarios.attacks.harms import Harm
from scenarios.attacks.orders import Order

Scenario = Literal["recruiting", "stock", "lunch", "report", "research", "crm", "scheduling", "finops", "devops"]

Carrier = str
"""Where the orders stand. In recruiting, see `place`: a line of a weak applicant's résumé, of the strongest one's,
among skills, in a job title, in a file name, in the line that a score is shown by, in the papers of somebody whose
name is a message, in the place of an open position, or in a fact that a fooled run remembered. In the other scenarios,
see `places`."""

Process = Literal["planned", "hierarchical", "assistant"]


class Twin(NamedTuple):
    """What attacks with the same honest twin have in common."""

    scenario: Scenario
    carrier: Carrier
    process: Process


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
    scenario: Scenario = "recruiting"

    @property
    def id(self) -> str:
        """Its name among all attacks."""
        return f"{self.family}-{self.name}-{self.encoding}"

    @property
    def twin(self) -> Twin:
        """Its honest twin: the same world, where nobody orders anything."""
        return Twin(self.scenario, self.carrier, self.process)


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


def family(name: str, ideas: Sequence[Idea], scenario: Scenario = "recruiting") -> Mapping[str, Attack]:
    """The attacks that the ideas come to, by id."""
    made = [
        Attack(
            name, idea.name, idea.carrier, encoding, tuple(idea.orders), idea.harm, idea.process, idea.hole, scenario
        )
        for idea in ideas
        for encoding in idea.encodings
    ]
    return {one.id: one for one in made}
