"""A local EMR Serverless over an S3 in this process; all answers are checked by AWS's shapes."""

import importlib.util
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.validate import ParamValidator
from moto import mock_aws

from localemr import LocalEmrServerless
from localemr.applications import ENDED
from localemr.core import SERVICE
from localsagemaker.faults import FaultPlan
from localsagemaker.validation import service_model

ACCOUNT, BUCKET = "111122223333", "data-bucket"
REGION: Final = "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/spark"
NO_ROLE = f"arn:aws:iam::{ACCOUNT}:role/unknown"
needs_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None,
    reason="pyspark is not installed: it comes with the extra “spark”",
)


class CheckedEmrServerless(LocalEmrServerless):
    """Refuses to give an answer that botocore's output shapes do not allow."""

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = super().call(operation, parameters)
        shape: Any = service_model(SERVICE).operation_model(operation).output_shape
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), report.generate_report()
        return answer


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        with mock_aws():
            client = boto3.client("s3", region_name=REGION)
            client.create_bucket(
                Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
            yield client


Make = Callable[..., LocalEmrServerless]


@pytest.fixture
def make(s3: Any, tmp_path: Path) -> Iterator[Make]:
    """Return services, each with its own faults; all end with the test."""
    made: list[LocalEmrServerless] = []

    def s3_for_role(role: str) -> Any:
        if role != ROLE:
            raise PermissionError(role)
        return s3

    def make_one(faults: dict[str, Any] | None = None, **options: Any) -> LocalEmrServerless:
        plan = FaultPlan.of(faults) if faults else None
        given = {"account": ACCOUNT, "region": REGION, "faults": plan, **options}
        made.append(CheckedEmrServerless(tmp_path / f"emr{len(made)}", s3_for_role, **given))
        return made[-1]

    yield make_one
    for each in made:
        each.close()


def application(core: LocalEmrServerless, **given: Any) -> str:
    request = {"releaseLabel": "emr-7.12.0", "type": "SPARK", "clientToken": "a", "name": "ours"}
    found: str = core.call("CreateApplication", request | given)["applicationId"]
    return found


def started(core: LocalEmrServerless, identifier: str, **given: Any) -> dict[str, str]:
    """Start a job run, and return what names it."""
    driver = {"entryPoint": f"s3://{BUCKET}/job.py", "entryPointArguments": ["--rows", "5"]}
    request = {
        "applicationId": identifier,
        "clientToken": "run",
        "executionRoleArn": ROLE,
        "jobDriver": {"sparkSubmit": driver},
        "name": "count",
    }
    answer = core.call("StartJobRun", request | given)
    return {"applicationId": answer["applicationId"], "jobRunId": answer["jobRunId"]}


def ended(core: LocalEmrServerless, named: dict[str, str], limit: float = 90.0) -> dict[str, Any]:
    """Wait for a job run's end, and return it."""
    return reached(core, named, *ENDED, limit=limit)


def reached(
    core: LocalEmrServerless, named: dict[str, str], *states: str, limit: float = 90.0
) -> dict[str, Any]:
    deadline = time.monotonic() + limit
    while True:
        run: dict[str, Any] = core.call("GetJobRun", named)["jobRun"]
        if run["state"] in states:
            return run
        assert time.monotonic() < deadline, run["state"]
        time.sleep(0.02)
