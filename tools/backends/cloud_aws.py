"""Machines on AWS: EC2 and CloudWatch through boto3. What cannot be asked for twice is looked at first."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from runtime.errors import CannotWork, TryAgain
from tools.backends.cloud import Machine, Metrics, State, Volume

P = ParamSpec("P")
T = TypeVar("T")

KEY = "deputy:key"
"""The tag that our copies and restored disks are known by."""
RESTORES = "deputy:restores"
"""The tag of a restored disk: the id that it had before."""

_STATES: Mapping[str, State] = {"running": "running", "stopped": "stopped"}
_WAIT = {"Delay": 2, "MaxAttempts": 150}  # five minutes, looked at every two seconds
_CHUNK = timedelta(days=50)  # CloudWatch gives at most 1,440 values a call
_BUSY = ("RequestLimitExceeded", "Throttling", "InternalError", "Unavailable", "IncorrectInstanceState")


def _told(act: Callable[P, T]) -> Callable[P, T]:
    """Turn what boto3 raises into words for a model and a person, without anything secret in them."""

    @wraps(act)
    def told(*args: P.args, **given: P.kwargs) -> T:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return act(*args, **given)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            if code.endswith("NotFound"):
                raise KeyError(code) from error
            if code in _BUSY:
                raise TryAgain(f"AWS says {code}", remedy="try again in a minute") from error
            raise CannotWork(f"AWS says {code}", remedy="look at the login's rights and at the machine") from error
        except BotoCoreError as error:
            raise CannotWork(
                f"AWS cannot be reached: {type(error).__name__}", remedy="check AWS_REGION and the login"
            ) from error

    return told


class AwsCloud:
    """One account in one region, by the login that the environment gives."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        from boto3.session import Session

        session = Session(
            aws_access_key_id=environ.get("AWS_ACCESS_KEY_ID") or None,
            aws_secret_access_key=environ.get("AWS_SECRET_ACCESS_KEY") or None,
            aws_session_token=environ.get("AWS_SESSION_TOKEN") or None,
            region_name=environ["AWS_REGION"],
        )
        endpoint = environ.get("AWS_ENDPOINT_URL") or None
        self._region = environ["AWS_REGION"]
        self._ec2: Any = session.client("ec2", endpoint_url=endpoint)
        self._watch: Any = session.client("cloudwatch", endpoint_url=endpoint)

    @_told
    def machines(self) -> list[Machine]:
        """Every machine that is not terminated, by id."""
        pages = self._ec2.get_paginator("describe_instances").paginate()
        found = [
            self._machine(one, str(group.get("OwnerId", "")))
            for page in pages
            for group in page["Reservations"]
            for one in group["Instances"]
            if one["State"]["Name"] not in ("terminated", "shutting-down")
        ]
        return sorted(found, key=lambda one: one.id)

    @_told
    def volumes(self) -> list[Volume]:
        """Every disk, by id. Its account is that of the machines."""
        account = next((one.account for one in self.machines()), "")
        pages = self._ec2.get_paginator("describe_volumes").paginate()
        found = [
            Volume(
                id=one["VolumeId"],
                gb=int(one["Size"]),
                account=account,
                region=self._region,
                machine=next((str(at["InstanceId"]) for at in one.get("Attachments", ())), ""),
                tags=_tags(one),
            )
            for page in pages
            for one in page["Volumes"]
        ]
        return sorted(found, key=lambda one: one.id)

    @_told
    def metrics(self, machine: str, start: datetime, end: datetime) -> Metrics:
        """CPU and burst credits as EC2 gives them; memory only where the CloudWatch agent sends it."""
        cpu = self._hourly("AWS/EC2", "CPUUtilization", "Maximum", machine, start, end)
        memory = self._hourly("CWAgent", "mem_used_percent", "Maximum", machine, start, end)
        credit = self._hourly("AWS/EC2", "CPUCreditBalance", "Minimum", machine, start, end)
        return Metrics(cpu, memory or None, credit or None)

    @_told
    def stop(self, machine: str) -> None:
        """Stop it, and wait until it has."""
        self._ec2.stop_instances(InstanceIds=[machine])
        self._ec2.get_waiter("instance_stopped").wait(InstanceIds=[machine], WaiterConfig=_WAIT)

    @_told
    def start(self, machine: str) -> None:
        """Start it, and wait until it runs."""
        self._ec2.start_instances(InstanceIds=[machine])
        self._ec2.get_waiter("instance_running").wait(InstanceIds=[machine], WaiterConfig=_WAIT)

    def resize(self, machine: str, size: str) -> None:
        """Give it another size. Checked here too that it is stopped: not every implementation of EC2 does."""
        found = next((one for one in self.machines() if one.id == machine), None)
        if found is None:
            raise KeyError(machine)
        if found.size == size:
            return
        if found.state != "stopped":
            raise ValueError(f"'{machine}' runs")
        self._resize(machine, size)

    @_told
    def tag(self, thing: str, name: str, value: str) -> None:
        """Set or take off a tag."""
        if value:
            self._ec2.create_tags(Resources=[thing], Tags=[{"Key": name, "Value": value}])
        else:
            self._ec2.delete_tags(Resources=[thing], Tags=[{"Key": name}])

    @_told
    def snapshot(self, volume: str, key: str) -> str:
        """A copy of the disk, once per key; it bears the disk's tags, which AWS keeps nowhere else."""
        for one in self._copies():
            if _tags(one).get(KEY) == key:
                return str(one["SnapshotId"])
        own = next((one.tags for one in self.volumes() if one.id == volume), {})
        tags = _tagged("snapshot", {**own, KEY: key})
        made = self._ec2.create_snapshot(VolumeId=volume, Description=key, TagSpecifications=tags)
        return str(made["SnapshotId"])

    @_told
    def snapshots(self) -> dict[str, str]:
        """Key to disk."""
        return dict(sorted((_tags(one)[KEY], str(one["VolumeId"])) for one in self._copies()))

    def delete(self, volume: str) -> None:
        """Delete it, if nothing uses it."""
        found = next((one for one in self.volumes() if one.id == volume), None)
        if found is None:
            return
        if found.machine:
            raise ValueError(f"'{volume}' is attached")
        self._delete(volume)

    @_told
    def restore(self, volume: str, key: str) -> str:
        """A new disk from the copy, with its tags, in the first zone of the region; AWS gives it an id of its own."""
        for one in self.volumes():
            if one.tags.get(KEY) == key:
                return one.id
        copy = next((one for one in self._copies() if _tags(one).get(KEY) == key), None)
        if copy is None:
            raise KeyError(key)
        zone = self._ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
        tags = _tagged("volume", {**_tags(copy), RESTORES: volume})
        made = self._ec2.create_volume(SnapshotId=copy["SnapshotId"], AvailabilityZone=zone, TagSpecifications=tags)
        return str(made["VolumeId"])

    @_told
    def _resize(self, machine: str, size: str) -> None:
        self._ec2.modify_instance_attribute(InstanceId=machine, InstanceType={"Value": size})

    @_told
    def _delete(self, volume: str) -> None:
        self._ec2.delete_volume(VolumeId=volume)

    def _copies(self) -> list[dict[str, Any]]:
        pages = self._ec2.get_paginator("describe_snapshots").paginate(
            OwnerIds=["self"], Filters=[{"Name": "tag-key", "Values": [KEY]}]
        )
        return [one for page in pages for one in page["Snapshots"]]

    def _machine(self, one: dict[str, Any], account: str) -> Machine:
        disks = tuple(str(disk["Ebs"]["VolumeId"]) for disk in one.get("BlockDeviceMappings", ()) if "Ebs" in disk)
        state = _STATES.get(one["State"]["Name"], "changing")
        return Machine(one["InstanceId"], one["InstanceType"], state, account, self._region, disks, _tags(one))

    def _hourly(
        self, space: str, name: str, kind: str, machine: str, start: datetime, end: datetime
    ) -> tuple[float, ...]:
        points = [
            point
            for first, last in _chunks(start, end)
            for point in self._watch.get_metric_statistics(
                Namespace=space,
                MetricName=name,
                Dimensions=[{"Name": "InstanceId", "Value": machine}],
                StartTime=first,
                EndTime=last,
                Period=3600,
                Statistics=[kind],
            )["Datapoints"]
        ]
        return tuple(float(one[kind]) for one in sorted(points, key=lambda one: one["Timestamp"]))


def _chunks(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + _CHUNK, end)
        start += _CHUNK


def _tags(thing: Mapping[str, Any]) -> dict[str, str]:
    return {str(one["Key"]): str(one["Value"]) for one in thing.get("Tags", ())}


def _tagged(kind: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tags as AWS wants them for what it makes; those that begin with `aws:` only AWS itself may set."""
    given = [{"Key": name, "Value": value} for name, value in tags.items() if not name.startswith("aws:")]
    return [{"ResourceType": kind, "Tags": given}]
