"""Why a step did what it did, as one chain: goal, plan, policy, approval, effect, cost. Read from records alone.

goal      what was asked, by whom, with which configuration, models and budget
plan      who proposed it, who accepted it, its digest
step      its role, its task, what it was granted
model     which models answered, and what the budget was then
call      one tool call, with what follows from it:
policy    the verdict, its rule and reason; the origin of each target
approval  who was asked about it, by which digest, who answered and when
intent    what was recorded before it happened, and the key it happens once by
effect    what came of it
cost      what the step used
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.layout import Piece, wrapped
from crews.report.figures import duration, many, moment, money, one_line
from crews.report.phrases import called, phrase
from crews.report.reading import plan_steps
from runtime.errors import UsageError
from runtime.records import Record

_VERDICTS = {"allow": "allowed", "ask": "asked", "deny": "denied"}
_OUTCOMES = ("tool.done", "tool.failed")


@dataclass(frozen=True)
class Link:
    """One link of the chain: what it is, in words and in facts, the record it rests on, and what follows from it."""

    link: str
    text: str
    record: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    follows: tuple["Link", ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The link and all that follows, as JSON types."""
        said: dict[str, Any] = {"link": self.link, "record": self.record, "text": self.text, **self.facts}
        return {**said, "follows": [one.as_json() for one in self.follows]}


def why(records: Sequence[Record], wanted: str) -> Link:
    """The chain of a step, or of one call (such as invite-2). Raises UsageError for what the run does not have."""
    first = records[0]
    calls = {str(one.body["call"]): str(one.body["step"]) for one in records if one.kind == "call.decided"}
    step = calls.get(wanted, wanted)
    own = [one for one in records if one.body.get("step") == step]
    if not own:
        steps = dict.fromkeys(str(one.body["step"]) for one in records if one.body.get("step"))
        there = f"its steps are {', '.join(steps)}" if steps else "it has no steps"
        raise UsageError(f"run {first.run} has no step or call '{wanted}'", remedy=there)
    follows = [_step(records, own, step, wanted if wanted in calls else None)]
    return _goal(first, (_plan(records, tuple(follows)),))


def rows(link: Link, width: int, depth: int = 0) -> Iterator[list[Piece]]:
    """The chain as an indented tree, each link with the number of its record."""
    margin, gutter = "  " * depth, 10
    aside = f"#{link.record}" if link.record else ""
    room = max(20, width - len(margin) - gutter)
    texts = list(wrapped(link.text, room, room - len(aside) - 2 if aside else 0))
    pad = " " * max(1, room - len(texts[0]) - len(aside))
    yield [(margin, ""), (f"{link.link:<{gutter}}", "bold"), (texts[0], ""), (pad + aside if aside else "", "dim")]
    for text in texts[1:]:
        yield [(margin + " " * gutter, ""), (text, "")]
    for one in link.follows:
        yield from rows(one, width, depth + 1)


def _goal(first: Record, follows: tuple[Link, ...]) -> Link:
    body = first.body
    models = sorted({name for names in (body.get("models") or {}).values() for name in names})
    facts = {name: body.get(name) for name in ("principal", "scenario", "crew", "config", "mode", "models", "budget")}
    text = "\n".join(
        [
            one_line(str(body.get("goal"))),
            f"asked by {body.get('principal')} at {_at(first)}, answered by {', '.join(models) or 'no model'}",
            f"configuration {str(body.get('config') or 'unknown')[:16]}, {_limits(body.get('budget'))}",
        ]
    )
    return Link("goal", text, first.seq, {"run": first.run, "at": first.at, **facts}, follows)


def _plan(records: Sequence[Record], follows: tuple[Link, ...]) -> Link:
    proposed = [one for one in records if one.kind == "plan.proposed"]
    accepted = [one for one in records if one.kind == "plan.accepted"]
    if not proposed:
        return Link("plan", "none: the crew was not given one", None, {}, follows)
    one = proposed[-1]
    by = one.body.get("role") or one.body.get("model")
    text = f"proposed by {by} ({one.body.get('model')}), of {many(len(plan_steps(one)), 'step')}"
    facts: dict[str, Any] = {"proposed_by": by, "model": one.body.get("model")}
    if accepted:
        body = accepted[-1].body
        text += f"\naccepted by {body['by']} (#{accepted[-1].seq}): {body['reason']}; digest {body['plan'][:16]}"
        facts |= {"accepted_by": body["by"], "reason": body["reason"], "digest": body["plan"]}
        facts["accepted_record"] = accepted[-1].seq
    return Link("plan", text, one.seq, facts, follows)


def _step(records: Sequence[Record], own: Sequence[Record], step: str, only: str | None) -> Link:
    planned = [one for record in records if record.kind == "plan.proposed" for one in plan_steps(record)]
    spec: dict[str, Any] = next((one for one in reversed(planned) if one["id"] == step), {})
    grants = [
        f"{one['tool']} ({one['times']})" + (f" with {_pinned(one['values'])}" if one.get("values") else "")
        for one in spec.get("grants", ())
    ]
    text = f"{step}, by {spec.get('role') or own[0].body.get('role')}: {one_line(str(spec.get('task', '')), 160)}"
    if grants:
        text += f"\ngranted {', '.join(grants)}"
    names = dict.fromkeys(str(one.body["call"]) for one in own if "call" in one.body)
    calls = [_call(records, own, name) for name in names if only in (None, name)]
    facts = {"step": step, "role": spec.get("role"), "grants": spec.get("grants", [])}
    began = next((one.seq for one in own if one.kind == "step.started"), None)
    return Link("step", text, began, facts, (*_models(records, own), *calls, _cost(own)))


