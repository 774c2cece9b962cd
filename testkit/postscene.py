"""What the runs of `testkit.posting` do without a model: one step that sends one mail to whom the goal names."""

import re

from agents.playbook import Brief, Playbook, Script, call
from crews.scene import Scene
from guard.plan import Plan
from tasks.steps import step_of

WEEK = "2027-W09"
_ADDRESS = re.compile(r"reader-\d+@house\.example")


def plan(brief: Brief) -> Plan:
    """The one task there is."""
    return Plan(steps=tuple(step_of(name, task) for name, task in brief.tasks.items()))


def post(prompt: str) -> Script:
    """Send it to the address in the goal, once."""
    found = _ADDRESS.search(prompt)
    assert found is not None
    [sent] = yield [call("send_report", week=WEEK, to=found.group())]
    return f"Sent to {sent.needed()['to']}."


SCENE = Scene(playbook=Playbook(plan=plan, steps={"post": post}))
