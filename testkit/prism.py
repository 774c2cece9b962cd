"""A server that holds its callers to GitHub's own description of its API: Prism, on a free loopback port.

    prism(folder)            answers each right request with the description's example, and a wrong one with 422; a
                             header chooses another of the described answers: `Prefer: code=409`
    between(folder, url)     hands requests on to another server, its answers back, and notes what is not as described

It keeps nothing between requests.
"""

import copy
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testkit.radicale import free_port

MODULES = Path(__file__).parent / "node" / "node_modules"
DESCRIPTION = MODULES / "@octokit" / "openapi" / "generated" / "api.github.com.json"

_COMMAND = MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
_JSON, _GITHUB = "application/json", "application/vnd.github+json"
_SECONDS = 90


_REPO = "/repos/{owner}/{repo}"
PATHS = (
    "/user",
    f"{_REPO}/commits/{{ref}}",
    f"{_REPO}/commits/{{ref}}/check-runs",
    f"{_REPO}/commits/{{ref}}/status",
    f"{_REPO}/compare/{{basehead}}",
    f"{_REPO}/contents/{{path}}",
    f"{_REPO}/branches/{{branch}}",
    f"{_REPO}/rules/branches/{{branch}}",
    f"{_REPO}/pulls",
    f"{_REPO}/pulls/{{pull_number}}",
    f"{_REPO}/pulls/{{pull_number}}/merge",
    f"{_REPO}/pulls/{{pull_number}}/reviews",
    f"{_REPO}/pulls/{{pull_number}}/update-branch",
    f"{_REPO}/issues",
    f"{_REPO}/issues/{{issue_number}}/comments",
    f"{_REPO}/issues/comments/{{comment_id}}",
    f"{_REPO}/issues/{{issue_number}}/labels",
    f"{_REPO}/issues/{{issue_number}}/labels/{{name}}",
    f"{_REPO}/actions/runs",
    f"{_REPO}/actions/runs/{{run_id}}/rerun-failed-jobs",
    f"{_REPO}/actions/workflows",
    f"{_REPO}/actions/workflows/{{workflow_id}}/dispatches",
    f"{_REPO}/actions/workflows/{{workflow_id}}/runs",
)
"""What Deputy asks GitHub for; all of it but the revert, which is no part of this API."""


@dataclass(frozen=True)
class Between:
    """A server that stands before another one."""

    url: str
    log: Path

    @property
    def handed_on(self) -> int:
        """How many requests it has handed on."""
        return self._said().count('Forwarding "')

    @property
    def violations(self) -> list[str]:
        """All that was not as described, in requests and in answers, by path."""
        found, about = [], ""
        for line in self._said().splitlines():
            named = re.search(r"\[HTTP SERVER\] (\S+ \S+)", line)
            about = named[1] if named else about
            if "Violation: " in line or "terminated with error" in line:
                found.append(f"{about}: {re.split('Violation: |with error: ', line)[-1]}")
        return found

    def _said(self) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text(encoding="utf-8"))


@contextmanager
def prism(folder: Path, paths: Iterable[str] = PATHS) -> Iterator[str]:
    """Start a server that knows these paths of GitHub's API, and return its address; stop exactly it at the end."""
    with _serving(folder, "mock", paths) as url:
        yield url


@contextmanager
def between(folder: Path, upstream: str, paths: Iterable[str] = PATHS) -> Iterator[Between]:
    """Start a server before the one at `upstream`; stop exactly it at the end."""
    with _serving(folder, "proxy", paths, upstream) as url:
        yield Between(url, folder / "log")


@contextmanager
def _serving(folder: Path, kind: str, paths: Iterable[str], *more: str) -> Iterator[str]:
    node = shutil.which("node")
    if node is None or not _COMMAND.exists():
        raise RuntimeError("GitHub's description is not there: run ./setup.sh test")
    folder.mkdir(parents=True, exist_ok=True)
    file, port = folder / "github.json", free_port()
    file.write_text(json.dumps(trimmed(json.loads(DESCRIPTION.read_text(encoding="utf-8")), paths)), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [node, str(_COMMAND), kind, "-h", "127.0.0.1", "-p", str(port), str(file), *more],
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
    _span(kept["paths"])
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


def _span(paths: dict[str, Any]) -> None:
    """A file's path may go through a folder, which a template of the description cannot say."""
    for path in [one for one in paths if one.endswith("/contents/{path}")]:
        inside = copy.deepcopy(paths[path])
        folder = {"name": "folder", "in": "path", "required": True, "schema": {"type": "string"}}
        for operation in inside.values():
            operation["parameters"] = [*operation.get("parameters", ()), folder]
        paths[path.replace("{path}", "{folder}/{path}")] = inside


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
