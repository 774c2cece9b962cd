"""ALLOWED: plan, warrant, decision, gate; and the surface for those who have neither CrewAI nor a project.

    import guard

    run = guard.open_run(principal="user:ana", goal="…", tools=["send_mail"], declarations="tools.yaml")
    decision = run.check("send_mail", {"to": "bo@house.example", "text": "Hello"})

What is named here is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guard.decision import Decision as Decision
    from guard.labels import Label as Label
    from guard.plan import Grant as Grant
    from guard.plan import Plan as Plan
    from guard.plan import Step as Step
    from guard.standalone import Checked as Checked
    from guard.standalone import Labelled as Labelled
    from guard.standalone import Run as Run
    from guard.standalone import open_run as open_run

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
