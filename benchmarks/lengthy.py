"""A crew that works long, with and without a ledger: 20 steps, each with ten effects. For `benchmarks.durability`.

The same agents, tasks, prompts, tool and scripted model, once in bare CrewAI, where nothing is decided, recorded or
kept for a resume, and once as a run. The run's last question gets no answer, so that it can be carried on: everything
else that it asked and did is returned from its records then.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from agents.chat import ModelError, Request
from crews.answering import Answering, scripted
from crews.opening import open_run
from crews.wish import Wish
from runtime.quiet import quiet
from testkit.crashplay import environment
from testkit.projects import make_project
from testkit.scripted import Answer, ScriptedModel, call
from tools.tool import Tool
from tools.world import World

STEPS, EFFECTS = 20, 10
CALLS = STEPS * (2 * EFFECTS + 1)
"""Questions to the model and effects, together."""

TASK = "s%02d: {description: Keep facts of part %d., expected_output: A line., role: clerk, tools: {remember: %d}}\n"
NAMES = ", ".join(f"s{one:02}" for one in range(STEPS))
FILES = {
    "agents": "clerk: {role: Clerk, goal: Keep facts., backstory: You keep facts., tools: [remember]}\n",
    "tasks": "".join(TASK % (one, one, EFFECTS) for one in range(STEPS)),
    "crews": f"desk: {{process: sequential, agents: [clerk], tasks: [{NAMES}]}}\n",
    "policies": "budget: {model_calls: 1000, tool_calls: 1000, usd: 1, minutes: 60}\n",
    "policy-tests": "cases: []\n",
    "schedules": "{}\n",
    "limits": "{}\n",
}
WISH = Wish(goal="Keep what there is to know.", crew="desk")


class Spent(NamedTuple):
    """Seconds by the clock, and of this process's processor time."""

    seconds: float
    processor: float


class Lengthy(NamedTuple):
    """What all calls take in bare CrewAI and as a run, and what it takes to go on behind them."""

    bare: Spent
    run: Spent
    resumed: Spent

    def or_quicker(self, other: "Lengthy") -> "Lengthy":
        """The least of both."""
        return Lengthy(*(Spent(*map(min, one, two)) for one, two in zip(self, other, strict=True)))

    def more(self) -> Spent:
        """Milliseconds for each call that a run takes beyond bare CrewAI."""
        return Spent(*((ours - bare) / CALLS * 1e3 for ours, bare in zip(self.run, self.bare, strict=True)))


def lengthy(url: str) -> Lengthy:
    """Measure with the ledger there."""
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project", **FILES)
        with environment({"DEPUTY_HOME": str(project / "var"), "DATABASE_URL": url}):
            return Lengthy(_in_bare_crewai(project), *_as_a_run(project))


def _as_a_run(project: Path) -> tuple[Spent, Spent]:
    from crews.runner import resume, start

    asked, answering = ScriptedModel(_answer), ScriptedModel(_but_the_last)
    run, outcome = _timed(lambda: start(project, WISH, answering=_by(answering)))
    assert (outcome.state, len(answering.requests)) == ("failed", STEPS * (EFFECTS + 1)), outcome
    again, outcome = _timed(lambda: resume(project, None, by="user:ana", answering=_by(asked)))
    assert (outcome.state, len(asked.requests)) == ("done", 1), outcome
    return run, again


def _in_bare_crewai(project: Path) -> Spent:
    """The same crew, whose agents hold the tool itself and ask the model itself."""
    from crewai import Agent, Crew, Task

    from agents.llm import GatewayLLM
    from crews.catalogue import catalogue

    model = ScriptedModel(_answer)
    with closing(open_run(project, WISH, answering=_by(model))) as opened:
        card = opened.config.roles["clerk"]
        tool = _bare(catalogue()["remember"], opened.world)
        llm = GatewayLLM.over(cast(Any, _Straight(model)), role="clerk")
        told = {"role": card.role, "goal": card.goal, "backstory": card.backstory}
        agents = [Agent(**told, llm=llm, tools=[tool], cache=False, max_retry_limit=0) for _ in range(STEPS)]
        tasks = [
            Task(
                description=f"Step: s{number:02}\nRole: {card.role}\nKeep facts of part {number}.",
                expected_output="A line.",
                agent=agent,
            )
            for number, agent in enumerate(agents)
        ]
        spent, _ = _timed(Crew(agents=[*agents], tasks=tasks, tracing=False).kickoff)
    assert len(model.requests) == STEPS * (EFFECTS + 1)
    return spent


def _bare(tool: Tool, world: World) -> Any:
    from crewai.tools import BaseTool

    class Bare(BaseTool):
        def _run(self, **given: Any) -> str:
            return str(tool.run(**given, world=world))

    return Bare(name=tool.name, description=tool.description, args_schema=tool.args, max_usage_count=10**6)


@dataclass(frozen=True)
class _Straight:
    """What CrewAI's model object asks, with nothing between it and the model."""

    model: ScriptedModel

    def ask(self, request: Request) -> Any:
        return self.model.reply(request)


def _by(model: ScriptedModel) -> Answering:
    return scripted("model", "a script", model)


def _answer(request: Request) -> Answer:
    prompt = next(str(one["content"]) for one in request.messages if one["role"] == "user")
    step = prompt.partition("Step: ")[2][:3]
    done = sum(one["role"] == "tool" for one in request.messages)
    if done == EFFECTS:
        return f"{step} is done."
    return [call("remember", fact=f"Fact {done} of {step} is worth keeping.", about=step)]


def _but_the_last(request: Request) -> Answer:
    said = _answer(request)
    return ModelError("no answer", again=False) if said == f"s{STEPS - 1:02} is done." else said


def _timed(act: Callable[[], Any]) -> tuple[Spent, Any]:
    began, worked = time.perf_counter(), time.process_time()
    came = act()
    return Spent(time.perf_counter() - began, time.process_time() - worked), came
