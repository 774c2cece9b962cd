"""Support in code: without a model, the best sentences of the best passages, each with its source."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.playbook import Brief, Playbook, Result, Script, after_mark, call
from crews.assistant import NO_ANSWER
from crews.grounding import stem
from crews.scene import Scene
from guard.plan import Plan
from runtime.words import query_words
from scenarios.support.asking import halves_of, question_before
from scenarios.support.sentences import sentences_of
from tasks.steps import plan_of

ENOUGH = 0.5
"""The share of the question's words, by their rarity, that a passage must hold to answer it without a model."""

_OWN = re.compile(
    r"\b(?:my|our)\s+(?:\w+\s+)?(?:account|plan|seats?|invoice|subscription)\b"
    r"|\b(?:plan|account) (?:am I|are we|do I have)\b",
    re.IGNORECASE,
)
_SENTENCES = 2
_PASSAGES = 2
_FEWER = 3
"""Passages of each look-up where there are several."""


def answer(prompt: str) -> Script:
    """The answer to the question in `prompt`: sentences as they stand in the documents, with their marks."""
    question = after_mark(prompt, "Question: ")
    if _OWN.search(question):
        return (yield from _own(question))
    if before := question_before(question, prompt):
        return (yield from _followed(question, before))
    if halves := halves_of(question):
        return (yield from _both(question, halves))
    [found] = yield [call("search_documents", query=question)]
    return told(question, _passages(found))


def _followed(question: str, before: str) -> Script:
    """The answer to a question that goes on with the one before it: with its words if they help, else without."""
    whole = f"{question} {before}"
    found = yield [call("search_documents", query=one, limit=_FEWER) for one in (whole, question)]
    together, alone = (told(asked, _passages(one)) for asked, one in zip((whole, question), found, strict=True))
    return alone if together == NO_ANSWER else together


def _both(question: str, halves: Sequence[str]) -> Script:
    """The answer to a sentence that asks two things: of one passage if it holds both, else one of each."""
    found = yield [
        call("search_documents", query=question),
        *(call("search_documents", query=one, limit=_FEWER) for one in halves),
    ]
    whole, *apart = map(_passages, found)
    for one in whole:
        if one["support"] >= ENOUGH and all(_holds(one, half) for half in halves):
            return told(question, [one])
    answers = [told(one, passages) for one, passages in zip(halves, apart, strict=True)]
    if all(one == NO_ANSWER for one in answers):
        return told(question, whole)
    return "\n".join(
        f"{NO_ANSWER.rstrip('.')}: {half}" if one == NO_ANSWER else one
        for half, one in zip(halves, answers, strict=True)
    )


def _passages(found: Result) -> Sequence[Mapping[str, Any]]:
    passages: Sequence[Mapping[str, Any]] = (found.value or {}).get("passages", ())
    return passages


def _holds(passage: Mapping[str, Any], question: str) -> bool:
    wanted = {stem(one) for one in query_words(question)}
    return not wanted or _shared(f"{passage['title']} {passage['text']}", wanted) / len(wanted) >= ENOUGH


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
    said = sentences_of(passage["text"])
    ranked = sorted(range(len(said)), key=lambda at: (-_shared(said[at], wanted), at))
    chosen = [at for at in ranked[:_SENTENCES] if at == ranked[0] or _shared(said[at], wanted)]
    text = " ".join(said[at] for at in sorted(chosen))
    return f"{text.rstrip('.')} [{passage['mark']}]."


def _shared(sentence: str, wanted: set[str]) -> int:
    return len({stem(one) for one in query_words(sentence)} & wanted)


def _plan(brief: Brief) -> Plan:
    return plan_of(brief.tasks)


SCENE = Scene(playbook=Playbook(_plan, {"answer_from_documents": answer}), grounded=True, hands_over=True)
