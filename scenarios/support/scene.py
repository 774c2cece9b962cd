"""Support in code: without a model, the best sentences of the best passages, each with its source."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.playbook import Brief, Playbook, Script, after_mark, call
from crews.assistant import NO_ANSWER
from crews.grounding import stem
from crews.scene import Scene
from guard.plan import Plan
from runtime.words import query_words
from tasks.steps import plan_of

ENOUGH = 0.5
"""The share of the question's words, by their rarity, that a passage must hold to answer it without a model."""

_OWN = re.compile(
    r"\b(?:my|our)\s+(?:\w+\s+)?(?:account|plan|seats?|invoice|subscription)\b"
    r"|\b(?:plan|account) (?:am I|are we|do I have)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`])|\n+")
_WRAPPED = re.compile(r"(?<!\n)\n(?![\n\-*|]|\d+\.\s)")
_SENTENCES = 2
_PASSAGES = 2


def answer(prompt: str) -> Script:
    """The answer to the question in `prompt`: sentences as they stand in the documents, with their marks."""
    question = after_mark(prompt, "Question: ")
    if _OWN.search(question):
        return (yield from _own(question))
    [found] = yield [call("search_documents", query=question)]
    return told(question, (found.value or {}).get("passages", ()))


def told(question: str, passages: Sequence[Mapping[str, Any]]) -> str:
    """The sentences of the passages that answer the question best, with their marks; NO_ANSWER if none holds enough."""
    enough = [one for one in passages if one["support"] >= ENOUGH]
    if not enough:
        return NO_ANSWER
    best = max(one["support"] for one in enough)
    near = [one for one in enough if one["support"] >= best - 0.05][:_PASSAGES]
    return "\n".join(_cited(question, one) for one in near)


def _own(question: str) -> Script:
    """What the asking person's own account says; nothing if nobody knows who asks."""
    _, account = yield [call("search_documents", query=question), call("read_own_account")]
    return _cited(question, account.value["passages"][0]) if account.ok else NO_ANSWER


def remembered(question: str, facts: Sequence[Mapping[str, Any]]) -> str:
    """Those of the facts that `recall` gives as known which hold enough of the question's words, with their marks."""
    wanted = {stem(one) for one in query_words(question)}
    near = [one for one in facts if wanted and _shared(f"{one['about']} {one['fact']}", wanted) / len(wanted) >= ENOUGH]
    return "\n".join(f"{one['fact'].rstrip('.')} [{one['mark']}]." for one in near[:_PASSAGES])


def _cited(question: str, passage: Mapping[str, Any]) -> str:
    wanted = {stem(one) for one in query_words(question)}
    text = _WRAPPED.sub(" ", passage["text"])
    sentences = [one.strip(" -*|") for one in _SENTENCE.split(text) if one.strip(" -*|")]
    ranked = sorted(range(len(sentences)), key=lambda at: (-_shared(sentences[at], wanted), at))[:_SENTENCES]
    text = " ".join(sentences[at] for at in sorted(ranked))
    return f"{text.rstrip('.')} [{passage['mark']}]."


def _shared(sentence: str, wanted: set[str]) -> int:
    return len({stem(one) for one in query_words(sentence)} & wanted)


def _plan(brief: Brief) -> Plan:
    return plan_of(brief.tasks)


SCENE = Scene(playbook=Playbook(_plan, {"answer_from_documents": answer}), grounded=True, hands_over=True)
