"""What holds for every test: no real home, no provider's key, no network but loopback."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from runtime.errors import ConfigError
from runtime.quiet import SWITCHES
from testkit.postgres import Postgres

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

_MODELS = ("OPENAI", "OPENROUTER", "AZURE", "ANTHROPIC", "OLLAMA", "LANGSMITH", "LANGCHAIN")
_SYSTEMS = ("CALDAV", "SMTP", "RECORDS", "AWS", "APPRISE", "GITHUB", "EMBEDDINGS")
_NAMES = ("MODEL", "MODEL_NAME", "SCENARIO", "CREW", "GOAL", "NO_COLOR")
_OURS = ("DATABASE_URL", "DEPUTY_BROKER", "DEPUTY_HOME", "DEPUTY_LEASE", "DEPUTY_CHECKPOINTS", "DEPUTY_DEBUG")


@pytest.fixture(autouse=True)
def _own_machine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A home of its own and an environment without anybody's keys."""
    for name in list(os.environ):
        if name.startswith(_MODELS + _SYSTEMS) or name in _NAMES + _OURS:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    monkeypatch.setenv("CREWAI_TESTING", "true")
    for name, value in SWITCHES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this process; each test takes a database of its own from it."""
    try:
        server = Postgres()
    except ConfigError as error:
        pytest.skip(error.problem)
    with server:
        yield server


@pytest.fixture
def project() -> Path:
    """The checkout's own folder."""
    return Path(__file__).resolve().parent.parent
