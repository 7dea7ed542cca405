"""The endpoint that serves a dataset's champion, with its models and configurations."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.serve import captures, shape
from lambdas.serve.captures import VARIANT
from lambdas.serve.rollout import Guard, deployment
from lambdas.serve.scaling import Scaling, requests_per_minute
from lambdas.serve.shape import Surroundings
from lambdas.shared.contracts.decide import ServeEvent
from lambdas.shared.contracts.preprocess import ServeRequest
from lambdas.shared.failures.aws_errors import is_absent
from lambdas.shared.names.legal import serving_name
from lambdas.shared.registry import already_exists, tags_of

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

# Shows that an endpoint is meant to stay. Deployed ones have it under the setting's former name.
TAG = {"Key": "molino:keep", "Value": "true"}
# The version's number, and which of its configurations it is, from the second on.
_END = re.compile(r"(\d+)(?:-(\d+))?")
Found = dict[str, Any]  # an endpoint as SageMaker describes it


@dataclass(frozen=True)
class Running:
    """What an endpoint runs on: a type of instance, None where it is serverless, and how many."""

    instance_type: str | None
    count: int


class ServingEndpoint:
    """The endpoint that serves one dataset.

    Parameters
    ----------
    client
        boto3's client of ``sagemaker``.
    scaling, cloudwatch
        Those of ``application-autoscaling`` and ``cloudwatch``.
    """

    def __init__(
        self,
        client: SageMakerClient,
        scaling: Any,
        cloudwatch: Any,
        event: ServeEvent,
        surroundings: Surroundings,
    ) -> None:
        self._client, self._event, self._surroundings = client, event, surroundings
        self.name = serving_name(event.prepared.group)
        self._scaling, self._guard = Scaling(scaling, self.name), Guard(cloudwatch, self.name)
        self._tags: Any = [*tags_of(event.tags), TAG]

    @property
    def asked(self) -> ServeRequest:
        """What is asked for."""
        asked = self._event.prepared.serve
        assert asked is not None  # noqa: S101 - for mypy: else nothing calls the function
        return asked

    def describe(self) -> Found | None:
        """Return the endpoint as SageMaker describes it, or None."""
        try:
            return dict(self._client.describe_endpoint(EndpointName=self.name))
        except ClientError as error:
            if not is_absent(error):
                raise
            return None

    def declare(self, instance_type: str | None) -> str:
        """Make the version's model, of its approved package, and its configuration.

        Parameters
        ----------
        instance_type : str or None
            None for a serverless endpoint.

        Returns
        -------
        str
            The name of both: of a configuration that is as asked, if there is one.
        """
        version, prepared = self._event.champion, self._event.prepared
        assert version is not None  # noqa: S101 - for mypy: something is to serve
        wanted = shape.configuration(prepared, self.asked, instance_type, self._surroundings)
        tags = captures.tags(prepared.endpoint.capture_percent) if instance_type is None else []
        first = serving_name(prepared.group, version.version)
        names = [name for name in self._configurations() if _version(name) == version.version]
        for name in names:
            if self._is_as(name, wanted, tags):
                return name
        free = (f"{first}-{serial}" for serial in itertools.count(2))
        name = next(each for each in itertools.chain([first], free) if each not in names)
        _if_there(lambda: self._client.delete_model(ModelName=name))  # of an attempt cut short
        key_arn = self._surroundings.key_arn
        capturing = captures.by_model(prepared, self.asked, key_arn, self.name)
        self._client.create_model(
            ModelName=name,
            Tags=self._tags,
            **shape.model(version, instance_type, self._surroundings, capturing),
        )
        (variant,) = wanted.pop("ProductionVariants")
        _unless_there(
            lambda: self._client.create_endpoint_config(
                EndpointConfigName=name,
                ProductionVariants=[variant | {"ModelName": name}],
                Tags=[*self._tags, *tags],
                **wanted,
            )
        )
        return name

    def _is_as(self, name: str, wanted: dict[str, Any], tags: Any) -> bool:
        """Return whether a configuration is as wanted, what its model captures included."""
        found = self._configuration(name) or {}
        if not shape.is_as(wanted, found):
            return False
        listed = self._client.list_tags(ResourceArn=found["EndpointConfigArn"])["Tags"]
        return bool([tag for tag in listed if tag["Key"] == captures.TAG] == tags)

    def instance_types(self, found: Found | None) -> list[str]:
        """Return the types to try, that which it has first; none for a serverless endpoint."""
        if self.asked.kind == "serverless":
            return []
        now = self._running(found).instance_type if found else None
        types = self.asked.instance_types
        return sorted(types, key=lambda each: each != now)

    def must_make_way(self, found: Found) -> bool:
        """Return whether it has instances and is to have none, which SageMaker cannot change."""
        return self.asked.kind == "serverless" and self._running(found).instance_type is not None

    def create(self, config: str) -> None:
        """Make the endpoint."""
        if self._type_of(config) is not None:
            self._guard.begin(self._tags)
        self._client.create_endpoint(
            EndpointName=self.name, EndpointConfigName=config, Tags=self._tags
        )

    def update(self, config: str, found: Found) -> None:
        """Swap: the old version answers until the new one is ready."""
        now, then = self._running(found), self._type_of(config)
        if then is not None:
            self._guard.begin(self._tags)
        if now.instance_type and then:
            guarded = {"DeploymentConfig": deployment(now.count, self._guard.names)}
            self._change(config, now, guarded)
        else:
            self._change(config, now, {})

    def go_back(self, config: str, found: Found) -> None:
        """Swap back at once, or end the endpoint where SageMaker cannot."""
        now = self._running(found)
        if now.instance_type and self._type_of(config) is None:
            self.retire()
        else:
            self._change(config, now, {})

    def _change(self, config: str, now: Running, guarded: dict[str, Any]) -> None:
        then, retained = self._type_of(config), dict[str, Any]()
        if now.instance_type and then:
            # As many machines as there are now; what is captured is as the configuration says.
            retained["RetainAllVariantProperties"] = True
            retained["ExcludeRetainedVariantProperties"] = [
                {"VariantPropertyType": "DataCaptureConfig"}
            ]
        if now.instance_type and now.instance_type != then:
            self._scaling.end()  # SageMaker refuses another type for what is scaled
        self._client.update_endpoint(
            EndpointName=self.name, EndpointConfigName=config, **retained, **guarded
        )

    def settle(self, found: Found, seconds: Callable[[], float]) -> None:
        """See to the number of machines, and to the alarms, of what serves now.

        Parameters
        ----------
        seconds : callable
            Returns how long a request takes.
        """
        now, asked = self._running(found), self.asked
        if now.instance_type is None:
            if asked.kind == "instance":  # it was to have them
                self._scaling.end()
                self._guard.end()
            return
        self._guard.begin(self._tags)
        if asked.maximum > asked.minimum:
            requests = requests_per_minute(now.instance_type, seconds())
            self._scaling.begin(asked.minimum, asked.maximum, requests)
            return
        self._scaling.end()
        if now.count != asked.minimum:
            desired: Any = {"VariantName": VARIANT, "DesiredInstanceCount": asked.minimum}
            self._client.update_endpoint_weights_and_capacities(
                EndpointName=self.name, DesiredWeightsAndCapacities=[desired]
            )

    def delete(self) -> None:
        """Delete the endpoint."""
        _if_there(lambda: self._client.delete_endpoint(EndpointName=self.name))

    def retire(self) -> None:
        """Delete the endpoint with what scales and watches it."""
        self._scaling.end()
        self._guard.end()
        self.delete()

    def forget(self, config: str) -> None:
        """Delete a configuration and its model, which share a name."""
        _if_there(lambda: self._client.delete_endpoint_config(EndpointConfigName=config))
        _if_there(lambda: self._client.delete_model(ModelName=config))

    def others(self, config: str | None) -> list[str]:
        """Return the names of all other configurations, by version."""
        return [name for name in self._configurations() if name != config]

    def _running(self, found: Found) -> Running:
        """Return what an endpoint in service runs on."""
        (variant,) = found["ProductionVariants"]
        if "CurrentServerlessConfig" in variant:
            return Running(None, 0)
        instance_type = self._type_of(found["EndpointConfigName"])
        return Running(instance_type or "unknown", variant["CurrentInstanceCount"])

    def _type_of(self, config: str) -> str | None:
        """Return a configuration's type of instance; None if it is serverless, or gone."""
        (variant,) = (self._configuration(config) or {}).get("ProductionVariants", [{}])
        found: str | None = variant.get("InstanceType")
        return found

    def _configurations(self) -> list[str]:
        prefix = f"{self.name}--"
        pages = self._client.get_paginator("list_endpoint_configs").paginate(NameContains=prefix)
        names = [item["EndpointConfigName"] for page in pages for item in page["EndpointConfigs"]]
        ours = [
            name
            for name in names
            if name.startswith(prefix) and _END.fullmatch(name.removeprefix(prefix))
        ]
        return sorted(ours, key=_parts)

    def _configuration(self, name: str) -> dict[str, Any] | None:
        try:
            return dict(self._client.describe_endpoint_config(EndpointConfigName=name))
        except ClientError as error:
            if not is_absent(error):
                raise
            return None


def _parts(config: str) -> tuple[int, int]:
    found = _END.fullmatch(config.rpartition("--")[2])
    assert found is not None  # noqa: S101 - for mypy: only names of that form get here
    return int(found[1]), int(found[2] or 1)


def _version(config: str) -> int:
    return _parts(config)[0]


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
