"""Machines on AWS: EC2 and CloudWatch through boto3. What cannot be asked for twice is looked at first."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from runtime.errors import CannotWork, ConfigError, DeputyError, TryAgain, Unanswered
from tools.backends.cloud import Machine, Metrics, State, Volume

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError

P = ParamSpec("P")
T = TypeVar("T")

KEY = "deputy:key"
"""The tag that our copies and restored disks are known by."""
RESTORES = "deputy:restores"
"""The tag of a restored disk: the id that it had before."""

MADE_AS = "deputy:made-as"
"""The tag of a copy: how its disk was made, in words like `type=gp3 iops=4000`, which AWS keeps in no copy."""

_SETTINGS = {"type": "VolumeType", "iops": "Iops", "throughput": "Throughput", "zone": "AvailabilityZone"}
_TAKES = {"iops": ("gp3", "io1", "io2"), "throughput": ("gp3",)}  # what may be asked for, by type
_STATES: Mapping[str, State] = {"running": "running", "stopped": "stopped"}
_WAIT = {"Delay": 2, "MaxAttempts": 150}  # five minutes, looked at every two seconds
_CHUNK = timedelta(days=50)  # CloudWatch gives at most 1,440 values a call
_LOGIN = ("AuthFailure", "ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch")
_CORRECT_LOGIN = "correct AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env"
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
            if code in _LOGIN:
                raise ConfigError(f"AWS refuses the login: {code}", remedy=_CORRECT_LOGIN) from error
            if code in _BUSY:
                raise TryAgain(f"AWS says {code}", remedy="try again in a minute") from error
            raise CannotWork(f"AWS says {code}", remedy="look at the login's rights and at the machine") from error
        except BotoCoreError as error:
            raise _without_answer(error) from error

    return told


def _without_answer(error: "BotoCoreError") -> DeputyError:
    """What it means that boto3 got no answer, without anything secret in it."""
    from botocore.exceptions import ConnectionError as NoConnection
    from botocore.exceptions import HTTPClientError, SSLError

    name = type(error).__name__
    if isinstance(error, SSLError):
        return ConfigError("the certificate of AWS cannot be trusted", remedy="correct AWS_ENDPOINT_URL in .env")
    if isinstance(error, NoConnection | HTTPClientError):
        remedy = "see that it can be reached, or correct AWS_REGION or AWS_ENDPOINT_URL in .env"
        return Unanswered(f"AWS does not answer ({name})", remedy=remedy)
    return ConfigError(f"AWS cannot be used ({name})", remedy=_CORRECT_LOGIN)


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
        """A copy of the disk, once per key; it bears the disk's tags and settings, which AWS keeps nowhere else."""
        for one in self._copies():
            if _tags(one).get(KEY) == key:
                return str(one["SnapshotId"])
        [own] = self._ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
        tags = _tagged("snapshot", {**_tags(own), KEY: key, MADE_AS: _made_as(own)})
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
        """A new disk from the copy, with the tags, type, speed, encryption and zone of the one before; AWS gives it an
        id of its own."""
        for one in self.volumes():
            if one.tags.get(KEY) == key:
                return one.id
        copy = next((one for one in self._copies() if _tags(one).get(KEY) == key), None)
        if copy is None:
            raise KeyError(key)
        before = _tags(copy)
        given = _settings(before.pop(MADE_AS, "")) or {"AvailabilityZone": self._first_zone()}
        tags = _tagged("volume", {**before, RESTORES: volume})
        made = self._ec2.create_volume(SnapshotId=copy["SnapshotId"], TagSpecifications=tags, **given)
        return str(made["VolumeId"])

    @_told
    def _resize(self, machine: str, size: str) -> None:
        self._ec2.modify_instance_attribute(InstanceId=machine, InstanceType={"Value": size})

    @_told
    def _delete(self, volume: str) -> None:
        self._ec2.delete_volume(VolumeId=volume)

    def _first_zone(self) -> str:
        return str(self._ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"])

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


def _made_as(volume: Mapping[str, Any]) -> str:
    """How a disk was made, as far as AWS takes it when another is made."""
    kind = volume["VolumeType"]
    found = {short: volume.get(name) for short, name in _SETTINGS.items() if kind in _TAKES.get(short, (kind,))}
    if volume.get("Encrypted"):
        found["key"] = volume.get("KmsKeyId") or "default"
    if volume.get("MultiAttachEnabled"):
        found["attach"] = "multi"
    return " ".join(f"{short}={value}" for short, value in found.items() if value)


def _settings(made_as: str) -> dict[str, Any]:
    """The same, as arguments for the new disk; nothing for a copy that says nothing."""
    said = dict(word.split("=", 1) for word in made_as.split())
    given: dict[str, Any] = {name: said[short] for short, name in _SETTINGS.items() if short in said}
    given |= {name: int(given[name]) for name in ("Iops", "Throughput") if name in given}
    if key := said.get("key"):
        given |= {"Encrypted": True} | ({} if key == "default" else {"KmsKeyId": key})
    return given | ({"MultiAttachEnabled": True} if "attach" in said else {})


def _tagged(kind: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tags as AWS wants them for what it makes; those that begin with `aws:` only AWS itself may set."""
    given = [{"Key": name, "Value": value} for name, value in tags.items() if not name.startswith("aws:")]
    return [{"ResourceType": kind, "Tags": given}]
