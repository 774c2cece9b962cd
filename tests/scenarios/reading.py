"""Every scenario whose crew only reads, for the tests here: what it is asked, and with which model."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.chat import Model
from crews.answering import scripted
from crews.assistant import Assistant
from crews.config import load_config
from testkit.projects import CHECKOUT, home_in

QUESTIONS = {
    "": "Which positions are open?",
    "support": "What's the API rate limit?",
    "copilot": "How is the total of an order rounded?",
    "meetings": "What was decided, and who does what?",
    "extraction": "Extract what the schema asks for.",
    "translation": "Translate the text into German.",
    "summary": "Sum up the quarter.",
}
"""A usual question to each; the empty name is the assistant over the house's records."""


def readers() -> list[str]:
    """The names of the scenarios of this checkout whose crew only reads, and the empty one."""
    config = load_config(CHECKOUT)
    return ["", *(name for name, one in config.scenarios.items() if config.crews[one.crew].read_only)]


@contextmanager
def asking(project: Path, scenario: str, model: Model) -> Iterator[Assistant]:
    """The assistant of the scenario over its demo's world, with `model` answering."""
    answering = scripted("model", "a test's script", model)
    with home_in(project), Assistant(project, scenario or None, answering=answering) as assistant:
        yield assistant
