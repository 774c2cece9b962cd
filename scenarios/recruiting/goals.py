"""Recruiting in everyday English: which steps a goal asks for, and whether it is about the job at hand."""

import re
from collections.abc import Mapping
from typing import Any

from crews.goals import plain_words
from runtime.errors import Unclear
from scenarios.recruiting.positions import load_positions
from tools.resumes.job import load_job
from tools.world import World

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_ASK = r"\b(?:best|top|strongest)\s+(\d+|two|three|four|five|six)\b"


def understands(goal: str, world: World) -> Mapping[str, Any]:
    """The steps that the goal asks for, under `only`. Raises Unclear if it names another position or number."""
    words, job = plain_words(goal), load_job(world.inputs["job"])
    for other in load_positions(world.inputs["positions"]):
        title = str(other["title"])
        if title.casefold() in words and title.casefold() not in job.title.casefold():
            raise Unclear(
                f"is this for '{title}'? The job at hand is '{job.title}'",
                remedy="give the other job with its résumés: --input job=FILE --input resumes=FOLDER",
            )
    number = re.search(_ASK, words)
    asked = _NUMBERS.get(number[1], 0) or int(number[1]) if number else job.interviews.shortlist
    if asked != job.interviews.shortlist:
        raise Unclear(
            f"how many are invited, {asked} or the {job.interviews.shortlist} of the job's file?",
            remedy="change 'interviews: shortlist' in the job's file, or leave the number out",
        )
    return {"only": ",".join(_steps(goal, words))}


def _steps(goal: str, words: str) -> list[str]:
    """The playbook's steps, in order, up to what is asked for."""
    if "{" in goal or re.search(r"\b(?:fill|recruit)\b", words):
        return ["screen", "shortlist", "schedule", "invite", "decline"]
    steps = ["screen", "shortlist"]
    if re.search(r"\b(?:interviews?|invite)\b", words):
        steps += ["schedule", "invite"]
    if re.search(r"\b(?:rejections?|decline)\b", words):
        steps.append("decline")
    return steps
