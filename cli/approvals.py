"""`deputy approvals`, `deputy approve`, `deputy deny`: what waits for a person, and the person's answer."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from cli.console import Console, print_json
from cli.layout import Line
from cli.resume import carried_on
from cli.session import principal, session, switches
from crews.report.figures import many
from runtime.errors import TakenOver

if TYPE_CHECKING:
    from crews.answers import Waiting


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
    for _, equal in groupby(waiting, key=lambda one: (one.run, one.asked.tool, one.asked.rule, one.asked.approvers)):
        show(console, list(equal))


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


def show(console: Console, equal: "list[Waiting]") -> None:
    """Equal asks as one: who wants it, what for and why it is asked, then what differs from call to call."""
    first = equal[0]
    asked = first.asked
    console.say(Line("goal", text=first.goal))
    console.say(Line("run", text=f"{first.run}, step {asked.step}, asked by {first.principal}"))
    console.say(Line("asks", text=f"for {many(len(equal), 'call')} of {asked.tool} (effect: {asked.effect})"))
    console.say(Line("because", text=f"{asked.reason} (rule {asked.rule})"))
    if asked.instead:
        console.say(Line("else", text=f"allowed without a question: {asked.instead}"))
    from crews.notice import readable_time

    named = asked.who(datetime.now(UTC))
    who = many(asked.people, "person", "people") + (f" of {', '.join(named)}" if named else "")
    if len(named) == asked.people == 1:
        who = named[0]
    console.say(Line("answers", text=f"{who}, until {readable_time(asked.until)}"))
    same = {name for name in asked.args if all(one.asked.args.get(name) == asked.args[name] for one in equal)}
    for name in sorted(same) if len(equal) > 1 else ():
        console.say(Line("each with", text=f"{name}: {_plain(asked.args[name])}"))
    for one in equal:
        own = {name: value for name, value in one.asked.args.items() if name not in same or len(equal) == 1}
        told = ", ".join(f"{name}: {_plain(value)}" for name, value in own.items())
        console.say(Line(one.asked.approval, text=told or "the same again"))
    every = " --tool" if len(equal) > 1 else ""
    console.say(Line("next", text=f"deputy approve {asked.approval}{every}, or deputy deny {asked.approval} -m WHY"))
    if mailed := [one for one in named if "@" in one]:
        console.say(Line(text=f"or, with the token of the mail to {' or '.join(mailed)}: deputy approve --token TOKEN"))
    console.say(Line())


def _plain(value: Any) -> str:
    """A value as people read it: characters that nobody would see are numbers."""
    from guard.disguise import visible

    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
