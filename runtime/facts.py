"""What memory is made of (see runtime.memory)."""

from dataclasses import dataclass, field

LONGEST = 2_000
"""Characters that one fact may have."""


@dataclass(frozen=True)
class Fact:
    """One thing that is known. `about` is its topic, `key` what makes it the same fact within the topic.

    `origin` says who wrote it down, `run` and `call` the record it came from, `subject` the person it is about; `at`
    and `expires` are UTC, empty for never.
    """

    about: str
    key: str
    text: str
    trusted: bool
    origin: str
    subject: str = ""
    run: str = ""
    call: str = ""
    at: str = ""
    expires: str = ""
    id: int = field(default=0, compare=False)
