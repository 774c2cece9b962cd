"""The timeline of a past run: every model call, tool call and decision, with its time at the right end."""

from collections.abc import Callable, Mapping
from typing import Any

from cli.layout import Line, Mark
from crews.report.figures import between, duration, moment, money, one_line
from crews.report.incidents import incident, noted
from crews.report.phrases import called, phrase
from crews.report.reading import plan_steps, trouble_in
from runtime.records import Record


class Timeline:
    """Turns records into lines. `reasons` adds to each allowed call the rule and the reason that allowed it."""

    def __init__(self, say: Callable[[Line], None], *, reasons: bool = False) -> None:
        self._say = say
        self._reasons = reasons
        self._gutter = ""
        self._started: dict[str, str] = {}

    def take(self, record: Record) -> None:
        """Say what `record` tells."""
        body = record.body
        match record.kind:
            case "plan.proposed":
                steps = ", ".join(step["id"] for step in plan_steps(record))
                self._tell("plan", record, "begin", f"{body.get('role') or 'the crew'} proposes {steps}")
            case "plan.accepted":
                self._tell(
                    "plan", record, "done", f"accepted by {body.get('by')}: {body.get('reason') or 'no reason given'}"
                )
            case "step.started":
                self._started[body["step"]] = record.at
                self._tell(body["step"], record, "begin", f"{body.get('role')} begins")
            case "step.done" | "step.failed":
                self._ended(record)
            case "model.called" | "model.failed":
                self._model(record)
            case "call.decided":
                self._decided(record)
            case "tool.done":
                self._tool(record)
            case "tool.failed":
                self._tell(body["step"], record, "failed", f"{called(body['tool'], body['args'])}: {body['error']}")
            case _:
                self._other(record)

    def _other(self, record: Record) -> None:
        body = record.body
        if record.kind == "proposal.made":
            to = f"a run of the crew '{body['crew']}'" if body["to"] == "crew" else "to hand the question over"
            self._tell("proposal", record, "wait", f"proposes {to}")
        elif record.kind == "proposal.accepted":
            self._tell("proposal", record, "done", f"accepted by {body['by']}")
        elif text := incident(record):
            self._tell(body.get("step") or "run", record, "failed", text)

    def _ended(self, record: Record) -> None:
        body = record.body
        mark: Mark = "done" if record.kind == "step.done" else "failed"
        took = f", {duration(between(self._started[body['step']], record.at))}" if body["step"] in self._started else ""
        said = one_line(str(body.get("output") or body.get("error") or ""))
        self._tell(body["step"], record, mark, f"{body.get('role')} ends{took}: {said}")

    def _model(self, record: Record) -> None:
        body = record.body
        where = body.get("step") or "run"
        if record.kind == "model.failed":
            self._tell(where, record, "failed", f"{body['model']} did not answer: {one_line(str(body['error']))}")
            return
        usage = body.get("usage") or {}
        if body["model"] == "playbook" and not self._reasons:
            return
        wants = [
            str(call.get("name") or call.get("function", {}).get("name")) for call in body["reply"].get("calls") or ()
        ]
        asked = f", asks for {', '.join(wants)}" if wants else ""
        tokens = (
            ""
            if body["model"] == "playbook"
            else f", {usage.get('prompt', 0):,} + {usage.get('completion', 0):,} tokens, {_cost(body)}"
        )
        self._tell(where, record, "read", f"{body['model']} answers{asked}{tokens}")

    def _decided(self, record: Record) -> None:
        trouble = trouble_in(record)
        if trouble:
            mark: Mark = "denied" if trouble.verdict == "denied" else "wait"
            self._tell(trouble.step or "run", record, mark, f"{trouble.verdict}: {trouble.call}")
            self._say(Line(mark="blank", text=f"{trouble.text} (rule {trouble.rule})"))
        elif self._reasons:
            body = record.body
            self._tell(body["step"], record, "same", f"{body['tool']} allowed: {body['reason']} (rule {body['rule']})")

    def _tool(self, record: Record) -> None:
        body = record.body
        if body["effect"] == "read":
            self._tell(body["step"], record, "read", called(body["tool"], body["args"]))
            if note := noted(record):
                self._say(Line(mark="blank", text=note, style="yellow"))
            return
        told = phrase(body["tool"], body["args"], body["result"])
        self._tell(
            body["step"],
            record,
            "same" if told.already else "deed",
            told.text + (" (was so already)" if told.already else ""),
        )

    def _tell(self, gutter: str, record: Record, mark: Mark, text: str) -> None:
        shown = gutter if gutter != self._gutter else ""
        self._gutter = gutter
        self._say(Line(shown, mark, text, aside=f"{moment(record.at).astimezone():%H:%M:%S}"))


def _cost(body: Mapping[str, Any]) -> str:
    return money(float(body.get("usd") or 0), unpriced=int(body.get("usd") is None))
