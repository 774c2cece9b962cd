"""A job for three roles, in YAML alone, and a model that works it in every process.

A clerk looks up the open positions, a helper looks for people, a writer sums up. The model reads what to do from the
messages, as a language model would: it plans if a schema is asked for, delegates if it can, calls the step's one tool,
and then answers.
"""

import json

from agents.chat import Request
from agents.playbook import BRIEF_MARK, DELEGATE, after_mark
from guard.plan import Plan
from runtime.canonical import readable
from tasks.steps import plan_of
from testkit.scripted import Answer, ScriptedModel, call

AGENTS = """
manager:
  role: Manager
  goal: Turn what the person wants into the smallest plan that reaches it.
  backstory: You plan before anything is read, and you carry nothing out.
clerk:
  role: Clerk
  goal: Say which positions are open.
  backstory: You look up positions in the records and never guess one.
  tools: [list_positions]
helper:
  role: Helper
  goal: Say who can help with a position.
  backstory: You look people up in the directory.
  tools: [find_people]
writer:
  role: Writer
  goal: Write one clear paragraph.
  backstory: You write what the others found, and add nothing.
  tools: [list_positions]
"""

TASKS = """
look:
  description: List the open positions.
  expected_output: The open positions by name.
  role: clerk
  tools: {list_positions: 2}
ask_around:
  description: Find the people of the data platform team.
  expected_output: Their names.
  role: helper
  tools: {find_people: 2}
write:
  description: Write a paragraph on what is open and who can help.
  expected_output: One paragraph.
  role: writer
  tools: {list_positions: 1}
  context: [look, ask_around]
"""


def crews(process: str) -> str:
    """crews.yaml with the one crew `desk`, worked in that process."""
    manager = "" if process == "sequential" else "  manager: manager\n"
    roles, tasks = "[clerk, helper, writer]", "[look, ask_around, write]"
    return f"desk:\n  process: {process}\n{manager}  agents: {roles}\n  tasks: {tasks}\n"


WANTED = {
    "list_positions": call("list_positions"),
    "find_people": call("find_people", team="data platform"),
}


def worker() -> ScriptedModel:
    """A model that does the job in whatever process it is asked."""
    return ScriptedModel(_answer)


def _answer(request: Request) -> Answer:
    prompt = "\n".join(str(one["content"]) for one in request.messages if one["role"] == "user")
    offered = {tool["function"]["name"] for tool in request.tools}
    if request.schema is not None:
        return readable(plan(prompt))
    if any(one["role"] == "tool" for one in request.messages):
        return f"{after_mark(prompt, 'Step: ')} is done: {request.messages[-1]['content']}"[:300]
    if DELEGATE in offered:
        return [call(DELEGATE, task=prompt, context="", coworker=after_mark(prompt, "Role: "))]
    return [WANTED[sorted(offered)[0]]]


def plan(prompt: str) -> Plan:
    """The plan that uses the known tasks as they are."""
    return plan_of(json.loads(after_mark(prompt, BRIEF_MARK))["tasks"])
