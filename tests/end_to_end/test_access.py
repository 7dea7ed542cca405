"""Uploaders upload, readers read reports; the bucket itself refuses both everything else.

IAM is enforced: each call is made with the role's own session, and each refusal is repeated after
somebody has attached an administrator's policy to the role.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError

from localcloud.cloud import REGION
from localcloud.session import Session

FOLDERS = ("incoming", "settings", "datasets", "models", "captures", "reports", "predictions")
# What each role may do, by verb and folder; "list" of "" is the whole bucket.
MAY = {
    "Uploader": {("put", "incoming"), ("put", "settings")},
    "Reader": {("get", "reports"), ("list", "reports"), ("list", "predictions")},
}
CALLS = [(verb, folder) for verb in ("put", "get", "list", "delete") for folder in FOLDERS]


@pytest.fixture(scope="module")
def bucket(session: Session) -> Iterator[str]:
    name, s3 = session.outputs["BucketName"], session.cloud.client("s3")
    for folder in FOLDERS:  # settings and uploads of no dataset that a run would take up
        s3.put_object(Bucket=name, Key=f"{folder}/access", Body=b"x")
    yield name
    for folder in FOLDERS:  # other tests look at all that lies there
        s3.delete_object(Bucket=name, Key=f"{folder}/access")


def as_role(session: Session, role: str) -> Any:
    credentials = session.cloud.client("sts").assume_role(
        RoleArn=session.outputs[f"{role}RoleArn"], RoleSessionName="somebody"
    )["Credentials"]
    return boto3.client(
        "s3",
        endpoint_url=session.environment["AWS_ENDPOINT_URL"],
        verify=str(session.cloud.ca_bundle),
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


@contextmanager
def administrator(session: Session, role: str) -> Iterator[None]:
    iam, name = session.cloud.client("iam"), session.outputs[f"{role}RoleArn"].rpartition("/")[2]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_role_policy(RoleName=name, PolicyName="Administrator", PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="Administrator")


def call(client: Any, bucket: str, verb: str, folder: str) -> str:
    key = f"{folder}/access"
    try:
        match verb:
            case "put":
                client.put_object(Bucket=bucket, Key=key, Body=b"x")
            case "get":
                client.get_object(Bucket=bucket, Key=key)
            case "list":
                client.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/")
            case "delete":
                client.delete_object(Bucket=bucket, Key=key)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "done"


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_do_its_own_and_nothing_else(session: Session, bucket: str, role: str) -> None:
    expected = {each: "done" if each in MAY[role] else "AccessDenied" for each in CALLS}
    client = as_role(session, role)
    assert {each: call(client, bucket, *each) for each in CALLS} == expected
    with administrator(session, role):
        client = as_role(session, role)
        # It is one: elsewhere in the account everything is open.
        assert client.list_buckets()["Buckets"]
        assert {each: call(client, bucket, *each) for each in CALLS} == expected


@pytest.mark.parametrize(
    ("name", "is_read"),
    [
        ("report.html", True),
        ("result.json", True),
        ("metrics.json", True),
        ("predictions.csv", False),
        ("findings.json", False),
        ("distribution.json", False),
        ("job/own.parquet", False),
        ("actuals/access-0123456789abcdef.parquet", False),
        ("job/rows.csv", False),
    ],
)
def test_a_reader_of_predictions_reads_what_holds_no_row(
    session: Session, bucket: str, name: str, is_read: bool
) -> None:
    key = f"predictions/access/run/{name}"
    session.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
    with administrator(session, "Reader"):
        client = as_role(session, "Reader")
        refused = nullcontext() if is_read else pytest.raises(ClientError, match="AccessDenied")
        with refused:
            client.get_object(Bucket=bucket, Key=key)
    session.cloud.client("s3").delete_object(Bucket=bucket, Key=key)


def test_a_reader_lists_nothing_but_reports(session: Session, bucket: str) -> None:
    with administrator(session, "Reader"):
        client = as_role(session, "Reader")
        for request in ({}, {"Prefix": ""}, {"Prefix": "r"}, {"Prefix": "incoming/"}):
            with pytest.raises(ClientError, match="AccessDenied"):
                client.list_objects_v2(Bucket=bucket, **request)


def test_another_encryption_is_refused(session: Session, bucket: str) -> None:
    client = as_role(session, "Uploader")
    for folder in ("incoming", "settings"):
        request = {"Bucket": bucket, "Key": f"{folder}/access", "Body": b"x"}
        with pytest.raises(ClientError, match="AccessDenied"):
            client.put_object(**request, ServerSideEncryption="AES256")
        with pytest.raises(ClientError, match="AccessDenied"):
            client.put_object(**request, SSECustomerAlgorithm="AES256", SSECustomerKey=b"k" * 32)
        theirs = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/other"}
        with pytest.raises(ClientError, match="AccessDenied"):
            client.put_object(**request, **theirs)
        ours = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": session.outputs["KeyArn"]}
        stored = client.put_object(**request, **ours)
        assert {name: stored[name] for name in ours} == ours
        client.put_object(**request)  # gets the bucket's


def test_plain_http_is_not_answered(session: Session, bucket: str) -> None:
    address = f"http://127.0.0.1:{session.cloud.port}/{bucket}/incoming/access"
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.PoolManager(retries=False).request("GET", address, timeout=10)
