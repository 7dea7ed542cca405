"""Ways to break a deployed stack for the length of a ``with`` block."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.session import Session


@contextmanager
def without_action(session: Session, action: str) -> Iterator[None]:
    """Take one action away from the state machine's role, and give it back."""
    iam, states = session.cloud.client("iam"), session.cloud.client("stepfunctions")
    machine = states.describe_state_machine(stateMachineArn=session.outputs["StateMachineArn"])
    role = machine["roleArn"].rsplit("/", 1)[-1]
    policies = iam.list_role_policies(RoleName=role)["PolicyNames"]
    kept = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in policies
    }
    removed = 0
    for name, document in kept.items():
        reduced = json.loads(json.dumps(document))
        for statement in reduced["Statement"]:
            actions = statement["Action"]
            actions = [actions] if isinstance(actions, str) else actions
            removed += action in actions
            statement["Action"] = [found for found in actions if found != action] or ["none:None"]
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(reduced))
    assert removed, f"{action} was not granted by an inline policy of {role}"
    try:
        yield
    finally:
        for name, document in kept.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


@contextmanager
def source_bundle(session: Session, member: str, text: str) -> Iterator[None]:
    """Replace one file in the deployed training bundle, and put the true one back."""
    s3 = session.cloud.client("s3")
    bucket, key = _bundle_location(session)
    original = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    changed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(original)) as source,
        tarfile.open(fileobj=changed, mode="w:gz") as target,
    ):
        for entry in source.getmembers():
            if entry.name == member:
                entry.size = len(text.encode())
                target.addfile(entry, io.BytesIO(text.encode()))
            else:
                target.addfile(entry, source.extractfile(entry) if entry.isfile() else None)
    s3.put_object(Bucket=bucket, Key=key, Body=changed.getvalue())
    try:
        yield
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=original)


def _bundle_location(session: Session) -> tuple[str, str]:
    """Find the bundle among the assets: the one gzip whose archive holds train.py."""
    s3 = session.cloud.client("s3")
    buckets = [found["Name"] for found in s3.list_buckets()["Buckets"]]
    bucket = next(name for name in buckets if name.startswith("cdk-"))
    for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        if item["Key"].endswith((".gz", ".tgz")):
            body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            with tarfile.open(fileobj=io.BytesIO(gzip.decompress(body))) as tar:
                if "train.py" in tar.getnames():
                    return bucket, item["Key"]
    raise AssertionError("no training bundle among the assets")
