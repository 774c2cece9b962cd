"""The copilot in code: without a model, the places that fit the question, as they stand in the files."""

from agents.playbook import Playbook, Script, after_mark, call
from crews.assistant import NO_ANSWER
from crews.scene import Scene
from tasks.steps import plan_of

_PLACES, _LINES = 2, 30


def explain(prompt: str) -> Script:
    """The best places for the question in `prompt`. Explaining them and patches need a model."""
    question = after_mark(prompt, "Question: ")
    [found] = yield [call("search_code", query=question)]
    passages = [one for one in (found.value or {}).get("passages", ()) if one["support"] > 0][:_PLACES]
    if not passages:
        return NO_ANSWER
    shown = "\n\n".join(
        f"[{one['mark']}]\n```\n" + "\n".join(one["text"].splitlines()[:_LINES]) + "\n```" for one in passages
    )
    return shown


SCENE = Scene(playbook=Playbook(lambda brief: plan_of(brief.tasks), {"explain_code": explain}), grounded=True)
