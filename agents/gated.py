"""Our tools as CrewAI sees them: thin wrappers that hand every call to the gate."""

from typing import Any

from crewai.tools import BaseTool
from pydantic import PrivateAttr

from guard.gate import Gate
from runtime.errors import LedgerError, RunStopped
from tools.tool import Tool

_UNLIMITED = 10**6


class GatedTool(BaseTool):
    """One tool in one role's hands. It decides nothing and does nothing by itself."""

    _gate: Gate = PrivateAttr()
    _role: str = PrivateAttr()

    def _run(self, **kwargs: Any) -> str:
        try:
            return self._gate.call(self._role, self.name, kwargs).text
        except LedgerError as error:  # as a text for the model it would be forgotten, and the run go on unrecorded
            raise RunStopped(error) from error

    def __repr__(self) -> str:
        return f"<tool {self.name}>"

    __str__ = __repr__


def gated(tool: Tool, role: str, gate: Gate) -> GatedTool:
    """`tool` for an agent in `role`, behind `gate`.

    A tool that changes the world is given a usage count, which makes CrewAI run its calls one after the other, in the
    order the model wrote them; the count itself never bites, since the gate counts.
    """
    wrapper = GatedTool(
        name=tool.name,
        description=tool.description,
        args_schema=tool.args,
        max_usage_count=None if tool.effect == "read" else _UNLIMITED,
        cache_function=_never,
    )
    wrapper._gate = gate
    wrapper._role = role
    return wrapper


def _never(_args: Any = None, _result: Any = None) -> bool:
    return False
