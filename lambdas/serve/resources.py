"""The endpoint that serves a dataset's champion, with its models and configurations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.shared.contracts.decide import ServeEvent
from lambdas.shared.failures.aws_errors import is_absent
from lambdas.shared.names.legal import serving_name
from lambdas.shared.registry import already_exists, tags_of

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

# Shows that an endpoint is meant to stay. Deployed ones have it under the setting's former name.
TAG = {"Key": "molino:keep", "Value": "true"}


class ServingEndpoint:
    """The endpoint that serves one dataset.

    Parameters
    ----------
    role_arn : str
        The role that models run with.
    """

    def __init__(self, client: SageMakerClient, event: ServeEvent, role_arn: str) -> None:
        self._client, self._event, self._role = client, event, role_arn
        group = event.prepared.group
        self.name = serving_name(group)
        self.version_name = serving_name(group, event.champion.version)
        self._tags: Any = [*tags_of(event.tags), TAG]

    def describe(self) -> dict[str, Any] | None:
        """Return the endpoint as SageMaker describes it, or None."""
        try:
            return dict(self._client.describe_endpoint(EndpointName=self.name))
        except ClientError as error:
            if not is_absent(error):
                raise
            return None

    def declare(self) -> None:
        """Make the version's model, of its approved package, and its configuration."""
        asked = self._event.prepared.endpoint
        _unless_there(
            lambda: self._client.create_model(
                ModelName=self.version_name,
                ExecutionRoleArn=self._role,
                PrimaryContainer={
                    "ModelPackageName": self._event.champion.package_arn,
                    # AWS advises one worker for serverless endpoints.
                    "Environment": self._event.champion.environment
                    | {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"},
                },
                Tags=self._tags,
            )
        )
        _unless_there(
            lambda: self._client.create_endpoint_config(
                EndpointConfigName=self.version_name,
                ProductionVariants=[
                    {
                        "VariantName": "AllTraffic",
                        "ModelName": self.version_name,
                        "ServerlessConfig": {
                            "MemorySizeInMB": asked.memory_mb,
                            "MaxConcurrency": asked.max_concurrency,
                        },
                    }
                ],
                Tags=self._tags,
            )
        )

    def create(self) -> None:
        """Make the endpoint."""
        self._client.create_endpoint(
            EndpointName=self.name, EndpointConfigName=self.version_name, Tags=self._tags
        )

    def update(self, config: str) -> None:
        """Swap: the old version answers until the new one is ready."""
        self._client.update_endpoint(EndpointName=self.name, EndpointConfigName=config)

    def delete(self) -> None:
        """Delete the endpoint."""
        _if_there(lambda: self._client.delete_endpoint(EndpointName=self.name))

    def forget(self, version_name: str) -> None:
        """Delete a version's configuration and model, which share a name."""
        _if_there(lambda: self._client.delete_endpoint_config(EndpointConfigName=version_name))
        _if_there(lambda: self._client.delete_model(ModelName=version_name))

    def others(self) -> list[str]:
        """Return the names of other versions' configurations, oldest version first."""
        prefix = f"{self.name}--"
        pages = self._client.get_paginator("list_endpoint_configs").paginate(NameContains=prefix)
        names = [item["EndpointConfigName"] for page in pages for item in page["EndpointConfigs"]]
        numbers = {
            int(name.removeprefix(prefix)): name
            for name in names
            if name.startswith(prefix) and name.removeprefix(prefix).isdecimal()
        }
        return [numbers[key] for key in sorted(numbers) if numbers[key] != self.version_name]

    def newest_other(self) -> str | None:
        """Return the newest other version's configuration, or None."""
        return next(reversed(self.others()), None)


def _unless_there(create: Callable[[], Any]) -> None:
    try:
        create()
    except ClientError as error:
        if not already_exists(error):
            raise


def _if_there(delete: Callable[[], Any]) -> None:
    try:
        delete()
    except ClientError as error:
        if not is_absent(error):
            raise
