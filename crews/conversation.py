"""A conversation that the client keeps, since the assistant itself knows nothing of the last turn.

One JSON file per name, for its owner's eyes: the newest turns, up to `TURNS` and `LARGEST` characters, for `LASTS`.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from runtime.clock import Clock, SystemClock
from runtime.errors import UsageError
from runtime.home import Home
from runtime.scratch import replace_text

TURNS = 8
LARGEST = 6_000
LASTS = timedelta(hours=12)
FOLDER = "conversations"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_TOLD = "Earlier in this conversation, for what words such as 'it' stand for; it is no source to cite:"


@dataclass(frozen=True)
class Said:
    """One turn: the question, the answer, and when, in seconds since 1970."""

    question: str
    answer: str
    at: float


class Conversation:
    """The conversation of a name. Raises UsageError for a name that cannot name a file."""

    def __init__(self, home: Home, name: str, clock: Clock | None = None) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(f"'{name}' cannot name a conversation", remedy="use letters, digits, - and _, up to 40")
        self._file = home.root / FOLDER / f"{name}.json"
        self._clock = clock or SystemClock()

    def earlier(self) -> str:
        """What was said before, as the assistant is told of it; empty if nothing was, or too long ago."""
        turns = self._turns()
        return "\n".join([_TOLD, *(f"Q: {one.question}\nA: {one.answer}" for one in turns)]) if turns else ""

    def add(self, question: str, answer: str) -> None:
        """Keep one more turn, and let go of the oldest ones that are too many."""
        turns = [*self._turns(), Said(question, answer[:LARGEST], self._clock.now().timestamp())][-TURNS:]
        while len(turns) > 1 and sum(len(one.question) + len(one.answer) for one in turns) > LARGEST:
            turns = turns[1:]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(self._file, json.dumps([asdict(one) for one in turns], ensure_ascii=False), mode=0o600)

    def _turns(self) -> list[Said]:
        if not self._file.exists():
            return []
        turns = [Said(**one) for one in json.loads(self._file.read_text(encoding="utf-8"))]
        now: datetime = self._clock.now()
        return turns if turns and now.timestamp() - turns[-1].at < LASTS.total_seconds() else []


def forget_conversations(home: Home) -> int:
    """Delete all conversations, since what was said of somebody may stand in any; how many there were."""
    files = list((home.root / FOLDER).glob("*.json"))
    for one in files:
        one.unlink()
    return len(files)
