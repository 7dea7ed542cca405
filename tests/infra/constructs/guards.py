"""What every request that creates something must carry, found by AWS's own description of it."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import Shape, StructureShape

from tests.infra.service_model import operation

# Members by these names, wherever AWS's description of a request has them.
_KEYS = re.compile(r"KmsKey(Id|Arn)?$")
_LIMITS = {"StoppingCondition", "MaxRuntimeInSeconds"}
_NETWORK = {"NetworkConfig", "EnableNetworkIsolation"}
_TAGS = {"molino:stack", "molino:dataset", "project"}  # what outlives its execution has these too

# Where AWS offers the member and it is left out all the same.
WITHOUT = {
    ("CreateEndpointConfig", "EnableNetworkIsolation"): "of inference components, which we lack: "
    "an endpoint's containers are isolated by their models",
    ("CreateEndpointConfig", "VpcConfig"): "of inference components, which we lack: an endpoint's "
    "containers are in the network of their models",
    ("CreateModelPackage", "Tags"): "AWS refuses tags of a version; those of its group are its own",
}
SERVERLESS = {
    ("CreateModel", "EnableNetworkIsolation"): "AWS refuses isolated models there",
    ("CreateModel", "VpcConfig"): "AWS refuses models of a VPC there",
    ("CreateEndpointConfig", "KmsKeyId"): "there is no volume to encrypt",
}
LOCAL_DISKS = {
    ("CreateProcessingJob", "ProcessingResources.ClusterConfig.VolumeKmsKeyId"): "",
    ("CreateTrainingJob", "ResourceConfig.VolumeKmsKeyId"): "",
    ("CreateHyperParameterTuningJob", "TrainingJobDefinition.ResourceConfig.VolumeKmsKeyId"): "",
    ("CreateEndpointConfig", "KmsKeyId"): "",
}  # the hardware encrypts these, and AWS refuses a key


def missing(name: str, request: dict[str, Any], key: str, vpc: object = None) -> set[str]:
    """Return the paths of what a request of SageMaker's operation ``name`` lacks.

    Parameters
    ----------
    key
        ARN of the key that must encrypt all that can be encrypted.
    vpc
        The ``VpcConfig`` that must be wherever one can be; None where none may be.
    """
    return set(_missing(operation("sagemaker", name).input_shape, request, "", key, vpc))


def _missing(shape: Shape, value: Any, path: str, key: str, vpc: object) -> Iterator[str]:
    if shape.type_name == "list":
        for item in value:
            yield from _missing(shape.member, item, path, key, vpc)
    if not isinstance(shape, StructureShape):
        return
    for name, member in shape.members.items():
        where = f"{path}.{name}".lstrip(".")
        if not _is_guarded(name, value.get(name), key, vpc):
            yield where
        elif name in value:
            yield from _missing(member, value[name], where, key, vpc)


def _is_guarded(name: str, given: Any, key: str, vpc: object) -> bool:
    if _KEYS.search(name):
        return bool(given == key)
    if name == "VpcConfig":
        return bool(given == vpc)
    if name == "Tags":
        return {tag["Key"] for tag in given or ()} >= _TAGS
    return bool(given) or name not in _LIMITS | _NETWORK
