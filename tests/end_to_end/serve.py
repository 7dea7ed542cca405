"""Call the deployed serve as the state machine does, with what to serve chosen by a test."""

import time
from typing import Any

from lambdas.shared.names.legal import group_name
from lambdas.shared.registry import version
from localcloud.session import Session
from tests.contracts import EVALUATION, PREPARED, SERVERLESS, sample
from tests.end_to_end.functions import invoke

_LIMIT_SECONDS = 120


def first_version_for(session: Session, dataset: str, execution_arn: str) -> dict[str, Any]:
    """Return what makes it serve version 1, with an execution's answers as what to expect."""
    bucket, name = session.outputs["BucketName"], execution_arn.rsplit(":", 1)[-1]
    group, report_uri = group_name(bucket, dataset), f"s3://{bucket}/reports/{dataset}/{name}"
    client = session.cloud.client("sagemaker")
    package = client.list_model_packages(
        ModelPackageGroupName=group, SortOrder="Ascending", MaxResults=1
    )["ModelPackageSummaryList"][0]
    first = version(client, package["ModelPackageArn"])
    return {
        "execution_arn": execution_arn,
        "prepared": sample(
            PREPARED,
            dataset=dataset,
            group=group,
            uris={"test": f"s3://{bucket}/datasets/{dataset}/{name}/test/"},
            report_uri=report_uri,
            serve=SERVERLESS,
        ),
        "tags": [{"Key": "project", "Value": "molino"}],
        "champion": {"package_arn": first.arn, "version": 1, "environment": first.environment},
        "is_new": True,
        "evaluation": sample(EVALUATION, predictions_uri=f"{report_uri}/predictions.csv"),
    }


def serve(session: Session, event: dict[str, Any]) -> list[dict[str, Any]]:
    """Call it until it serves or has failed; return its answers."""
    answers: list[dict[str, Any]] = []
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not answers or answers[-1]["phase"] not in ("serving", "failed", "ended"):
        assert time.monotonic() < deadline
        answers.append(invoke(session, "serve", **event))
        event = event | {"progress": answers[-1]}
        time.sleep(0.5)
    return answers
