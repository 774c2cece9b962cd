"""Machines and disks of the cloud: what they need, and changing them with their owner's leave.

Every change is checked here again, whoever asks for it: only what the review itself recommends, never what is
protected, within the change window, with a snapshot before, and kept, to be undone and to have its saving verified.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from runtime.errors import CannotWork, TryAgain
from tools.backends.changes import CHANGES, Change
from tools.backends.cloud import CLOUD, Machine, Volume
from tools.backends.costs import COSTS
from tools.costs.advice import MARK, Advice, advise, due, idle_volumes, owner_of, protected, would_change
from tools.costs.labels import shown
from tools.costs.savings import verified
from tools.tool import Reverse, tool
from tools.world import World


@tool(
    effect="read",
    trusted=(
        "machines.*.machine",
        "machines.*.owner",
        "machines.*.size",
        "idle_volumes.*.volume",
        "idle_volumes.*.owner",
    ),
)
def review_machines(*, world: World) -> dict[str, Any]:
    """Judge every machine by its metrics: stop, resize or keep, with the window, percentile, memory (null is unknown),
    burst credits, the saving per month after commitments that would go unused, the rollback and the owner. Leave what
    is 'forbidden' to people. Also lists disks that are attached to nothing; 'due' ones were marked long enough ago."""
    machines = [one.as_data() for one in advise(world)]
    window = str(world.service(COSTS).rules.machines.window)
    return {"change_window": window, "machines": machines, "idle_volumes": idle_volumes(world)}


def _stopped(machine: str, owner: str, *, world: World) -> dict[str, Any] | None:
    """What `stop_machine` returns, if it is stopped and that was our doing."""
    change = world.service(CHANGES).last(machine, "stop")
    if change is None or change.state != "done" or _machine(machine, world).state != "stopped":
        return None
    return {"machine": machine, "owner": owner, "before": change.before, "after": "stopped", "already": True}


def _restart(args: Mapping[str, Any], _result: Any) -> Reverse:
    return Reverse("start_machine", {"machine": args["machine"], "owner": args["owner"]})


def _would_stop(machine: str, owner: str, *, world: World) -> str:
    return would_change(_permitted(machine, owner, "stop", world))


@tool(
    effect="spend",
    targets=("machine", "owner"),
    identity=("machine",),
    probe=_stopped,
    undo=_restart,
    preview=_would_stop,
)
def stop_machine(machine: str, owner: str, *, world: World) -> dict[str, Any]:
    """Stop an idle machine that review_machines says to stop, once its owner agrees; start_machine takes it back. Its
    disks are kept, and copied before. `owner` is as review_machines gives it."""
    if known := _stopped(machine, owner, world=world):
        return known
    advice = _permitted(machine, owner, "stop", world)
    changes, cloud = world.service(CHANGES), world.service(CLOUD)
    change = changes.begin(machine, "stop", "running", "stopped", **_about(advice))
    copies = _copies(advice.machine, change, world)
    cloud.stop(machine)
    changes.settle(change, "done")
    return {"machine": machine, "owner": owner, "before": "running", "after": "stopped", "snapshots": copies} | _told(
        advice
    )


@tool(effect="spend", targets=("machine", "owner"), identity=("machine",), keyed=True)
def start_machine(machine: str, owner: str, *, world: World) -> dict[str, Any]:
    """Start a machine again that stop_machine stopped."""
    change = world.service(CHANGES).last(machine, "stop")
    if change is None or change.owner != owner:
        raise CannotWork(f"'{machine}' was not stopped here for '{owner}'", remedy="leave it to its owner")
    _in_window(world)
    world.service(CLOUD).start(machine)
    world.service(CHANGES).settle(change, "undone")
    return {"machine": machine, "owner": owner, "before": "stopped", "after": "running", "already": False}


def _resized(machine: str, size: str, owner: str, *, world: World) -> dict[str, Any] | None:
    """What `resize_machine` returns, if it has that size, runs, and that was our doing."""
    change, found = world.service(CHANGES).last(machine, "resize"), _machine(machine, world)
    if change is None or change.state != "done" or (found.size, found.state) != (size, "running"):
        return None
    return {"machine": machine, "owner": owner, "before": change.before, "after": size, "already": True}


def _back(args: Mapping[str, Any], result: Any) -> Reverse | None:
    return Reverse("resize_machine", {**args, "size": result["before"]}) if result["before"] != args["size"] else None


def _done_before(machine: str, size: str, owner: str, world: World) -> Change | None:
    """Our change of the machine that this size takes back, if it is one."""
    last = world.service(CHANGES).last(machine, "resize")
    back = last is not None and (last.before, last.state, last.owner) == (size, "done", owner)
    return last if back else None


def _would_resize(machine: str, size: str, owner: str, *, world: World) -> str:
    if last := _done_before(machine, size, owner, world):
        return f"{machine} of {owner} is resized back from {last.after} to {size}, as it was before we changed it."
    return would_change(_permitted(machine, owner, "resize", world))


@tool(
    effect="spend",
    targets=("machine", "owner"),
    identity=("machine", "size"),
    probe=_resized,
    undo=_back,
    preview=_would_resize,
)
def resize_machine(machine: str, size: str, owner: str, *, world: World) -> dict[str, Any]:
    """Give a machine the smaller size that review_machines says, once its owner agrees; it is stopped and started
    again, and its disks are copied before. Calling it with the size it had before takes it back."""
    if known := _resized(machine, size, owner, world=world):
        return known
    changes = world.service(CHANGES)
    if before := _done_before(machine, size, owner, world):
        _in_window(world)
        _apply_size(machine, size, world)
        changes.settle(before, "undone")
        return {"machine": machine, "owner": owner, "before": before.after, "after": size, "already": False}
    last = changes.last(machine, "resize")
    begun = last is not None and last.state == "begun" and last.after == size
    advice = _permitted(machine, owner, "" if begun else "resize", world)
    if not begun and advice.judgement.size != size:
        raise TryAgain(f"the review says {advice.judgement.size}, not '{size}'", remedy=f"use {advice.judgement.size}")
    change = changes.begin(machine, "resize", advice.machine.size, size, **_about(advice))
    copies = _copies(advice.machine, change, world)
    _apply_size(machine, size, world)
    changes.settle(change, "done")
    return {"machine": machine, "owner": owner, "before": change.before, "after": size, "snapshots": copies} | _told(
        advice
    )


def _marked(volume: str, owner: str, *, world: World) -> dict[str, Any] | None:
    """What `mark_volume` returns, if the disk is marked."""
    found = _volume(volume, world)
    if not found.tags.get(MARK):
        return None
    return {"volume": volume, "owner": owner, "delete_after": found.tags[MARK], "already": True}


def _unmark(args: Mapping[str, Any], _result: Any) -> Reverse:
    return Reverse("unmark_volume", dict(args))


@tool(effect="write", targets=("volume", "owner"), identity=("volume",), probe=_marked, undo=_unmark)
def mark_volume(volume: str, owner: str, *, world: World) -> dict[str, Any]:
    """Mark a disk that is attached to nothing: after the house's days of grace it may be deleted, if nobody objects."""
    if known := _marked(volume, owner, world=world):
        return known
    _disk_permitted(volume, owner, world)
    store = world.service(COSTS)
    day = (store.today + timedelta(days=store.rules.machines.grace_days)).isoformat()
    world.service(CLOUD).tag(volume, MARK, day)
    wait = f"{owner}: say until {day} if disk {volume} is still needed; it may be deleted then"
    return {"volume": volume, "owner": owner, "delete_after": day, "already": False, "waits_for_person": wait}


