"""The tables of a DevOps report, from receipts: what tools returned, never what a model said of it."""

from collections.abc import Sequence
from typing import Any

from crews.report.sections import Section
from runtime.records import Record
from tools.backends.forge import FORGE
from tools.standing import facts_of, standing
from tools.world import World


def sections(records: Sequence[Record], world: World) -> Sequence[Section]:
    """What was merged, proposed, not proposed and started, as far as the run has receipts; and what is still open, as
    the forge says now."""
    tables = (_merged(records), _proposed(records), _refused(records), _pipelines(records), _left(records, world))
    return [one for one in tables if one.rows]


def _merged(records: Sequence[Record]) -> Section:
    rows = tuple(
        (one["pull_request"], one["head"][:12], one["merged"][:12], _evidence(one.get("checks", ())), _flaky(one))
        for one in _results(records, "merge_pull_request", "merge_protected_change")
    )
    note = "Each at exactly the commit that was checked, on top of the base as it was then."
    return Section("Merged", ("Pull request", "Commit", "Merged as", "Checks", "Flaky"), rows, note)


def _proposed(records: Sequence[Record]) -> Section:
    rows = tuple(
        (one["change"], one["pull_request"], one["head"][:12], "before" if one["already"] else "now")
        for one in _results(records, "open_pull_request")
    )
    return Section("Proposed", ("Change", "Pull request", "Commit", "Opened"), rows, "None of them is approved by us.")


def _refused(records: Sequence[Record]) -> Section:
    """Changes with nothing to propose: not pushed, or red."""
    opened = {one["change"] for one in _results(records, "open_pull_request")}
    why: dict[str, str] = {}
    for one in _results(records, "read_change"):
        if one["in_the_way"]:
            why[one["change"]] = "; ".join(one["in_the_way"])
    for one in _results(records, "run_checks", "rerun_failed"):
        if "#" not in one["of"] and one["failed"]:
            why[one["of"]] = f"red: {_evidence(one['checks'])}"
    rows = tuple((change, text) for change, text in why.items() if change not in opened)
    return Section("Not proposed", ("Change", "Why"), rows, "Their authors have to look at them; nothing was changed.")


def _pipelines(records: Sequence[Record]) -> Section:
    rows = tuple(
        (one["run"], one["ref"], one["head"][:12], one["conclusion"], "before" if one["already"] else "now")
        for one in _results(records, "trigger_pipeline")
    )
    return Section("Pipelines", ("Run", "Ref", "Commit", "Result", "Started"), rows)


def _left(records: Sequence[Record], world: World) -> Section:
    """The open pull requests that this run has looked at or opened."""
    seen = {
        one["pull_request"] for one in _results(records, "read_pull_request", "open_pull_request", "prepare_revert")
    }
    forge = world.service(FORGE)
    found = [one for name in forge.repositories() for one in forge.pull_requests(name) if one.id in seen]
    rows = []
    for one in found:
        now = standing(facts_of(one, world))
        rows.append(
            (one.id, one.author, "\n".join(way["why"] for way in now["in_the_way"]) or "nothing: it can be merged")
        )
    note = 'To have one merged that is for a person: deputy run -s devops "Merge REPOSITORY#NUMBER".'
    return Section("Left for people", ("Pull request", "Opened by", "In the way"), tuple(rows), note)


def _results(records: Sequence[Record], *tools: str) -> list[dict[str, Any]]:
    return [one.body["result"] for one in records if one.kind == "tool.done" and one.body["tool"] in tools]


def _evidence(checks: Sequence[dict[str, Any]]) -> str:
    return "\n".join(
        f"{one['name']} {one['conclusion']}, attempt {one['attempt']}" + (f", {one['tier']}" if one["tier"] else "")
        for one in checks
    )


def _flaky(one: dict[str, Any]) -> str:
    return ", ".join(one.get("flaky", ())) or "no"
