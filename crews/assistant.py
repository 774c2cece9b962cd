"""The assistant: one agent that only reads, one turn, no memory of the last one. Runs without importing CrewAI.

question -> asks for action? -> a proposal, no model asked
         -> looked up first  -> one model call, or the playbook -> each claim checked -> an answer
                                                               -> not answered       -> a proposal for a person
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from agents.chat import OnText
from crews.answering import Answering
from crews.briefing import brief_of
from crews.checking import NO_ANSWER, Checked, checked
from crews.config import load_config
from crews.craft import Finished
from crews.gates import gate_of
from crews.grounding import Doubt, cited, passages_read
from crews.opened import Opened
from crews.proposal import Proposal, for_a_crew
from crews.reading import OnStep, read_step
from crews.report.incidents import noted
from crews.routing import ASSISTANT
from crews.turns import next_turn, open_turns
from crews.wish import Wish
from guard.warrant import accept
from runtime.canonical import plain
from runtime.errors import Cancelled, DeputyError, RunStopped, UsageError
from runtime.ledger import Listener
from runtime.records import Record
from tasks.steps import plan_of

__all__ = ["NO_ANSWER", "Answer", "Assistant", "answer"]


@dataclass(frozen=True)
class Answer:
    """What the assistant says. `sources` are what it rests on: `title`, and `record` in the ledger.

    `doubts` are the claims that do not stand on what was read, called `label` on the screen. A `proposal` waits for
    `deputy accept`, by the run's id. `data` is the answer for programs, `places` where its values stand, if it has any.
    `notes` say what look-ups could not do as they should.
    """

    run: str
    text: str
    sources: list[dict[str, Any]] = field(default_factory=list)
    exit_code: int = 0
    error: DeputyError | None = None
    doubts: list[Doubt] = field(default_factory=list)
    proposal: Proposal | None = None
    label: str = "unproven"
    data: Any = None
    places: Sequence[Mapping[str, Any]] = ()
    notes: list[str] = field(default_factory=list)


class Assistant:
    """An assistant that is kept open: `with Assistant(project, "support") as it: it.ask("What's the rate limit?")`.

    Each question is a run of its own, and knows nothing of the last one but what `earlier` tells it.
    """

    def __init__(
        self,
        project: Path,
        scenario: str | None = None,
        *,
        principal: str = "user",
        inputs: Mapping[str, Path] | None = None,
        on_record: Listener | None = None,
        on_banner: Callable[[str], None] | None = None,
        answering: Answering | None = None,
    ) -> None:
        """Raises ConfigError or UsageError for what cannot be opened."""
        wish = Wish(
            goal="?", scenario=scenario, crew=_crew(project, scenario), principal=principal, inputs=inputs or {}
        )
        self._shared = open_turns(project, wish, on_record=on_record, on_banner=on_banner, answering=answering)

    def ask(self, question: str, *, on_text: OnText | None = None, earlier: str = "") -> Answer:
        """The answer to one question; `earlier` is what was said before, as the one who asks keeps it."""
        whole = self._shared.scene.craft is not None  # what a check may change is shown once it is checked
        return _answer(next_turn(self._shared, question, None if whole else on_text), earlier)

    def close(self) -> None:
        """Let go of the world and the ledger."""
        self._shared.close()

    def __enter__(self) -> "Assistant":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def answer(
    project: Path,
    question: str,
    *,
    principal: str = "user",
    scenario: str | None = None,
    inputs: Mapping[str, Path] | None = None,
    earlier: str = "",
    on_text: OnText | None = None,
    on_record: Listener | None = None,
    on_banner: Callable[[str], None] | None = None,
    answering: Answering | None = None,
) -> Answer:
    """Answer `question` from what the assistant may read. Raises ConfigError or UsageError before it begins."""
    hooks: dict[str, Any] = {"on_record": on_record, "on_banner": on_banner, "answering": answering}
    with closing(Assistant(project, scenario, principal=principal, inputs=inputs, **hooks)) as assistant:
        return assistant.ask(question, on_text=on_text, earlier=earlier)


def _crew(project: Path, scenario: str | None) -> str:
    if scenario is None:
        return ASSISTANT
    config = load_config(project, scenario)
    crew = config.scenarios[scenario].crew
    if not config.crews[crew].read_only:
        remedy = f"use 'deputy run -s {scenario}'; the assistant's are {_names(config.scenarios, config.crews)}"
        raise UsageError(f"the scenario '{scenario}' changes things, and the assistant only reads", remedy=remedy)
    return crew


def _names(scenarios: Mapping[str, Any], crews: Mapping[str, Any]) -> str:
    return ", ".join(f"'{name}'" for name, spec in scenarios.items() if crews[spec.crew].read_only) or "none"


def _answer(opened: Opened, earlier: str) -> Answer:
    try:
        proposal = for_a_crew(opened.config, opened.goal, opened.ledger)
        said = Finished(_handed(opened, proposal)) if proposal else _answered(opened, earlier)
    except KeyboardInterrupt:
        opened.record("run.cancelled", reason="interrupted at the keyboard")
        return Answer(opened.run, "cancelled", [], Cancelled.exit_code, UsageError("the question was cancelled"))
    except (RunStopped, DeputyError) as error:
        cause = error.cause if isinstance(error, RunStopped) else error
        opened.record("run.failed", error=cause.problem, remedy=cause.remedy, exit_code=cause.exit_code)
        return Answer(opened.run, cause.problem, [], cause.exit_code, cause)
    records = opened.ledger.records(opened.run)
    came = Checked(said.text, proposal=proposal) if proposal else checked(opened, said.text, records, said.doubts)
    opened.record("run.done", summary=came.text)
    shown: dict[str, Any] = {"label": craft.label} if (craft := opened.scene.craft) else {}
    return Answer(
        opened.run,
        came.text,
        _sources(opened, records, came.text),
        exit_code=1 if said.fault else 0,
        doubts=came.doubts,
        proposal=came.proposal,
        data=said.data,
        places=said.places,
        notes=_notes(records),
        **shown,
    )


def _handed(opened: Opened, proposal: Proposal) -> str:
    opened.record("proposal.made", **plain(asdict(proposal)))
    return (
        f"This needs a crew that acts: '{proposal.crew}', in the scenario '{proposal.scenario}'. Nothing has been done."
    )


def _answered(opened: Opened, earlier: str) -> Finished:
    spec = opened.config.crews[opened.crew]
    if not spec.read_only or spec.process != "sequential":
        raise UsageError("the assistant's crew must be sequential and read_only", remedy="see config/crews.yaml")
    plan = plan_of(brief_of(opened).tasks)
    opened.record("plan.proposed", plan=plan, role="", model="tasks.yaml")
    warrant = accept(plan, opened.authority)
    opened.record("plan.accepted", plan=warrant.digest, by="policy", reason="the crew only reads")
    gate = gate_of(opened, warrant)
    said = Finished("")
    for step in warrant.order:
        said = read_step(opened, step, gate, _recorder(opened, step.role), earlier=earlier)
    return said


def _recorder(opened: Opened, role: str) -> OnStep:
    return lambda kind, step, body: opened.record(kind, step=step, role=role, **body)


def _sources(opened: Opened, records: Sequence[Record], text: str) -> list[dict[str, Any]]:
    if opened.scene.grounded:
        read = passages_read(records)
        return [
            {"title": f"[{one}] {read[one]['title']}", "record": read[one]["record"]}
            for one in cited(text)
            if one in read
        ]
    return [{"title": _title(one.body), "record": one.seq} for one in records if one.kind == "tool.done"]


def _notes(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(note for one in records if (note := noted(one))))


def _title(body: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name} {value}" for name, value in body["args"].items() if value)
    return f"{body['tool']}: {given}" if given else str(body["tool"])
