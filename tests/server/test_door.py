"""The HTTP door: a real server on loopback, started by the command, and real requests, many at one moment."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from crews.segment import ledger_of
from runtime.errors import ConfigError
from runtime.records import RunHead
from server.callers import Callers
from testkit.projects import home_in
from tests.scenarios.trades import shipped

SHOP, CRM = "shop-" + "a" * 20, "crm-" + "b" * 20


@dataclass(frozen=True)
class Door:
    """The server that runs, and its project."""

    url: str
    project: Path

    def post(self, body: Any, token: str = SHOP, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): it for name, it in headers.items()}}
        return httpx.post(f"{self.url}/runs", json=body, headers=sent, timeout=60)

    def get(self, run: str, token: str = SHOP) -> httpx.Response:
        return httpx.get(f"{self.url}/runs/{run}", headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def runs(self) -> list[RunHead]:
        with home_in(self.project), closing(ledger_of(self.project)) as ledger:
            return ledger.runs(1000)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    project = shipped(tmp_path_factory.mktemp("door") / "project")
    told = {"DEPUTY_TOKENS": f"shop:{SHOP} crm:{CRM}", "DEPUTY_HOME": str(project / "var"), "MODEL": "playbook"}
    command = [sys.executable, "-m", "cli.main", "--project", str(project), "serve", "--port", "0"]
    root = str(Path(__file__).resolve().parents[2])
    with subprocess.Popen(
        command, env={**os.environ, **told, "PYTHONPATH": root}, cwd=root, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        url = running.stdout.readline().split()[1].removesuffix("/runs,")
        try:
            yield Door(url, project)
        finally:
            running.terminate()


def test_two_hundred_requests_at_one_moment_under_one_key_are_one_run(door: Door) -> None:
    before = len(door.runs())

    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda _: door.post({"scenario": "lunch"}, Idempotency_Key="order-1"), range(200)))

    assert sorted({one.status_code for one in answers}) == [200, 202]
    assert sum(one.status_code == 202 for one in answers) == 1
    assert len({one.json()["run"] for one in answers}) == 1
    assert len(door.runs()) == before + 1


def test_a_run_is_asked_for_by_its_caller_and_seen_by_nobody_else(door: Door) -> None:
    begun = door.post({"goal": "Order lunch for the team, charge it to the marketing budget"}).json()

    assert begun["state"] == "queued"
    assert door.get(begun["run"]).json()["run"] == begun["run"]
    assert door.get(begun["run"], CRM).status_code == 404
    assert door.get(begun["run"][:10]).status_code == 404
    with home_in(door.project), closing(ledger_of(door.project)) as ledger:
        assert ledger.records(begun["run"])[0].body["principal"] == "webhook:shop"


def test_a_key_is_its_callers_own_and_good_for_one_thing(door: Door) -> None:
    mine = door.post({"scenario": "lunch"}, Idempotency_Key="k")
    theirs = door.post({"scenario": "lunch"}, CRM, Idempotency_Key="k")
    other = door.post({"scenario": "crm"}, Idempotency_Key="k")

    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["run"] != theirs.json()["run"]
    assert (other.status_code, other.json()["problem"]) == (422, "this Idempotency-Key was used for another run")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "give a goal, or a scenario"),
        ({"scenario": "lunsh"}, 422, "there is no scenario 'lunsh' | did you mean 'lunch'?"),
        ({"scenario": "zoo"}, 422, "there is no scenario 'zoo' | known: "),
        ({"scenario": "lunch", "crew": "nobody"}, 422, "there is no crew 'nobody' | known: "),
        ({"goal": "Feed the zebra"}, 422, "no playbook knows the goal: Feed the zebra | "),
        ({"scenario": "lunch", "inputs": {"menu": "/etc/passwd"}}, 422, "inputs"),
        ({"scenario": "lunch", "world": "../../etc"}, 422, "world"),
        ([1], 422, "the body"),
        ({"goal": "x" * 70_000}, 422, "larger than 64,000 bytes"),
    ],
)
def test_what_cannot_be_meant_is_said_and_begins_nothing(door: Door, body: Any, status: int, said: str) -> None:
    before = len(door.runs())

    answer = door.post(body)

    told = answer.json()
    assert (answer.status_code, said in f"{told['problem']} | {told['remedy']}") == (status, True)
    assert told["remedy"]
    assert str(door.project) not in answer.text
    assert len(door.runs()) == before


def test_nobody_comes_in_without_a_token_that_is_known(door: Door) -> None:
    refused = [door.post({"scenario": "lunch"}, token) for token in ("x", "x" * 25, SHOP[:-1])]
    refused.append(httpx.post(f"{door.url}/runs", json={}, headers={"Authorization": f"Basic {SHOP}"}))

    assert {(one.status_code, one.headers["WWW-Authenticate"]) for one in refused} == {(401, "Bearer")}
    assert httpx.get(f"{door.url}/alive").json() == {"alive": True}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("", "nobody may come in"),
        ("shop:short", "'shop' is no name with a token"),
        (f"Shop!:{SHOP}", "'Shop!' is no name with a token"),
        (f"shop:{SHOP} shop:{CRM}", "stands there twice"),
    ],
)
def test_tokens_that_cannot_be_meant_keep_the_door_closed(told: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Callers({"DEPUTY_TOKENS": told})
