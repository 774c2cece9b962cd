"""What runs use of a day: numbers of calls and sums of arguments, and whose they are. Kept by `runtime.tally`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

Per = Literal["day", "tenant_day"]
DAYS: tuple[Per, ...] = ("day", "tenant_day")

_LONGEST = 64  # characters of a number that is written as a text


def tenant_of(principal: str) -> str:
    """The tenant that a principal belongs to: what stands after its last @; empty for people of the house."""
    return principal.rpartition("@")[2] if "@" in principal else ""


def amounts(args: Mapping[str, Any]) -> dict[str, float]:
    """The numbers among the arguments, without their sign: nothing gives back what a cap has counted."""
    found = ((str(name), _number(value)) for name, value in args.items())
    return {name: abs(number) for name, number in found if number is not None}


@dataclass(frozen=True)
class Today:
    """What other runs have used on one day, by tool and argument (no argument: how often)."""

    day: Mapping[tuple[str, str], float] = field(default_factory=dict)
    tenant_day: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def times(self, tool: str, per: Per) -> int:
        """How often the tool was called."""
        return round(self.total(tool, "", per))

    def total(self, tool: str, argument: str, per: Per) -> float:
        """What the argument came to."""
        known: Mapping[tuple[str, str], float] = getattr(self, per)
        return known.get((tool, argument), 0.0)

    def named(self) -> Iterator[tuple[str, str]]:
        """The tools with each argument that has come to something."""
        return (name for name in self.day if name[1])


def _number(value: Any) -> float | None:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | str)
        or (isinstance(value, str) and len(value) > _LONGEST)
    ):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None
