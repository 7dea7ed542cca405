"""What a call needs in addition to its own permission, because AWS's services check it.

A service uses a customer's key in the name of its caller, and S3 reports a missing object only
to callers that may list the bucket. ministack asks for neither. Sources: "Using server-side
encryption with AWS KMS keys" and "GetObject" (Amazon S3), "Securing Amazon SNS data with
server-side encryption" and "Amazon SQS key management", each its part on permissions.
"""

from collections.abc import Iterator

from localcloud.ministack_internals import s3, sns, sqs
from localcloud.permissions import Permission

_BUCKETS = "arn:aws:s3:::"


def implied_permissions(permission: Permission, account: str, region: str) -> Iterator[Permission]:
    """Yield what ``permission`` needs in addition."""
    if permission.action == "s3:GetObject" and not _is_there(permission.resource):
        bucket = permission.resource.split("/", 1)[0]
        yield Permission("s3:ListBucket", bucket)
        return
    key, actions = _key(permission)
    if key and not key.startswith("alias/aws/"):
        arn = key if key.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{key}"
        service = permission.action.split(":")[0]
        via = {"kms:viaservice": f"{service}.{region}.amazonaws.com"}
        for action in actions:
            yield Permission(action, arn, via)


def _is_there(resource: str) -> bool:
    bucket, _, key = resource.removeprefix(_BUCKETS).partition("/")
    return key in (s3.buckets.get(bucket) or {}).get("objects", {})


def _key(permission: Permission) -> tuple[str | None, tuple[str, ...]]:
    """Return the key that the call's resource is encrypted with, and what is done with it."""
    match permission.action:
        case "s3:GetObject" | "s3:GetObjectVersion":
            return _bucket_key(permission.resource), ("kms:Decrypt",)
        case "s3:PutObject":
            return _bucket_key(permission.resource), ("kms:GenerateDataKey",)
        case "sns:Publish":
            holder = sns.topics.get(permission.resource)
        case "sqs:SendMessage":
            holder = sqs.queue_by_arn(permission.resource)
        case _:
            return None, ()
    key = (holder or {}).get("attributes", {}).get("KmsMasterKeyId")
    return key, ("kms:GenerateDataKey", "kms:Decrypt")


def _bucket_key(resource: str) -> str | None:
    bucket = resource.removeprefix(_BUCKETS).split("/", 1)[0]
    headers = s3.bucket_default_sse_headers(bucket)
    found: str | None = headers.get("x-amz-server-side-encryption-aws-kms-key-id")
    return found
