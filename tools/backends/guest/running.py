"""Runs one program inside of a sandbox: source and JSON go in, JSON comes out. The boundary is outside of this."""

import contextlib
import io
import json
from typing import Any

PRINTED = 65_536
"""Characters of what a program prints that are kept; the rest is counted and left out."""

_NAME = "<program>\ud800"
"""The program's file name. It cannot be encoded: else CPython opens it to show the line of a syntax error, and under
WebAssembly the attempt alone ends the program."""


class _Page(io.TextIOBase):
    """Standard output with an end."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.room = PRINTED
        self.lost = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        kept = text[: self.room]
        self.parts.append(kept)
        self.room -= len(kept)
        self.lost += len(text) - len(kept)
        return len(text)

    def text(self) -> str:
        left_out = f"\n[{self.lost} more characters were left out]" if self.lost else ""
        return "".join(self.parts) + left_out


def run(source: str, given: str) -> str:
    """Run `source` with the name `given` bound; JSON with `result`, `printed` and `error` (null if it ended well)."""
    page = _Page()
    scope: dict[str, Any] = {"__name__": "__main__", "given": json.loads(given)}
    error = None
    with contextlib.redirect_stdout(page), contextlib.redirect_stderr(page):
        try:
            exec(compile(source, _NAME, "exec"), scope)  # noqa: S102 - the sandbox exists for this
        except BaseException as raised:
            error = _told(raised)
    try:
        return json.dumps({"result": scope.get("result"), "printed": page.text(), "error": error}, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as wrong:
        told = error or f"'result' is not plain data: {wrong}"
        return json.dumps({"result": None, "printed": page.text(), "error": told})


def _told(raised: BaseException) -> str:
    """The error with the line of the program it came from. No source is looked up: there are no files to read."""
    line, trace = getattr(raised, "lineno", None), raised.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    where = f"line {line}: " if line else ""
    said = raised.msg if isinstance(raised, SyntaxError) else raised
    return f"{where}{type(raised).__name__}: {said}"[:2_000]
