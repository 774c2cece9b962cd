"""ALLOWED: plan, warrant, decision, gate; and the surface for those who have neither CrewAI nor a project.

    import guard

    run = guard.open_run(principal="user:ana", goal="…", tools=["send_mail"], declarations="tools.yaml")
    decision = run.check("send_mail", {"to": "bo@house.example", "text": "Hello"})

What is named here is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guard.decision import Decision
    from guard.labels import Label
    from guard.plan import Grant, Plan, Step
    from guard.standalone import Checked, Labelled, Run, open_run

__all__ = ["Checked", "Decision", "Grant", "Label", "Labelled", "Plan", "Run", "Step", "open_run"]

_FROM = {
    "Checked": "guard.standalone",
    "Decision": "guard.decision",
    "Grant": "guard.plan",
    "Label": "guard.labels",
    "Labelled": "guard.standalone",
    "Plan": "guard.plan",
    "Run": "guard.standalone",
    "Step": "guard.plan",
    "open_run": "guard.standalone",
}


def __getattr__(name: str) -> Any:
    if name not in _FROM:
        raise AttributeError(f"module 'guard' has no attribute '{name}'")
    return getattr(import_module(_FROM[name]), name)
