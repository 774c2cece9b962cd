"""Translation in code: the text in parts, and what each translation must have kept.

Without a model there is none, but for the demo's own text, whose translation was made by hand.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from agents.playbook import NeedsModel, Playbook, Script, call
from crews.craft import Craft, Finished
from crews.grounding import Doubt
from crews.scene import Scene
from runtime.errors import UsageError
from runtime.records import Record
from scenarios.translation.kept import changes
from tasks.steps import plan_of
from tools.reading.chunks import chunks_of
from tools.translation import chunks_in, glossary_in
from tools.world import World

_PART = re.compile(r"^Part: (\d+) of \d+$", re.MULTILINE)
_GERMAN = re.compile(r"\b(?:into|to|in) German\b|\bauf Deutsch\b|\bins Deutsche\b", re.IGNORECASE)
_WRAPPED = re.compile(r"\A```\w*\n(.*)\n```\s*\Z", re.DOTALL)


def translate(prompt: str) -> Script:
    """Reads the part that the prompt names; the translating is left to a model, or was done for the demo's text."""
    [read] = yield [call("read_text", part=int(_PART.findall(prompt)[-1]))]
    if _GERMAN.search(prompt) and read.needed()["text"].strip() == _demo("release-notes.md"):
        return _demo("release-notes.de.md")
    raise NeedsModel("a translation needs a language model")


def _demo(name: str) -> str:
    """The demo's text as it is handed out, with signs for its code."""
    [text] = chunks_of((Path(__file__).parent / "world" / name).read_text(encoding="utf-8")).parts
    return text.strip()


def prepare(world: World) -> None:
    """Refuse a text or a glossary that cannot be used before anything is asked."""
    glossary_in(world)
    try:
        chunks_in(world)
    except ValueError as error:
        raise UsageError(str(error), remedy="give a Markdown or text file in UTF-8: -i text=FILE") from error


def mend(part: int, world: World, text: str) -> str:
    """What a translation has changed that must stay, for the model to put right."""
    wrong = _changes(part, world, text)
    listed = "\n".join(f"- {one}" for one in wrong)
    return (
        f"These must be put right; answer with the whole translation again, and nothing else:\n{listed}"
        if wrong
        else ""
    )


def finish(texts: Sequence[str], _records: Sequence[Record], world: World) -> Finished:
    """The translation in one, with what is still not as it was."""
    chunks = chunks_in(world)
    where = "" if len(texts) == 1 else "part {part}: "
    found = [
        Doubt(f"{where.format(part=part)}{wrong}", "check it by hand")
        for part, text in enumerate(texts, start=1)
        for wrong in _changes(part, world, text)
    ]
    return Finished(chunks.whole([_bare(one) for one in texts]), found, fault=bool(found))


def _changes(part: int, world: World, text: str) -> list[str]:
    source = chunks_in(world).parts[part - 1]
    return changes(source, _bare(text), glossary_in(world).within(source))


def _bare(text: str) -> str:
    """The translation without a fence that a model has put around it."""
    wrapped = _WRAPPED.match(text.strip())
    return (wrapped[1] if wrapped else text).strip("\n")


SCENE = Scene(
    playbook=Playbook(lambda brief: plan_of(brief.tasks), {"translate_text": translate}),
    prepare=prepare,
    craft=Craft(finish, parts=lambda world: len(chunks_in(world).parts), mend=mend, label="changed"),
)
