"""DevOps without a language model: the same steps, prompts, tools and gate, answered by ordinary code.

It knows four goals: look after everything; merge one pull request; take one back; start a pipeline.
"""

import re
from collections.abc import Sequence
from typing import Any

from agents.playbook import Brief, Playbook, Result, Script, Unknown, call
from guard.plan import Plan
from runtime.problems import counted
from tasks.steps import Pins, step_of

ALL = ("propose_changes", "verify_requests", "land_requests")

_ALL = re.compile(r"\b(look after|pull requests?|PRs?|changes?|branch(es)?|everything|merge|green)\b", re.IGNORECASE)
_MEANT = "What is meant is "
_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?#\d+")
_NUMBER = re.compile(r"(?:pull request|PR|request|merge)\s+(?:number\s+)?#?(\d+)", re.IGNORECASE)
_REVERT = re.compile(r"\b(revert|roll\s?back|take back|undo)\b", re.IGNORECASE)
_PIPELINE = re.compile(r"\b(pipeline|workflow|build|deploy(ment)?|ci|job)\b", re.IGNORECASE)
_START = re.compile(r"\b(trigger|start|run|kick off|launch)\b", re.IGNORECASE)
_MERGE = re.compile(r"\b(merge|land)\b", re.IGNORECASE)
_ON = re.compile(r"\b(?:on|for|from) (?:the )?(?:branch |tag )?[`'\"]?(?P<ref>[\w./-]+)[`'\"]?", re.IGNORECASE)


def plan(brief: Brief) -> Plan:
    """The steps that the goal asks for. Raises Unknown for another goal, or a crew without these tasks."""
    names = _wanted(brief)
    for name in names:
        if name not in brief.tasks:
            raise Unknown(f"how to do it without the task '{name}'")
    about = _id_in(brief.goal, str(brief.facts["repository"]))
    pins = {**_free_of_words(), **_about_one(about)}
    tasks = {name: _told(brief.tasks[name], names, about) for name in names}
    return Plan(steps=tuple(step_of(name, task, _times(name, brief), pins) for name, task in tasks.items()))


def propose(_prompt: str) -> Script:
    """Push, check and propose each change that has no pull request yet."""
    [listed] = yield [call("list_changes")]
    changes = listed.needed()
    waiting = [str(one["change"]) for one in changes if "pull_request" not in one]
    if not waiting:
        return f"{counted(len(changes), 'change')}, each of them proposed before."
    read = yield [call("read_change", change=one) for one in waiting]
    told = {one: "; ".join(said.value["in_the_way"]) for one, said in zip(waiting, read, strict=True) if said.ok}
    clean = [one for one in waiting if not told.get(one)]
    notes = [f"{one} is not pushed: {why}" for one, why in told.items() if why]
    pushed = (yield [call("push_change", change=one) for one in clean]) if clean else []
    there = _kept(clean, pushed, notes)
    green = yield from _checked(there, notes)
    opened = (yield [call("open_pull_request", change=one, note="") for one in green]) if green else []
    made = _kept(green, opened, notes)
    told_of = [f"{one.value['change']} is {one.value['pull_request']}" for one in opened if one.ok]
    return _sentences(f"{counted(len(made), 'change')} proposed", *told_of, *notes)


def verify(_prompt: str) -> Script:
    """Check every open pull request, and what failed once more."""
    [listed] = yield [call("list_pull_requests")]
    requests = [str(one["pull_request"]) for one in listed.needed()]
    if not requests:
        return "No pull request is open."
    read = yield [call("read_pull_request", pull_request=one) for one in requests]
    able = [one for one, said in zip(requests, read, strict=True) if said.ok and "conflict" not in _kinds(said.value)]
    notes: list[str] = []
    green = yield from _checked(able, notes)
    return _sentences(f"{counted(len(requests), 'pull request')} looked at, {len(green)} green", *notes)


