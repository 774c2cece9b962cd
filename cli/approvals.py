"""`deputy approvals`, `deputy approve`, `deputy deny`: what waits for a person, and the person's answer."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from cli.console import Console, print_json
from cli.layout import GUTTER, Line
from cli.resume import carried_on
from cli.session import principal, session, switches
from crews.report.figures import many
from runtime.errors import TakenOver

if TYPE_CHECKING:
    from crews.answers import Waiting
    from guard.approvals import Asked
    from runtime.records import Record


TOKEN: dict[str, Any] = {"metavar": "TOKEN", "help": "The token of a mail; it says who answers, and to what."}


@click.command()
@click.option("--notify", "tell", is_flag=True, help="Send the mails that are due: to new approvers, after a deadline.")
@switches
def approvals(tell: bool) -> None:
    """List what waits for a person. With --json, one object per request."""
    from crews.answers import pending

    now = session()
    waiting = pending(now.project())
    if tell:
        from crews.notices import remind

        told = remind(now.project(), {one.run for one in waiting})
        Console(sys.stderr, color=now.color).say(Line("told", text=many(told, "person", "people")))
    if now.as_json:
        for one in waiting:
            print_json({"run": one.run, "principal": one.principal, "goal": one.goal, **vars(one.asked)})
        return
    console = Console(sys.stdout, color=now.color)
    if not waiting:
        console.say(Line(text="Nothing waits for a person."))
        return
    ledger = now.ledger_with_runs()
    for _, equal in groupby(waiting, key=lambda one: (one.run, one.asked.tool, one.asked.rule, one.asked.approvers)):
        asks = list(equal)
        show(console, asks, ledger.records(asks[0].run))


@click.command()
@click.argument("approval", required=False, default="")
@click.option("--token", **TOKEN)
@click.option("--edit", metavar="JSON", help="Arguments to use in place of the call's own.")
@click.option("--tool", "whole_tool", is_flag=True, help="Allow this tool, under this rule, for the rest of the run.")
@click.option("--later", is_flag=True, help="Only record the answer; carry the run on with 'deputy resume'.")
@switches
def approve(approval: str, token: str | None, edit: str | None, whole_tool: bool, later: bool) -> int:
    """Allow the call that APPROVAL asks for, once. The run goes on when nothing of it waits any more."""
    scope = "tool" if whole_tool else "call"
    return _answered(approval, token, "approved", args=_edited(edit), scope=scope, later=later)


@click.command()
@click.argument("approval", required=False, default="")
@click.option("--token", **TOKEN)
@click.option("-m", "--reason", required=True, metavar="WHY", help="Why; the model is told.")
@click.option("--later", is_flag=True, help="Only record the answer; carry the run on with 'deputy resume'.")
@switches
def deny(approval: str, token: str | None, reason: str, later: bool) -> int:
    """Refuse the call that APPROVAL asks for. The run goes on without it."""
    return _answered(approval, token, "denied", reason=reason, later=later)


def _answered(approval: str, token: str | None, verdict: Any, *, later: bool, **more: Any) -> int:
    from crews.answers import answer, answer_by_token

    now = session()
    if token:
        answered, ready = answer_by_token(now.project(), token, verdict, prefix=approval, **more)
    elif approval:
        one, ready = answer(now.project(), approval, verdict, by=principal(), **more)
        answered = [one]
    else:
        raise click.UsageError("give the id of an APPROVAL, or --token TOKEN")
    console = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
    for waiting in answered:
        console.say(Line(verdict, text=f"{waiting.asked.tool} in run {waiting.run}"))
    run = answered[0].run
    if ready and not later:
        try:
            return carried_on(now, run)
        except TakenOver:
            console.say(Line("next", text=f"deputy show {run}; a worker carries it on already"))
            return 0
    todo = f"deputy resume {run}" if ready else "deputy approvals"
    console.say(Line("next", text=todo))
    return 0


def _edited(edit: str | None) -> Mapping[str, Any] | None:
    if edit is None:
        return None
    try:
        value = json.loads(edit)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="'--edit'") from error
    if not isinstance(value, dict):
        raise click.BadParameter("not an object of arguments", param_hint="'--edit'")
    return value


_FEW = 3
"""So many equal calls are each shown in full."""

_WHOLE = 10_000
"""Characters of a value that a terminal shows; a mail to an approver shows fewer."""


def show(console: Console, equal: "list[Waiting]", records: "Sequence[Record]") -> None:
    """Equal asks as one: who wants it, what for and why it is asked, each call, and what was read that led to it.

    Names stand in the gutter, where no value can ever stand, however it is wrapped.
    """
    from crews.notice import STRANGERS, Notice

    asked = equal[0].asked
    for line in _question(equal):
        console.say(line)
    same = {name for name in asked.args if all(one.asked.args.get(name) == asked.args[name] for one in equal)}
    shared = sorted(same) if len(equal) > 1 else []
    if shared:
        console.say(Line("all calls", text="have in common:", style="dim"))
    for line in _values(asked, shared):
        console.say(line)
    for number, one in enumerate(equal, start=1):
        console.say(Line(one.asked.approval, text=f"call {number} of {len(equal)}", style="dim"))
        for line in _values(one.asked, [name for name in one.asked.args if name not in shared]):
            console.say(line)
        for line in _preview(one.asked, brief=len(equal) > _FEW and number > 1):
            console.say(line)
    read = Notice(equal, records, datetime.now(UTC)).led_to()
    if read:
        console.say(Line("was read", text=STRANGERS, style="dim"))
    for piece in read:
        console.say(Line("", "read", piece))
    for line in _next(equal):
        console.say(line)
    console.say(Line())


def _question(equal: "list[Waiting]") -> Iterator[Line]:
    from crews.notice import readable_time, shown

    first, asked = equal[0], equal[0].asked
    yield Line("goal", text=shown(first.goal))
    yield Line("run", text=f"{first.run}, step {asked.step}, asked by {shown(first.principal)}")
    yield Line("asks", text=f"for {many(len(equal), 'call')} of {asked.tool} (effect: {asked.effect})")
    yield Line("because", text=f"{shown(asked.reason)} (rule {asked.rule})")
    if asked.instead:
        yield Line("else", text=f"allowed without a question: {shown(asked.instead)}")
    named = asked.who(datetime.now(UTC))
    who = many(asked.people, "person", "people") + (f" of {', '.join(named)}" if named else "")
    if len(named) == asked.people == 1:
        who = named[0]
    yield Line("answers", text=f"{who}, until {readable_time(asked.until)}")


def _values(asked: "Asked", names: "Iterable[str]") -> Iterator[Line]:
    """Arguments, each with where it comes from if that is not trusted."""
    from crews.notice import distrust, shown

    for name in names:
        long = len(name) > GUTTER
        if long:
            yield Line(text=name, style="bold")
        yield Line("" if long else name, text=shown(asked.args[name], _WHOLE) or "(empty)")
        if said := distrust(asked.labels.get(name)):
            yield Line("", "wait", said, style="yellow")


def _preview(asked: "Asked", *, brief: bool) -> Iterator[Line]:
    """What the call would do; of many equal ones the first in full, of the others how they begin."""
    from crews.notice import would

    head, *lines = would(asked) or [""]
    if lines:
        yield Line("would be", text=head, style="dim")
    for line in lines[:2] if brief else lines:
        yield Line("", "read", line)


def _next(equal: "list[Waiting]") -> Iterator[Line]:
    asked = equal[0].asked
    every = " --tool" if len(equal) > 1 else ""
    yield Line("next", text=f"deputy approve {asked.approval}{every}, or deputy deny {asked.approval} -m WHY")
    if mailed := [one for one in asked.who(datetime.now(UTC)) if "@" in one]:
        yield Line(text=f"or, with the token of the mail to {' or '.join(mailed)}: deputy approve --token TOKEN")
