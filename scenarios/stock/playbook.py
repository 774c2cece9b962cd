"""Stock without a language model: the same steps, prompts, tools and gate, answered by ordinary code."""

from agents.playbook import Brief, Playbook, Script, Unknown, call, sentences
from guard.plan import Plan
from runtime.problems import counted
from tasks.steps import step_of

_MOST = 500


def plan(brief: Brief) -> Plan:
    """The crew's tasks, with as many orders as there are items. Raises Unknown for a crew without these tasks."""
    if set(brief.tasks) != {"review_items", "order_items"}:
        raise Unknown("how to reorder with other tasks than review_items and order_items")
    most = max(1, min(_MOST, int(brief.facts["items_kept"])))
    times = {"order_items": {"place_order": most, "mail_order": most}}
    return Plan(steps=tuple(step_of(name, task, times.get(name)) for name, task in brief.tasks.items()))


def review_items(_prompt: str) -> Script:
    """Say what is due, and what is left to people."""
    [reviewed] = yield [call("review_stock")]
    rows = reviewed.needed()["items"]
    due = [one for one in rows if one["due"] and not one["left"]]
    return sentences(
        f"{counted(len(rows), 'item')} reviewed, {len(due)} due",
        *(f"{one['item']}: {one['position']} are at or below {one['point']}, order {one['quantity']}" for one in due),
        *(f"{one['item']} is left to people: {one['left']}" for one in rows if one["left"]),
    )


def order_items(_prompt: str) -> Script:
    """Order what is due, and write to the supplier of each order, also of those that are open already."""
    [reviewed] = yield [call("review_stock")]
    rows = [one for one in reviewed.needed()["items"] if one["order"] or (one["due"] and not one["left"])]
    if not rows:
        return "Nothing is due, so nothing is ordered."
    placed = yield [
        call("place_order", **{name: one[name] for name in ("item", "quantity", "amount", "budget")}) for one in rows
    ]
    orders = [one.value for one in placed if one.ok]
    sent = (yield [call("mail_order", order=one["order"], to=one["mail"]) for one in orders]) if orders else []
    new = [one for one in orders if not one["already"]]
    return sentences(
        f"{counted(len(new), 'order')} placed, {len(orders) - len(new)} were open already",
        *(f"{one['order']}: {one['amount']:,.2f} {one['currency']} from '{one['budget']}'" for one in new),
        *(one.text for one in (*placed, *sent) if not one.ok),
    )


PLAYBOOK = Playbook(plan=plan, steps={"review_items": review_items, "order_items": order_items})
