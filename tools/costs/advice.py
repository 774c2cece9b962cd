"""What could be saved on machines and disks, whose they are, and what forbids to touch them without a person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

from tools.backends.changes import CHANGES, Change
from tools.backends.cloud import CLOUD, Machine, Volume
from tools.backends.costs import COSTS
from tools.costs import readings
from tools.costs.labels import shown
from tools.costs.letters import money
from tools.costs.rightsizing import Judgement, Use, judge
from tools.costs.rules import Rules

if TYPE_CHECKING:
    from tools.world import World

MARK = "deputy:delete-after"
"""The tag that says from which day on an idle disk may be deleted."""

PROTECTED = "protected"

_ON_MACHINES: tuple[Literal["stop"], Literal["resize"]] = ("stop", "resize")


@dataclass(frozen=True)
class Advice:
    """One machine with its judgement. `forbidden` says why no run may change it; empty if its owner may allow it."""

    machine: Machine
    judgement: Judgement
    owner: str
    use: Use
    forbidden: str

    def as_data(self) -> dict[str, Any]:
        """As `review_machines` returns it."""
        found, machine = self.judgement, self.machine
        back = f"start {machine.id} again" if found.action == "stop" else f"resize {machine.id} back to {machine.size}"
        return {
            "machine": machine.id,
            "name": shown(machine.name),
            "account": machine.account,
            "now": machine.size,
            "action": found.action,
            "size": found.size,
            "why": found.why,
            "evidence": asdict(found.evidence),
            "monthly_cost": self.use.monthly,
            "saving": found.saving,
            "stranded_commitment": found.stranded,
            "commitment": shown(self.use.commitment),
            "currency": self.use.currency,
            "rollback": "" if found.action == "keep" else f"{back}; a snapshot of each disk is made before",
            "owner": self.owner,
            "forbidden": self.forbidden,
        }


def would_change(advice: Advice) -> str:
    """What a change of the machine is, for its owner to decide on."""
    told = advice.as_data()
    to = "stopped" if told["action"] == "stop" else f"resized from {told['now']} to {told['size']}"
    monthly, saving = (
        "an unknown amount" if told[one] is None else money(told[one], told["currency"])
        for one in ("monthly_cost", "saving")
    )
    name = f"{told['name']} ({told['machine']})" if told["name"] else told["machine"]
    return (
        f"{name} of {told['owner']} is {to}. It costs {monthly} a month, of which {saving} would be saved.\n"
        f"Why: {told['why']}.\nTo take it back: {told['rollback']}."
    )


def advise(world: "World") -> list[Advice]:
    """Every machine of the cloud with what its metrics and its bill say, by id."""
    store, cloud = world.service(COSTS), world.service(CLOUD)
    rules = store.rules
    end = datetime.combine(store.today, time(), UTC)
    found = []
    for machine in cloud.machines():
        with store.reading() as connection:
            use = _use(readings.monthly_use(connection, machine.id, store.final))
        metrics = cloud.metrics(
            machine.id, max(end - timedelta(days=rules.machines.days), _changed(machine, world)), end
        )
        judgement = judge(machine, metrics, use, rules.machines)
        cut_off = _cut_off(machine, world)
        if cut_off is not None:
            why = f"a change to {cut_off.after} was cut off on {cut_off.at[:10]}, and is to be gone on with"
            size = cut_off.after if cut_off.action == "resize" else ""
            judgement = Judgement(
                "resize" if size else "stop", size, why, judgement.evidence, cut_off.saving, 0.0, True
            )
        forbidden = protected(machine.tags, rules)
        if not forbidden and not judgement.certain:
            forbidden = "its memory is not measured, so a person decides"
        found.append(Advice(machine, judgement, owner_of(machine, world), use, forbidden))
    return found


def idle_volumes(world: "World") -> list[dict[str, Any]]:
    """Disks that are attached to nothing: whose they are, since when they are marked, and whether they may go."""
    rules = world.service(COSTS).rules
    return [
        {
            "volume": one.id,
            "name": shown(one.tags.get("Name", "")),
            "gb": one.gb,
            "account": one.account,
            "owner": owner_of(one, world),
            "delete_after": one.tags.get(MARK, ""),
            "due": due(one, world.service(COSTS).today),
            "forbidden": protected(one.tags, rules),
        }
        for one in world.service(CLOUD).volumes()
        if not one.machine
    ]


def due(volume: Volume, today: date) -> bool:
    """Whether the disk was marked, and its days of grace are over."""
    try:
        return date.fromisoformat(volume.tags.get(MARK, "")) <= today
    except ValueError:
        return False


def owner_of(thing: Machine | Volume, world: "World") -> str:
    """Who answers for it: its tag, if it names somebody of the house, else who the rules name."""
    rules = world.service(COSTS).rules
    known = {one.mail.casefold(): one.mail for one in world.directory.people}
    said = (value.casefold() for key, value in thing.tags.items() if key.casefold() in rules.owner_tags)
    return next((known[one] for one in said if one in known), rules.owner_of(thing.account))


def protected(tags: Mapping[str, str], rules: Rules) -> str:
    """Which tag forbids a change; empty if none does. A tag that is spelt in another case still counts."""
    for key, value in tags.items():
        name, said = key.casefold().strip(), value.casefold().strip()
        if name == PROTECTED and said not in ("", "no", "false", "0"):
            return f"it is tagged {PROTECTED}"
        if name == "prod" and said == "true":
            return "it is tagged prod"
        if said in rules.machines.never.get(name, ()):
            return f"it is tagged {name}={said}"
    return ""


def _cut_off(machine: Machine, world: "World") -> Change | None:
    """The change of it that was begun and never ended."""
    found = [world.service(CHANGES).last(machine.id, action) for action in _ON_MACHINES]
    return next((one for one in found if one is not None and one.state == "begun"), None)


def _changed(machine: Machine, world: "World") -> datetime:
    """When its size was last changed here: what was measured before speaks of another machine."""
    change = world.service(CHANGES).last(machine.id, "resize")
    return datetime.fromisoformat(change.at) if change else datetime.min.replace(tzinfo=UTC)


def _use(row: Mapping[str, Any]) -> Use:
    return Use(str(row["currency"] or ""), row["monthly"], float(row["covered"] or 0), str(row["commitment"] or ""))
