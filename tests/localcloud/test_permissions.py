"""What calls need unseen, and how a file of all that was asked is written."""

import json
from pathlib import Path

import pytest

from localcloud import forgotten_properties, permissions
from localcloud.implied_permissions import implied_permissions
from localcloud.ministack_internals import s3, sns
from localcloud.permissions import Permission

ACCOUNT, REGION = "000000000000", "us-east-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"
BUCKET = "arn:aws:s3:::encrypted"


@pytest.fixture
def encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket with one object and a topic, encrypted as a template says."""
    monkeypatch.setattr(s3, "buckets", {"encrypted": {"objects": {"there": {}}}})
    monkeypatch.setattr(s3, "bucket_encryption", {})
    monkeypatch.setattr(sns, "topics", {TOPIC: {"attributes": {}}})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    rules = [{"ServerSideEncryptionByDefault": default}]
    properties = {"BucketEncryption": {"ServerSideEncryptionConfiguration": rules}}
    forgotten_properties._encrypt_bucket("encrypted", properties)
    forgotten_properties._encrypt_topic(TOPIC, {"KmsMasterKeyId": KEY})


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", f"{BUCKET}/there", [("kms:Decrypt", KEY)]),
        ("s3:GetObjectVersion", f"{BUCKET}/there", [("kms:Decrypt", KEY)]),
        ("s3:GetObject", f"{BUCKET}/absent", [("s3:ListBucket", BUCKET)]),
        ("s3:PutObject", f"{BUCKET}/new", [("kms:GenerateDataKey", KEY)]),
        ("s3:ListBucket", BUCKET, []),
        ("s3:PutObject", "arn:aws:s3:::other/new", []),
        ("sns:Publish", TOPIC, [("kms:GenerateDataKey", KEY), ("kms:Decrypt", KEY)]),
    ],
)
def test_what_calls_need_unseen(
    encrypted: None, action: str, resource: str, expected: list[tuple[str, str]]
) -> None:
    needed = implied_permissions(Permission(action, resource), ACCOUNT, REGION)
    assert [(permission.action, permission.resource) for permission in needed] == expected


def test_what_is_asked_is_written_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "role", "s3:GetObject", f"{BUCKET}/there", {"aws:tagkeys": None}
    permissions.record(*asked, allowed=True)  # no variable: nowhere
    path = tmp_path / "log"
    monkeypatch.setenv(permissions.VARIABLE, str(path))
    permissions.record(*asked, allowed=False)
    (line,) = path.read_text().splitlines()
    assert json.loads(line) == {
        "role": "role",
        "action": "s3:GetObject",
        "resource": f"{BUCKET}/there",
        "context": {"aws:tagkeys": None},
        "allowed": False,
    }
