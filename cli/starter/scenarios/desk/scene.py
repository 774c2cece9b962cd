"""The desk without a language model: the best sentences of the documents, each with its source."""

from agents.playbook import Playbook, Script, after_mark, call
from crews.scene import Scene
from scenarios.support.scene import told
from tasks.steps import plan_of


def answer(prompt: str) -> Script:
    """The answer to the question in `prompt`."""
    question = after_mark(prompt, "Question: ")
    [found] = yield [call("search_documents", query=question)]
    return told(question, found.needed()["passages"])


SCENE = Scene(playbook=Playbook(lambda brief: plan_of(brief.tasks), {"answer": answer}), grounded=True, hands_over=True)
