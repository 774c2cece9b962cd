"""A disk that was deleted comes back from its copy as it was made: type, speed, encryption and zone."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from testkit.moto import Moto, moto
from tools.backends.cloud_aws import KEY, RESTORES, AwsCloud

KEPT = ("VolumeType", "Size", "Iops", "Throughput", "Encrypted", "KmsKeyId", "AvailabilityZone")
MADE: Mapping[str, Mapping[str, Any]] = {
    "fast": {"VolumeType": "gp3", "Iops": 4000, "Throughput": 250, "Encrypted": True},
    "fixed": {"VolumeType": "io2", "Iops": 500},
    "plain": {"VolumeType": "gp2"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    with moto(tmp_path_factory.mktemp("moto")) as running:
        yield running


@pytest.mark.parametrize("made", MADE)
def test_a_restored_disk_is_made_as_the_one_before(server: Moto, made: str) -> None:
    ec2, cloud = server.client("ec2"), AwsCloud(server.environ)
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "owner", "Value": "ana"}]}]
    zone: Mapping[str, Any] = {"AvailabilityZone": f"{server.region}b", "Size": 20, "TagSpecifications": tags}
    before = seen(ec2, ec2.create_volume(**zone, **MADE[made])["VolumeId"])
    cloud.snapshot(before["VolumeId"], made)
    cloud.delete(before["VolumeId"])

    after = seen(ec2, cloud.restore(before["VolumeId"], made))

    assert {name: after.get(name) for name in KEPT} == {name: before.get(name) for name in KEPT}
    assert {one["Key"]: one["Value"] for one in after["Tags"]} == {
        "owner": "ana",
        KEY: made,
        RESTORES: before["VolumeId"],
    }
    assert cloud.restore(before["VolumeId"], made) == after["VolumeId"]


def seen(ec2: Any, volume: str) -> Mapping[str, Any]:
    """The disk as the server tells it."""
    [found] = ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
    assert isinstance(found, Mapping)
    return found


def test_what_a_copy_says_of_its_disk_fits_into_a_tag(server: Moto) -> None:
    ec2, cloud = server.client("ec2"), AwsCloud(server.environ)
    key = f"arn:aws:kms:{server.region}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    made = ec2.create_volume(
        AvailabilityZone=f"{server.region}a", Size=9, VolumeType="gp3", Encrypted=True, KmsKeyId=key
    )

    cloud.snapshot(made["VolumeId"], "sealed")

    [copy] = [one for one in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] if one["Description"] == "sealed"]
    said = {one["Key"]: one["Value"] for one in copy["Tags"]}["deputy:made-as"]
    assert f"key={key}" in said
    assert len(said) <= 256
