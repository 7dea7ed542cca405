"""List what SageMaker and EMR Serverless still hold: after a run, this list is to be empty."""

from collections.abc import Iterator
from typing import Any

from localcloud.cloud import Cloud

_JOBS = (
    ("list_training_jobs", "TrainingJobSummaries", "TrainingJobArn"),
    (
        "list_hyper_parameter_tuning_jobs",
        "HyperParameterTuningJobSummaries",
        "HyperParameterTuningJobArn",
    ),
    ("list_processing_jobs", "ProcessingJobSummaries", "ProcessingJobArn"),
    ("list_transform_jobs", "TransformJobSummaries", "TransformJobArn"),
)


_UNDER_WAY = ["SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"]  # job runs
_SERVES = "molino:keep"  # the tag of what serves a champion, under the setting's former name


def left_running(cloud: Cloud, base: str = "") -> list[str]:
    """Return the ARNs of all endpoints, endpoint configurations, models and unfinished jobs.

    What serves champions is not among them (see `serving`), but scalable targets whose endpoint is
    gone are.

    Parameters
    ----------
    base
        Only what one execution named so, when others run at the same time.
    """
    sagemaker = cloud.client("sagemaker")
    found = [arn for arn in _everything(sagemaker) if not base or f"/{base}-" in arn]
    left = [arn for arn in found if _serves(sagemaker, arn) is False]
    left += [arn for arn, name in _job_runs(cloud) if not base or name.startswith(f"{base}-")]
    return left + ([] if base else _without_endpoint(cloud))


def serving(cloud: Cloud) -> list[str]:
    """Return the ARNs of the endpoints that serve champions, as asked for."""
    sagemaker = cloud.client("sagemaker")
    found = _all(sagemaker, "list_endpoints", "Endpoints", "EndpointArn")
    return [arn for arn in found if _serves(sagemaker, arn)]


def _job_runs(cloud: Cloud) -> Iterator[tuple[str, str]]:
    """Yield ARN and name of every job run of EMR Serverless that is under way."""
    client = cloud.client("emr-serverless")
    for application in _all(client, "list_applications", "applications", "id"):
        pages = client.get_paginator("list_job_runs")
        for page in pages.paginate(applicationId=application, states=_UNDER_WAY):
            yield from ((run["arn"], run.get("name", "")) for run in page["jobRuns"])


def _without_endpoint(cloud: Cloud) -> list[str]:
    """Return the ARNs of scalable targets whose endpoint is gone."""
    endpoints = _all(cloud.client("sagemaker"), "list_endpoints", "Endpoints", "EndpointName")
    pages = cloud.client("application-autoscaling").get_paginator("describe_scalable_targets")
    return [
        target["ScalableTargetARN"]
        for page in pages.paginate(ServiceNamespace="sagemaker")
        for target in page["ScalableTargets"]
        if target["ResourceId"].split("/")[1] not in endpoints
    ]


def _serves(sagemaker: Any, arn: str) -> bool | None:
    """Return whether it serves a champion; None if it has gone since it was listed."""
    try:
        tags = sagemaker.list_tags(ResourceArn=arn)["Tags"]
    except sagemaker.exceptions.ResourceNotFound:
        return None
    return any(tag["Key"] == _SERVES for tag in tags)


def _everything(sagemaker: Any) -> list[str]:
    found = _all(sagemaker, "list_endpoints", "Endpoints", "EndpointArn")
    found += _all(sagemaker, "list_endpoint_configs", "EndpointConfigs", "EndpointConfigArn")
    found += _all(sagemaker, "list_models", "Models", "ModelArn")
    for operation, member, arn in _JOBS:
        for status in ("InProgress", "Stopping"):
            found += _all(sagemaker, operation, member, arn, StatusEquals=status)
    return found


def _all(client: Any, operation: str, member: str, arn: str, **filters: str) -> list[str]:
    pages = client.get_paginator(operation).paginate(**filters)
    return [item[arn] for page in pages for item in page[member]]
