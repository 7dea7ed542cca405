"""Models and endpoint configurations: Create, Describe, Delete, List."""

from collections.abc import Iterator
from typing import Any

from localsagemaker import s3
from localsagemaker.context import Context
from localsagemaker.errors import (
    already_exists,
    could_not_find,
    role_not_assumable,
    validation_exception,
)
from localsagemaker.listing import listed
from localsagemaker.model_packages import ModelPackages
from localsagemaker.store import Record, now
from localsagemaker.tags import from_list

MODEL = "model"
CONFIG = "endpoint-config"
_WORDS = {MODEL: "model", CONFIG: "endpoint configuration"}
_MEMBER = {MODEL: "Model", CONFIG: "EndpointConfig"}


class Declarations:
    """Resources of one kind that are only written down.

    Parameters
    ----------
    kind
        ``model`` or ``endpoint-config``.
    packages
        The packages that models may name.
    """

    def __init__(self, context: Context, kind: str, packages: ModelPackages) -> None:
        self._context, self._kind, self._packages = context, kind, packages
        self._member = _MEMBER[kind]

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateModel or CreateEndpointConfig."""
        name = request[f"{self._member}Name"]
        arn = self._context.arn(self._kind, name)
        if self._kind == MODEL:
            self._packages.check_deployable(request)
            _check_model(self._context, self._packages.runnable(request))
        with self._context.store.locked():
            if self._context.store.get(self._kind, name):
                raise already_exists(_WORDS[self._kind], arn)
            if self._kind == CONFIG:
                check_endpoint_config(request, _existing_models(self._context, request))
            record = {key: value for key, value in request.items() if key != "Tags"}
            record |= {f"{self._member}Arn": arn, "CreationTime": now()}
            if self._kind == MODEL:
                record.setdefault("EnableNetworkIsolation", False)
            self._context.store.put(self._kind, name, record)
            self._context.store.set_tags(arn, from_list(request.get("Tags")))
        return {f"{self._member}Arn": arn}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeModel or DescribeEndpointConfig."""
        return self.existing(request[f"{self._member}Name"])

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteModel or DeleteEndpointConfig; endpoints that use it keep running, as on AWS."""
        name = request[f"{self._member}Name"]
        with self._context.store.locked():
            self.existing(name)
            self._context.store.delete(self._kind, name, self._context.arn(self._kind, name))
        return {}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListModels or ListEndpointConfigs."""
        members = (f"{self._member}Name", f"{self._member}Arn", "CreationTime")
        return listed(
            self._context.store.all(self._kind),
            request,
            answer=f"{self._member}s",
            summary=members,
            name=members[0],
        )

    def runnable(self, name: str) -> Record:
        """Return a model's record with its container, wherever that is described."""
        return self._packages.runnable(self.existing(name))

    def existing(self, name: str) -> Record:
        """Return a record, or raise AWS's error for a missing one."""
        record = self._context.store.get(self._kind, name)
        if record is None:
            raise could_not_find(_WORDS[self._kind], self._context.arn(self._kind, name))
        return record


def _existing_models(context: Context, request: dict[str, Any]) -> dict[str, Record]:
    found = {}
    for variant in request["ProductionVariants"]:
        name = variant.get("ModelName", "")
        model = context.store.get(MODEL, name)
        if model is None:
            raise could_not_find("model", context.arn(MODEL, name))
        found[name] = model
    return found


def _check_model(context: Context, request: dict[str, Any]) -> None:
    """AWS reads the head of the model data with the model's role before it accepts a model."""
    if "Containers" in request or "PrimaryContainer" not in request:
        raise validation_exception("The local SageMaker runs models with a PrimaryContainer.")
    uri = request["PrimaryContainer"].get("ModelDataUrl")
    if uri is None:
        return
    role = request.get("ExecutionRoleArn", "")
    try:
        client = context.s3_for_role(role)
    except PermissionError:
        raise role_not_assumable(role) from None
    if not s3.exists(client, uri):
        raise validation_exception(
            f"Could not access model data at {uri}. Please ensure that the role "
            f'"{role}" exists and that its trust relationship policy allows the action '
            '"sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure '
            'that the role has "s3:GetObject" permissions and that the object is located in '
            f"{context.region}."
        )


_OF_INSTANCES = ("InstanceType", "InitialInstanceCount", "VolumeSizeInGB")


def check_endpoint_config(request: dict[str, Any], models: dict[str, Record]) -> None:
    """Refuse what AWS refuses beyond the shapes of its API.

    Serverless endpoints: developer guide, "Serverless Inference", feature exclusions.

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
