"""Research without a language model: the same steps, prompts, tools and gate, answered by ordinary code.

It understands nothing of what it reads: from each page it takes the sentence that has most words of the question.
"""

import json
import re
from typing import Any

from agents.playbook import Brief, Playbook, Script, Stuck, Unknown, after_mark, call
from guard.plan import Plan
from runtime.problems import counted
from runtime.records import ORDERS_MARK
from tasks.steps import step_of

_MOST = 5


def plan(brief: Brief) -> Plan:
    """One step, for this question and no other. Raises Unknown for a crew without that task."""
    if set(brief.tasks) != {"research_question"} or not brief.facts.get("research"):
        raise Unknown("how to research with other tasks than research_question")
    wanted = brief.facts["research"]
    task = dict(brief.tasks["research_question"])
    task["description"] = f"{task['description']}\n{ORDERS_MARK}{json.dumps(wanted, ensure_ascii=False)}"
    pins = {"write_brief": {"question": [wanted["question"]]}}
    return Plan(steps=(step_of("research_question", task, pins=pins),))


def research_question(prompt: str) -> Script:
    """Search, read, and write down the sentence of each page that is most about the question."""
    wanted = json.loads(after_mark(prompt, ORDERS_MARK))
    [found] = yield [call("search_web", query=wanted["query"])]
    urls = [one["url"] for one in found.needed()["results"]][:_MOST]
    if not urls:
        raise Stuck("no page on a listed host was found")
    pages = yield [call("fetch_page", url=url) for url in urls]
    findings = [one for page in pages if page.ok and (one := _finding(page.value, wanted["query"].split()))]
    if not findings:
        raise Stuck("no page says anything about the question: " + "; ".join(one.text for one in pages if not one.ok))
    [written] = yield [call("write_brief", question=wanted["question"], findings=findings)]
    kept = written.needed()
    told = "was written before" if kept["already"] else f"has {counted(len(findings), 'finding')}"
    return f"The brief on '{wanted['question']}' {told}. " + "; ".join(
        f"{one['claim']} ({one['url']})" for one in findings
    )


def _finding(page: dict[str, Any], words: list[str]) -> dict[str, str] | None:
    parts = [one.strip() for one in re.split(r"(?<=[.!?])\s+|\n+", page["text"])]
    sentences = [one for one in parts if one.endswith((".", "!", "?")) and len(one.split()) >= 5]
    scored = [(sum(word in one.casefold() for word in words), bool(re.search(r"\d", one)), one) for one in sentences]
    hits, _, best = max(scored, default=(0, False, ""), key=lambda one: (one[0], one[1]))
    return {"claim": best[:400], "url": page["url"], "quote": best[:400]} if hits else None


PLAYBOOK = Playbook(plan=plan, steps={"research_question": research_question})
