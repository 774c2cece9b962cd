"""The words for what was done on a forge: counted, and as one sentence each."""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]

COUNTED = {
    "push_change": ("change pushed", "changes pushed"),
    "run_checks": ("commit checked", "commits checked"),
    "rerun_failed": ("commit checked again", "commits checked again"),
    "open_pull_request": ("pull request opened", "pull requests opened"),
    "close_pull_request": ("pull request closed", "pull requests closed"),
    "comment": ("comment written", "comments written"),
    "label": ("label put on", "labels put on"),
    "remove_label": ("label taken off", "labels taken off"),
    "merge_pull_request": ("pull request merged", "pull requests merged"),
    "merge_protected_change": ("protected change merged", "protected changes merged"),
    "refresh_branch": ("branch brought up to date", "branches brought up to date"),
    "prepare_revert": ("revert prepared", "reverts prepared"),
    "trigger_pipeline": ("pipeline started", "pipelines started"),
}


def _short(it: Facts, name: str) -> str:
    return str(it.get(name) or "?")[:12]


def _checked(it: Facts) -> str:
    said = [f"{one['name']} {one['conclusion']}" for one in it.get("checks") or ()]
    return f"{it.get('of', '?')} at {_short(it, 'head')}: {', '.join(said) or 'no checks'}"


def _merged(it: Facts) -> str:
    unsteady = ", ".join(it.get("flaky") or ())
    flaky = f", flaky: {unsteady}" if unsteady else ""
    return f"{it.get('pull_request', '?')} merged at {_short(it, 'head')} as {_short(it, 'merged')}{flaky}"


TOLD: dict[str, Callable[[Facts], str]] = {
    "push_change": lambda it: f"{it.get('change', '?')} pushed to {it.get('branch', '?')} at {_short(it, 'head')}",
    "run_checks": _checked,
    "rerun_failed": lambda it: f"again, {_checked(it)}",
    "open_pull_request": lambda it: f"{it.get('change', '?')} proposed as {it.get('pull_request', '?')}",
    "close_pull_request": lambda it: f"{it.get('pull_request', '?')} closed without merging",
    "comment": lambda it: f"comment on {it.get('pull_request', '?')}",
    "label": lambda it: f"{it.get('pull_request', '?')} labelled '{it.get('label', '?')}'",
    "remove_label": lambda it: f"label '{it.get('label', '?')}' taken off {it.get('pull_request', '?')}",
    "merge_pull_request": _merged,
    "merge_protected_change": _merged,
    "refresh_branch": lambda it: f"{it.get('pull_request', '?')} brought up to date, now at {_short(it, 'head')}",
    "prepare_revert": lambda it: f"{it.get('pull_request', '?')} would take {it.get('of', '?')} back",
    "trigger_pipeline": lambda it: (
        f"'{it.get('pipeline', '?')}' on {it.get('ref', '?')} at {_short(it, 'head')}: {it.get('conclusion', '?')}"
    ),
}
