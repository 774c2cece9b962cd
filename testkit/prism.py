"""A server that holds its callers to GitHub's own description of its API: Prism, on a free loopback port.

It answers each right request with the description's example, and a wrong one with 422. A header chooses another of the
described answers: `Prefer: code=409`. It keeps nothing between requests.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testkit.radicale import free_port

MODULES = Path(__file__).parent / "node" / "node_modules"
DESCRIPTION = MODULES / "@octokit" / "openapi" / "generated" / "api.github.com.json"

_COMMAND = MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
_JSON, _GITHUB = "application/json", "application/vnd.github+json"
_SECONDS = 90


@contextmanager
def prism(folder: Path, paths: Iterable[str]) -> Iterator[str]:
    """Start a server that knows these paths of GitHub's API, and return its address; stop exactly it at the end."""
    node = shutil.which("node")
    if node is None or not _COMMAND.exists():
        raise RuntimeError("GitHub's description is not there: run ./setup.sh test")
    file, port = folder / "github.json", free_port()
    file.write_text(json.dumps(trimmed(json.loads(DESCRIPTION.read_text(encoding="utf-8")), paths)), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [node, str(_COMMAND), "mock", "-h", "127.0.0.1", "-p", str(port), str(file)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)},
        )
        try:
            _wait(process, port, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def trimmed(whole: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The description of these paths and of what they refer to, with GitHub's media type beside the plain one."""
    kept: dict[str, Any] = {key: whole[key] for key in ("openapi", "info")} | {"paths": {}, "components": {}}
    for path in paths:
        kept["paths"][path] = whole["paths"][path]
    waiting = list(_references(kept["paths"]))
    while waiting:
        kind, name = waiting.pop()
        part = kept["components"].setdefault(kind, {})
        if name not in part:
            part[name] = whole["components"][kind][name]
            waiting += _references(part[name])
    _double(kept)
    return kept


def _references(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        named = value.get("$ref")
        if isinstance(named, str):
            _, _, kind, name = named.split("/")
            yield kind, name
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _double(value: Any) -> None:
    """Clients ask for GitHub's media type, under which the description lists nothing."""
    if isinstance(value, dict):
        content = value.get("content")
        if isinstance(content, dict) and _JSON in content:
            content.setdefault(_GITHUB, content[_JSON])
        for inner in value.values():
            _double(inner)
    elif isinstance(value, list):
        for inner in value:
            _double(inner)


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"Prism did not start:\n{log.read_text()}")
