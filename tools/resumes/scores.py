"""Points for criteria, each with the words they rest on, and what is wrong with them."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from tools.resumes.job import Criterion, Job
from tools.resumes.spans import stands, where


class Score(BaseModel):
    """Points for one criterion of the job. Unknown is None, which is not zero."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    criterion: str = Field(description="id of the criterion")
    points: int | float | None = Field(
        default=None, description="from 0 to the criterion's points; null if the lines do not say"
    )
    quote: str = Field(default="", description="words copied from one line of the résumé that the points rest on")
    line: int | None = Field(default=None, description="number of the line the quote stands in")


def mistakes(scores: Sequence[Score], job: Job, lines: Mapping[int, str]) -> list[str]:
    """Everything that is wrong with the scores, a sentence each; empty if they can be recorded."""
    given = [score.criterion for score in scores]
    found = [f"'{one}' is scored {given.count(one)} times" for one in dict.fromkeys(given) if given.count(one) > 1]
    for score in scores:
        criterion = job.criterion(score.criterion)
        if criterion is None:
            found.append(f"'{score.criterion}' is no criterion of the job")
        else:
            found += [f"'{score.criterion}': {problem}" for problem in _wrong(score, criterion, lines)]
    missing = [criterion.id for criterion in job.criteria if criterion.id not in given]
    return found + [f"'{one}' has no score; give points null if the lines do not say" for one in missing]


def _wrong(score: Score, criterion: Criterion, lines: Mapping[int, str]) -> list[str]:
    found: list[str] = []
    if score.points is not None and not 0 <= score.points <= criterion.points:
        found.append(f"{score.points} points are not between 0 and {criterion.points}")
    if score.quote.strip():
        found += _misquoted(score, lines)
    elif score.points:
        found.append("points need a quote from the lines; give points null if there is none")
    return found


def _misquoted(score: Score, lines: Mapping[int, str]) -> list[str]:
    if score.line is not None and stands(score.quote, lines.get(score.line, "")):
        return []
    elsewhere = where(score.quote, lines)
    if elsewhere:
        return [f"the quote stands in line {elsewhere[0]}, not in line {score.line}"]
    return ["the quote stands in no line; copy words of one line exactly"]