@tool(effect="write", targets=("volume", "owner"), identity=("volume",), keyed=True)
def unmark_volume(volume: str, owner: str, *, world: World) -> dict[str, Any]:
    """Take the mark off a disk: it is still needed."""
    found = _volume(volume, world)
    if owner_of(found, world) != owner:
        raise TryAgain(f"'{owner}' does not own '{volume}'", remedy=f"ask {owner_of(found, world)}")
    world.service(CLOUD).tag(volume, MARK, "")
    return {"volume": volume, "owner": owner, "changed": bool(found.tags.get(MARK))}


def _deleted(volume: str, owner: str, *, world: World) -> dict[str, Any] | None:
    """What `delete_volume` returns, if the disk is gone and that was our doing."""
    change = world.service(CHANGES).last(volume, "delete")
    if change is None or any(one.id == volume for one in world.service(CLOUD).volumes()):
        return None
    if change.state == "begun":
        world.service(CHANGES).settle(change, "done")
    return {"volume": volume, "owner": owner, "snapshot": change.after, "already": True}


def _restore(args: Mapping[str, Any], _result: Any) -> Reverse:
    return Reverse("restore_volume", dict(args))


def _would_delete(volume: str, owner: str, *, world: World) -> str:
    disk = _disk_permitted(volume, owner, world)
    name = f"{shown(disk.tags['Name'])} ({volume})" if disk.tags.get("Name") else volume
    return (
        f"{name} of {owner}, {disk.gb} GB in account {shown(disk.account)}, is copied and then deleted.\n"
        f"It is attached to nothing, and was marked to go on {shown(disk.tags.get(MARK, 'no day'))}.\n"
        "To take it back: restore_volume makes a new disk from the copy."
    )


