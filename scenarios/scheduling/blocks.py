"""Where the blocks of a planned week go: the most important first, none over another, only so much of a day.

A priority gets one block in each half of a day, so that planning the same week again finds it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Block = dict[str, Any]
"""`title`, `start` in UTC and `minutes`, as book_focus takes them."""


@dataclass
class Week:
    """A week that fills up. `starts` are the free starts (UTC) for each length in minutes; `most` minutes a day."""

    starts: Mapping[int, list[str]]
    zone: str
    most: int
    blocks: list[Block] = field(default_factory=list)

    def plan(self, what: str, minutes: int, block: int, by: str | None) -> int:
        """Place blocks for so many minutes up to the day `by`; returns how many minutes found no place."""
        while minutes > 0:
            length = length_of(minutes, block)
            start = next((one for one in self.starts[length] if self._fits(what, one, length, by)), None)
            if start is None:
                return minutes
            self.blocks.append({"title": what, "start": start, "minutes": length})
            minutes -= length
        return 0

    def _fits(self, what: str, start: str, length: int, by: str | None) -> bool:
        local = self._local(start)
        own = [self._half(one["start"]) for one in self.blocks if one["title"] == what]
        day = sum(one["minutes"] for one in self.blocks if self._local(one["start"]).date() == local.date())
        return (
            (by is None or local.date().isoformat() <= by)
            and day + length <= self.most
            and self._half(start) not in own
            and not any(self._overlap(one, local, length) for one in self.blocks)
        )

    def _overlap(self, block: Block, start: datetime, length: int) -> bool:
        begins = self._local(block["start"])
        return begins < start + timedelta(minutes=length) and start < begins + timedelta(minutes=block["minutes"])

    def _half(self, start: str) -> str:
        local = self._local(start)
        return f"{local:%Y-%m-%d} {'am' if local.hour < 12 else 'pm'}"

    def _local(self, start: str) -> datetime:
        return datetime.fromisoformat(start).astimezone(ZoneInfo(self.zone))


def length_of(minutes: int, block: int) -> int:
    """How long the next block is: a whole one, or what is left in quarters of an hour, at least half an hour."""
    return block if minutes >= block else max(30, -(-minutes // 15) * 15)
