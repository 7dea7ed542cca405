"""Clients of AWS services, made once per process and only when first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 5})


@cache
def s3_client() -> S3Client:
    """Return the S3 client."""
    return boto3.client("s3", config=_RETRIES)


@cache
def step_functions_client() -> SFNClient:
    """Return the Step Functions client."""
    return boto3.client("stepfunctions", config=_RETRIES)


@cache
def unretried_step_functions_client() -> SFNClient:
    """Return the client for calls that are not worth a second try at once when refused."""
    return boto3.client("stepfunctions", config=Config(retries={"total_max_attempts": 1}))


@cache
def scheduler_client() -> EventBridgeSchedulerClient:
    """Return the EventBridge Scheduler client."""
    return boto3.client("scheduler", config=_RETRIES)


@cache
def events_client() -> EventBridgeClient:
    """Return the EventBridge client."""
    return boto3.client("events", config=_RETRIES)


@cache
def sns_client() -> SNSClient:
    """Return the SNS client."""
    return boto3.client("sns", config=_RETRIES)


@cache
def sagemaker_client() -> SageMakerClient:
    """Return the SageMaker client."""
    return boto3.client("sagemaker", config=_RETRIES)


@cache
def application_autoscaling_client() -> Any:
    """Return the client of Application Auto Scaling."""
    return _untyped("application-autoscaling")


@cache
def emr_serverless_client() -> Any:
    """Return the client of EMR Serverless."""
    return _untyped("emr-serverless")


@cache
def cloudwatch_client() -> Any:
    """Return the CloudWatch client."""
    return _untyped("cloudwatch")


def _untyped(service: str) -> Any:
    """Return the client of a service without types of its own here."""
    make: Callable[..., Any] = boto3.client  # its overloads want the service as a literal
    return make(service, config=_RETRIES)


@cache
def sagemaker_runtime_client() -> SageMakerRuntimeClient:
    """Return the client that calls endpoints; it neither retries nor outwaits their 60 s limit."""
    settings: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "read_timeout": 65}
    return boto3.client("sagemaker-runtime", config=Config(max_pool_connections=8, **settings))
