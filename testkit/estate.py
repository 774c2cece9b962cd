"""FinOps' demo estate on a real server that speaks EC2 and CloudWatch, and a world that speaks of what is there."""

import csv
import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from testkit.moto import ACCOUNT, Moto


def seeded(server: Moto, world: Path) -> dict[str, str]:
    """Everything of the demo estate on the server; the old names to those that the server gave."""
    estate = yaml.safe_load((world / "estate" / "machines.yaml").read_text())
    names: dict[str, str] = {}
    disks = {one["machine"]: one["id"] for one in estate["volumes"] if one.get("machine")}
    for one in estate["machines"]:
        names[one["id"]], names[disks[one["id"]]] = server.machine(one["size"], one["tags"])
        _measured(server, world, one["id"], names[one["id"]])
    for one in estate["volumes"]:
        if not one.get("machine"):
            names[one["id"]] = server.disk(one["gb"], one["tags"])
    return names


def _measured(server: Moto, world: Path, old: str, new: str) -> None:
    kinds = {"cpu": ("AWS/EC2", "CPUUtilization"), "memory": ("CWAgent", "mem_used_percent")}
    kinds["credits"] = ("AWS/EC2", "CPUCreditBalance")
    points: dict[str, list[tuple[datetime, float]]] = {}
    with (world / "estate" / "metrics.csv").open(newline="") as file:
        for machine, metric, day, *values in csv.reader(file):
            if machine == old:
                first = datetime.fromisoformat(day).replace(tzinfo=UTC)
                hours = ((first + timedelta(hours=hour), float(value)) for hour, value in enumerate(values))
                points.setdefault(metric, []).extend(hours)
    for metric, rows in points.items():
        server.measure(new, *kinds[metric], rows)


def renamed(world: Path, names: Mapping[str, str]) -> None:
    """Call everything by the server's names, in bills and estate; all of it belongs to the server's one account."""
    _owned(world / "rules.yaml")
    for path in [*(world / "bill").iterdir(), *(world / "estate").iterdir()]:
        packed = path.suffix == ".gz"
        text = gzip.decompress(path.read_bytes()).decode() if packed else path.read_text()
        for old, new in names.items():
            text = text.replace(old, new)
        path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    path = world / "estate" / "machines.yaml"
    data = yaml.safe_load(path.read_text())
    for one in [*data["machines"], *data["volumes"]]:
        one["account"] = ACCOUNT
    path.write_text(yaml.safe_dump(data))


def _owned(path: Path) -> None:
    """Somebody has to own that account, and say yes for it."""
    rules = yaml.safe_load(path.read_text())
    rules["owners"].append({"account": ACCOUNT, "owner": "chiara@meridian.example"})
    path.write_text(yaml.safe_dump(rules, sort_keys=False))