@tool(
    effect="spend",
    targets=("volume", "owner"),
    identity=("volume",),
    probe=_deleted,
    undo=_restore,
    preview=_would_delete,
)
def delete_volume(volume: str, owner: str, *, world: World) -> dict[str, Any]:
    """Delete a marked disk whose days of grace are over, once its owner agrees. A copy is made before; restore_volume
    makes a new disk from it."""
    if known := _deleted(volume, owner, world=world):
        return known
    found = _disk_permitted(volume, owner, world)
    if not due(found, world.service(COSTS).today):
        said = found.tags.get(MARK)
        problem = f"'{volume}' may go on {said}" if said else f"'{volume}' was not marked"
        raise CannotWork(problem, remedy="wait" if said else "mark it with mark_volume, and come back after the grace")
    _in_window(world)
    changes, cloud, key = world.service(CHANGES), world.service(CLOUD), f"{volume}-before-delete"
    change = changes.begin(volume, "delete", "there", key, owner=owner, saving=None, currency="")
    cloud.snapshot(volume, key)
    cloud.delete(volume)
    changes.settle(change, "done")
    return {"volume": volume, "owner": owner, "snapshot": key, "already": False}


@tool(effect="spend", targets=("volume", "owner"), identity=("volume",), keyed=True)
def restore_volume(volume: str, owner: str, *, world: World) -> dict[str, Any]:
    """Make a new disk from the copy that delete_volume made of one."""
    change = world.service(CHANGES).last(volume, "delete")
    if change is None or change.owner != owner:
        raise CannotWork(f"'{volume}' was not deleted here for '{owner}'", remedy="leave it to its owner")
    made = world.service(CLOUD).restore(volume, change.after)
    world.service(CHANGES).settle(change, "undone")
    return {"volume": volume, "owner": owner, "restored_as": made, "already": False}


@tool(effect="read")
def check_savings(*, world: World) -> dict[str, Any]:
    """Say of every change that was made what it really saved: the bill's final days after it against those before. An
    estimate counts for nothing here."""
    store = world.service(COSTS)
    done = [one for one in world.service(CHANGES).all() if one.state == "done" and one.action != "delete"]
    return {"final": store.final.isoformat(), "changes": [verified(one, store) for one in done]}


def _permitted(machine: str, owner: str, action: str, world: World) -> Advice:
    """The advice for a machine, if everything allows the action. Raises ToolError that says what does not."""
    advice = next((one for one in advise(world) if one.machine.id == machine), None)
    if advice is None:
        raise TryAgain(f"there is no machine '{machine}'", remedy="take one that review_machines gives")
    if advice.forbidden:
        raise CannotWork(f"'{machine}' is not changed: {advice.forbidden}", remedy="leave it to a person")
    if action and advice.judgement.action != action:
        raise CannotWork(f"the review does not say to {action} '{machine}'", remedy=f"it says: {advice.judgement.why}")
    if advice.owner != owner:
        raise TryAgain(f"'{owner}' does not own '{machine}'", remedy=f"its owner is {advice.owner}")
    _in_window(world)
    return advice


def _disk_permitted(volume: str, owner: str, world: World) -> Volume:
    found = _volume(volume, world)
    forbidden = protected(found.tags, world.service(COSTS).rules) or ("it is attached" if found.machine else "")
    if forbidden:
        raise CannotWork(f"'{volume}' is not changed: {forbidden}", remedy="leave it to a person")
    if owner_of(found, world) != owner:
        raise TryAgain(f"'{owner}' does not own '{volume}'", remedy=f"its owner is {owner_of(found, world)}")
    return found


def _in_window(world: World) -> None:
    window = world.service(COSTS).rules.machines.window
    if not window.holds(world.clock.now()):
        raise CannotWork(f"changes are made {window} only", remedy="run it again within the change window")


def _copies(machine: Machine, change: Change, world: World) -> list[str]:
    cloud = world.service(CLOUD)
    return [cloud.snapshot(one, f"{one}-before-{change.action}-{change.n}") for one in machine.volumes]


def _apply_size(machine: str, size: str, world: World) -> None:
    """Stop, resize, start: each is left out where it is so already, so this can be gone on with after a crash."""
    cloud = world.service(CLOUD)
    if _machine(machine, world).size != size:
        cloud.stop(machine)
        cloud.resize(machine, size)
    cloud.start(machine)


def _machine(machine: str, world: World) -> Machine:
    found = next((one for one in world.service(CLOUD).machines() if one.id == machine), None)
    if found is None:
        raise TryAgain(f"there is no machine '{machine}'", remedy="take one that review_machines gives")
    return found


def _volume(volume: str, world: World) -> Volume:
    found = next((one for one in world.service(CLOUD).volumes() if one.id == volume), None)
    if found is None:
        raise TryAgain(f"there is no disk '{volume}'", remedy="take one that review_machines gives")
    return found


def _about(advice: Advice) -> dict[str, Any]:
    return {"owner": advice.owner, "saving": advice.judgement.saving, "currency": advice.use.currency}


def _told(advice: Advice) -> dict[str, Any]:
    return {"saving": advice.judgement.saving, "currency": advice.use.currency, "already": False}
