"""Model packages and their groups: the model registry."""

from typing import Any, Final

from localsagemaker.context import Context
from localsagemaker.errors import ApiError, validation_exception
from localsagemaker.listing import listed
from localsagemaker.store import Record, now
from localsagemaker.tags import from_list

GROUP: Final = "model-package-group"
VERSIONS: Final = "model-package-versions"  # numbers given out: a deleted one never comes back
_NAME = "ModelPackageGroupName"
_GROUP_SUMMARY = (
    _NAME, "ModelPackageGroupArn", "ModelPackageGroupDescription", "CreationTime",
    "ModelPackageGroupStatus",
)  # fmt: skip


class ModelPackageGroups:
    """The account's groups of model versions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateModelPackageGroup."""
        name, store = request[_NAME], self._context.store
        arn = self._context.arn(GROUP, name)
        with store.locked():
            if store.get(GROUP, name):
                raise validation_exception(f"Model Package Group already exists: {arn}")
            record = {key: value for key, value in request.items() if key != "Tags"}
            record |= {
                "ModelPackageGroupArn": arn,
                "ModelPackageGroupStatus": "Completed",
                "CreationTime": now(),
                "CreatedBy": {},
            }
            store.put(GROUP, name, record)
            store.set_tags(arn, from_list(request.get("Tags")))
        return {"ModelPackageGroupArn": arn}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeModelPackageGroup."""
        return self.existing(request[_NAME])

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteModelPackageGroup; one that has versions stays, as on AWS."""
        store = self._context.store
        with store.locked():
            record = self.existing(request[_NAME])
            name = record[_NAME]
            if any(package.get(_NAME) == name for package in store.all("model-package")):
                raise ApiError(
                    "ConflictException",
                    f"Cannot delete model package group {record['ModelPackageGroupArn']}: "
                    "it still contains model packages.",
                )
            store.delete(GROUP, name, record["ModelPackageGroupArn"])
            store.delete(VERSIONS, name, "")
        return {}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListModelPackageGroups."""
        return listed(
            self._context.store.all(GROUP),
            request,
            answer="ModelPackageGroupSummaryList",
            summary=_GROUP_SUMMARY,
            name=_NAME,
        )

    def existing(self, name_or_arn: str) -> Record:
        """Return a group by its name or ARN, or raise AWS's error for a missing one."""
        name = name_or_arn.rpartition("/")[2]
        record = self._context.store.get(GROUP, name)
        if record is None:
            arn = self._context.arn(GROUP, name)
            raise validation_exception(f"ModelPackageGroup {arn} does not exist.")
        return record

    def next_version(self, group: str) -> int:
        """Count a new version of a group, from 1; call it with the store locked."""
        given = self._context.store.get(VERSIONS, group) or {"Last": 0}
        version = int(given["Last"]) + 1
        self._context.store.put(VERSIONS, group, {"Last": version})
        return version


PACKAGE: Final = "model-package"
_SUMMARY = (
    "ModelPackageName", "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn",
    "ModelPackageDescription", "CreationTime", "ModelPackageStatus", "ModelApprovalStatus",
    "ModelLifeCycle",
)  # fmt: skip
_NOT_DESCRIBED = ("Tags", "ClientToken")
_REPLACED = (
    "ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification", "SourceUri",
    "ModelCard", "ModelLifeCycle",
)  # fmt: skip
_PROPERTIES = "CustomerMetadataProperties"


