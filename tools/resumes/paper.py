"""The paper: a résumé as whoever scores it sees it, with everything masked that must not count."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Finding(BaseModel):
    """Something a person should see: text that readers cannot see, or that is written for a machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hidden_text", "injected_instruction"]
    page: int | None = None
    text: str
    why: str


class WorkEntry(BaseModel):
    """One position held. `start` and `end` are 2019, 2019-03 or 'present'; `lines` the first and last line of it.

    A field that the résumé does not say is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str | None = None
    employer: str | None = None
    start: str | None = None
    end: str | None = None
    lines: tuple[int, int]
    years: float | None = None


class Paper(BaseModel):
    """One résumé, masked. `lines` is one string, each line of it as '12: text', numbered from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    candidate: str
    file: str
    status: Literal["ok", "needs_ocr", "needs_human"]
    why: str = ""
    lines: str = ""
    work: tuple[WorkEntry, ...] = ()
    unknown: tuple[str, ...] = Field(default=(), description="fields that could not be found")
    findings: tuple[Finding, ...] = ()

    def numbered(self) -> dict[int, str]:
        """Each masked line by its number."""
        pairs = (row.split(": ", 1) for row in self.lines.splitlines())
        return {int(number): text for number, text in pairs}


def numbering(lines: list[str]) -> str:
    """The lines as one string, '1: text' in each row."""
    return "\n".join(f"{number}: {text}" for number, text in enumerate(lines, start=1))
