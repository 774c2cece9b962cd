"""What the roles of a run used, as its records tell it: model calls and tokens, dollars, tool calls, seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from crews.report.figures import money, one_line
from runtime.records import Record


@dataclass(frozen=True)
class Spent:
    """What one role used. Seconds are the sum over calls that may have run side by side; `unpriced` calls have no
    known price."""

    role: str
    model_calls: int = 0
    prompt: int = 0
    completion: int = 0
    usd: float = 0.0
    model_seconds: float = 0.0
    tool_calls: int = 0
    tool_seconds: float = 0.0
    unpriced: int = 0

    @property
    def cost(self) -> str:
        """What the models cost, as far as prices are known."""
        return money(self.usd, self.unpriced)

    def __add__(self, other: "Spent") -> "Spent":
        """Both together, under this one's name."""
        return Spent(
            self.role,
            self.model_calls + other.model_calls,
            self.prompt + other.prompt,
            self.completion + other.completion,
            self.usd + other.usd,
            self.model_seconds + other.model_seconds,
            self.tool_calls + other.tool_calls,
            self.tool_seconds + other.tool_seconds,
            self.unpriced + other.unpriced,
        )


def spent_in(records: Sequence[Record]) -> list[Spent]:
    """What each role used, in the order in which they began."""
    spent: dict[str, Spent] = {}
    for one in records:
        if one.kind in ("model.called", "tool.done", "tool.failed"):
            role = one_line(str(one.body.get("role") or ""))
            spent[role] = spent.get(role, Spent(role)) + _of(role, one)
    return list(spent.values())


def _of(role: str, record: Record) -> Spent:
    """What one call of a model or a tool used."""
    body = record.body
    seconds = float(body.get("ms") or 0) / 1000
    if record.kind != "model.called":
        return Spent(role, tool_calls=1, tool_seconds=seconds)
    usage, usd = body.get("usage") or {}, body.get("usd")
    return Spent(
        role,
        model_calls=1,
        prompt=int(usage.get("prompt", 0)),
        completion=int(usage.get("completion", 0)),
        usd=float(usd or 0),
        model_seconds=seconds,
        unpriced=int(usd is None),
    )
