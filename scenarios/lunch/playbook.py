"""Lunch without a language model: the same steps, prompts, tools and gate, answered by ordinary code."""

import json

from agents.playbook import Brief, Playbook, Script, Stuck, Unknown, after_mark, call
from guard.plan import Plan
from runtime.problems import counted
from runtime.records import ORDERS_MARK
from tasks.steps import step_of


def plan(brief: Brief) -> Plan:
    """One lunch, for this team, day and budget and no other. Raises Unknown for a crew without that task."""
    if set(brief.tasks) != {"order_meal"} or not brief.facts.get("lunch"):
        raise Unknown("how to order lunch with other tasks than order_meal")
    lunch = brief.facts["lunch"]
    pins = {
        "find_lunch": {"team": [lunch["team"]], "day": [lunch["day"]]},
        "order_lunch": {"team": [lunch["team"]], "day": [lunch["day"]], "budget": [lunch["budget"]]},
    }
    task = dict(brief.tasks["order_meal"])
    task["description"] = f"{task['description']}\n{ORDERS_MARK}{json.dumps(lunch, ensure_ascii=False)}"
    return Plan(steps=(step_of("order_meal", task, pins=pins),))


def order_meal(prompt: str) -> Script:
    """Find the cheapest vendor that has something for everybody, order there, and tell them."""
    lunch = json.loads(after_mark(prompt, ORDERS_MARK))
    [found] = yield [call("find_lunch", team=lunch["team"], day=lunch["day"])]
    options = found.needed()["options"]
    fitting = [one for one in options if not one["left"]]
    if not fitting:
        raise Stuck("no vendor can be ordered from: " + "; ".join(f"{one['vendor']}: {one['left']}" for one in options))
    best = fitting[0]
    [ordered] = yield [call("order_lunch", **lunch, vendor=best["vendor"], amount=best["amount"])]
    order = ordered.needed()
    [sent] = yield [call("mail_order", order=order["order"], to=order["mail"])]
    dishes = ", ".join(f"{one['count']} x {one['dish']}" for one in best["dishes"])
    price = f"{order['amount']:,.2f} {order['currency']} charged to '{order['budget']}'"
    if order["already"]:
        return f"Lunch is ordered already: {order['order']}, {price}."
    people = counted(order["quantity"], "person").replace("persons", "people")
    return f"Lunch for {people} on {lunch['day']} from {best['name']} ({dishes}), {price}." + (
        "" if sent.ok else f" {sent.text}"
    )


PLAYBOOK = Playbook(plan=plan, steps={"order_meal": order_meal})
