"""A cloud that needs no account: machines and disks in a SQLite table, metrics in a file.

estate/machines.yaml   the machines and disks that the world begins with
estate/metrics.csv     machine,metric,day and 24 hourly values to a line; metric is cpu, memory or credits
"""

import csv
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, Column, Engine, MetaData, String, Table, delete, insert, select, update

from runtime.checked import checked
from runtime.database import making, read, write
from runtime.problems import ConfigProblems
from runtime.yamlfile import load_yaml
from tools.backends.cloud import Machine, Metrics, Volume

_METADATA = MetaData()
_THING = Table(
    "thing",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("data", JSON, nullable=False),
)
_SNAPSHOT = Table(
    "snapshot",
    _METADATA,
    Column("key", String(200), primary_key=True),
    Column("volume", String(64), nullable=False),
    Column("data", JSON, nullable=False),
)


class _Disk(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    gb: int
    account: str
    region: str
    machine: str = ""
    tags: dict[str, str] = {}


class _Server(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    size: str
    state: Literal["running", "stopped"] = "running"
    account: str
    region: str
    tags: dict[str, str] = {}


class _Estate(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    machines: tuple[_Server, ...]
    volumes: tuple[_Disk, ...] = ()


class EmbeddedCloud:
    """Machines and disks of a world. The estate is read once, when the world is new; afterwards the table is right."""

    def __init__(self, engine: Engine, estate: Path | None) -> None:
        self._engine = engine
        self._metrics = estate / "metrics.csv" if estate else None
        with making(engine, _METADATA) as connection:
            if estate and connection.execute(select(_THING.c.id).limit(1)).first() is None:
                rows = [{"id": one["id"], "kind": kind, "data": one} for kind, one in _things(estate)]
                connection.execute(insert(_THING), rows)

    def machines(self) -> list[Machine]:
        """Every machine, by id."""
        disks = self.volumes()
        found = []
        for row in self._rows("machine"):
            own = tuple(one.id for one in disks if one.machine == row["id"])
            found.append(Machine(**row, volumes=own))
        return found

    def volumes(self) -> list[Volume]:
        """Every disk, by id."""
        return [Volume(**row) for row in self._rows("volume")]

    def metrics(self, machine: str, start: datetime, end: datetime) -> Metrics:
        """What the file says of the hours between two times."""
        values: dict[str, list[float]] = {}
        for metric, at, value in self._measured(machine):
            if start <= at < end:
                values.setdefault(metric, []).append(value)
        optional = {one: tuple(values[one]) if one in values else None for one in ("memory", "credits")}
        return Metrics(tuple(values.get("cpu", ())), optional["memory"], optional["credits"])

    def stop(self, machine: str) -> None:
        """Stop it."""
        self._change(machine, state="stopped")

    def start(self, machine: str) -> None:
        """Start it."""
        self._change(machine, state="running")

    def resize(self, machine: str, size: str) -> None:
        """Give it another size."""
        found = next(one for one in self.machines() if one.id == machine)
        if found.state != "stopped" and found.size != size:
            raise ValueError(f"'{machine}' runs")
        self._change(machine, size=size)

    def tag(self, thing: str, name: str, value: str) -> None:
        """Set or take off a tag."""
        tags = {**self._row(thing)["tags"], name: value}
        self._change(thing, tags={key: one for key, one in tags.items() if one})

    def snapshot(self, volume: str, key: str) -> str:
        """A copy of the disk, once per key."""
        data = self._row(volume)
        with write(self._engine) as connection:
            if connection.execute(select(_SNAPSHOT.c.key).where(_SNAPSHOT.c.key == key)).first() is None:
                connection.execute(insert(_SNAPSHOT).values(key=key, volume=volume, data=data))
        return f"snap-{key}"

    def snapshots(self) -> dict[str, str]:
        """Key to disk."""
        with read(self._engine) as connection:
            rows = connection.execute(select(_SNAPSHOT.c.key, _SNAPSHOT.c.volume).order_by(_SNAPSHOT.c.key)).all()
        return {str(key): str(volume) for key, volume in rows}

    def delete(self, volume: str) -> None:
        """Delete it, if nothing uses it."""
        if any(one.machine for one in self.volumes() if one.id == volume):
            raise ValueError(f"'{volume}' is attached")
        with write(self._engine) as connection:
            connection.execute(delete(_THING).where(_THING.c.id == volume))

    def restore(self, volume: str, key: str) -> str:
        """The disk from its copy; it keeps its id here."""
        with write(self._engine) as connection:
            data = connection.execute(select(_SNAPSHOT.c.data).where(_SNAPSHOT.c.key == key)).scalar_one()
            if connection.execute(select(_THING.c.id).where(_THING.c.id == volume)).first() is None:
                connection.execute(insert(_THING).values(id=volume, kind="volume", data=data))
        return volume

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        with read(self._engine) as connection:
            found = connection.execute(select(_THING.c.data).where(_THING.c.kind == kind).order_by(_THING.c.id))
            return [dict(one) for one in found.scalars()]

    def _row(self, thing: str) -> dict[str, Any]:
        with read(self._engine) as connection:
            found = connection.execute(select(_THING.c.data).where(_THING.c.id == thing)).scalar()
        if found is None:
            raise KeyError(thing)
        return dict(found)

    def _change(self, thing: str, **fields: Any) -> None:
        data = self._row(thing) | fields
        with write(self._engine) as connection:
            connection.execute(update(_THING).where(_THING.c.id == thing).values(data=data))

    def _measured(self, machine: str) -> Iterator[tuple[str, datetime, float]]:
        if self._metrics is None or not self._metrics.is_file():
            return
        with self._metrics.open(encoding="utf-8", newline="") as file:
            for name, metric, day, *values in csv.reader(file):
                if name == machine:
                    first = datetime.combine(date.fromisoformat(day), time(), UTC)
                    yield from ((metric, first + timedelta(hours=hour), float(one)) for hour, one in enumerate(values))


def _things(estate: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    path = estate / "machines.yaml"
    located = load_yaml(path, path.name)
    found, wrong = checked(_Estate, located) if located.readable else (None, [])
    problems = [*located.problems, *wrong]
    if found is None or problems:
        raise ConfigProblems(problems)
    for one in found.machines:
        row = asdict(replace(Machine(**one.model_dump()), volumes=()))
        del row["volumes"]
        yield "machine", row
    yield from (("volume", asdict(Volume(**one.model_dump()))) for one in found.volumes)
