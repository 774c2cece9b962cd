"""Sealing a run's records: each value for the people it holds data of, as small as it goes.

    arguments        for whom the tool's declared `subjects` in them name, and whom they name otherwise; of a tool that
                     declares none, for everybody whose data the step has read
    result           for the same, and each object in it for whom its own declared fields name
    model request    each message for itself: a tool's result as it was recorded, a model's words as below
    model's words    for everybody whose data the step has read, and whom they name
    everything else  each text for whom it names

A person is who the vault knows: candidates with their files, names, addresses and numbers. Truth values stay in the
clear, so that it can still be told whether something happened when nobody can read any more to whom.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from crews.naming import NOBODY, Known, Naming
from crews.people import People
from guard.labels import leads_to
from runtime.canonical import readable
from runtime.records import Kind, Record
from runtime.subjects import Vault
from runtime.traces import spelled
from tools.tool import Tool

_PLAIN = frozenset(
    {
        *("step", "role", "tool", "call", "effect", "rule", "verdict", "approval", "approvers", "people", "expires"),
        *("scope", "by", "model", "ms", "usage", "usd", "again", "exit_code", "subject", "erased"),
        *("scenario", "crew", "process", "principal", "mode", "models", "config", "budget", "spent"),
    }
)
"""What is never sealed: it says which record it is, and somebody may be called like a step."""

_TOLD = ("digest", "error", "remedy", "preview")
"""What a call's records say that follows from its arguments."""

Body = dict[str, Any]
Whom = frozenset[str]
Path = tuple[str, ...]


