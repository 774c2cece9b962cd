"""Model calls and prompt tokens of one job for three roles, by process, against bare CrewAI.

The same scripted model works the job each time: it plans if asked for a plan, delegates if it can, calls the step's one
tool, answers. Tokens are estimated at four characters each, over messages and tool schemas, the same way for all rows.

    python -m benchmarks.planning
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from agents.chat import Request
from agents.tokens import request_tokens
from crews.wish import Wish
from runtime.quiet import quiet
from testkit.job import AGENTS, TASKS, crews, worker
from testkit.projects import make_project, run_in
from testkit.scripted import ScriptedModel

GOAL = "Say which positions are open, and who can help."


def ours(process: str, folder: Path) -> ScriptedModel:
    """The job in one of our processes, gate and ledger included."""
    model = worker()
    project = make_project(folder / process, agents=AGENTS, tasks=TASKS, crews=crews(process))
    outcome, _ = run_in(project, Wish(goal=GOAL, crew="desk"), model)
    assert outcome.state == "done", outcome.summary
    return model


def bare(process: str) -> ScriptedModel:
    """The same cards, tasks and tools as CrewAI alone runs them."""
    from crewai import Agent, Crew, Process, Task

    model = worker()
    cards: dict[str, dict[str, Any]] = yaml.safe_load(AGENTS)
    tasks: dict[str, dict[str, Any]] = yaml.safe_load(TASKS)
    manager = cards.pop("manager")
    agents = {name: _bare_agent(Agent, card, model, _bare_tools(card["tools"])) for name, card in cards.items()}
    made: dict[str, Any] = {}
    for name, task in tasks.items():
        role = cards[task["role"]]["role"]
        made[name] = Task(
            description=f"Step: {name}\nRole: {role}\n{task['description']}",
            expected_output=task["expected_output"],
            agent=None if process == "hierarchical" else agents[task["role"]],
            context=[made[one] for one in task.get("context", [])] or None,
        )
    extra: dict[str, Any] = {"process": Process(process), "tracing": False}
    if process == "hierarchical":
        extra["manager_agent"] = _bare_agent(Agent, manager, model, [], allow_delegation=True)
    Crew(agents=list(agents.values()), tasks=list(made.values()), **extra).kickoff()
    return model


def _bare_agent(
    kind: Callable[..., Any], card: dict[str, Any], model: ScriptedModel, tools: list[Any], **more: Any
) -> Any:
    from agents.llm import GatewayLLM

    llm = GatewayLLM.over(_Direct(model), role=card["role"])  # type: ignore[arg-type]  # asks the script, records nothing
    return kind(role=card["role"], goal=card["goal"], backstory=card["backstory"], llm=llm, tools=tools, **more)


class _Direct:
    """A gateway without budget, journal and ledger."""

    def __init__(self, model: ScriptedModel) -> None:
        self._model = model

    def ask(self, request: Request) -> Any:
        return self._model.reply(request)


def _bare_tools(names: list[str]) -> list[Any]:
    """The tools with their own schemas, each returning a fixed result, so that only prompts are measured."""
    from crewai.tools import BaseTool

    from crews.catalogue import catalogue

    class Fixed(BaseTool):
        def _run(self, **_: Any) -> str:
            return '{"positions": []}'

    known = catalogue()
    return [Fixed(name=name, description=known[name].description, args_schema=known[name].args) for name in names]


def main() -> None:
    """Print the table. The last row is what the ratios are taken to."""
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "Deputy planned": ours("planned", Path(folder)),
            "Deputy sequential": ours("sequential", Path(folder)),
            "Deputy hierarchical": ours("hierarchical", Path(folder)),
            "CrewAI sequential": bare("sequential"),
            "CrewAI hierarchical": bare("hierarchical"),
        }
    counts = {name: (len(one.requests), sum(map(request_tokens, one.requests))) for name, one in rows.items()}
    base_calls, base_tokens = counts["CrewAI hierarchical"]
    print(f"{'':22}{'model calls':>12}{'ratio':>8}{'prompt tokens':>15}{'ratio':>8}")
    for name, (calls, tokens) in counts.items():
        print(f"{name:22}{calls:12}{calls / base_calls:8.0%}{tokens:15,}{tokens / base_tokens:8.0%}")


if __name__ == "__main__":
    main()
