"""`deputy serve`: the HTTP door through which other systems start runs."""

import os
import socket
import sys

import click

from cli.console import Console
from cli.layout import Line
from cli.session import session, switches
from runtime.errors import ConfigError


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8700, show_default=True, help="0 takes a free one.")
@switches
def serve(host: str, port: int) -> None:
    """Let other systems start runs by POST /runs; workers carry them on. DEPUTY_TOKENS says who may."""
    import uvicorn

    from server.app import app_of
    from server.callers import Callers

    now = session()
    project = now.project()
    app = app_of(project, Callers(os.environ))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    with _listening(host, port) as listening:
        port = listening.getsockname()[1]
        if not now.quiet:
            console = Console(sys.stderr if now.as_json else sys.stdout, color=now.color)
            console.say(Line("listens", text=f"http://{host}:{port}/runs, until SIGTERM or Ctrl-C"))
            console.say(Line("next", text="deputy worker, which carries on what is started here"))
            sys.stdout.flush()
        server.run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises ConfigError if it cannot."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        problem = f"nothing can listen at {host}:{port}: {error.strerror or error}"
        raise ConfigError(problem, remedy="take another --port, or --host") from error
