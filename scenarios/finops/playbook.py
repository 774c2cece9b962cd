"""FinOps without a language model: the same steps, prompts, tools and gate, answered by ordinary code.

Each script sees what a model would see, its prompt and the results of its calls, and computes from nothing else.
"""

import re
from collections.abc import Sequence

from agents.playbook import Brief, Playbook, Script, Unknown, call, sentences
from crews.goals import only_asks
from guard.plan import Plan, Step
from runtime.problems import counted
from scenarios.finops.outlook import PROGRAM, figures
from tasks.steps import step_of

_MOST = 1000
_LOOKING = ("read_costs", "explain_costs")
_MACHINES = re.compile(r"\b(stop|resize|shrink|delete|remove)\b.*\b(idle|unused|oversized)\b", re.I | re.S)
_COSTS = re.compile(r"\{|\b(bills?|costs?|spend(ing)?|review|look|find|alerts?|tell|owners?|spikes?)\b", re.I)
_OUTLOOK = re.compile(r"\b(forecasts?|outlook|project(ed)?|what\s+if|will|end\s+of\s+(the|this)\s+month)\b", re.I)


def plan(brief: Brief) -> Plan:
    """The crew's tasks, with as many calls as there are machines; for a question only those that look, or work it out.

    Raises Unknown for a crew without these tasks.
    """
    known = {"read_costs", "explain_costs", "project_costs", "alert_owners", "change_machines", "verify_savings"}
    for name in sorted(known.symmetric_difference(brief.tasks)):
        raise Unknown(f"how to look after costs {'without' if name in known else 'with'} the task '{name}'")
    machines, disks = (max(1, min(_MOST, int(brief.facts[one]))) for one in ("machines", "disks"))
    times = {
        "alert_owners": {"send_alert": int(brief.facts["most_alerts"])},
        "change_machines": {
            "stop_machine": machines,
            "resize_machine": machines,
            "mark_volume": disks,
            "delete_volume": disks,
        },
    }
    wanted = _asked(brief.goal) or tuple(brief.tasks)
    steps = [step_of(name, brief.tasks[name], times.get(name)) for name in wanted]
    return Plan(steps=tuple(_among(one, wanted) for one in steps))


def _among(step: Step, wanted: Sequence[str]) -> Step:
    """The step, after those steps only that are in the plan."""
    return step.model_copy(update={"after": tuple(one for one in step.after if one in wanted)})


def _asked(goal: str) -> tuple[str, ...]:
    """The steps that answer a question, or that change machines if nothing else is asked for; none for everything."""
    if not only_asks(goal):
        return ("change_machines",) if _MACHINES.search(goal) and not _COSTS.search(goal) else ()
    return ("read_costs", "project_costs") if _OUTLOOK.search(goal) else _LOOKING


def read_costs(_prompt: str) -> Script:
    """Read the bills and the trend, and say what does not add up."""
    bill, services = yield [call("read_bill"), call("show_trend", by="service", grain="week")]
    found, weeks = bill.needed(), services.needed()["rows"]
    gaps = [one for one in found["invoices"] if one.get("gap")]
    rejected = sum(one["rejected"] for one in found["files"])
    return sentences(
        f"{counted(len(found['files']), 'bill')} read up to {found['billed_until'][:10]}, final until {found['final']}",
        *(f"{one['effective']:,.2f} {one['currency']} used, {one['billed']:,.2f} billed" for one in found["totals"]),
        *(
            f"{one['period']} of {one['billing_account']}: the invoice is {one['gap']:+,.2f} {one['currency']} off"
            for one in gaps
        ),
        *([f"{rejected} rows could not be read"] if rejected else []),
        f"The trend has {len({one['from'] for one in weeks})} weeks of {len({one['name'] for one in weeks})} services",
    )


