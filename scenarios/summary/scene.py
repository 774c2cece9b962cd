"""Summary in code: without a model, the headline figures with their changes, and what is said of the outlook."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.playbook import Playbook, Script, after_mark, call
from crews.assistant import NO_ANSWER
from crews.craft import Craft, Finished
from crews.scene import Scene
from runtime.errors import UsageError
from runtime.records import Record
from scenarios.summary.figures import misread
from tasks.steps import plan_of
from tools.extracting.windows import words_of
from tools.quarterly import report_of
from tools.world import World

_HEADLINES = (
    "revenue", "sales", "gross profit", "operating profit", "ebit", "net income", "net profit", "margin",
    "free cash flow", "cash", "order", "backlog", "customer", "employee",
)  # fmt: skip
_FIGURES, _SENTENCES = 7, 3
_LEAST = 5  # words of a sentence
_OUTLOOK = re.compile(r"\b(?:outlook|we (?:now )?expect|guidance|forecast|main risk|we plan)\b", re.IGNORECASE)
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def summarise(prompt: str) -> Script:
    """The rows and sentences that a summary would begin with, as they stand in the report."""
    question = after_mark(prompt, "Question: ")
    [found] = yield [call("read_report", query=question)]
    passages = found.needed()["passages"]
    rows = [(one["mark"], line) for one in passages if _is_table(one) for line in one["text"].splitlines()]
    asked = [one for one in rows if words_of(one[1].partition(":")[0]) <= words_of(question)]
    ranked = asked or [
        rows[at] for _, at in sorted((_rank(one[1]), at) for at, one in enumerate(rows) if _rank(one[1]))
    ]
    lines = ["Changes in brackets are computed from the report's own figures:"] if ranked else []
    lines += [f"- {line} [{mark}]." for mark, line in ranked[:_FIGURES]]
    wanted = words_of(question) if asked else None
    lines += [f"- {said} [{mark}]." for mark, said in _said(passages, wanted)]
    return "\n".join(lines) or NO_ANSWER


def prepare(world: World) -> None:
    """Refuse a report that cannot be used before anything is asked."""
    try:
        report_of(world)
    except ValueError as error:
        raise UsageError(
            str(error), remedy="give a PDF, DOCX, HTML or Markdown file with text: -i report=FILE"
        ) from error


def finish(texts: Sequence[str], _records: Sequence[Record], world: World) -> Finished:
    """The summary, with figures that are told of another row, period, unit or direction than the report's."""
    return Finished(texts[0], misread(texts[0], report_of(world)))


def _is_table(passage: Mapping[str, Any]) -> bool:
    return "-t" in str(passage["mark"]).rpartition(":")[2]


def _rank(line: str) -> int:
    """The place of a row among the headlines, from 1; 0 if it is none."""
    label = line.partition(":")[0].casefold()
    return next((at for at, word in enumerate(_HEADLINES, start=1) if word in label), 0)


def _said(passages: Sequence[Mapping[str, Any]], wanted: set[str] | None) -> list[tuple[str, str]]:
    """Sentences on outlook and risk; or, where words are wanted, those that share two of them at least."""
    told = [
        (str(one["mark"]), said.strip().rstrip("."))
        for one in passages
        if not _is_table(one)
        for said in _ENDS.split(str(one["text"]))
        if said.strip().endswith(".") and len(said.split()) >= _LEAST
    ]
    fits = [one for one in told if (len(words_of(one[1]) & wanted) >= 2 if wanted else _OUTLOOK.search(one[1]))]
    return fits[:_SENTENCES]


SCENE = Scene(
    playbook=Playbook(lambda brief: plan_of(brief.tasks), {"summarise_report": summarise}),
    prepare=prepare,
    grounded=True,
    craft=Craft(finish),
)
