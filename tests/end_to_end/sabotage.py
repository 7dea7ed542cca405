"""Ways to break a deployed stack for the length of a ``with`` block."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.session import STACK, Session


@contextmanager
def without_action(session: Session, action: str, holder: str = "WorkflowRole") -> Iterator[None]:
    """Take one action away from a role, by its name in the template, and give it back."""
    iam = session.cloud.client("iam")
    pages = iam.get_paginator("list_roles").paginate()
    names = [found["RoleName"] for page in pages for found in page["Roles"]]
    (role,) = [name for name in names if name.startswith(f"{STACK}-{holder}")]
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
    """Replace one file in every deployed training bundle, and put the true ones back."""
    s3 = session.cloud.client("s3")
    originals = dict(_bundles(session))
    assert originals, "no training bundle among the assets"
    for (bucket, key), original in originals.items():
        s3.put_object(Bucket=bucket, Key=key, Body=_changed(original, member, text.encode()))
    try:
        yield
    finally:
        for (bucket, key), original in originals.items():
            s3.put_object(Bucket=bucket, Key=key, Body=original)


def _changed(original: bytes, member: str, content: bytes) -> bytes:
    changed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(original)) as source,
        tarfile.open(fileobj=changed, mode="w:gz") as target,
    ):
        for entry in source.getmembers():
            if entry.name == member:
                entry.size = len(content)
                target.addfile(entry, io.BytesIO(content))
            else:
                target.addfile(entry, source.extractfile(entry) if entry.isfile() else None)
    return changed.getvalue()


def _bundles(session: Session) -> Iterator[tuple[tuple[str, str], bytes]]:
    """Find the bundles among the assets: the gzip files whose archives hold train.py."""
    s3 = session.cloud.client("s3")
    buckets = [found["Name"] for found in s3.list_buckets()["Buckets"]]
    bucket = next(name for name in buckets if name.startswith("cdk-"))
    for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        if item["Key"].endswith((".gz", ".tgz")):
            body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            with tarfile.open(fileobj=io.BytesIO(gzip.decompress(body))) as tar:
                if "train.py" in tar.getnames():
                    yield (bucket, item["Key"]), body
