"""The weekly report without a language model: the same steps, prompts, tools and gate, answered by ordinary code."""

from agents.playbook import Brief, Playbook, Script, Stuck, Unknown, call, sentences
from guard.plan import Plan
from tasks.steps import step_of


def plan(brief: Brief) -> Plan:
    """The crew's tasks, with one mail for each recipient. Raises Unknown for a crew without these tasks."""
    if set(brief.tasks) != {"gather_figures", "publish_report"}:
        raise Unknown("how to report with other tasks than gather_figures and publish_report")
    times = {"publish_report": {"send_report": int(brief.facts["readers"])}}
    return Plan(steps=tuple(step_of(name, task, times.get(name)) for name, task in brief.tasks.items()))


def gather_figures(_prompt: str) -> Script:
    """Say what the figures are, and what is missing."""
    [read] = yield [call("read_sources")]
    found = read.needed()
    figures = [one for one in found["figures"] if one["value"] is not None]
    return sentences(
        f"Week {found['week']}, {found['from']} to {found['to']}",
        *(f"{one['name']}: {one['value']:,.10g} {one['unit']} ({one['rows'] or 'no rows'})" for one in figures),
        *(f"Missing: {one}" for one in found["missing"]),
    )


def publish_report(_prompt: str) -> Script:
    """Make the report of the week that is due, and send it to each recipient."""
    [read] = yield [call("read_sources")]
    found = read.needed()
    [made] = yield [call("write_report", week=found["week"])]
    known = made.needed()
    sent = yield [call("send_report", week=found["week"], to=one) for one in found["recipients"]]
    new = sum(one.ok and not one.value["already"] for one in sent)
    said = sentences(
        f"The report of {found['week']} was {'made before' if known['already'] else 'made'}, and sent to {new} of "
        f"{len(sent)}" + (", who all had it" if not new and all(one.ok for one in sent) else ""),
        *dict.fromkeys(f"Failed: {one.said}" for one in sent if not one.ok),
    )
    if not all(one.ok for one in sent):
        raise Stuck(said)
    return said


PLAYBOOK = Playbook(plan=plan, steps={"gather_figures": gather_figures, "publish_report": publish_report})
