"""The `deputy` command. Each subcommand's file is loaded when it is called, so that help is there at once."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from cli.session import switches
from runtime.away import in_words
from runtime.errors import Cancelled, DeputyError, RunStopped

COMMANDS = {
    "run": ("cli.run:run", "Let the crew carry out a goal or a scenario."),
    "ask": ("cli.ask:ask", "Ask the assistant; it only reads."),
    "accept": ("cli.accept:accept", "Accept what the assistant proposed."),
    "approvals": ("cli.approvals:approvals", "List what waits for a person."),
    "approve": ("cli.approvals:approve", "Allow a call that waits, and carry its run on."),
    "deny": ("cli.approvals:deny", "Refuse a call that waits, and carry its run on."),
    "resume": ("cli.resume:resume", "Carry a run on where its records end."),
    "settle": ("cli.settle:settle", "Say what became of an effect that nobody could know of."),
    "undo": ("cli.undo:undo", "Take back what a run did, as far as the world allows."),
    "cancel": ("cli.cancel:cancel", "Stop a run, wherever it is carried on."),
    "replay": ("cli.replay:replay", "Run again from a step on, over the records before it."),
    "worker": ("cli.worker:worker", "Carry on what is queued, due or left behind."),
    "serve": ("cli.serve:serve", "Let other systems start runs over HTTP."),
    "schedules": ("cli.schedules:schedules", "List what runs by the clock, and when next."),
    "runs": ("cli.runs:runs", "List the newest runs."),
    "show": ("cli.show:show", "Tell what happened in a run, from its records."),
    "artefacts": ("cli.artefacts:artefacts", "List the files that a run made."),
    "audit": ("cli.audit:audit", "Prove what happened: verify, sign, export."),
    "memory": ("cli.memory:memory", "See, add and forget what runs have learned."),
    "forget": ("cli.forget:forget", "Erase what is held about a person."),
    "policy": ("cli.policy:policy", "Test the policy's rules, and explain a run's decisions."),
    "tools": ("cli.tools:tools", "List tools; see what changed in foreign ones, and accept it."),
    "validate": ("cli.validate:validate", "Check the whole configuration."),
    "new": ("cli.new:new", "Start a project, add a role or a scenario."),
    "doctor": ("cli.doctor:doctor", "Check that everything needed is here."),
}

EXIT_CODES = """\b
Exit codes:
  0    done                  4    configuration, key or model missing or wrong
  1    failed                5    denied by the gate
  2    called wrongly        6    budget used up
  3    waits for a person    130  cancelled
"""


class Commands(click.Group):
    """The subcommands, by name; errors become words and an exit code, never a traceback (unless DEPUTY_DEBUG=1)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest name for a mistyped one."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of subcommands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line; exits with its code, or returns it if `standalone_mode` is off."""
        code = self._run(args, prog_name or "deputy", complete_var, **extra)
        if standalone_mode:
            sys.exit(code)
        return code

    def _run(self, args: Sequence[str] | None, prog_name: str, complete_var: str | None, **extra: Any) -> int:
        try:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra) or 0
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except click.Abort:
            click.echo("deputy: cancelled", err=True)
            return Cancelled.exit_code
        except RunStopped as stopped:
            return _refused(stopped.cause, stopped)
        except DeputyError as error:
            return _refused(error, error)
        except Exception as error:
            return _refused(_unexpected(error), error)


def _unexpected(error: Exception) -> DeputyError:
    """What nobody has put into words; of a system that does not answer, its own words and the way out."""
    if told := in_words(error):
        return told
    problem = f"something unexpected happened: {type(error).__name__}: {error}"
    return DeputyError(problem, remedy="set DEPUTY_DEBUG=1 to see where, and tell us")


def _refused(error: DeputyError, raised: BaseException) -> int:
    if os.environ.get("DEPUTY_DEBUG") == "1":
        raise raised
    from cli.console import print_error

    print_error(error)
    return error.exit_code


@click.group(
    "deputy",
    cls=Commands,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
)
@click.version_option(package_name="deputy", message="%(prog)s %(version)s")
@switches
def deputy() -> None:
    """An assistant answers; a deputy acts, within its warrant."""


def main() -> None:
    """The console script."""
    deputy()


if __name__ == "__main__":
    main()
