"""What `deputy doctor` looks at. Each check is one function: what it found, and the way out if it is not well."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from runtime.errors import ConfigError, DeputyError

if TYPE_CHECKING:
    from crews.config import Config

Health = Literal["ok", "warn", "fail"]

PYTHON = ((3, 11), (3, 14))
_MEGABYTE = 1_000_000
_URLS = {"calendar": ("caldav", "CALDAV_URL"), "mail": ("smtp", "SMTP_URL"), "records": ("postgres", "RECORDS_URL")}
_PORTS = {"http": 80, "https": 443, "smtp": 587, "smtps": 465, "postgresql": 5432}


@dataclass(frozen=True)
class Check:
    """What one check found. `remedy` is empty if all is well."""

    name: str
    health: Health
    found: str
    remedy: str = ""


def all_checks(project: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Check]:
    """Every check in turn. A check that breaks has failed; the others go on."""
    yield from _guarded("python", lambda: [python(sys.version_info[:2])])
    yield from _guarded("packages", lambda: [packages()])
    yield from _guarded("bytecode", lambda: [bytecode()])
    yield from _guarded("uv", lambda: [uv(environ.get("PATH", ""))])
    yield from _guarded("time zones", lambda: [time_zones()])
    yield from _guarded(".env", lambda: [env_file(project / ".env")])
    config: list[Config] = []
    yield from _guarded("config", lambda: _configuration(project, config))
    if config:
        yield from _guarded("model", lambda: [model(config[0], environ)])
        yield from _guarded("world", lambda: list(worlds(config[0], environ)))
        yield from _guarded("embeddings", lambda: [embeddings(config[0], environ)])
        yield from _guarded("tools", lambda: sources(config[0], environ))
    yield from _guarded("ledger", lambda: [ledger(project)])
    yield from _guarded("disk", lambda: [disk(project)])


def _guarded(name: str, check: Callable[[], list[Check]]) -> list[Check]:
    try:
        return check()
    except DeputyError as error:
        return [Check(name, "fail", error.problem, error.remedy)]
    except Exception as error:  # whatever is wrong here, the person sees it with the other findings
        return [Check(name, "fail", f"{type(error).__name__}: {error}", "set DEPUTY_DEBUG=1 and run it again")]


def python(found: tuple[int, ...]) -> Check:
    """Whether this Python is one that Deputy runs on."""
    first, after = PYTHON
    text = f"{found[0]}.{found[1]} at {sys.executable}"
    if first <= tuple(found) < after:
        return Check("python", "ok", text)
    return Check("python", "fail", text, f"use Python {first[0]}.{first[1]} to {after[0]}.{after[1] - 1}")


def packages() -> Check:
    """Whether CrewAI is installed, and which."""
    try:
        return Check("packages", "ok", f"crewai {version('crewai')}")
    except PackageNotFoundError:
        return Check("packages", "fail", "crewai is not installed", "run 'pip install -r requirements.lock'")


def bytecode() -> Check:
    """Whether CrewAI is compiled: without bytecode its import takes twice as long, at every run."""
    spec = importlib.util.find_spec("crewai")
    if spec is None or spec.origin is None:
        return Check("bytecode", "warn", "nothing to compile", "install the packages first")
    compiled = Path(importlib.util.cache_from_source(spec.origin)).exists()
    if compiled:
        return Check("bytecode", "ok", "crewai is compiled")
    compile_all = f"run '{sys.executable} -m compileall -q {Path(spec.origin).parent.parent}' once"
    unset = "unset PYTHONDONTWRITEBYTECODE, or " if sys.dont_write_bytecode else ""
    return Check("bytecode", "warn", "crewai is not compiled: each run starts seconds later", unset + compile_all)


def uv(path: str) -> Check:
    """Whether `crewai run` will find uv."""
    found = shutil.which("uv", path=path)
    if found:
        return Check("uv", "ok", found)
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    where = "activate the environment" if beside else "pip install uv"
    return Check("uv", "warn", "not on PATH: 'crewai run' needs it ('deputy run' does not)", where)


def time_zones() -> Check:
    """Whether time zones are known, with their changes."""
    from datetime import datetime
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        hours = [
            datetime(2027, 3, 16, tzinfo=ZoneInfo(zone)).utcoffset() for zone in ("America/New_York", "Europe/Berlin")
        ]
    except ZoneInfoNotFoundError as error:
        return Check("time zones", "fail", str(error), "pip install tzdata")
    if [offset.total_seconds() / 3600 for offset in hours if offset is not None] != [-4, 1]:
        return Check("time zones", "warn", "the zones' changes are not the known ones", "update tzdata")
    return Check("time zones", "ok", f"tzdata {version('tzdata')}")


def env_file(path: Path) -> Check:
    """Whether `.env` is there and nobody else can read it. Its values are never shown."""
    if not path.exists():
        return Check(".env", "ok", "none; only the environment's own settings are used")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        return Check(".env", "warn", "other users of this machine can read it", f"run 'chmod 600 {path}'")
    return Check(".env", "ok", "read, for your eyes only")


def _configuration(project: Path, loaded: "list[Config]") -> list[Check]:
    from crews.config import load_config
    from runtime.problems import ConfigProblems, counted

    try:
        config = load_config(project)
    except ConfigProblems as error:
        return [
            Check("config", "fail", counted(len(error.problems), "problem"), "run 'deputy validate' to see all of it")
        ]
    loaded.append(config)
    counts = {"role": config.roles, "crew": config.crews, "scenario": config.scenarios}
    return [Check("config", "ok", ", ".join(counted(len(found), noun) for noun, found in counts.items()))]


def model(config: "Config", environ: Mapping[str, str]) -> Check:
    """Who would answer now. Contacts nothing but what is configured."""
    from agents.selection import choose

    choice = choose(config.models, environ)
    if choice.mode == "playbook":
        first, _, rest = choice.banner.partition(". ")
        return Check("model", "warn", first, rest or "name a model, or none, to let Deputy choose")
    return Check("model", "ok", choice.banner)


def worlds(config: "Config", environ: Mapping[str, str]) -> Iterator[Check]:
    """Whether calendar, mail and records are there, as configured."""
    from runtime.settings import missing_environment

    missing = missing_environment(config.settings, environ)
    if missing:
        raise ConfigError("; ".join(str(one) for one in missing), remedy="write it into .env")
    for noun, (outside, name) in _URLS.items():
        kind = str(getattr(config.settings, noun))
        yield (
            reachable(noun, kind, environ[name])
            if kind == outside
            else Check(noun, "ok", f"{kind}, in the world's folder")
        )


def reachable(noun: str, kind: str, url: str) -> Check:
    """Whether a server listens where `url` points. Its password, if it has one, is not shown."""
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme.partition("+")[0], 0)
    try:
        with socket.create_connection((host, port), timeout=2):
            return Check(noun, "ok", f"{kind} at {host}:{port}")
    except OSError as error:
        problem = f"{kind} at {host}:{port} does not answer ({error.strerror or error})"
        return Check(noun, "fail", problem, f"start it, or correct {_URLS[noun][1]}")


def embeddings(config: "Config", environ: Mapping[str, str]) -> Check:
    """Whether what embeds documents and facts does so, tried with one word."""
    from contextlib import closing

    from tools.backends.embedding import embedder_from

    embedder = embedder_from(config.settings, environ)
    if embedder is None:
        return Check("embeddings", "ok", "none: documents and facts are found by their words")
    with closing(embedder):
        numbers = embedder.embed(["word"]).shape[1]
        return Check("embeddings", "ok", f"{embedder.name.partition(',')[0]}, {numbers} numbers for each text")


def sources(config: "Config", environ: Mapping[str, str]) -> list[Check]:
    """Whether the sources of foreign tools answer, and offer what was accepted."""
    if not config.foreign.file.sources:
        return []
    from cli import source_checks

    return list(source_checks.sources(config, environ))


def ledger(project: Path) -> Check:
    """Whether records can be written."""
    from runtime.database import open_database, write
    from runtime.home import Home
    from runtime.ledger import Ledger

    home = Home.here(project)
    try:
        engine = open_database(home.ledger_url)
        known = len(Ledger(engine, home.ledger_key()).runs(1000))
        with write(engine):
            pass
    except Exception as error:  # each database has errors of its own; all of them mean the same here
        first = str(error).splitlines()[0]
        return Check(
            "ledger", "fail", f"cannot be written at {home.root}: {first}", "fix the folder's owner, or set DEPUTY_HOME"
        )
    return Check("ledger", "ok", f"{known} runs at {home.root}" if known != 1 else f"1 run at {home.root}")


def disk(project: Path, *, free: int | None = None) -> Check:
    """Whether there is room for records and reports."""
    from crews.report.figures import size
    from runtime.home import Home

    root = Home.here(project).root
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(there).free if free is None else free
    text = f"{size(free)} free at {there}"
    if free < 50 * _MEGABYTE:
        return Check("disk", "fail", text, "free some space before you run anything")
    if free < 500 * _MEGABYTE:
        return Check("disk", "warn", text, "free some space soon")
    return Check("disk", "ok", text)
