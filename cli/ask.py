"""`deputy ask`: one question to the assistant, answered as it comes."""

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from cli.console import Console, print_error, print_json
from cli.inputs import paths
from cli.layout import Line
from cli.proposals import proposed
from cli.session import Respond, Session, doors, principal, session, switches
from runtime.errors import Cancelled
from runtime.problems import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crews.assistant import Answer
    from crews.proposal import Proposal
    from runtime.records import Record


@click.command()
@click.argument("question", required=False)
@click.option("-s", "--scenario", metavar="NAME", help="What it reads: a scenario whose crew only reads.")
@click.option(
    "-i", "--input", "inputs", multiple=True, metavar="NAME=PATH", help="Your own file or folder; repeatable."
)
@click.option("-c", "--conversation", metavar="NAME", help="Go on with what was said under that name, and keep it.")
@switches
def ask(question: str | None, scenario: str | None, inputs: tuple[str, ...], conversation: str | None) -> int:
    """Ask the assistant QUESTION. It only reads, and says where its answer comes from.

    \b
    deputy ask "Which positions are open?"
    deputy ask -s support "What's the API rate limit?"
    deputy ask -s support -i documents=./manuals "How is it cleaned?"
    deputy ask -s extraction -i document=bill.pdf -i schema=bill.json

    Without QUESTION the scenario's own is asked. The answer goes to stdout, who answers to stderr. With --json the
    records come first, then one object with the kind "answer". What needs action is proposed, and done only after
    'deputy accept'.
    """
    if question is None and scenario:
        question = _usual(scenario)
    if not (question or "").strip():
        raise click.UsageError("the question is empty")
    if inputs and not scenario:
        raise click.UsageError("inputs belong to a scenario; name it with -s NAME")
    given = {"scenario": scenario, "inputs": paths(inputs)} if scenario else {}
    return _Asking(session(), conversation).through(str(question), **given)


def _usual(scenario: str) -> str:
    """What the scenario is there to be asked. Raises ConfigError for one that is not there."""
    from crews.config import load_config

    return load_config(session().project(), scenario).scenarios[scenario].goal


def _assistant() -> Respond:
    from crews.assistant import answer

    return answer


class _Asking:
    """One question from the screen's side."""

    def __init__(self, now: Session, conversation: str | None = None) -> None:
        self._session = now
        self._conversation = conversation
        self._out = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
        self._aside = Console(sys.stderr, color=now.color)
        self._streamed = ""
        self._run = ""

    def through(self, question: str, **given: Any) -> int:
        """Ask and return the exit code."""
        project = self._session.project()
        respond = doors().respond or _assistant()
        kept = None
        if self._conversation:
            from crews.conversation import Conversation

            kept = Conversation(self._session.home(), self._conversation)
            given["earlier"] = kept.earlier()
        try:
            answer = respond(
                project,
                question,
                principal=principal(),
                on_text=self._text,
                on_record=self._record,
                on_banner=self._banner,
                **given,
            )
        except KeyboardInterrupt:
            click.echo(f"\ndeputy: cancelled{f'; see deputy show {self._run}' if self._run else ''}", err=True)
            return Cancelled.exit_code
        if kept and answer.error is None:
            kept.add(question, answer.text)
        self._end(answer)
        return answer.exit_code

    def _banner(self, text: str) -> None:
        if not self._session.quiet:
            self._aside.say(Line(text=text, style="dim"))

    def _text(self, piece: str) -> None:
        self._streamed += piece
        self._out.write(piece)

    def _record(self, record: "Record") -> None:
        self._run = record.run
        if self._session.as_json:
            print_json(vars(record))

    def _end(self, answer: "Answer") -> None:
        if self._streamed:
            self._out.write("\n")
        if answer.error is not None:
            print_error(answer.error)
        elif self._streamed.strip() != answer.text.strip():  # a second model answered, or nothing was streamed
            self._out.write(f"{answer.text.strip()}\n")
        if self._session.as_json:
            print_json({"kind": "answer", **_told(answer)})
        else:
            self._beside(answer)

    def _beside(self, answer: "Answer") -> None:
        """What there is to say about an answer."""
        checked = answer.label != "unproven"  # the answer is a text or data of its own, which may be piped on
        for doubt in answer.doubts:
            (self._aside if checked else self._out).say(Line(answer.label, text=str(doubt), style="bold"))
        if answer.proposal:
            self._propose(answer.proposal, answer.run)
        if not self._session.quiet:
            for note in answer.notes:
                self._aside.say(Line("note", text=note, style="yellow"))
            self._prove(answer)

    def _prove(self, answer: "Answer") -> None:
        """Where the values of an answer stand, or what it rests on."""
        places = placed(answer.places)
        for number, source in enumerate(answer.sources if not places else (), start=1):
            text = f"{number}. {source['title']}, record {source['record']} of {answer.run}"
            self._aside.say(Line("sources" if number == 1 else "", text=text, style="dim"))
        for number, text in enumerate(places):
            self._aside.say(Line("" if number else "from", text=text, style="dim"))

    def _propose(self, proposal: "Proposal", run: str) -> None:
        for line in (Line("goal", text=proposal.goal), *proposed(proposal)):
            self._out.say(line)
        self._out.say(Line("next", text=f"deputy accept {run}"))


def placed(places: "Sequence[Mapping[str, Any]]") -> list[str]:
    """Where values stand, a line each; of the rows of a table the first one, and how many there are."""
    rows = Counter(one["name"].partition("[")[0] for one in places)
    lines = []
    for one in places:
        table, bracket, number = one["name"].partition("[")
        if bracket and number != "1]":
            continue
        page = f"page {one['page']}, " if one["page"] else ""
        more = f" and {counted(rows[table] - 1, 'more row')}" if rows[table] > 1 else ""
        lines.append(f"{one['name']}: {page}line {one['line']}, “{one['quote']}”{more}")
    return lines


def _told(answer: "Answer") -> dict[str, Any]:
    """The answer as JSON; doubts and proposals only where there are some."""
    told: dict[str, Any] = {"run": answer.run, "text": answer.text, "sources": answer.sources}
    if answer.notes:
        told["notes"] = answer.notes
    if answer.doubts:
        told["doubts"] = [vars(one) for one in answer.doubts]
    if answer.proposal:
        told["proposal"] = vars(answer.proposal)
    if answer.data is not None:
        told |= {"data": answer.data, "places": list(answer.places)}
    return told
