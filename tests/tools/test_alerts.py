"""An alert leaves once per cause and recipient, over mail and chat, and says nothing of the chat's address."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from guard.preview import previewed
from runtime.errors import CannotWork, TryAgain
from testkit.snapshot import words
from tests.scenarios.finops import edit, shipped, world_of
from tools.alerts import _sent, send_alert
from tools.backends.alerts import ALERTS
from tools.spend import find_anomalies
from tools.tool import declared

OWNER = "amara@meridian.example"


class _Room(BaseHTTPRequestHandler):
    """A chat room that keeps what is said, and takes it or not."""

    said: list[dict[str, str]]
    status: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).said.append(json.loads(body))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be silent."""


@contextmanager
def room(status: int = 200) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A room's address in Apprise's notation, and what was said there."""
    handler = type("Room", (_Room,), {"said": [], "status": status})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"json://user:hunter2secret@127.0.0.1:{server.server_port}/", handler.said  # type: ignore[attr-defined]  # made above
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shipped(tmp_path_factory.mktemp("alerts") / "project")
    edit(folder, "rules.yaml", lambda rules: rules["alerts"].update(also_to=["chat"]))
    return folder


def test_an_alert_by_mail_leaves_once_for_each_cause_and_recipient(project: Path) -> None:
    world = world_of(project)
    cause = find_anomalies(world=world)["causes"][0]["cause"]

    first, second = (send_alert(cause, OWNER, world=world) for _ in range(2))

    assert (first["already"], second["already"]) == (False, True)
    [mail] = world.mailbox.sent()
    assert "Owner:    amara@meridian.example" in words(mail)
    assert _sent(cause, OWNER, world=world) is not None
    assert find_anomalies(world=world)["causes"][0]["tell"] == ["chat"]
    world.close()


def test_a_chat_room_hears_once_and_its_address_is_said_nowhere(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with room() as (url, said), caplog.at_level("DEBUG"):
        world = world_of(project, {"APPRISE_URL": url})
        cause = find_anomalies(world=world)["causes"][1]["cause"]
        told = [send_alert(cause, "chat", world=world) for _ in range(2)]
        kept = json.dumps([told, world.service(ALERTS).all()])
        world.close()

    assert len(said) == 1
    assert "a day more" in said[0]["title"]
    assert "hunter2secret" not in kept
    assert "hunter2secret" not in caplog.text


def test_a_room_that_refuses_is_tried_again_and_a_cut_off_one_is_not(project: Path) -> None:
    with room(status=500) as (url, said):
        world = world_of(project, {"APPRISE_URL": url})
        cause = find_anomalies(world=world)["causes"][2]["cause"]
        with pytest.raises(CannotWork, match="did not take the alert"):
            send_alert(cause, "chat", world=world)
        assert world.service(ALERTS).state(cause, "chat") is None

        world.service(ALERTS).intend(cause, "chat", "cut off here")
        with pytest.raises(CannotWork, match="nobody knows whether the chat heard"):
            send_alert(cause, "chat", world=world)
        world.close()
    assert len(said) == 1


def test_without_a_room_the_alert_says_how_to_have_one(project: Path) -> None:
    world = world_of(project)
    cause = find_anomalies(world=world)["causes"][3]["cause"]

    with pytest.raises(CannotWork, match="no chat room is configured"):
        send_alert(cause, "chat", world=world)
    world.close()


def test_nobody_but_the_owner_and_whom_the_rules_name_can_be_told(project: Path) -> None:
    world = world_of(project)
    cause = find_anomalies(world=world)["causes"][0]["cause"]

    with pytest.raises(TryAgain, match="is not to hear"):
        send_alert(cause, "bruno@meridian.example", world=world)
    with pytest.raises(TryAgain, match="there is no cause"):
        send_alert("ffffffff", OWNER, world=world)
    world.close()


def test_whoever_is_asked_about_an_alert_sees_all_of_it_and_nobody_is_told(project: Path) -> None:
    world = world_of(project)
    cause = next(one for one in find_anomalies(world=world)["causes"] if not one["quiet"])
    tool = next(one for one in declared() if one.name == "send_alert")
    sent = len(world.mailbox.sent_ids())

    told = previewed(tool, {"cause": cause["cause"], "to": cause["owner"]}, world)

    assert told.splitlines()[0] == f"To: {cause['owner']}"
    assert told.splitlines()[1].startswith("Subject: ")
    assert previewed(tool, {"cause": cause["cause"], "to": "chat"}, world).startswith("To: the chat room\n")
    assert "is not to hear" in previewed(tool, {"cause": cause["cause"], "to": "x@evil.example"}, world)
    assert len(world.mailbox.sent_ids()) == sent