def _models(records: Sequence[Record], own: Sequence[Record]) -> Iterator[Link]:
    """The models that answered the step, one link for each."""
    limits = records[0].body.get("budget")
    answered = [one for one in own if one.kind in ("model.called", "model.failed")]
    for model in dict.fromkeys(str(one.body["model"]) for one in answered):
        its = [one for one in answered if one.body["model"] == model]
        failed = sum(one.kind == "model.failed" for one in its)
        last = its[-1].body.get("spent") or {}
        text = f"{model}: {many(len(its) - failed, 'answer')}" + (f", {failed} failed" if failed else "")
        if last:
            text += f"; the run had then used {_used(last, limits)}"
        facts = {"model": model, "records": [one.seq for one in its], "spent": last}
        yield Link("model", text, its[0].seq, facts)


def _call(records: Sequence[Record], own: Sequence[Record], name: str) -> Link:
    its = [one for one in own if one.body.get("call") == name]
    decided = [one for one in its if one.kind == "call.decided"]
    body = its[0].body
    facts = {"call": name, "tool": body["tool"], "args": body.get("args")}
    follows = [*map(_policy, decided), *_approvals(records, its, name), *_carried_out(its)]
    return Link("call", f"{name}: {called(body['tool'], body.get('args') or {})}", its[0].seq, facts, tuple(follows))


def _policy(record: Record) -> Link:
    body = record.body
    verdict = _VERDICTS.get(str(body["verdict"]), str(body["verdict"]))
    labels = body.get("labels") or {}
    origins = [
        Link("origin", f"{name}: {'trusted' if one.get('trusted') else 'not trusted'}, from {one.get('origin')}")
        for name, one in labels.items()
        if isinstance(one, Mapping)
    ]
    facts = {"verdict": body["verdict"], "rule": body["rule"], "reason": body["reason"], "labels": labels}
    return Link("policy", f"{verdict} by {body['rule']}: {body['reason']}", record.seq, facts, tuple(origins))


def _approvals(records: Sequence[Record], its: Sequence[Record], name: str) -> Iterator[Link]:
    for asked in (one for one in its if one.kind == "approval.requested"):
        body = asked.body
        answers = [
            one for one in records if one.kind == "approval.answered" and one.body["approval"] == body["approval"]
        ]
        facts = {one: body.get(one) for one in ("approval", "digest", "rule", "reason", "people", "expires")}
        text = f"{body['approval']}, bound to {str(body['digest'])[:16]}, of {many(body['people'], 'person', 'people')}"
        yield Link("approval", text, asked.seq, facts, tuple(map(_answer, answers)))
    for used in (one for one in records if one.kind == "approval.used" and one.body["call"] == name):
        yield Link("approval", f"{used.body['approval']} was used for this call", used.seq, dict(used.body))


def _answer(record: Record) -> Link:
    body = record.body
    edited = ", with other arguments" if body.get("args") is not None else ""
    why_so = f": {body['reason']}" if body.get("reason") else ""
    text = f"{body['verdict']} by {body['by']} at {_at(record)}{edited}{why_so}"
    return Link("answer", text, record.seq, {**body, "at": record.at})


def _carried_out(its: Sequence[Record]) -> Iterator[Link]:
    for record in its:
        body = record.body
        key = body.get("key") or {}
        if record.kind == "tool.intended":
            text = f"recorded before it happened, under key {str(key.get('hash'))[:16]}, occurrence {key.get('nth')}"
            yield Link("intent", text, record.seq, {"key": key, "at": record.at})
        if record.kind == "tool.done":
            said = phrase(body["tool"], body.get("args") or {}, body.get("result"))
            text = said.text if body["effect"] != "read" else "read"
            text += (" (was so already)" if said.already else "") + f", in {body['ms']} ms"
            facts = {"outcome": "done", "result": body.get("result"), "ms": body["ms"], "key": key}
            yield Link("effect", text, record.seq, facts)
        if record.kind == "tool.failed":
            facts = {"outcome": "failed", "error": body["error"], "key": key}
            yield Link("effect", f"failed: {one_line(str(body['error']))}", record.seq, facts)


def _cost(own: Sequence[Record]) -> Link:
    models = [one.body for one in own if one.kind in ("model.called", "model.failed")]
    tools = [one.body for one in own if one.kind in _OUTCOMES]
    usd = sum(float(one.get("usd") or 0) for one in models)
    tokens = sum(sum((one.get("usage") or {}).values()) for one in models)
    ms = sum(int(one.get("ms") or 0) for one in (*models, *tools))
    unpriced = sum(one.get("usd") is None for one in models if one.get("usage"))
    text = f"{many(len(models), 'model call')}, {many(tokens, 'token')}, {many(len(tools), 'tool call')}, "
    text += f"{money(usd, unpriced)}, {duration(ms / 1000)} of calls"
    facts = {"model_calls": len(models), "tool_calls": len(tools), "tokens": tokens, "usd": usd, "ms": ms}
    return Link("cost", text, None, facts)


def _limits(budget: Any) -> str:
    if not isinstance(budget, Mapping):
        return "its budget was not recorded"
    calls = f"{budget['model_calls']:,} model calls, {budget['tool_calls']:,} tool calls"
    return f"budget {calls}, ${budget['usd']:g}, {budget['minutes']:g} minutes"


def _used(spent: Mapping[str, Any], limits: Any) -> str:
    of = limits if isinstance(limits, Mapping) else {}
    calls = f"{spent['model_calls']}" + (f" of {of['model_calls']}" if of else "")
    return f"{calls} model calls and ${spent['usd']:.2f}" + (f" of ${of['usd']:g}" if of else "")


def _pinned(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {one_line(str(value), 40)}" for name, value in values.items())


def _at(record: Record) -> str:
    return f"{moment(record.at).astimezone():%d %b %Y, %H:%M:%S}"