def land(_prompt: str) -> Script:
    """Merge what is ready, one by one; check again what the base has left behind; comment on the rest."""
    [listed] = yield [call("list_pull_requests")]
    merged, left = [], []
    for one in listed.needed():
        name, head = str(one["pull_request"]), str(one["head"])
        ways = set(one["in_the_way"]) - {"check"}
        why = "" if not ways else f"{name} waits: {', '.join(sorted(ways))}"
        if not ways:
            notes: list[str] = []
            green = yield from _checked([name], notes)
            if green:
                [done] = yield [call("merge_pull_request", pull_request=name, head=head)]
                why = "" if done.ok else done.text.splitlines()[0]
                merged += [f"{name} is merged as {str(done.value['merged'])[:12]}"] if done.ok else []
            else:
                why = "; ".join(notes)
        if why:
            left.append((name, why, "protected" in ways))
    for name, _, protected in left:
        yield [call("comment", pull_request=name, note="")]
        if protected:
            yield [call("label", pull_request=name, label="needs-person")]
    return _sentences(f"{counted(len(merged), 'pull request')} merged", *merged, *(why for _, why, _ in left))


def merge_one(prompt: str) -> Script:
    """Check and merge the one pull request that the goal names."""
    name = _named(prompt)
    [read] = yield [call("read_pull_request", pull_request=name)]
    ways, head = _kinds(read.needed()), str(read.needed()["head"])
    if read.value["state"] == "merged":
        return f"{name} had been merged before."
    notes: list[str] = []
    green = (yield from _checked([name], notes)) if "conflict" not in ways else []
    if not green:
        [said] = yield [call("comment", pull_request=name, note="")]
        return _sentences(f"{name} is not merged", *notes, *([] if said.ok else [said.text]))
    tool = "merge_protected_change" if "protected" in ways else "merge_pull_request"
    [done] = yield [call(tool, pull_request=name, head=head)]
    return f"{name} is merged as {done.value['merged'][:12]}." if done.ok else done.text


def revert_one(prompt: str) -> Script:
    """Prepare the revert of the one pull request that the goal names, and check it."""
    [read] = yield [call("read_pull_request", pull_request=_named(prompt))]
    [made] = yield [call("prepare_revert", pull_request=read.needed()["pull_request"])]
    if not made.ok:
        return made.text
    name = str(made.value["pull_request"])
    [ran] = yield [call("run_checks", of=name)]
    said = ran.text if not ran.ok else "red" if ran.value["failed"] else "green"
    return f"{name} takes {made.value['of']} back; its checks are {said}. It waits for a review."


def start_pipeline(prompt: str) -> Script:
    """Start the pipeline that the goal names."""
    [listed] = yield [call("list_pipelines")]
    goal, known = _goal(prompt), listed.needed()
    wanted = [one for one in known if re.search(rf"\b{re.escape(str(one['pipeline']))}\b", goal, re.IGNORECASE)]
    if len(wanted) != 1:
        names = ", ".join(f"'{one['pipeline']}' of {one['repository']}" for one in known)
        return f"Which pipeline is meant? There are {names or 'none'}."
    one, on = wanted[0], _ON.search(goal)
    asked = on["ref"].rstrip(".") if on else ""
    ref = asked if asked not in ("", one["repository"], one["pipeline"], "the") else one["ref"]
    [ran] = yield [call("trigger_pipeline", repository=one["repository"], pipeline=one["pipeline"], ref=ref)]
    if not ran.ok:
        return ran.text
    before = ", as it had before" if ran.value["already"] else ""
    return f"'{one['pipeline']}' ran on {ref} at {ran.value['head'][:12]}{before}: {ran.value['conclusion']}."


def _checked(names: Sequence[str], notes: list[str]) -> Any:
    """Run the checks of all, and what failed once more; the names of those that are green. A script's part."""
    if not names:
        return []
    ran = yield [call("run_checks", of=one) for one in names]
    there = _kept(names, ran, notes)
    for one in [one for one, said in zip(names, ran, strict=True) if said.ok and _behind(said.value)]:
        notes.append(f"{one} was checked on what its base was before: its author brings the branch up to date")
        there.remove(one)
    red = {one: said.value for one, said in zip(names, ran, strict=True) if said.ok and said.value["failed"]}
    once = [one for one, said in red.items() if all(check["attempt"] == 1 for check in said["checks"])]
    again = (yield [call("rerun_failed", of=one) for one in once]) if once else []
    red |= {one: said.value for one, said in zip(once, again, strict=True) if said.ok}
    for one, said in red.items():
        if said["failed"]:
            notes.append(f"{one} is red: {', '.join(said['failed'])}")
            there.remove(one)
    return there


