"""What handlers need outside AWS: their environment, a context, and S3 in memory."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

os.environ |= {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",  # pragma: allowlist secret
    "UPLOAD_LIMIT_BYTES": str(1 << 30),
}

import boto3
import pytest
from moto import mock_aws

from lambdas.shared import aws
from lambdas.shared.observability import logger

BUCKET = "molino-data"


@dataclass
class Context:
    """The fields of Lambda's context that powertools reads."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111122223333:function:function"
    aws_request_id: str = "request-1"
    function_version: str = field(default="$LATEST")
    remaining_milliseconds: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_milliseconds


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything the logger writes."""
    handler = logger.registered_handler
    stream = io.StringIO()
    original = handler.setStream(stream)
    yield stream
    handler.setStream(original)


@pytest.fixture
def s3() -> Iterator[Any]:
    """An S3 client onto a versioned bucket in memory, which handlers use too."""
    with mock_aws():
        aws.s3_client.cache_clear()
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client
        aws.s3_client.cache_clear()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One connection to DuckDB for all examples of a module: to open one takes most of a test."""
    from lambdas.preprocess.engine import connect

    with connect(tmp_path_factory.mktemp("work")) as connection:
        yield connection
