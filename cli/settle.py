"""`deputy settle`: say what became of an effect that nobody could know of, and carry the run on."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from cli.console import Console, print_json
from cli.layout import Line
from cli.resume import carried_on
from cli.session import principal, session, switches

if TYPE_CHECKING:
    from runtime.journal import Doubt


@click.command()
@click.argument("run", required=False)
@click.argument("call", required=False)
@click.option("--done", "verdict", flag_value="done", help="It happened: it is recorded as done.")
@click.option("--redo", "verdict", flag_value="redo", help="It did not happen: it is done again.")
@click.option(
    "--skip", "verdict", flag_value="skip", help="It is left as it is; the model is told that it was not done."
)
@click.option("-m", "--reason", default="", metavar="WHY", help="How you know; it is recorded.")
@click.option("--later", is_flag=True, help="Only record it; carry the run on with 'deputy resume'.")
@switches
def settle(run: str | None, call: str | None, verdict: str | None, reason: str, later: bool) -> int:
    """Say what became of CALL in RUN, where neither the program nor the system could know; without CALL, list those.

    \b
    deputy settle
    deputy settle 260312-0914 invite-3 --done -m "it is in her inbox"
    """
    from crews.settling import doubts
    from crews.settling import settle as put

    now = session()
    console = Console(sys.stderr if now.as_json and call else sys.stdout, color=now.color)
    if run is None or call is None:
        name, open_ones = doubts(now.project(), run)
        for one in open_ones if now.as_json else ():
            print_json({"run": name, **one.body})
        if not now.as_json:
            _list(console, name, open_ones)
        return 0
    if verdict not in ("done", "redo", "skip"):
        raise click.UsageError("say --done, --redo or --skip")
    said: Any = verdict
    name, ready = put(now.project(), run, call, said, by=principal(), reason=reason)
    console.say(Line("settled", text=f"{call} in run {name}: {verdict}"))
    if ready and not later:
        return carried_on(now, name)
    console.say(Line("next", text=f"deputy resume {name}" if ready else f"deputy settle {name}"))
    return 0


def _list(console: Console, run: str, open_ones: "list[Doubt]") -> None:
    if not open_ones:
        console.say(Line(text=f"Nothing is in doubt in run {run}."))
        return
    console.say(Line("run", text=run))
    for one in open_ones:
        args = ", ".join(f"{name}: {_plain(value)}" for name, value in one.body["args"].items())
        console.say(Line(one.body["call"], text=f"{one.body['tool']} ({one.body['effect']}), {args}"))
    console.say(Line("next", text=f"deputy settle {run} {open_ones[0].body['call']} --done, --redo or --skip"))


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