def _behind(ran: dict[str, Any]) -> bool:
    """Whether the forge checks a commit with what it contains only, and that is not the base as it is now."""
    return any(check["base"] != ran["base"] for check in ran["checks"])


def _kept(names: Sequence[str], results: Sequence[Result], notes: list[str]) -> list[str]:
    """Those that went well; of the others, why not is noted."""
    notes += [said.text.splitlines()[0] for said in results if not said.ok]
    return [one for one, said in zip(names, results, strict=True) if said.ok]


def about_one(goal: str) -> bool:
    """Whether the goal names one pull request by its number."""
    return bool(_ID.search(goal) or _NUMBER.search(goal))


def starts_pipeline(goal: str) -> bool:
    """Whether the goal is to start a pipeline, and about no pull request."""
    acts = (_REVERT.search(goal) or _MERGE.search(goal)) and about_one(goal)
    return not acts and bool(_PIPELINE.search(goal) and _START.search(goal))


def _wanted(brief: Brief) -> tuple[str, ...]:
    goal = brief.goal
    if _REVERT.search(goal) and about_one(goal):
        return ("revert_one",)
    if _MERGE.search(goal) and about_one(goal):
        return ("merge_one",)
    if starts_pipeline(goal):
        return ("start_pipeline",)
    if _ALL.search(goal):
        return ALL
    raise Unknown(f"how to reach '{goal}'")


def _times(name: str, brief: Brief) -> dict[str, int]:
    """As many calls as there are changes and pull requests; later steps see the ones that earlier ones opened."""
    changes = max(1, int(brief.facts["changes"]))
    requests = max(1, int(brief.facts["requests"]) + changes)
    if name not in ALL:
        return {}
    many = changes if name == "propose_changes" else requests
    return {tool: many for tool, times in brief.tasks[name]["tools"].items() if times > 1}


def _free_of_words() -> Pins:
    """Nothing that is read finds its way into what is written."""
    return {"comment": {"note": [""]}, "open_pull_request": {"note": [""]}, "label": {"label": ["needs-person"]}}


def _about_one(name: str) -> Pins:
    """A goal about one pull request is about no other."""
    if not name:
        return {}
    tools = ("read_pull_request", "merge_pull_request", "merge_protected_change", "prepare_revert")
    return {**{tool: {"pull_request": [name]} for tool in tools}, "comment": {"note": [""], "pull_request": [name]}}


def _told(task: Any, names: Sequence[str], about: str) -> Any:
    """The task with the steps that are there, and with the id of the pull request that the goal is about."""
    said = f"{task['description']} {_MEANT}{about}" if about else task["description"]
    return {**task, "after": [one for one in task["after"] if one in names], "description": said}


def _named(prompt: str) -> str:
    found = _ID.match(prompt.partition(_MEANT)[2])
    return found[0] if found else ""


def _id_in(goal: str, repository: str) -> str:
    found, number = _ID.search(goal), _NUMBER.search(goal)
    return found[0] if found else f"{repository}#{number[1]}" if number else ""


def _goal(prompt: str) -> str:
    return prompt.partition("The goal is: ")[2].partition("\n")[0]


def _kinds(now: Any) -> set[str]:
    return {str(one["kind"]) for one in now["in_the_way"]}


def _sentences(*parts: str) -> str:
    return ". ".join(part.rstrip(".") for part in parts) + "."


PLAYBOOK = Playbook(
    plan=plan,
    steps={
        "propose_changes": propose,
        "verify_requests": verify,
        "land_requests": land,
        "merge_one": merge_one,
        "revert_one": revert_one,
        "start_pipeline": start_pipeline,
    },
)
