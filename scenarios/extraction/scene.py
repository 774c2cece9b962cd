"""Extraction in code: without a model, what labels and table heads make sure, and null for the rest."""

from agents.playbook import Playbook, Script, call
from crews.craft import Craft
from crews.scene import Scene
from runtime.errors import UsageError
from scenarios.extraction.answers import finish, mend
from tasks.steps import plan_of
from tools.extraction import reading_of
from tools.world import World


def extract(_prompt: str) -> Script:
    """Nothing beyond what is sure: reading a text needs a model."""
    [found] = yield [call("find_fields")]
    found.needed()
    return "{}"


def prepare(world: World) -> None:
    """Refuse a schema or a document that cannot be used before anything is asked."""
    try:
        reading_of(world)
    except ValueError as error:
        raise UsageError(
            str(error), remedy="give a PDF, DOCX, HTML or Markdown file with text: -i document=FILE"
        ) from error


SCENE = Scene(
    playbook=Playbook(lambda brief: plan_of(brief.tasks), {"extract_fields": extract}),
    prepare=prepare,
    craft=Craft(finish, mend=mend, label="look at"),
)
