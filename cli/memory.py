"""`deputy memory`: what runs have learned, where each fact came from, and forgetting it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.console import Console, print_json
from cli.session import principal, session, switches
from runtime.errors import UsageError

if TYPE_CHECKING:
    from runtime.facts import Fact
    from runtime.memory import Memory

_WORLD = click.option("--world", metavar="NAME", help="Whose memory; the assistant's world without one.")


@click.group()
@switches
def memory() -> None:
    """See, add and forget what runs have learned.

    A fact that a model wrote down was only heard, and is never trusted; one of a person or of code is known.
    """


@memory.command("list", short_help="List facts, those that fit best first.")
@click.argument("words", nargs=-1)
@click.option("--about", metavar="TOPIC", default="", help="Only facts of this topic.")
@_WORLD
@switches
def list_facts(words: tuple[str, ...], about: str, world: str | None) -> None:
    """List facts, those that fit WORDS best first; without words, the newest. With --json, one object per fact."""
    now = session()
    with _opened(world) as held:
        facts = held.recall(" ".join(words), datetime.now(UTC), about=about, limit=200)
    if now.as_json:
        for one in facts:
            print_json(asdict(one))
        return
    console = Console(sys.stdout, color=now.color)
    for one in facts:
        _print(console, one)
    if not facts:
        console.row([("Nothing is remembered here.", "dim")])


@memory.command()
@click.argument("text")
@click.option("--about", metavar="TOPIC", required=True, help="What the fact is about.")
@_WORLD
@switches
def add(text: str, about: str, world: str | None) -> None:
    """Write down a fact that later runs may rely on. It is trusted: these are your words."""
    from runtime.canonical import digest
    from runtime.facts import Fact

    fact = Fact(about, digest(text)[:16], text, trusted=True, origin=principal())
    with _opened(world) as held:
        new = held.learn(fact, datetime.now(UTC))
    Console(sys.stdout, color=session().color).row([("It is remembered." if new else "It was known already.", "")])


@memory.command(short_help="Tell where a fact came from.")
@click.argument("number", type=int)
@_WORLD
@switches
def why(number: int, world: str | None) -> None:
    """Tell where the fact NUMBER came from: who wrote it down, when, and in which call of which run."""
    with _opened(world) as held:
        fact = _found(held, number)
    if session().as_json:
        print_json(asdict(fact))
        return
    console = Console(sys.stdout, color=session().color)
    _print(console, fact)
    run = f"run {fact.run}" + (f", call {fact.call}" if fact.call else "")
    rows = {
        "written by": fact.origin,
        "in": run if fact.run else "no run",
        "at": fact.at,
        "kept until": fact.expires or "it is forgotten",
        "trusted": "yes" if fact.trusted else "no: it was only heard",
    }
    for name, said in rows.items():
        console.row([(f"     {name:<11}", "dim"), (said, "")])
    if fact.run:
        console.row([(f"     {'look at':<11}", "dim"), (f"deputy show {fact.run}", "")])


@memory.command()
@click.argument("numbers", type=int, nargs=-1)
@click.option("--due", is_flag=True, help="Those that have expired.")
@_WORLD
@switches
def forget(numbers: tuple[int, ...], due: bool, world: str | None) -> None:
    """Delete the facts NUMBERS, or with --due those that have expired."""
    if not numbers and not due:
        raise UsageError("no fact is named", remedy="give numbers of 'deputy memory list', or --due")
    with _opened(world) as held:
        for number in numbers:
            _found(held, number)
        gone = held.forget(ids=numbers) + (held.forget(due=datetime.now(UTC)) if due else 0)
    Console(sys.stdout, color=session().color).row([(f"{gone} forgotten.", "")])


@contextmanager
def _opened(world: str | None) -> "Iterator[Memory]":
    from crews.memories import memory_in

    with memory_in(session().project(), world) as held:
        yield held


def _found(held: "Memory", number: int) -> "Fact":
    fact = held.find(number)
    if fact is None:
        raise UsageError(f"there is no fact {number}", remedy="see 'deputy memory list'")
    return fact


def _print(console: Console, fact: "Fact") -> None:
    mark = "known" if fact.trusted else "heard"
    style = "green" if fact.trusted else "yellow"
    console.row([(f"{fact.id:>4} ", "dim"), (f"{mark}  ", style), (f"{fact.about}: ", "bold"), (fact.text, "")])