def explain_costs(_prompt: str) -> Script:
    """Find causes, untagged usage and unused commitments."""
    odd, tags, plans = yield [call("find_anomalies"), call("find_untagged"), call("find_unused_commitments")]
    found = odd.needed()
    causes = found["causes"]
    return sentences(
        found.get("note") or f"{counted(len(causes), 'cause')} of higher cost",
        *(
            f"{one['service']}: {one['daily']:,.2f} {one['currency']} a day more since {one['first']}, {one['owner']}"
            for one in causes
        ),
        *(f"{one['percent']:g} % of {one['currency']} usage has no owner's tag" for one in tags.needed()["currencies"]),
        *(
            f"{one['unused']:,.2f} {one['currency']} of '{one['name']}' went unused"
            for one in plans.needed()["commitments"]
        ),
    )


def project_costs(_prompt: str) -> Script:
    """Write a program that works out the month's end in three cases, and run it in the sandbox."""
    days, odd, review = yield [call("daily_costs"), call("find_anomalies"), call("review_machines")]
    given = figures(days.needed(), odd.needed()["causes"], review.needed()["machines"])
    [ran] = yield [call("run_python", program=PROGRAM, given=given)]
    if not ran.ok:
        return f"Where the month is going could not be worked out: {ran.text}"
    found = ran.value["result"]
    return sentences(
        *(f"{one['month_end']:,.2f} {one['currency']} by the month's end {one['case']}" for one in found["cases"]),
        *(
            f"A month ago it would have said {one['said']:,.2f} {one['currency']}, and it came to {one['was']:,.2f}"
            for one in found["trial"]
        ),
    )


def alert_owners(_prompt: str) -> Script:
    """One alert for each cause and recipient that is still to hear of it."""
    [odd] = yield [call("find_anomalies")]
    causes = odd.needed()["causes"]
    wanted = [call("send_alert", cause=one["cause"], to=to) for one in causes for to in one["tell"]]
    if not wanted:
        return "Nobody is to hear of anything new, so nothing is sent."
    sent = yield wanted
    return sentences(
        f"{counted(sum(one.ok for one in sent), 'alert')} sent about {counted(len(causes), 'cause')}",
        *(one.text for one in sent if not one.ok),
    )


def change_machines(_prompt: str) -> Script:
    """Stop and resize what the review says and does not forbid; mark idle disks, delete those that are due."""
    [reviewed] = yield [call("review_machines")]
    review = reviewed.needed()
    machines = [one for one in review["machines"] if one["action"] != "keep"]
    free = [one for one in machines if not one["forbidden"]]
    disks = [one for one in review["idle_volumes"] if not one["forbidden"]]
    wanted = [
        *(call("mark_volume", volume=one["volume"], owner=one["owner"]) for one in disks if not one["delete_after"]),
        *(call("stop_machine", machine=one["machine"], owner=one["owner"]) for one in free if one["action"] == "stop"),
        *(
            call("resize_machine", machine=one["machine"], size=one["size"], owner=one["owner"])
            for one in free
            if one["action"] == "resize"
        ),
        *(call("delete_volume", volume=one["volume"], owner=one["owner"]) for one in disks if one["due"]),
    ]
    made = (yield wanted) if wanted else []
    return sentences(
        f"{counted(sum(one.ok for one in made), 'change')} made" if wanted else "Nothing is to be changed",
        *(f"{one['machine']} is left to people: {one['forbidden']}" for one in machines if one["forbidden"]),
        *(one.text for one in made if not one.ok),
    )


def verify_savings(_prompt: str) -> Script:
    """What earlier changes really saved."""
    [checked] = yield [call("check_savings")]
    changes = checked.needed()["changes"]
    return sentences(
        f"{counted(len(changes), 'earlier change')} checked on the bill",
        *(f"{one['thing']}: {one['verdict']}" for one in changes),
    )


PLAYBOOK = Playbook(
    plan=plan,
    steps={
        "read_costs": read_costs,
        "explain_costs": explain_costs,
        "project_costs": project_costs,
        "alert_owners": alert_owners,
        "change_machines": change_machines,
        "verify_savings": verify_savings,
    },
)
