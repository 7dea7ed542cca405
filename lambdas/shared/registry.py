"""The model registry: a group for each dataset, a version for each candidate.

The champion is the newest approved version, no matter who approved it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.shared.failures.aws_errors import is_absent

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import ModelPackageSummaryTypeDef

VALUE_LIMIT = 256  # of a customer metadata property
_ENVIRONMENT = "environment:"  # before a variable's name, in that of a property
_FORBIDDEN = re.compile(r"[^\w .:/=+@-]")


@dataclass(frozen=True)
class Version:
    """A model package version with what is noted in it.

    Parameters
    ----------
    created : str
        When it was registered, right after its training; ISO 8601.
    """

    arn: str
    number: int
    properties: dict[str, str]
    created: str

    @property
    def run(self) -> str:
        """Name of the run that has made it."""
        return self.properties.get("execution_arn", "").rpartition(":")[2]

    @property
    def data_uri(self) -> str:
        """The folder of the data it was trained on; empty if that is not noted."""
        return self.properties.get("manifest_uri", "").rpartition("/")[0]

    @property
    def environment(self) -> dict[str, str]:
        """All that a model made of it needs in its environment."""
        return {
            name.removeprefix(_ENVIRONMENT): value
            for name, value in self.properties.items()
            if name.startswith(_ENVIRONMENT)
        }


def champion(client: SageMakerClient, group: str, besides: str = "") -> Version | None:
    """Return the newest approved version of a group; None without one, or without the group.

    Parameters
    ----------
    group : str
    besides : str, optional
        ARN of a version that does not count.
    """
    return _newest(client, group, besides, {"ModelApprovalStatus": "Approved"})


def named(client: SageMakerClient, group: str, name: str) -> Version | None:
    """Return the version of a number, or the one that a run has made; None without it.

    Parameters
    ----------
    group : str
    name : str
        The number, or the name of the run's execution.
    """
    versions = _listed(client, group, {})
    if name.isdecimal():
        versions = [item for item in versions if item["ModelPackageVersion"] == int(name)]
        return version(client, versions[0]["ModelPackageArn"]) if versions else None
    found = (version(client, item["ModelPackageArn"]) for item in versions)
    return next((each for each in found if each.run == name), None)


def newest(client: SageMakerClient, group: str) -> Version | None:
    """Return the newest version of a group, whatever was decided about it."""
    return _newest(client, group, "", {})


def _newest(
    client: SageMakerClient, group: str, besides: str, filters: dict[str, Any]
) -> Version | None:
    listed = _listed(client, group, filters)
    usable = [item for item in listed if item["ModelPackageArn"] != besides]
    if not usable:
        return None
    arn = max(usable, key=lambda item: item["ModelPackageVersion"])["ModelPackageArn"]
    return version(client, arn)


def _listed(
    client: SageMakerClient, group: str, filters: dict[str, Any]
) -> list[ModelPackageSummaryTypeDef]:
    """Return a group's versions that can be used, newest first; none without the group."""
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending", **filters
    )
    try:
        # A page may be empty and still name a next one.
        found = [item for page in pages for item in page["ModelPackageSummaryList"]]
    except ClientError as error:
        if not is_absent(error):
            raise
        return []
    return [item for item in found if item["ModelPackageStatus"] == "Completed"]


def version(client: SageMakerClient, arn: str) -> Version:
    """Return one version."""
    described = client.describe_model_package(ModelPackageName=arn)
    properties = described.get("CustomerMetadataProperties", {})
    created = described["CreationTime"].isoformat(timespec="seconds")
    return Version(arn, int(described["ModelPackageVersion"]), dict(properties), created)


def property_value(text: str) -> str:
    """Return a text as a property allows it: other signs become ``_``, the end is kept."""
    return _FORBIDDEN.sub("_", text)[-VALUE_LIMIT:] or "-"


def environment_properties(environment: dict[str, str]) -> dict[str, str]:
    """Return the properties by which a version remembers its environment."""
    return {f"{_ENVIRONMENT}{name}": property_value(value) for name, value in environment.items()}


def already_exists(error: ClientError) -> bool:
    """Return whether SageMaker refuses something because it exists."""
    return "already exist" in str(error.response["Error"].get("Message", "")).lower()


def tags_of(given: list[dict[str, str]]) -> Any:
    """Return tags for what outlives its execution: the dataset's, not the execution's."""
    return [tag for tag in given if tag["Key"] != "molino:execution"]
