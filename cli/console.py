"""Where the commands' words go: plain lines anywhere, colours and a moving footer on a terminal that shows them.

Finished lines are never redrawn: they stay in the scrollback. Only the footer below them moves.
"""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from cli.layout import Line, Piece, laid_out
from crews.report.figures import clean
from runtime.errors import DeputyError

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

_WIDEST = 100


class Console:
    """Prints lines to one stream. A stream that breaks is given up silently: output must never stop a run."""

    def __init__(self, stream: TextIO, *, color: bool) -> None:
        self._stream = stream
        self._lock = threading.RLock()
        self._live: Live | None = None
        self._broken = False
        self._named: Callable[[str], str] = str
        self._ascii = not _can_say(stream, "✓▸·…")
        self.tty = color and stream.isatty() and not self._ascii

    @property
    def width(self) -> int:
        """Columns to use: the terminal's, at most 100; 80 if it is not one."""
        named = os.environ.get("COLUMNS", "")
        if named.isdigit() and int(named):
            return min(_WIDEST, int(named))
        with suppress(OSError, ValueError):
            return min(_WIDEST, os.get_terminal_size(self._stream.fileno()).columns or 80)
        return 80

    def name_by(self, named: Callable[[str], str]) -> None:
        """From now on, say each text as `named` tells it: people by name."""
        self._named = named

    def say(self, line: Line) -> None:
        """Print one line, for good."""
        line = replace(line, text=self._named(line.text))
        with self._lock:
            for row in laid_out(line, self.width, ascii_only=self._ascii):
                self._row(row)

    def row(self, pieces: list[Piece]) -> None:
        """Print one row as it is, without columns of its own."""
        with self._lock:
            self._row(pieces)

    def write(self, text: str) -> None:
        """Print text as it comes, without a line break of its own."""
        with self._lock:
            self._send(clean(text))

    def footer(self, lines: Callable[[], list[Line]]) -> None:
        """Keep `lines` below everything said, drawn anew several times a second, until `close`. Terminals only."""
        if not self.tty:
            return
        from rich.console import Console as Screen
        from rich.console import Group
        from rich.live import Live

        def drawn() -> Group:
            return Group(*(self._text(row) for line in lines() for row in laid_out(line, self.width)))

        screen = Screen(file=self._stream, highlight=False, markup=False, soft_wrap=True)
        self._live = Live(get_renderable=drawn, console=screen, transient=True, refresh_per_second=8)
        self._live.start()

    def close(self) -> None:
        """Take the footer away."""
        with self._lock:
            live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _row(self, row: list[Piece]) -> None:
        if self._live is not None:
            self._live.console.print(self._text(row))
        elif self.tty:
            self._send("".join(_styled(text, style) for text, style in row).rstrip() + "\n")
        else:
            self._send("".join(text for text, _ in row).rstrip() + "\n")

    def _text(self, row: list[Piece]) -> "Text":
        from rich.text import Text

        return Text.assemble(*((text, style) for text, style in row), no_wrap=True, overflow="ellipsis")

    def _send(self, text: str) -> None:
        if self._broken:
            return
        try:
            encoding = self._stream.encoding or "utf-8"
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError):
            self._broken = True
            _give_up(self._stream)


def _styled(text: str, style: str) -> str:
    import click

    if not style:
        return text
    color = style if style in ("red", "green", "yellow") else None
    return click.style(text, fg=color, bold=style == "bold" or None, dim=style == "dim" or None)


def _can_say(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def print_error(error: DeputyError) -> None:
    """Say on stderr what went wrong, and the way out."""
    problem = "\n  ".join(clean(error.problem).split("\n"))
    console = Console(sys.stderr, color=False)
    console.write(f"deputy: {problem}\n")
    if error.remedy:
        console.write(f"Fix: {clean(error.remedy)}\n")


def print_json(value: Any) -> None:
    """Write `value` to stdout as one line of ASCII JSON, unless nobody reads any more."""
    import json

    try:
        sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        _give_up(sys.stdout)


def _give_up(stream: TextIO) -> None:
    """Let what is still written to a broken stream go nowhere, so that the process ends in peace."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
