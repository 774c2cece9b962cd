"""CRM updates without a language model: the same steps, prompts, tools and gate, answered by ordinary code."""

import json

from agents.playbook import Brief, Playbook, Script, Stuck, Unknown, after_mark, call
from guard.plan import Plan
from runtime.records import ORDERS_MARK
from tasks.steps import step_of


def plan(brief: Brief) -> Plan:
    """One step, for these accounts, fields and values and no others. Raises Unknown for a crew without that task."""
    if set(brief.tasks) != {"update_records"} or not brief.facts.get("changes"):
        raise Unknown("how to update records with other tasks than update_records")
    changes = brief.facts["changes"]
    task = dict(brief.tasks["update_records"])
    task["description"] = f"{task['description']}\n{ORDERS_MARK}{json.dumps(changes, ensure_ascii=False)}"
    pins = {"update_account": {name: sorted({one[name] for one in changes}) for name in ("account", "field", "value")}}
    return Plan(steps=(step_of("update_records", task, {"update_account": len(changes)}, pins),))


def update_records(prompt: str) -> Script:
    """Look each account up, and change what the goal says."""
    changes = json.loads(after_mark(prompt, ORDERS_MARK))
    yield [call("find_account", name=changes[0]["account"])]
    made = yield [call("update_account", **one) for one in changes]
    if not any(one.ok for one in made):
        raise Stuck("; ".join(one.text for one in made))
    said = [
        f"{one.value['account']}: {one.value['field']} was '{one.value['before']}', is '{one.value['after']}'"
        + (" already" if one.value["already"] else "")
        if one.ok
        else one.text
        for one in made
    ]
    return ". ".join(said) + "."


PLAYBOOK = Playbook(plan=plan, steps={"update_records": update_records})
