"""The crew of a warrant: one CrewAI `Crew`, its tasks the warrant's steps, its agents holding gated tools only.

planned, sequential   an agent per step, which holds the tools of that step and no others
hierarchical          an agent per role under a manager who delegates; the gate looks at the step at each call
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crewai import Agent, Crew
from crewai import Process as InTurn

from agents.cards import RoleCard
from agents.gated import gated
from agents.gateway import Gateway
from agents.llm import GatewayLLM
from agents.playbook import STEP_MARK
from crews.spec import Process
from crews.steps import OnStep, StepTask
from guard.gate import Gate
from guard.plan import Step
from guard.warrant import Warrant


@dataclass(frozen=True)
class Builder:
    """What every crew is built from. `gateway` gives the gateway of a role."""

    warrant: Warrant
    gate: Gate
    cards: Mapping[str, RoleCard]
    gateway: Callable[[str], Gateway]
    on_step: OnStep
    context_window: int

    def crew(self, process: Process, manager: str | None) -> tuple[Crew, list[StepTask]]:
        """A fresh crew for this warrant, and its tasks. A crew runs once."""
        if process == "hierarchical" and manager is not None:
            return self._hierarchical(manager)
        steps = self.warrant.order if process == "planned" else self.warrant.plan.steps
        tasks = self._linked([self._task(step, self._agent_of(step)) for step in steps])
        for task in tasks[:-1]:
            task.async_execution = process == "planned"
        agents = [task.agent for task in tasks if task.agent]
        return Crew(agents=agents, tasks=[*tasks], process=InTurn.sequential, tracing=False, name="deputy"), tasks

    def _hierarchical(self, manager: str) -> tuple[Crew, list[StepTask]]:
        """Tasks without agents: with one, CrewAI hands the worker's own tools to the manager."""
        roles = sorted({step.role for step in self.warrant.plan.steps})
        tasks = self._linked([self._task(step, None) for step in self.warrant.order])
        crew = Crew(
            agents=[self._agent(role, tuple(self._tools_of(role))) for role in roles],
            tasks=[*tasks],
            process=InTurn.hierarchical,
            manager_agent=self._agent(manager, (), delegates=True),
            tracing=False,
            name="deputy",
        )
        return crew, tasks

    def _linked(self, tasks: list[StepTask]) -> list[StepTask]:
        by_step = {task.step: task for task in tasks}
        for task in tasks:
            needed = self.warrant.plan.step(task.step).after
            task.link(tuple(by_step[one] for one in needed), self.on_step)
        return tasks

    def _task(self, step: Step, agent: Agent | None) -> StepTask:
        role = self.cards[step.role].role
        description = f"{STEP_MARK}{step.id}\nRole: {role}\n{_inert(step.task)}"
        return StepTask(step=step.id, description=description, expected_output=_inert(step.expected), agent=agent)

    def _agent_of(self, step: Step) -> Agent:
        return self._agent(step.role, tuple(grant.tool for grant in step.grants))

    def _tools_of(self, role: str) -> list[str]:
        granted = {grant.tool for step in self.warrant.plan.steps if step.role == role for grant in step.grants}
        return [tool for tool in self.cards[role].tools if tool in granted]

    def _agent(self, role: str, tools: tuple[str, ...], *, delegates: bool = False) -> Agent:
        card = self.cards[role]
        return Agent(
            role=card.role,
            goal=_inert(card.goal),
            backstory=_inert(card.backstory),
            llm=GatewayLLM.over(self.gateway(role), role=role, gate=self.gate, context_window=self.context_window),
            tools=[gated(self.warrant.authority.tools[tool], role, self.gate) for tool in tools],
            allow_delegation=delegates,
            max_iter=card.max_turns,
            max_retry_limit=0,
            cache=False,
        )


def _inert(text: str) -> str:
    """`text` without the placeholders that CrewAI would expand in it."""
    for word in ("tools", "tool_names", "input"):
        text = text.replace(f"{{{word}}}", f"{{ {word} }}")
    return text
