"""A plausible recruiting run, told into a real ledger: for tests of what shows runs, and for looking at it.

    ledger = ledger_in(folder)
    records = Story(ledger, "261122-134502-a1b2").play()

Half of it is what goes well; the rest is what displays must cope with: side-by-side steps, a refused call whose
recipient came out of a résumé, a tool that failed and was tried again, effects that were there already, unknown zones.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from runtime.clock import Clock
from runtime.database import open_database
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Kind, Record
from testkit.story_facts import BOOKINGS, GOAL, HOSTILE, PLAN, POSITION, RESUMES, Booking, Resume

Ending = Literal["done", "waiting", "failed", "cancelled", "open"]


@dataclass
class TickingClock:
    """A clock that moves on by a fixed step each time it is read."""

    at: datetime = datetime(2026, 11, 22, 12, 45, 2, tzinfo=UTC)
    step: timedelta = timedelta(milliseconds=137)

    def now(self) -> datetime:
        """The current time, and a step later the next time."""
        self.at += self.step
        return self.at


def ledger_in(root: Path, clock: Clock | None = None) -> Ledger:
    """The ledger of the home at `root`, as the commands open it, with a ticking clock."""
    home = Home(root)
    return Ledger(open_database(home.ledger_url), home.ledger_key(), clock or TickingClock())


@dataclass
class Story:
    """Plays one run. `mode` is `playbook` or `model`; `pace` is how many seconds to wait between records."""

    ledger: Ledger
    run: str
    mode: Literal["playbook", "model"] = "playbook"
    pace: float = 0.0
    world: str = "recruiting"
    _calls: dict[str, int] = field(default_factory=dict)

    def play(
        self, ending: Ending = "done", summary: str = "4 interviews are booked and 12 people are invited."
    ) -> list[Record]:
        """Tell the run up to its ending and return its records; `open` leaves it in its last step."""
        self._begin()
        self._screen(RESUMES)
        self._invite_side_by_side(BOOKINGS)
        if ending == "failed":
            self._tell("step.failed", step="invite", role="notifier", error="no model gave a usable answer")
            self._tell(
                "run.failed", error="no model gave a usable answer: gpt-small: 500", remedy="try later", exit_code=1
            )
        elif ending == "cancelled":
            self._tell("run.cancelled", reason="interrupted at the keyboard")
        elif ending != "open":
            self._tell(
                "step.done",
                step="invite",
                role="notifier",
                output="12 invitations are mailed.\nEach names its own zone.",
            )
            if ending == "waiting":
                self._tell("run.waiting", reason="a person has to approve a mail to an address outside of the house")
            if ending == "done":
                self._tell("run.done", summary=summary)
        return self.ledger.records(self.run)

    def _begin(self) -> None:
        models = {"all": ["playbook"]} if self.mode == "playbook" else {"fast": ["gpt-small"], "strong": ["gpt-large"]}
        self._tell(
            "run.started",
            goal=GOAL,
            scenario="recruiting",
            crew="deputy",
            process="planned",
            principal="ana@meridian.example",
            inputs={},
            world=self.world,
            mode=self.mode,
            models=models,
            config="0" * 64,
        )
        self._think("plan", "manager", strong=True)
        self._tell(
            "plan.proposed", plan=PLAN, role="manager", model="gpt-large" if self.mode == "model" else "playbook"
        )
        reason = "within the roles' tools and the policies"
        self._tell("plan.accepted", plan="0" * 64, by="policy", reason=reason)

    def _screen(self, resumes: Sequence[Resume]) -> None:
        self._start("screen", "researcher")
        self._read("screen", "researcher", "read_job", {}, {"position": POSITION})
        self._read("screen", "researcher", "list_resumes", {}, [{"file": one.file} for one in resumes])
        for resume in resumes:
            self._think("screen", "researcher")
            self._read("screen", "researcher", "read_resume", {"file": resume.file}, resume.paper())
            self._effect(
                "screen", "researcher", "record_candidate", {"file": resume.file, "scores": []}, resume.recorded()
            )
        self._deny(
            "screen",
            "researcher",
            "send_invitation",
            HOSTILE,
            "step.tools",
            "step 'screen' may use 'read_resume', not 'send_invitation'",
        )
        merge = {"first": "cand-5b0c11d2", "second": "cand-77aa90e1", "reason": "same phone and employer"}
        wait = "decide whether cand-5b0c11d2 and cand-77aa90e1 are one person (same phone and employer)"
        self._effect(
            "screen", "researcher", "propose_merge", merge, {"changed": True, "waits_for_person": wait}, "write"
        )
        self._tell(
            "step.done", step="screen", role="researcher", output="12 of 14 résumés are scored; two need a person."
        )

    def _invite_side_by_side(self, bookings: Sequence[Booking]) -> None:
        self._start("schedule", "scheduler")
        self._start("decline", "notifier")
        self._read(
            "schedule", "scheduler", "find_people", {"team": "data platform"}, [{"mail": "jonas@meridian.example"}]
        )
        for number, booking in enumerate(bookings):
            self._think("schedule", "scheduler")
            self._read("schedule", "scheduler", "find_slots", {"candidate": booking.candidate}, {"slots": []})
            if number == 1:
                self._fail(
                    "schedule",
                    "scheduler",
                    "book_interview",
                    booking.args(),
                    "that slot was just taken, jonas@meridian.example is busy",
                )
            self._effect("schedule", "scheduler", "book_interview", booking.args(), booking.booked(already=number == 0))
            drafted = {
                "candidate": f"cand-00{number}f31c2",
                "draft": f"draft-{number}",
                "already": False,
                "waits_for_person": f"read and send (or discard) the rejection to applicant {number + 1}",
            }
            self._effect("decline", "notifier", "draft_rejection", {"candidate": drafted["candidate"]}, drafted)
        self._tell("step.done", step="decline", role="notifier", output="4 rejections are drafted; none is sent.")
        self._tell("step.done", step="schedule", role="scheduler", output="4 interviews are booked.")
        self._start("invite", "notifier")
        for booking in bookings:
            self._think("invite", "notifier")
            for to in booking.people():
                sent = {
                    "to": to,
                    "interview": booking.uid,
                    "message_id": f"<{booking.uid}-{to}>",
                    "sent": True,
                    "already": False,
                }
                self._effect(
                    "invite", "notifier", "send_invitation", {"interview": booking.uid, "to": to}, sent, "send"
                )

    def _start(self, step: str, role: str) -> None:
        self._tell("step.started", step=step, role=role, task=f"Step: {step}\nRole: {role}")

    def _think(self, step: str, role: str, *, strong: bool = False) -> None:
        model = ("gpt-large" if strong else "gpt-small") if self.mode == "model" else "playbook"
        self._tell(
            "model.called",
            step=step,
            role=role,
            model=model,
            key={"hash": "0" * 64, "nth": 1},
            request={"messages": []},
            reply={"text": "", "calls": []},
            usage={"prompt": 2140, "completion": 187},
            usd=0.00041 if self.mode == "model" else 0,
            ms=880 if self.mode == "model" else 1,
        )

    def _decide(
        self, step: str, role: str, tool: str, args: dict[str, Any], effect: str, **decision: str
    ) -> dict[str, Any]:
        self._calls[step] = self._calls.get(step, 0) + 1
        named = {
            "step": step,
            "role": role,
            "call": f"{step}-{self._calls[step]}",
            "tool": tool,
            "effect": effect,
            "args": args,
        }
        self._tell("call.decided", **named, **decision)
        return named

    def _allow(self, step: str, role: str, tool: str, args: dict[str, Any], effect: str) -> dict[str, Any]:
        return self._decide(
            step, role, tool, args, effect, verdict="allow", rule="warrant", reason=f"granted to step '{step}'"
        )

    def _deny(self, step: str, role: str, tool: str, args: dict[str, Any], rule: str, reason: str) -> None:
        self._decide(step, role, tool, args, "send", verdict="deny", rule=rule, reason=reason)

    def _read(self, step: str, role: str, tool: str, args: dict[str, Any], result: Any) -> None:
        self._tell("tool.done", **self._allow(step, role, tool, args, "read"), result=result, ms=23)

    def _effect(
        self, step: str, role: str, tool: str, args: dict[str, Any], result: Any, effect: str = "write"
    ) -> None:
        named = self._allow(step, role, tool, args, effect)
        self._tell("tool.intended", **named)
        self._tell("tool.done", **named, result=result, ms=31)

    def _fail(self, step: str, role: str, tool: str, args: dict[str, Any], error: str) -> None:
        named = self._allow(step, role, tool, args, "write")
        self._tell("tool.intended", **named)
        self._tell("tool.failed", **named, error=error, again=True)

    def _tell(self, kind: Kind, **body: Any) -> None:
        if self.pace:
            time.sleep(self.pace)
        self.ledger.append(self.run, kind, body)
