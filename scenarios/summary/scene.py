"""Summary in code: without a model, the headline figures with their changes, and what is said of the outlook."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.playbook import Playbook, Script, after_mark, call
from crews.assistant import NO_ANSWER
from crews.craft import Craft, Finished
from crews.scene import Scene
from runtime.errors import UsageError
from runtime.records import Record
from scenarios.summary.figures import misread
from tasks.steps import plan_of
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
    [found] = yield [call("read_report", query=after_mark(prompt, "Question: "))]
    passages = found.needed()["passages"]
    rows = [(one["mark"], line) for one in passages if _is_table(one) for line in one["text"].splitlines()]
    ranked = sorted((rank, at) for at, (_, line) in enumerate(rows) if (rank := _rank(line)) is not None)[:_FIGURES]
    lines = ["Headline figures, with changes computed from the report's own figures in brackets:"] if ranked else []
    lines += [f"- {rows[at][1]} [{rows[at][0]}]." for _, at in ranked]
    lines += [f"- {said} [{mark}]." for mark, said in _said(passages)]
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


def _rank(line: str) -> int | None:
    label = line.partition(":")[0].casefold()
    return next((at for at, word in enumerate(_HEADLINES) if word in label), None)


def _said(passages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    told = [
        (str(one["mark"]), said.strip().rstrip("."))
        for one in passages
        if not _is_table(one)
        for said in _ENDS.split(str(one["text"]))
        if _OUTLOOK.search(said) and said.strip().endswith(".") and len(said.split()) >= _LEAST
    ]
    return iter(told[:_SENTENCES])


SCENE = Scene(
    playbook=Playbook(lambda brief: plan_of(brief.tasks), {"summarise_report": summarise}),
    prepare=prepare,
    grounded=True,
    craft=Craft(finish),
)
