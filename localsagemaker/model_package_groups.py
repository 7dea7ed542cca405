"""CreateModelPackageGroup, DescribeModelPackageGroup, DeleteModelPackageGroup and the list."""

from typing import Any, Final

from localsagemaker.context import Context
from localsagemaker.errors import ApiError, validation_exception
from localsagemaker.listing import listed
from localsagemaker.store import Record, now
from localsagemaker.tags import from_list

GROUP: Final = "model-package-group"
VERSIONS: Final = "model-package-versions"  # numbers given out: a deleted one never comes back
_NAME = "ModelPackageGroupName"
_SUMMARY = (
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
            summary=_SUMMARY,
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
