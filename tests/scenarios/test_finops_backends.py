"""The same run on the embedded cloud and on a real server that speaks EC2 leaves the same world."""

import csv
import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from scenarios.finops.fixtures.build import WORLD
from testkit.moto import ACCOUNT, Moto, moto
from tests.scenarios.finops import approved, edit, play, shipped, state_of


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "playbook")


def test_embedded_and_aws_end_in_the_same_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded, served = shipped(tmp_path / "embedded"), shipped(tmp_path / "served", "cloud: aws")
    with moto(tmp_path / "moto") as server:
        names = _seeded(server)
        for project in (embedded, served):
            _renamed(project / "scenarios/finops/world", names)
            edit(project, "rules.yaml", lambda rules: rules["owners"].append(_OWNER))
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        for project in (embedded, served):
            assert play(project).outcome.exit_code == 3
            assert approved(project).outcome.exit_code == 0
        left, expected = state_of(served, server.environ), state_of(embedded)
        ec2 = server.client("ec2")
        stopped = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["stopped"]}])

    assert left == expected
    assert [one["InstanceType"] for group in stopped["Reservations"] for one in group["Instances"]] == ["m7i.2xlarge"]
    assert len(left["copies"]) == 3


_OWNER = {"account": ACCOUNT, "owner": "chiara@meridian.example"}


def _seeded(server: Moto) -> dict[str, str]:
    """Everything of the demo estate on the server; the old names to those that the server gave."""
    estate = yaml.safe_load((WORLD / "estate" / "machines.yaml").read_text())
    names: dict[str, str] = {}
    disks = {one["machine"]: one["id"] for one in estate["volumes"] if one.get("machine")}
    for one in estate["machines"]:
        names[one["id"]], names[disks[one["id"]]] = server.machine(one["size"], one["tags"])
        _measured(server, one["id"], names[one["id"]])
    for one in estate["volumes"]:
        if not one.get("machine"):
            names[one["id"]] = server.disk(one["gb"], one["tags"])
    return names


def _measured(server: Moto, old: str, new: str) -> None:
    kinds = {"cpu": ("AWS/EC2", "CPUUtilization"), "memory": ("CWAgent", "mem_used_percent")}
    kinds["credits"] = ("AWS/EC2", "CPUCreditBalance")
    points: dict[str, list[tuple[datetime, float]]] = {}
    with (WORLD / "estate" / "metrics.csv").open(newline="") as file:
        for machine, metric, day, *values in csv.reader(file):
            if machine == old:
                first = datetime.fromisoformat(day).replace(tzinfo=UTC)
                hours = ((first + timedelta(hours=hour), float(value)) for hour, value in enumerate(values))
                points.setdefault(metric, []).extend(hours)
    for metric, rows in points.items():
        server.measure(new, *kinds[metric], rows)


def _renamed(world: Path, names: Mapping[str, str]) -> None:
    """Call everything by the server's names, in bills and estate; all of it belongs to the server's one account."""
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