class Sealing:
    """One run's sealer, for `Ledger.sealer`. Safe to call from several threads.

    It has to see all of a run: what was recorded before is given as `records`. Without `people` it knows those only
    whom the vault knows already.
    """

    def __init__(
        self,
        vault: Vault,
        tools: Mapping[str, Tool],
        people: People | None = None,
        records: Sequence[Record] = (),
        scenario: str = "",
    ) -> None:
        self._vault = vault
        self._tools = tools
        self._people = people
        self._scenario = scenario
        self._known: Known = {}
        self._naming = Naming(lambda: self._known)
        self._strangers: set[str] = set()
        self._said: dict[str, Whom] = {}
        self._outputs: dict[str, Whom] = {}
        self._read: dict[str, Whom] = {}
        self._asked: dict[str, Whom] = {}
        self._lock = threading.RLock()
        self._meet_everybody()
        for record in records:
            self(record.kind, record.body)

    def __call__(self, kind: Kind, body: Body) -> Body:
        """The body with what is personal in it sealed."""
        with self._lock:
            self._known = self._vault.names()
            if kind in ("model.called", "model.failed"):
                return self._model(body)
            if "tool" in body:
                return self._call(kind, body)
            if kind == "approval.answered":
                return self._answered(body)
            return self._told(kind, body)

    def _call(self, kind: Kind, body: Body) -> Body:
        tool, args = self._tools.get(body["tool"]), body.get("args")
        whom = self._about(tool, args, str(body.get("step")))
        out = self._each_of(body) | {name: body[name] for name in ("args", "key") if name in body}
        if whom and isinstance(args, dict):
            out["args"] = {name: self._sealed(value, whom) for name, value in args.items()}
            out |= {name: self._sealed(body[name], whom) for name in _TOLD if name in body}
            if "key" in body:  # a digest of few possible arguments can be guessed
                out["key"] = body["key"] | {"hash": self._sealed(body["key"]["hash"], whom)}
        if "result" in body:
            out["result"] = self._result(tool, body["result"], (), whom)
        self._learn(kind, body, whom)
        return out

    def _learn(self, kind: Kind, body: Body, whom: Whom) -> None:
        """Keep whom this call is about, for the words that follow from it."""
        if kind == "approval.requested":
            self._asked[body["approval"]] = whom
        if kind not in ("tool.done", "tool.failed"):
            return
        tool, step = self._tools.get(body["tool"]), str(body.get("step"))
        if tool and tool.effect != "read" and self._people:
            for subject in whom:
                self._vault.know(subject, self._people.one(subject), self._scenario)
        if tool and tool.effect == "write" and len(whom) == 1 and isinstance(body.get("result"), dict):
            own = {one for name, one in body["result"].items() if name in tool.subjects and isinstance(one, str)}
            self._vault.know(next(iter(whom)), {one for one in own if spelled(one) not in self._known})
        self._known = self._vault.names()
        whole = whom | self._inside(tool, body.get("result"), ())
        text = readable(body.get("result"))
        self._said[text] = self._said.get(text, NOBODY) | whole
        self._read[step] = self._read.get(step, NOBODY) | whole

    def _model(self, body: Body) -> Body:
        step = str(body.get("step"))
        out = dict(body) | ({"error": self._each(body["error"])} if "error" in body else {})
        if "request" in body:
            calls: dict[str, Whom] = {}
            messages = [self._message(one, step, calls) for one in body["request"]["messages"]]
            out["request"] = body["request"] | {"messages": messages}
        if "reply" in body:
            reply = body["reply"]
            text = self._words(reply.get("text"), step)
            out["reply"] = reply | {
                "text": text,
                "calls": [self._wanted(one, step) for one in reply.get("calls") or ()],
            }
        return out

    def _message(self, message: Body, step: str, calls: dict[str, Whom]) -> Body:
        text, out = message.get("content"), dict(message)
        whole = text if isinstance(text, str) else readable(text)
        if message.get("tool_calls"):
            for one in message["tool_calls"]:
                calls[str(one.get("id"))] = self._wants(one.get("function") or {}, step)
            out["tool_calls"] = [self._sealed(one, calls[str(one.get("id"))]) for one in message["tool_calls"]]
        if not text:
            return out
        known = self._said.get(whole)
        if known is None:
            known = self._named(whole)
            if message.get("role") == "tool":
                known |= calls.get(str(message.get("tool_call_id")), NOBODY)
            elif message.get("role") != "system":
                known |= NOBODY.union(*(whom for said, whom in self._outputs.items() if said in whole))
                known |= self._read.get(step, NOBODY)
        return out | {"content": self._sealed(text, known)}

    def _words(self, text: Any, step: str) -> Any:
        """A model's own words: they may be about anybody that it has read of."""
        if not isinstance(text, str) or not text.strip():
            return text
        whom = self._read.get(step, NOBODY) | self._named(text)
        self._said[text] = whom
        return self._sealed(text, whom)

    def _wanted(self, call: Body, step: str) -> Any:
        return self._sealed(call, self._wants(call, step))

    def _wants(self, call: Body, step: str) -> Whom:
        """Whom a call is about that a model asks for."""
        given = call.get("arguments")
        try:
            args = json.loads(given) if isinstance(given, str) else given
        except ValueError:
            args = None
        return self._about(self._tools.get(str(call.get("name"))), args, step) | self._named(str(given))

    def _told(self, kind: Kind, body: Body) -> Body:
        out = self._each_of(body)
        if kind == "step.done" and isinstance(body.get("output"), str):
            out["output"] = self._words(body["output"], str(body.get("step")))
            if body["output"].strip():
                self._outputs[body["output"]] = self._said[body["output"]]
        if kind == "step.failed":
            out["error"] = self._words(body.get("error"), str(body.get("step")))
        if kind == "run.done" and body.get("summary") in self._said:
            out["summary"] = self._sealed(body["summary"], self._said[body["summary"]])
        return out

    def _answered(self, body: Body) -> Body:
        whom = self._asked.get(str(body.get("approval")), NOBODY)
        out = self._each_of(body)
        args = body.get("args")
        if isinstance(args, dict):
            args = {name: self._sealed(value, whom | self._named(readable(value))) for name, value in args.items()}
        return out | ({"args": args} if "args" in body else {})

    def _result(self, tool: Tool | None, value: Any, path: Path, whom: Whom) -> Any:
        """A result with each object sealed for whom it is about; the outermost keeps its keys."""
        if isinstance(value, dict):
            whom = whom | self._own(tool, value, path)
            if path and whom:
                return self._sealed(value, whom | self._inside(tool, value, path))
            return {name: self._result(tool, one, (*path, name), whom) for name, one in value.items()}
        if isinstance(value, list):
            return [self._result(tool, one, (*path, str(at)), whom) for at, one in enumerate(value)]
        return self._sealed(value, whom | self._inside(tool, value, path))

    def _own(self, tool: Tool | None, value: Body, path: Path) -> Whom:
        """Whom the declared fields of an object itself name."""
        return NOBODY.union(
            *(self._whom(one) for name, one in value.items() if _declared(tool, (*path, name)) and isinstance(one, str))
        )

    def _inside(self, tool: Tool | None, value: Any, path: Path) -> Whom:
        """Everybody that anything in the value names."""
        if isinstance(value, dict):
            return NOBODY.union(*(self._inside(tool, one, (*path, name)) for name, one in value.items()))
        if isinstance(value, list):
            return NOBODY.union(*(self._inside(tool, one, (*path, str(at))) for at, one in enumerate(value)))
        if not isinstance(value, str):
            return NOBODY
        return self._named(value) | (self._whom(value) if _declared(tool, path) else NOBODY)

    def _about(self, tool: Tool | None, args: Any, step: str) -> Whom:
        """Whom a call is about. A tool that does not say may be told of anybody whom the step has read of."""
        loose = self._read.get(step, NOBODY) if args and not (tool and tool.subjects) else NOBODY
        return self._inside(tool, args, ()) | loose

    def _whom(self, name: str) -> Whom:
        """Who is called so. For a name that was not seen before, the world is looked at again."""
        known = self._known.get(spelled(name), NOBODY)
        if known or not name.strip() or name in self._strangers:
            return known
        self._strangers.add(name)
        self._meet_everybody()
        return self._known.get(spelled(name), NOBODY)

    def _meet_everybody(self) -> None:
        if self._people:
            self._vault.know_all(self._people.everybody(), self._scenario)
        self._known = self._vault.names()

    def _named(self, text: str) -> Whom:
        return self._naming.named_in(text)

    def _each_of(self, body: Body) -> Body:
        return {name: value if name in _PLAIN else self._each(value) for name, value in body.items()}

    def _each(self, value: Any) -> Any:
        """`value` with each text sealed for whom it names."""
        if isinstance(value, dict):
            return {name: self._each(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._each(one) for one in value]
        return self._sealed(value, self._named(value)) if isinstance(value, str) else value

    def _sealed(self, value: Any, whom: Whom) -> Any:
        if not whom or value is None or isinstance(value, bool):
            return value
        return self._vault.seal(whom, value)


def _declared(tool: Tool | None, path: Path) -> bool:
    return tool is not None and any(leads_to(tuple(one.split(".")), path) for one in tool.subjects)
