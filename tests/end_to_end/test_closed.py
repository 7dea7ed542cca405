"""The local cloud answers to who has its keys, and to nobody else, be it a user or a web page."""

import json
import re
import ssl
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.cloud import REGION, Cloud, temporary

# In two, or this would look like a key to `make secrets`.
ROOT_KEYS = ["test", "000000000000", "", "AK" + "IAIOSFODNN7EXAMPLE"]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with temporary(tmp_path_factory.mktemp("closed") / "cloud") as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="key", Body=b"row")
        yield cloud


def as_whom(cloud: Cloud, service: str, access: str, secret: str, **options: Any) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=cloud.environment["AWS_ENDPOINT_URL"],
        verify=str(cloud.ca_bundle),
        region_name=REGION,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        **options,
    )


def ask(cloud: Cloud, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
    url = path if path.startswith("https:") else f"https://127.0.0.1:{cloud.port}{path}"
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, headers=given)  # noqa: S310 - https
    context = ssl.create_default_context(cafile=str(cloud.ca_bundle))
    try:
        answer = urllib.request.urlopen(request, context=context, timeout=10)  # noqa: S310
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers, answer.read()


def calls(client: Any, service: str) -> Any:
    if service == "s3":
        return client.get_object(Bucket="bucket", Key="key")
    if service == "sagemaker-runtime":
        return client.invoke_endpoint(EndpointName="e", Body=b"1")
    operation = {"sagemaker": "list_models", "sqs": "list_queues", "lambda": "list_functions"}
    return getattr(client, operation[service])()


SERVICES = ["s3", "sagemaker", "sagemaker-runtime", "sqs", "lambda"]


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_clouds_own_key_with_its_secret_counts(cloud: Cloud, service: str) -> None:
    ours = cloud.keys
    wrong = [*((key, "test") for key in ROOT_KEYS if key), (ours.access_key, "0" * 64)]
    for access, secret in wrong:
        with pytest.raises(ClientError) as caught:
            calls(as_whom(cloud, service, access, secret), service)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    with pytest.raises(ClientError, match=r"AccessDenied|not signed"):
        calls(as_whom(cloud, service, "x", "x", config=Config(signature_version=UNSIGNED)), service)
    if service != "sagemaker-runtime":
        calls(as_whom(cloud, service, ours.access_key, ours.secret_key), service)


def test_a_changed_request_is_refused(cloud: Cloud) -> None:
    client = as_whom(cloud, "sqs", cloud.keys.access_key, cloud.keys.secret_key)

    def change(request: Any, **_: Any) -> None:
        request.body = request.body.replace(b"mine", b"theirs")

    client.meta.events.register("before-send.sqs.CreateQueue", change)
    with pytest.raises(ClientError, match=r"[Ss]ignature"):
        client.create_queue(QueueName="mine")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_an_address_that_was_signed_counts_as_it_was_signed(cloud: Cloud, version: str) -> None:
    keys, config = cloud.keys, Config(signature_version=version)
    client = as_whom(cloud, "s3", keys.access_key, keys.secret_key, config=config)
    url = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
    signature = re.search(r"Signature=([^&]{9})", url)
    assert signature
    assert ask(cloud, url)[::2] == (200, b"row")
    assert ask(cloud, url.replace("/key?", "/other?"))[0] == 403
    assert ask(cloud, url.replace(signature[1], "A" * 9))[0] == 403
    assert ask(cloud, url.replace(keys.access_key, "test"))[0] == 403


def test_what_only_names_a_key_is_refused(cloud: Cloud) -> None:
    assert ask(cloud, "/bucket/key?AWSAccessKeyId=test&Signature=x&Expires=9999999999")[0] == 403
    ours = f"/bucket/key?AWSAccessKeyId={cloud.keys.access_key}&Signature=x&Expires=9999999999"
    assert ask(cloud, ours)[0] == 403
    assert ask(cloud, f"/bucket/key?X-Amz-Credential={cloud.keys.access_key}/a/b/s3/c")[0] == 403
    forged = f"Bearer Credential={cloud.keys.access_key}/20260101/us-east-1/s3/aws4_request"
    assert ask(cloud, "/bucket/key", Authorization=forged)[0] == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/sqs/messages"),
        ("GET", "/_ministack/ses/messages"),
        ("GET", "/_ministack/lambda-code/x"),
        ("GET", "/_localstack/health"),
        ("GET", "/bucket/key"),
        ("OPTIONS", "/bucket/key"),
        ("PUT", "/bucket/key"),
    ],
)
def test_nothing_is_answered_that_is_not_signed(cloud: Cloud, method: str, path: str) -> None:
    assert ask(cloud, path, method)[0] == 403
    assert cloud.client("s3").list_buckets()["Buckets"]


def test_web_pages_are_refused_and_may_read_nothing(cloud: Cloud) -> None:
    url = cloud.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "key"}
    )
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        assert ask(cloud, url, **headers)[0] == 403
        assert ask(cloud, "/_ministack/health", **headers)[0] == 403
    status, headers, _ = ask(cloud, url)
    assert status == 200
    assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_the_secret_is_long_and_not_shown(cloud: Cloud) -> None:
    assert cloud.keys.secret_key not in repr(cloud)
    assert len(cloud.keys.secret_key) >= 40


def test_its_folder_is_its_owners_alone(cloud: Cloud) -> None:
    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(cloud.folder) == mode(cloud.folder / "tls") == 0o700
    assert mode(cloud.folder / "cloud.json") == mode(cloud.folder / "tls" / "key.pem") == 0o600
    stored = [path for path in (cloud.folder / "s3").rglob("*") if path.is_file()]
    assert stored
    assert {mode(path) for path in stored} == {0o600}
    assert json.loads((cloud.folder / "cloud.json").read_text())["keys"]["access_key"]