class ModelPackages:
    """Model packages: versions of a group, or single ones with a name of their own.

    A package is checked by nobody here, so it is Completed at once; AWS takes some seconds.
    """

    def __init__(self, context: Context, groups: ModelPackageGroups) -> None:
        self._context, self._groups = context, groups
        self._tokens: dict[str, str] = {}  # ARN by client token

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateModelPackage; a repeated ClientToken gets the package it got before."""
        with self._context.store.locked():
            token = request.get("ClientToken", "")
            if token in self._tokens:
                return {"ModelPackageArn": self._tokens[token]}
            record = self._identity(request) | {
                key: value for key, value in request.items() if key not in _NOT_DESCRIBED
            }
            record |= {
                "CreationTime": now(),
                "ModelPackageStatus": "Completed",
                "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
                "CreatedBy": {},
            }
            arn = record["ModelPackageArn"]
            self._context.store.put(PACKAGE, _key(arn), record)
            self._context.store.set_tags(arn, from_list(request.get("Tags")))
            if token:
                self._tokens[token] = arn
        return {"ModelPackageArn": arn}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeModelPackage."""
        return self.existing(request["ModelPackageName"])

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateModelPackage."""
        with self._context.store.locked():
            record = self.existing(request["ModelPackageArn"])
            record |= {key: request[key] for key in _REPLACED if key in request}
            removed = request.get("CustomerMetadataPropertiesToRemove", [])
            properties = record.get(_PROPERTIES, {}) | request.get(_PROPERTIES, {})
            properties = {key: value for key, value in properties.items() if key not in removed}
            record |= {_PROPERTIES: properties} if properties else {}
            record |= {"LastModifiedTime": now(), "LastModifiedBy": {}}
            self._context.store.put(PACKAGE, _key(record["ModelPackageArn"]), record)
        return {"ModelPackageArn": record["ModelPackageArn"]}

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteModelPackage."""
        with self._context.store.locked():
            arn = self.existing(request["ModelPackageName"])["ModelPackageArn"]
            self._context.store.delete(PACKAGE, _key(arn), arn)
        return {}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListModelPackages: a group's versions, or (AWS's default) only unversioned packages."""
        group = request.get("ModelPackageGroupName")
        name = self._groups.existing(group)["ModelPackageGroupName"] if group else None
        kind = request.get("ModelPackageType", "Versioned" if group else "Unversioned")
        found = [
            record
            for record in self._context.store.all(PACKAGE)
            if (name is None or record.get("ModelPackageGroupName") == name)
            and kind in ("Both", "Versioned" if "ModelPackageVersion" in record else "Unversioned")
            and request.get("ModelApprovalStatus") in (None, record.get("ModelApprovalStatus"))
        ]
        return listed(
            found,
            request,
            answer="ModelPackageSummaryList",
            summary=_SUMMARY,
            name="ModelPackageArn",
        )

    def existing(self, name_or_arn: str) -> Record:
        """Return a package by its ARN or name, or raise AWS's error for a missing one."""
        arn = name_or_arn
        if not arn.startswith("arn:"):
            arn = self._context.arn(PACKAGE, name_or_arn)
        record = self._context.store.get(PACKAGE, _key(arn))
        if record is None:
            raise validation_exception(f"ModelPackage {arn} does not exist.")
        return record

    def check_deployable(self, model: Record) -> None:
        """Refuse a model whose package is missing or not approved, and two environments.

        Raises
        ------
        ApiError
            AWS's own wording of approval is not documented; that of environments is quoted in
            https://github.com/aws/sagemaker-python-sdk/issues/3397.
        """
        container = model.get("PrimaryContainer", {})
        name = container.get("ModelPackageName")
        if name is None:
            return
        package = self.existing(name)
        packed = package["InferenceSpecification"]["Containers"][0]
        if "Environment" in packed and "Environment" in container:
            raise validation_exception(
                "Environment variable map cannot be specified both at Model Package "
                f"{_as_aws(packed['Environment'])} and Model {_as_aws(container['Environment'])}"
            )
        status = package.get("ModelApprovalStatus", "Approved")  # unversioned ones have none
        if status != "Approved":
            raise validation_exception(
                f"Model package {package['ModelPackageArn']} cannot be deployed: its approval "
                f"status is {status}, not Approved."
            )

    def runnable(self, model: Record) -> Record:
        """Return a model's record with its container filled in from the package it names."""
        container = model.get("PrimaryContainer", {})
        if "ModelPackageName" not in container:
            return model
        package = self.existing(container["ModelPackageName"])
        packed = package["InferenceSpecification"]["Containers"][0]
        environment = container.get("Environment") or packed.get("Environment", {})
        return model | {"PrimaryContainer": packed | {"Environment": environment}}

    def _identity(self, request: dict[str, Any]) -> Record:
        name, group = request.get("ModelPackageName"), request.get("ModelPackageGroupName")
        if name and group:
            raise validation_exception(
                "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
                "Cannot determine which one to use."
            )
        if not name and not group:
            raise validation_exception("Missing ARN.")
        return self._version(request) if group else self._single(name or "")

    def _single(self, name: str) -> Record:
        arn = self._context.arn(PACKAGE, name)
        if self._context.store.get(PACKAGE, _key(arn)):
            raise validation_exception(f"Model Package already exists: {arn}")
        return {"ModelPackageArn": arn, "ModelPackageName": name}

    def _version(self, request: dict[str, Any]) -> Record:
        if "Tags" in request:
            raise validation_exception(
                "Tags cannot be given for a model package version: it uses those of its group."
            )
        if "InferenceSpecification" not in request:
            raise validation_exception("InferenceSpecification is required for a model package.")
        group = self._groups.existing(request["ModelPackageGroupName"])["ModelPackageGroupName"]
        version = self._groups.next_version(group)
        return {
            "ModelPackageName": group,
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelPackageArn": self._context.arn(PACKAGE, f"{group}/{version}"),
            "ModelApprovalStatus": "PendingManualApproval",
        }


def _as_aws(environment: dict[str, str]) -> str:
    return "{" + ", ".join(f"{name}={value}" for name, value in environment.items()) + "}"


def _key(arn: str) -> str:
    return arn.partition("/")[2]
