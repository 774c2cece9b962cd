"""`deputy schedules`: what runs by the clock, and when next."""

import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from cli.console import Console, print_json
from cli.layout import Line
from cli.session import session, switches


@click.command()
@switches
def schedules() -> None:
    """List the schedules of config/schedules.yaml with their next times. With --json, one object per schedule."""
    from crews.schedules import upcoming

    now = session()
    found = upcoming(now.project(), datetime.now(UTC))
    if now.as_json:
        for one in found:
            print_json({"schedule": one.name, "next": one.at.isoformat(), **one.spec.model_dump(mode="json")})
        return
    console = Console(sys.stdout, color=now.color)
    if not found:
        console.say(Line(text="Nothing runs by the clock: there is no config/schedules.yaml, or it is empty."))
    for one in found:
        there = one.at.astimezone(ZoneInfo(one.spec.zone))
        what = one.spec.goal or one.spec.scenario or ""
        console.say(Line(one.name, text=f"next {there:%a %d %b %Y %H:%M} {one.spec.zone}, missed: {one.spec.missed}"))
        console.say(Line(text=what, cut=True))
