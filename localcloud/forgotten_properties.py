"""Properties that a template asks for and ministack's CloudFormation forgets.

Without encryption the local cloud would never ask whether a role may use the key; without tags
nobody would find the bucket that a removed stack has kept.
"""

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from localcloud.ministack_internals import cloudformation, s3, sns

Properties = dict[str, Any]


def install() -> None:
    """Apply the properties to each bucket and topic that a stack makes or changes."""
    _after("AWS::S3::Bucket", _encrypt_bucket)
    _after("AWS::S3::Bucket", _tag_bucket)
    _after("AWS::SNS::Topic", _encrypt_topic)


def _after(resource_type: str, apply: Callable[[str, Properties], None]) -> None:
    handler = cloudformation.RESOURCE_HANDLERS[resource_type]
    create, update = handler["create"], handler["update"]

    def created(logical_id: str, properties: Properties, stack_name: str) -> Any:
        physical_id, attributes = create(logical_id, properties, stack_name)
        apply(physical_id, properties)
        return physical_id, attributes

    def updated(physical_id: str, old: Properties, new: Properties, *rest: str) -> Any:
        physical_id, attributes = update(physical_id, old, new, *rest)
        apply(physical_id, new)
        return physical_id, attributes

    handler["create"], handler["update"] = created, updated


def _encrypt_bucket(name: str, properties: Properties) -> None:
    rules = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    if not rules:
        return
    default = rules[0]["ServerSideEncryptionByDefault"]
    if default["SSEAlgorithm"] == "aws:kms" and "KMSMasterKeyID" not in default:
        return  # AWS's own key, which anyone who may use the bucket may use; ministack has none
    settings = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in default.items())
    body = (
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        f"{settings}</ApplyServerSideEncryptionByDefault></Rule>"
        "</ServerSideEncryptionConfiguration>"
    )
    s3.put_bucket_encryption(name, body.encode())


def _tag_bucket(name: str, properties: Properties) -> None:
    s3.bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def _encrypt_topic(arn: str, properties: Properties) -> None:
    if key := properties.get("KmsMasterKeyId"):
        sns.topics[arn]["attributes"]["KmsMasterKeyId"] = key
