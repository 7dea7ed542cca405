"""What a model and an endpoint configuration that serve are made of, by what is asked for."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.serve import captures
from lambdas.serve.captures import VARIANT
from lambdas.shared.contracts.decide import ServedVersion
from lambdas.shared.contracts.preprocess import PreparedDataset, ServeRequest

_STARTUP_SECONDS = 300  # until a container must answer, as of the endpoints that are measured


@dataclass(frozen=True)
class Surroundings:
    """What the stack has for all that serves.

    Parameters
    ----------
    role_arn : str
        The role that models run with.
    key_arn : str
        Encrypts volumes and captured data.
    vpc : mapping or None
        SageMaker's ``VpcConfig``.
    local_disks : str
        Pattern of the instance types that have no volume to encrypt.
    """

    role_arn: str
    key_arn: str
    vpc: Mapping[str, Any] | None
    local_disks: str

    @classmethod
    def of_environment(cls) -> Surroundings:
        """Read what the stack put into the function's environment."""
        found = os.environ
        vpc = json.loads(found["VPC_CONFIG"])
        return cls(found["MODEL_ROLE_ARN"], found["KEY_ARN"], vpc, found["LOCAL_DISKS"])


def model(
    version: ServedVersion,
    instance_type: str | None,
    surroundings: Surroundings,
    capturing: Mapping[str, str],
) -> dict[str, Any]:
    """Return a version's model as CreateModel takes it, but for name and tags.

    Parameters
    ----------
    instance_type : str or None
        None for a serverless endpoint.
    capturing : mapping of str to str
        Variables by which a serverless endpoint's model captures requests itself.
    """
    environment, isolation = version.environment, dict[str, Any]()
    if instance_type is None:
        # AWS advises one worker for serverless endpoints, and refuses isolated models there.
        environment = {**environment, "SAGEMAKER_MODEL_SERVER_WORKERS": "1", **capturing}
    else:
        isolation["EnableNetworkIsolation"] = True
        if surroundings.vpc:
            isolation["VpcConfig"] = surroundings.vpc
    return {
        "ExecutionRoleArn": surroundings.role_arn,
        "PrimaryContainer": {"ModelPackageName": version.package_arn, "Environment": environment},
        **isolation,
    }


def configuration(
    prepared: PreparedDataset,
    asked: ServeRequest,
    instance_type: str | None,
    surroundings: Surroundings,
) -> dict[str, Any]:
    """Return a configuration as CreateEndpointConfig takes it, but for names and tags.

    Parameters
    ----------
    instance_type : str or None
        None for a serverless endpoint.
    """
    if instance_type is None:
        serverless = {
            "MemorySizeInMB": prepared.endpoint.memory_mb,
            "MaxConcurrency": asked.maximum,
        }
        return {"ProductionVariants": [{"VariantName": VARIANT, "ServerlessConfig": serverless}]}
    variant = {
        "VariantName": VARIANT,
        "InstanceType": instance_type,
        "InitialInstanceCount": asked.minimum,
        "InitialVariantWeight": 1,
        "ContainerStartupHealthCheckTimeoutInSeconds": _STARTUP_SECONDS,
    }
    made: dict[str, Any] = {"ProductionVariants": [variant]}
    if not re.search(surroundings.local_disks, instance_type):
        made["KmsKeyId"] = surroundings.key_arn
    if prepared.endpoint.capture_percent:
        made["DataCaptureConfig"] = captures.by_sagemaker(prepared, asked, surroundings.key_arn)
    return made


def is_as(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Return whether a configuration is as wanted, but for the number of machines at first.

    Parameters
    ----------
    found : mapping
        As DescribeEndpointConfig describes it, which may be more than was given.
    """
    capture = {"DataCaptureConfig": wanted.get("DataCaptureConfig")}
    return _is_within({**wanted, **capture}, found)


def _is_within(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _is_within(value, found.get(name))
            for name, value in wanted.items()
            if name != "InitialInstanceCount"
        )
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            return False
        return all(map(_is_within, wanted, found))
    return bool(wanted == found)
