"""Where one run's values come from, and what of them nobody may read: own tools and foreign ones alike."""

import threading
from collections.abc import Mapping
from typing import Any

from guard.decision import Decision
from guard.labels import Label, Origins
from guard.marks import Marks
from guard.warrant import Authority
from runtime.errors import DeputyError
from runtime.records import Record
from tools.world import World


class Provenance:
    """What results make known of the values in later calls. Safe to use from several threads."""

    def __init__(self, authority: Authority, origins: Origins) -> None:
        self._authority = authority
        self._origins = origins
        self._marks = Marks()
        self._lock = threading.Lock()

    def label(self, tool: str, target: str, args: Mapping[str, Any]) -> Label:
        """Where what stands in a target argument comes from."""
        foreign = self._authority.declared.get(tool)
        return foreign.label(target, args, self._origins) if foreign else self._origins.label(args.get(target))

    def learn(self, record: Record) -> None:
        """Trust what the tool of a call that was done declares trusted in its result."""
        name, call, result = (record.body[key] for key in ("tool", "call", "result"))
        foreign = self._authority.declared.get(name)
        if foreign:
            foreign.learn(call, result, self._origins)
        else:
            self._origins.from_result(self._authority.tools[name], call, result)

    def without_secrets(self, name: str, result: Any) -> Any:
        """The result with marks for what is declared secret in it, and for what was so in an earlier one."""
        foreign = self._authority.declared.get(name)
        with self._lock:
            marked = self._marks.on(result, foreign.spec.secret_results) if foreign else result
            return self._marks.clean(marked) if self._marks.texts else marked

    def changed(self, name: str, world: World) -> Decision | None:
        """The denial of a tool that is no longer as it was accepted; None if it is, or if nobody can be asked."""
        check = self._authority.tools[name].check
        try:
            reason = check(world) if check else ""
        except DeputyError:
            return None  # the call looks again before it acts, meets the same, and says it
        except Exception as error:
            return Decision("deny", "gate.error", f"the gate failed on '{name}': {type(error).__name__}")
        return Decision("deny", "tool.changed", reason) if reason else None
