"""A ring is worth an attempt, and no more: whoever rings goes on at once, also where no broker answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

import runtime.bell
from runtime.bell import ring_out


@contextmanager
def hanging_up() -> Iterator[tuple[int, list[int]]]:
    """A port at which every caller is hung up on, and the callers so far."""
    callers: list[int] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, (_, port) = listening.accept()
                except OSError:
                    return
                callers.append(port)
                caller.close()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1], callers
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_is_asked_twice_at_most_and_the_ring_has_failed(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hanging_up() as (port, callers):
        monkeypatch.setenv("DEPUTY_BROKER", f"{scheme}://127.0.0.1:{port}/")

        assert not ring_out()
        assert 1 <= len(callers) <= 2


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_says_nothing_is_not_listened_to_for_ever(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.bell, "PATIENCE", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        monkeypatch.setenv("DEPUTY_BROKER", f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/")

        assert not ring_out()


def test_without_a_broker_nobody_needs_to_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEPUTY_BROKER", raising=False)

    assert ring_out()
