"""A real moto server, which speaks EC2's and CloudWatch's protocols, on a free loopback port while a test needs it."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

from testkit.radicale import free_port

ACCOUNT = "123456789012"
"""The account that everything on the server belongs to."""

_SECONDS = 60
_IMAGE = "ami-12c6146b"  # one of those that the server knows from the start


@dataclass(frozen=True)
class Moto:
    """A running server."""

    url: str
    region: str = "eu-central-1"

    @property
    def environ(self) -> dict[str, str]:
        """What a program needs in its environment to work on this server."""
        return {
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing-only",
            "AWS_SECRET_ACCESS_KEY": "testing-only-secret",
        }

    def client(self, service: str) -> Any:
        """boto3's own client, past all of our code."""
        from boto3.session import Session

        session = Session("testing-only", "testing-only-secret", region_name=self.region)
        return session.client(service, endpoint_url=self.url)

    def machine(self, size: str, tags: Mapping[str, str]) -> tuple[str, str]:
        """Run a machine; returns its id and that of its disk."""
        ec2 = self.client("ec2")
        spec = [{"ResourceType": "instance", "Tags": _tags(tags)}]
        made = ec2.run_instances(ImageId=_IMAGE, MinCount=1, MaxCount=1, InstanceType=size, TagSpecifications=spec)
        machine = str(made["Instances"][0]["InstanceId"])
        found = ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"][0]
        return machine, str(found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"])

    def disk(self, gb: int, tags: Mapping[str, str]) -> str:
        """A disk that is attached to nothing."""
        spec = [{"ResourceType": "volume", "Tags": _tags(tags)}] if tags else []
        made = self.client("ec2").create_volume(AvailabilityZone=f"{self.region}a", Size=gb, TagSpecifications=spec)
        return str(made["VolumeId"])

    def measure(self, machine: str, space: str, name: str, points: list[tuple[Any, float]]) -> None:
        """Put hourly values in: (aware time, value)."""
        watch = self.client("cloudwatch")
        about = {"MetricName": name, "Dimensions": [{"Name": "InstanceId", "Value": machine}]}
        for at in range(0, len(points), 500):
            data = [{**about, "Timestamp": when, "Value": value} for when, value in points[at : at + 500]]
            watch.put_metric_data(Namespace=space, MetricData=data)


@contextmanager
def moto(folder: Path) -> Iterator[Moto]:
    """Start a server; stop exactly that process at the end. Its log is in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    code = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    with (folder / "moto.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(folder), "MOTO_ACCOUNT_ID": ACCOUNT},
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}", folder / "moto.log")
        yield Moto(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"moto did not start:\n{log.read_text()}")


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
