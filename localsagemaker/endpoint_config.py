"""What AWS refuses in an endpoint configuration beyond the shapes of its API.

Serverless endpoints: developer guide, "Serverless Inference", feature exclusions.
"""

from collections.abc import Iterator
from typing import Any

from localsagemaker.errors import validation_exception
from localsagemaker.store import Record

_OF_INSTANCES = ("InstanceType", "InitialInstanceCount", "VolumeSizeInGB")


def check_endpoint_config(request: dict[str, Any], models: dict[str, Record]) -> None:
    """Refuse what can't be served.

    Parameters
    ----------
    models
        The variants' models by name.

    Raises
    ------
    ApiError
        ``ValidationException``.
    """
    for variant in request["ProductionVariants"]:
        if "ServerlessConfig" in variant:
            problems = _serverless(request, variant, models[variant["ModelName"]])
        else:
            problems = _instances(variant)
        for problem in problems:
            raise validation_exception(problem)


def _instances(variant: dict[str, Any]) -> Iterator[str]:
    if "InstanceType" not in variant or "InitialInstanceCount" not in variant:
        yield (
            f"Variant {variant['VariantName']} must specify either a ServerlessConfig, or an "
            "InstanceType and an InitialInstanceCount."
        )


def _serverless(request: dict[str, Any], variant: dict[str, Any], model: Record) -> Iterator[str]:
    given = [name for name in _OF_INSTANCES if name in variant]
    if given:
        yield f"{', '.join(given)} cannot be specified together with ServerlessConfig."
    memory = variant["ServerlessConfig"]["MemorySizeInMB"]
    if memory % 1024:
        yield f"MemorySizeInMB {memory} is not one of 1024, 2048, 3072, 4096, 5120, 6144."
    if model.get("EnableNetworkIsolation"):
        yield "The network isolation is not supported for serverless endpoint."
    if "VpcConfig" in model:
        yield "VPC configuration is not supported for serverless endpoints."
    if "DataCaptureConfig" in request:
        yield "Data capture is not supported for serverless endpoints."
    if len(request["ProductionVariants"]) > 1:
        yield "Multiple production variants are not supported for serverless endpoints."
