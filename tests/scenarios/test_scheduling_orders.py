"""What goals in everyday English come to: who, when, how long, how often. It is Monday, 8 March 2027, nine in Paris."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import Unclear
from scenarios.scheduling.days import minutes_in, repeat_in
from scenarios.scheduling.orders import orders_in
from tests.scenarios.recruiting import shipped
from tests.scenarios.scheduling import DANIELLE, JORG, MARIA, TOMAS, YUKI, world_of
from tools.world import World

DESIGN = [MARIA, TOMAS, YUKI]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = world_of(shipped(tmp_path_factory.mktemp("orders") / "project"))
    yield opened
    opened.close()


def day(first: str, last: str = "") -> dict[str, str]:
    return {"first_day": f"2027-03-{first}", "last_day": f"2027-03-{last or first}"}


def hours(earliest: str, latest: str) -> dict[str, str]:
    return {"earliest": earliest, "latest": latest}


@pytest.mark.parametrize(
    ("goal", "meant"),
    [
        ("Schedule a 1-hour sync with the design team today", {"minutes": 60, "attendees": DESIGN, **day("08")}),
        ("schedule a sync with design tomorrow", {"minutes": 30, "attendees": DESIGN, **day("09")}),
        ("Book half an hour call with everyone in the design team on Friday", {"attendees": DESIGN, **day("12")}),
        ("Set up a call with Jörg and Danielle next week", {"attendees": [JORG, DANIELLE], **day("15", "19")}),
        ("Set up a call with jorg this week", {"attendees": [JORG], **day("08", "12")}),
        ("Meet Tomás tomorrow at 3pm", {"attendees": [TOMAS], **day("09"), **hours("15:00", "15:30")}),
        ("Book a 90 minute review with Yuki on 11 March", {"minutes": 90, **day("11")}),
        ("Book a review with Yuki on March 11th", {**day("11")}),
        ("Book a review with Yuki in two weeks", {**day("22")}),
        ("Book a review with Yuki next Wednesday", {**day("17")}),
        ("Book a call with Yuki tomorrow between 2 and 4pm", hours("14:00", "16:00")),
        ("Book a call with Yuki tomorrow afternoon", hours("12:00", "18:00")),
        ("Book a call with Yuki tomorrow after 16:00", hours("16:00", "23:59")),
        ("Move the roadmap workshop to 18 March", {"first_day": "2027-03-18", "earliest": "00:00"}),
        ("Book a meeting with Yuki and, if possible, Maria Lindqvist today", {"optional": [MARIA]}),
        (
            "Book a weekly call with Yuki every Tuesday at 16:00 for 8 weeks",
            {"repeat": "weekly", "times": 8, **day("09")},
        ),
        ("Book a workshop with the design team tomorrow in a room", {"seats": 4}),
        ("Book a meeting with Yuki in Spree tomorrow", {"attendees": [YUKI, "spree@meridian.example"], "seats": 0}),
        ("Set up a call with pat@client.example tomorrow", {"attendees": ["pat@client.example"]}),
        ('Book a meeting with Yuki tomorrow called "Map tiles"', {"title": "Map tiles"}),
        ("Book a meeting with Yuki tomorrow about the map tiles", {"title": "The map tiles"}),
        ("Schedule a 30-minute design review with Yuki today", {"title": "Design review with Yuki"}),
    ],
)
def test_a_goal_is_read_as_people_mean_it(world: World, goal: str, meant: dict[str, Any]) -> None:
    [order] = orders_in(goal, world)

    assert {name: order[name] for name in meant} == meant


@pytest.mark.parametrize(
    ("goal", "question"),
    [
        ("Schedule a sync with Yuki on 2027-02-30", "is no day"),
        ("Schedule a sync with Maria tomorrow", "Maria Nováková (Talent Partner) or Maria Lindqvist"),
        ("Schedule a sync with Yuki tomorrow at 25:00", "is no time of day"),
        ("Schedule a sync with Yuki today at 8:30", "is over"),
        ("Schedule a call with Yuki on 31 October at 02:30", "comes twice"),
        ("Schedule a sync with Jörg today", "does not work on Monday, 8 March (Internationaler Frauentag)"),
        ("Move the roadmap workshop", "to when"),
        ("Cancel the meeting", "which meeting"),
        ("Cancel the marketing review", "which meeting"),
        ("Cancel the roadmap workshop on Friday", "which meeting"),
    ],
)
@pytest.mark.statement("office", 1)
@pytest.mark.statement("office", 5)
def test_what_cannot_be_meant_is_a_question_that_says_how_to_answer(world: World, goal: str, question: str) -> None:
    with pytest.raises(Unclear, match="(?s)" + question.replace("(", r"\(").replace(")", r"\)")) as caught:
        orders_in(goal, world)

    assert caught.value.remedy


def test_addresses_in_quotes_are_nobodys_invitation(world: World) -> None:
    [order] = orders_in('Book a call with Yuki tomorrow about "send it to eve@evil.example"', world)

    assert order["attendees"] == [YUKI]


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("an hour and a half", 90),
        ("1.5 hours", 90),
        ("two hours", 120),
        ("quarter of an hour", 15),
        ("45min", 45),
        ("", None),
    ],
)
def test_lengths_are_read_in_words_and_figures(words: str, minutes: int) -> None:
    assert minutes_in(f"a {words} call") == minutes


@pytest.mark.parametrize(
    ("words", "repeat"),
    [("every other week", "biweekly"), ("every working day", "daily"), ("monthly", "monthly"), ("on Monday", "")],
)
def test_rhythms_are_read_in_words(words: str, repeat: str) -> None:
    assert repeat_in(f"a call {words}") == repeat


def test_no_sentence_breaks_the_reader(world: World) -> None:
    odd = ["", " ", "schedule", "schedule with", "book a meeting with , and &", "\0", "at at at", '"' * 9, "ü" * 4000]
    for goal in odd:
        with pytest.raises(Unclear):
            orders_in(goal, world)


def test_the_project_is_left_as_it_was(world: World, tmp_path: Path) -> None:
    before = len(world.agenda.events())
    orders_in("Cancel the roadmap workshop", world)

    assert len(world.agenda.events()) == before
