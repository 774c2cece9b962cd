"""What is said about a run while it goes on: each record becomes at most a few lines, each finished thing one.

Reads are only counted; every effect has a line of its own; what was refused or failed is never left out.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from cli.layout import Line, Mark
from crews.report.figures import between, duration, many, money, one_line
from crews.report.incidents import incident, noted
from crews.report.phrases import phrase
from crews.report.reading import plan_steps, trouble_in
from runtime.records import Record

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Live:
    """Turns one run's records into lines, in the order they come. Safe to call from several threads."""

    def __init__(self, say: Callable[[Line], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._began = clock()
        self._order = threading.Lock()  # held while a record is told, so that lines stand in the records' order
        self._facts = threading.Lock()  # held while facts are read or changed; never while something is said,
        self._untold: list[Line] = []  # because the screen asks for the footer with its own lock held
        self._gutter = ""
        self._plan: Record | None = None
        self._steps: dict[str, str] = {}
        self._started: dict[str, str] = {}
        self._reads: dict[str, Counter[str]] = {}
        self._calls: Counter[tuple[str, str]] = Counter()
        self._now: dict[str, str] = {}
        self._asks: set[tuple[str, str, str]] = set()
        self._models, self._tools, self._usd, self._unpriced = 0, 0, 0.0, 0
        self._playbook = False
        self._noted: set[str] = set()

    def recall(self, records: Iterable[Record]) -> None:
        """Take in what was said before, without saying it again."""
        say, self._say = self._say, lambda _line: None
        for record in records:
            self.take(record)
        self._say, self._gutter = say, ""

    def banner(self, text: str) -> None:
        """Say who answers: the models, or the playbook."""
        self._told(lambda: self._tell("answers", Line(text=text)))

    def take(self, record: Record) -> None:
        """Say what `record` tells."""
        tellers: dict[str, Callable[[Record], None]] = {
            "run.started": self._run_started,
            "plan.proposed": self._plan_proposed,
            "plan.accepted": self._plan_accepted,
            "step.started": self._step_started,
            "call.decided": self._call_decided,
            "tool.done": self._tool_done,
            "tool.failed": self._tool_failed,
            "model.failed": self._model_failed,
            "step.done": self._step_done,
            "step.failed": self._step_failed,
        }
        self._told(lambda: self._count(record), lambda: tellers.get(record.kind, self._incident)(record))

    def footer(self) -> list[Line]:
        """What goes on at this moment, in two lines."""
        with self._facts:
            now = "   ".join(f"{step} {doing}".rstrip() for step, doing in self._now.items()) or "getting ready"
            turns = many(self._models, "playbook answer" if self._playbook else "model call")
            spent = "" if self._playbook else f" · {money(self._usd, self._unpriced)}"
            elapsed = self._clock() - self._began
            sign = _SPINNER[int(elapsed * 8) % len(_SPINNER)]
            told = f"{turns} · {many(self._tools, 'tool call')}{spent} · {duration(elapsed)}"
            return [
                Line(sign, text=now, cut=True, style="bold"),
                Line(text=told, aside="Ctrl-C cancels", cut=True, style="dim"),
            ]

    def _run_started(self, record: Record) -> None:
        body = record.body
        self._playbook = body.get("mode") == "playbook"
        self._tell("goal", Line(text=one_line(str(body["goal"]))))
        scenario = f", scenario {body['scenario']}" if body.get("scenario") else ""
        self._tell("run", Line(text=f"{record.run}{scenario}, asked by {body.get('principal') or 'nobody'}"))

    def _plan_proposed(self, record: Record) -> None:
        self._plan = record

    def _plan_accepted(self, record: Record) -> None:
        steps = plan_steps(self._plan) if self._plan else []
        self._now.pop("plan", None)
        reason = f": {record.body['reason']}" if record.body.get("reason") else ""
        maker = f" by {_maker(self._plan)}" if self._plan else ""
        self._tell("plan", Line(text=f"{many(len(steps), 'step')}{maker}, accepted by {record.body.get('by')}{reason}"))
        names = max((len(step["id"]) for step in steps), default=0)
        roles = max((len(step["role"]) for step in steps), default=0)
        for number, step in enumerate(steps, start=1):
            after = f"  after {', '.join(step['after'])}" if step.get("after") else ""
            self._tell("plan", Line(text=f"{number}  {step['id']:<{names}}  {step['role']:<{roles}}{after}".rstrip()))
            self._steps[step["id"]] = one_line(step["task"])

    def _step_started(self, record: Record) -> None:
        step = record.body["step"]
        self._started[step], self._now[step] = record.at, ""
        task = self._steps.get(step) or one_line(str(record.body.get("task", "")))
        self._tell(step, Line(mark="begin", text=task, aside=str(record.body.get("role", "")), cut=True))

    def _call_decided(self, record: Record) -> None:
        step, tool = record.body["step"] or "run", str(record.body["tool"])
        self._calls[step, tool] += 1
        times = self._calls[step, tool]
        self._now[step] = f"{tool} ×{times}" if times > 1 else tool
        trouble = trouble_in(record)
        if trouble and trouble.verdict == "denied":
            self._tell(step, Line(mark="denied", text=f"denied: {trouble.call}", style="red"))
            self._tell(step, Line(mark="blank", text=f"{trouble.text} (rule {trouble.rule})"))
        elif trouble and (step, tool, trouble.rule) not in self._asks:
            self._asks.add((step, tool, trouble.rule))
            self._tell(step, Line(mark="wait", text=f"{tool} waits for a person: {trouble.text}"))

    def _tool_done(self, record: Record) -> None:
        body = record.body
        if body["effect"] == "read":
            self._reads.setdefault(body["step"], Counter())[body["tool"]] += 1
            note = noted(record)
            if note and note not in self._noted:
                self._noted.add(note)
                self._tell(body["step"], Line(mark="wait", text=note, style="yellow"))
            return
        told = phrase(body["tool"], body.get("args") or {}, body.get("result"))
        text = f"{told.text} (was so already)" if told.already else told.text
        self._tell(body["step"], Line(mark="same" if told.already else "deed", text=text))

    def _tool_failed(self, record: Record) -> None:
        again = "; it may be tried again" if record.body.get("again") else ""
        self._tell(
            record.body["step"], Line(mark="failed", text=f"{record.body['tool']}: {record.body['error']}{again}")
        )

    def _model_failed(self, record: Record) -> None:
        gone_on = "; trying again" if record.body.get("again") else ""
        text = f"{record.body['model']} did not answer: {record.body['error']}{gone_on}"
        self._tell(record.body.get("step") or "run", Line(mark="failed", text=one_line(text)))

    def _incident(self, record: Record) -> None:
        if text := incident(record):
            self._tell(record.body.get("step") or "run", Line(mark="failed", text=text))

    def _step_done(self, record: Record) -> None:
        self._end(record, "done", str(record.body.get("output", "")))

    def _step_failed(self, record: Record) -> None:
        asked = any(step == record.body["step"] for step, _tool, _rule in self._asks)
        self._end(record, "wait" if asked else "failed", str(record.body.get("error", "")))

    def _end(self, record: Record, mark: Mark, text: str) -> None:
        step = record.body["step"]
        self._now.pop(step, None)
        reads = self._reads.pop(step, Counter())
        if reads:
            kinds = ", ".join(f"{tool} ×{times}" if times > 1 else tool for tool, times in reads.most_common())
            self._tell(step, Line(mark="read", text=f"{many(reads.total(), 'read')}: {kinds}"))
        took = duration(between(self._started[step], record.at)) if step in self._started else ""
        self._tell(step, Line(mark=mark, text=one_line(text.strip().split("\n")[0]) or mark, aside=took, cut=True))

    def _count(self, record: Record) -> None:
        if record.kind == "model.called":
            self._models += 1
            self._usd += float(record.body.get("usd") or 0)
            self._unpriced += record.body.get("usd") is None
            if record.body.get("step"):
                self._now.setdefault(record.body["step"], "")
        elif record.kind in ("tool.done", "tool.failed"):
            self._tools += 1

    def _tell(self, gutter: str, line: Line) -> None:
        """Have the line said; the gutter names where it belongs only when that changes."""
        shown = gutter if gutter != self._gutter else ""
        self._gutter = gutter
        self._untold.append(replace(line, gutter=shown))

    def _told(self, *changes: Callable[[], None]) -> None:
        with self._order:
            with self._facts:
                for change in changes:
                    change()
                lines, self._untold = self._untold, []
            for line in lines:
                self._say(line)


def _maker(plan: Record) -> str:
    """Who made the plan: a model by its name, the playbook, or a file."""
    model = str(plan.body.get("model") or "")
    return "the playbook, no language model" if model == "playbook" else model or "nobody"
