"""AddTags, ListTags, DeleteTags."""

from typing import Any

from localsagemaker.context import Context
from localsagemaker.errors import ApiError, validation_exception

_MAX_TAGS = 50


class Tags:
    """Tags of any resource, by ARN."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def add(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """AddTags."""
        arn = self._existing(parameters["ResourceArn"])
        store = self._context.store
        with store.locked():
            tags = store.tags(arn) | from_list(parameters["Tags"])
            if len(tags) > _MAX_TAGS:
                raise validation_exception(f"Cannot exceed quota for TagsPerResource: {_MAX_TAGS}")
            store.set_tags(arn, tags)
        return {"Tags": _to_list(tags)}

    def list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """ListTags; a resource has at most 50, the smallest page that AWS allows."""
        return {
            "Tags": _to_list(self._context.store.tags(self._existing(parameters["ResourceArn"])))
        }

    def delete(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """DeleteTags."""
        arn = self._existing(parameters["ResourceArn"])
        store = self._context.store
        with store.locked():
            tags = store.tags(arn)
            store.set_tags(
                arn, {key: tags[key] for key in tags if key not in parameters["TagKeys"]}
            )
        return {}

    def _existing(self, arn: str) -> str:
        arn = arn.lower()
        prefix, _, name = arn.partition("/")
        if self._context.store.get(prefix.rpartition(":")[2], name) is None:
            raise ApiError("ResourceNotFound", "Requested resource not found.")
        return arn


def from_list(tags: Any) -> dict[str, str]:
    """Turn the API's list of tags into a mapping."""
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def _to_list(tags: dict[str, str]) -> Any:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
