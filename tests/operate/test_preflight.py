"""What is looked up before a deployment, and what each line says to do."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from moto import mock_aws

from infra.packaging.images import accounts_by_region
from infra.settings import Settings
from operate.preflight import checks, main

REGION = "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:123456789012:key/0f3b3c1e-1111-2222-3333-444455556666"
TRAINING, TRANSFORM, ENDPOINT = (
    f"ml.m5.large for {use} usage" for use in ("training job", "transform job", "endpoint")
)


class Account:
    """A session of moto's account, whose quotas moto does not know."""

    def __init__(self, region: str | None = REGION, **quotas: float) -> None:
        self.region_name = region
        self._session = boto3.Session(region_name=region)
        self._quotas = {TRAINING: 4.0, TRANSFORM: 4.0, ENDPOINT: 2.0} | quotas

    def client(self, service: str) -> Any:
        return self if service == "service-quotas" else self._session.client(service)

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_service_quotas"
        return self

    def paginate(self, **given: Any) -> Iterator[dict[str, Any]]:
        assert given == {"ServiceCode": "sagemaker"}
        for name, value in self._quotas.items():
            yield {"Quotas": [{"QuotaName": name, "Value": value}]}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


def bootstrap(version: str = "27", key: str | None = None) -> None:
    """Make what the checks look at of what `cdk bootstrap` makes."""
    name = "/cdk-bootstrap/hnb659fds/version"
    boto3.client("ssm", region_name=REGION).put_parameter(Name=name, Value=version, Type="String")
    s3, bucket = (
        boto3.client("s3", region_name=REGION),
        f"cdk-hnb659fds-assets-123456789012-{REGION}",
    )
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    default = {"SSEAlgorithm": "aws:kms"} | ({"KMSMasterKeyID": key} if key else {})
    rules = [{"ApplyServerSideEncryptionByDefault": default}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def bad(account: Account, settings: Settings | None = None, stage: str = "deploy") -> list[str]:
    """Return the lines of what is not fine."""
    return [str(found) for found in checks(account, settings or Settings(), stage)
            if not found.is_fine]  # fmt: skip


def test_an_account_that_is_ready() -> None:
    bootstrap()
    assert bad(Account()) == []
    assert len(list(checks(Account(), Settings(), "deploy"))) == 7


def test_before_the_bootstrap_only_credentials_and_region_count() -> None:
    assert bad(Account(), stage="bootstrap") == []


def test_no_region_and_one_without_the_image_are_told() -> None:
    (line,) = bad(Account(None))
    assert line.startswith("✗  region: none; set AWS_REGION")
    (line,) = bad(Account("mx-central-1"))
    assert "no scikit-learn image in mx-central-1" in line
    assert all(region in line for region in accounts_by_region())


@pytest.mark.parametrize("version", [None, "5"])
def test_an_account_that_was_not_bootstrapped_is_told_how(version: str | None) -> None:
    if version:
        bootstrap(version)
    assert bad(Account())[0] == "✗  bootstrap: not done here, or long ago; run `make bootstrap`"


def test_a_key_of_ones_own_has_to_be_named() -> None:
    bootstrap(key=KEY)
    (line,) = bad(Account())
    assert "set `assets_key_arn` in cdk.json" in line
    assert bad(Account(), Settings(assets_key_arn=KEY)) == []


@pytest.mark.parametrize("quota", [TRAINING, TRANSFORM, ENDPOINT])
def test_a_quota_of_zero_is_a_warning_with_the_place_to_ask(quota: str) -> None:
    bootstrap()
    (line,) = bad(Account(**{quota: 0.0}), Settings(endpoint_kind="instance"))
    assert line.startswith(f"?  quota “{quota}”: 0")
    assert "console.aws.amazon.com/servicequotas" in line
    assert bad(Account(**{ENDPOINT: 0.0}), Settings(endpoint_kind="serverless")) == []


def test_instances_that_share_the_rows_have_to_be_allowed() -> None:
    bootstrap()
    (line,) = bad(Account(), Settings(transform_instances=5))
    assert line.startswith(f"?  quota “{TRANSFORM}”: 4, at least 5 needed")


def test_no_credentials_end_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy", "--profile", "nobody"]) == 1
    assert "profile (nobody) could not be found" in capsys.readouterr().out

    def none(_: Any) -> Any:
        raise NoCredentialsError

    account = Account()
    monkeypatch.setattr(account, "client", none)
    assert main(["deploy", "--require-approval", "never"], lambda **_: account) == 1
    assert "✗  credentials: NoCredentialsError; set AWS_PROFILE" in capsys.readouterr().out


def test_a_ready_account_is_deployed_to() -> None:
    bootstrap()
    assert main(["deploy"], lambda **_: Account()) == 0


@pytest.mark.parametrize(
    ("types", "told"),
    [
        (("ml.c5.large",), ["0.102 USD an hour and 74.46 USD a month"]),
        (("ml.x9.huge",), ["unknown USD an hour"]),
        (("ml.c5.xlarge",), []),
    ],
)
def test_what_a_champion_on_instances_would_cost_is_told_where_it_can_be(
    types: tuple[str, ...], told: list[str]
) -> None:
    quotas = {f"{each} for endpoint usage": 2.0 for each in ("ml.c5.large", "ml.x9.huge")}
    found = checks(Account(**quotas), Settings(serve_instance_types=types), "deploy")
    lines = [str(each) for each in found if "serve: instance" in each.text]
    assert len(lines) == len(told)
    assert all(part in line for part, line in zip(told, lines, strict=True))
