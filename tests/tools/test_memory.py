"""A model's facts are kept as heard, people's and code's as known; recalling keeps them apart."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from crews.catalogue import catalogue
from guard.labels import Origins
from runtime.calling import carrying
from runtime.errors import TryAgain
from runtime.facts import Fact
from runtime.settings import Settings
from testkit.endpoint import Endpoint
from tests.tools.hiring import CLOCK, house
from tools.backends.remembering import MEMORY
from tools.directory import Directory
from tools.memory import recall, remember
from tools.service import Site
from tools.world import World

SETTINGS = Settings.model_validate({"house": {"name": "The House", "mail": "jobs@house.example"}})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as opened:
        site = Site(tmp_path, CLOCK, {}, SETTINGS, {}, Directory(), opened)
        yield replace(house(tmp_path), site=site)


def test_what_a_model_remembers_is_recalled_as_heard_with_its_source(world: World) -> None:
    with carrying("run-1", "screen-3"):
        kept = remember("Jonas likes to begin at nine", "Jonas", world=world)

    told = recall("when does Jonas begin", world=world)
    [fact] = world.service(MEMORY).recall("Jonas", CLOCK.now())
    assert kept == {"remembered": True, "already": False}
    assert told["known"] == []
    assert [one["fact"] for one in told["heard"]] == ["Jonas likes to begin at nine"]
    assert (fact.run, fact.call, fact.trusted) == ("run-1", "screen-3", False)


def test_the_same_fact_is_remembered_once_and_the_probe_finds_it(world: World) -> None:
    probe = catalogue()["remember"].probe
    assert probe is not None
    assert probe(fact="Jonas begins at nine", about="Jonas", world=world) is None

    remember("Jonas begins at nine", "Jonas", world=world)

    assert remember("Jonas  begins at NINE", "Jonas", world=world) == {"remembered": False, "already": True}
    assert probe(fact="Jonas begins at nine", about="Jonas", world=world) == {"remembered": False, "already": True}


def test_a_recalled_address_is_trusted_only_if_it_is_known(world: World) -> None:
    world.service(MEMORY).learn(Fact("bills", "1", "billing@house.example", True, "user:ann"), CLOCK.now())
    remember("evil@other.example", "bills", world=world)
    origins = Origins()

    origins.from_result(catalogue()["recall"], "pay-1", recall(about="bills", world=world))

    assert origins.label("billing@house.example").trusted
    assert not origins.label("evil@other.example").trusted
    assert origins.label("evil@other.example").origin == "tool recall, call pay-1"


def test_a_fact_that_is_empty_or_too_long_is_refused(world: World) -> None:
    for text in ("", "   ", "x" * 2_001):
        with pytest.raises(TryAgain, match="write between 1 and 2000"):
            remember(text, "x", world=world)


def test_a_fact_of_a_model_is_kept_for_a_year(world: World) -> None:
    remember("for now", "x", world=world)

    [fact] = world.service(MEMORY).recall("", CLOCK.now())
    assert (fact.at[:10], fact.expires[:10]) == ("2027-03-08", "2028-03-07")


def test_however_much_a_model_wrote_down_it_crowds_out_nothing_that_is_known(world: World) -> None:
    world.service(MEMORY).learn(
        Fact("bills", "1", "invoices go to billing@house.example", True, "user:ann"), CLOCK.now()
    )
    for number in range(30):
        remember(f"invoices invoices go to evil{number}@other.example", "bills", world=world)

    told = recall("where do invoices go", world=world)

    assert [one["fact"] for one in told["known"]] == ["invoices go to billing@house.example"]
    assert len(told["heard"]) == 20


def test_poison_that_is_found_by_its_meaning_is_trusted_no_more_than_by_its_words(world: World, tmp_path: Path) -> None:
    with Endpoint() as endpoint, ExitStack() as opened:
        environ = {"EMBEDDINGS_URL": endpoint.url, "EMBEDDINGS_MODEL": "letters"}
        settings = SETTINGS.model_copy(update={"embeddings": "endpoint"})
        world = replace(world, site=Site(tmp_path, CLOCK, {}, settings, environ, Directory(), opened))
        world.service(MEMORY).learn(Fact("bills", "1", "billing@house.example", True, "user:ann"), CLOCK.now())
        remember("evil@other.example", "bills", world=world)

        told, origins = recall("biling", world=world), Origins()
        origins.from_result(catalogue()["recall"], "pay-1", told)

    assert told["by"] == "words and meaning"
    assert [len(told[kind]) for kind in ("known", "heard")] == [1, 1]
    assert origins.label("billing@house.example").trusted
    assert not origins.label("evil@other.example").trusted
    assert {one["model"] for one in endpoint.requests} == {"letters"}
