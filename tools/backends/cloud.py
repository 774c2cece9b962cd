"""Machines and volumes of a cloud, whoever runs it: what each real system must offer, and how it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from tools.service import Service, Site

State = Literal["running", "stopped", "changing"]


@dataclass(frozen=True)
class Volume:
    """A disk. `machine` is what it is attached to; nothing if it is attached to nothing."""

    id: str
    gb: int
    account: str
    region: str
    machine: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Machine:
    """A virtual machine, with its size by the provider's name for it."""

    id: str
    size: str
    state: State
    account: str
    region: str
    volumes: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its tag 'Name' says; written by whoever may tag it."""
        return self.tags.get("Name", "")


@dataclass(frozen=True)
class Metrics:
    """Hourly values, oldest first. CPU and memory in percent; None where nobody measures it."""

    cpu: tuple[float, ...]
    memory: tuple[float, ...] | None = None
    credits: tuple[float, ...] | None = None


class Cloud(Protocol):
    """Each change is safe to repeat: what is so already stays so. KeyError for what is not there."""

    def machines(self) -> list[Machine]:
        """Every machine that is not deleted, by id."""
        ...

    def volumes(self) -> list[Volume]:
        """Every disk, by id."""
        ...

    def metrics(self, machine: str, start: datetime, end: datetime) -> Metrics:
        """What was measured between two aware times."""
        ...

    def stop(self, machine: str) -> None:
        """Stop it, and come back when it has stopped."""
        ...

    def start(self, machine: str) -> None:
        """Start it, and come back when it runs."""
        ...

    def resize(self, machine: str, size: str) -> None:
        """Give it another size. It must be stopped: ValueError if it runs."""
        ...

    def tag(self, thing: str, name: str, value: str) -> None:
        """Set a tag on a machine or disk; an empty value takes it off."""
        ...

    def snapshot(self, volume: str, key: str) -> str:
        """A copy of the disk under that key, made once; returns its id."""
        ...

    def snapshots(self) -> dict[str, str]:
        """The copies that were made here: key to the id of the copied disk."""
        ...

    def delete(self, volume: str) -> None:
        """Delete a disk that is attached to nothing. One that is gone is gone."""
        ...

    def restore(self, volume: str, key: str) -> str:
        """A new disk from the copy under that key, made once per key; returns the new disk's id."""
        ...


def _open(site: Site) -> Cloud:
    if site.settings.cloud == "aws":
        from tools.backends.cloud_aws import AwsCloud

        return AwsCloud(site.environ)
    from tools.backends.cloud_embedded import EmbeddedCloud

    return EmbeddedCloud(site.database("cloud"), site.inputs.get("estate"))


CLOUD = Service("cloud", _open)
