"""`deputy ask`: one question to the assistant, answered as it comes."""

import sys
from typing import TYPE_CHECKING

import click

from cli.console import Console, print_error, print_json
from cli.layout import Line
from cli.session import Respond, Session, doors, principal, session, switches

if TYPE_CHECKING:
    from crews.assistant import Answer
    from runtime.records import Record


@click.command()
@click.argument("question")
@switches
def ask(question: str) -> int:
    """Ask the assistant QUESTION. It only reads, and says where its answer comes from.

    \b
    deputy ask "Which positions are open?"

    The answer goes to stdout, who answers to stderr. With --json the records come first, then one object with the
    kind "answer".
    """
    if not question.strip():
        raise click.UsageError("the question is empty")
    return _Asking(session()).through(question)


def _assistant() -> Respond:
    from crews.assistant import answer

    return answer


class _Asking:
    """One question from the screen's side."""

    def __init__(self, now: Session) -> None:
        self._session = now
        self._out = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
        self._aside = Console(sys.stderr, color=now.color)
        self._streamed = ""
        self._run = ""

    def through(self, question: str) -> int:
        """Ask and return the exit code."""
        project = self._session.project()
        respond = doors().respond or _assistant()
        try:
            answer = respond(
                project,
                question,
                principal=principal(),
                on_text=self._text,
                on_record=self._record,
                on_banner=self._banner,
            )
        except KeyboardInterrupt:
            click.echo(f"\ndeputy: cancelled{f'; see deputy show {self._run}' if self._run else ''}", err=True)
            return 130
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
            print_json({"kind": "answer", "run": answer.run, "text": answer.text, "sources": answer.sources})
        elif not self._session.quiet:
            for number, source in enumerate(answer.sources, start=1):
                text = f"{number}. {source['title']}, record {source['record']} of {answer.run}"
                self._aside.say(Line("sources" if number == 1 else "", text=text, style="dim"))
