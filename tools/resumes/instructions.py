"""Text that is written for a machine that reads résumés, and not for a person."""

import re
from collections.abc import Sequence

from tools.resumes.extract import Line
from tools.resumes.paper import Finding

_WHO = r"(?:(?:this|the)\s+(?:candidate|applicant)|this\s+(?:application|resume|résumé|cv))"
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\s+(?:(?:all|any|of|the|your|my|these|those)\s+){0,3}"
    r"(?:previous|prior|above|earlier|preceding|other|system)\s+(?:\w+\s+)?(?:instructions?|prompts?|rules|criteria|guidelines)\b"
    r"|\b(?:ignore|disregard|forget)\s+(?:all|any|your)\s+(?:the\s+|your\s+)?(?:instructions|prompts|guidelines)\b"
    rf"|\b(?:rank|rate|score|put|place|recommend|select|shortlist|advance|hire|invite|book)\s+{_WHO}\b"
    rf"|\b(?:give|assign|award|grant)\s+(?:{_WHO}|me)\s+(?:\w+\s+){{0,3}}(?:points?|scores?|ratings?|marks?)\b"
    r"|\b(?:set|give|mark)\s+(?:every|all|each)\s+(?:\w+\s+){0,2}(?:criteri(?:on|a)|scores?)\s+(?:to|as|at|full)\b"
    r"|\byou\s+are\s+(?:now\s+)?an?\s+(?:\w+\s+){0,2}(?:ai|llm|language model|assistant|chatbot|agent)\b"
    r"|\bas\s+an?\s+(?:large\s+language\s+model|language\s+model|(?:ai|llm)\s+(?:model|assistant|language))\b"
    r"|\b(?:note|message|instructions?)\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?(?:ai|llms?|ats|language\s+models?|"
    r"reading\s+program|(?:automated|screening)\s+(?:tools?|systems?|software|readers?))\b"
    r"|\bsystem\s+prompt\b|</?(?:system|assistant|instructions?)>|\[/?INST\]|<\|im_(?:start|end)\|>",
    re.IGNORECASE,
)
_AFTER = 300


def find_instructions(lines: Sequence[Line]) -> tuple[frozenset[int], tuple[Finding, ...]]:
    """The numbers, from 0, of visible lines that give orders to a machine, and a finding for each such stretch."""
    text, starts = "", list[int]()
    for line in lines:
        starts.append(len(text))
        text += line.text + " "
    ends = [*starts[1:], len(text)] if starts else []
    touched = {
        at
        for match in _ORDERS.finditer(text)
        for at, (start, end) in enumerate(zip(starts, ends, strict=True))
        if start < match.end() and match.start() < end
    }
    stretches = [sorted(touched)[0:1]] if touched else []
    for at in sorted(touched)[1:]:
        if at == stretches[-1][-1] + 1:
            stretches[-1].append(at)
        else:
            stretches.append([at])
    return frozenset(touched), tuple(_finding(lines, stretch) for stretch in stretches)


def _finding(lines: Sequence[Line], stretch: list[int]) -> Finding:
    text = " ".join(lines[at].text for at in stretch)[:_AFTER]
    return Finding(
        kind="injected_instruction", page=lines[stretch[0]].page, text=text, why="it gives orders to a machine"
    )
