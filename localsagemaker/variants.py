"""An endpoint's variants: what is told of them, how many instances they have, what updates keep."""

from collections.abc import Callable
from typing import Any

from localsagemaker.errors import validation_exception
from localsagemaker.store import Record, now


def count(config: Record) -> int:
    """Return how many instances a configuration's one variant begins with."""
    return int(config["ProductionVariants"][0].get("InitialInstanceCount", 0))


def instances(record: Record, variant: str) -> int | None:
    """Return how many instances an endpoint's variant has; None if it is serverless, or none."""
    for each in record.get("ProductionVariants", []):
        if each["VariantName"] == variant and "CurrentServerlessConfig" not in each:
            return int(each["CurrentInstanceCount"])
    return None


def resize(record: Record, changed: Callable[[int], int]) -> None:
    """Change an endpoint's number of instances."""
    for each in record.get("ProductionVariants", []):
        number = changed(each["CurrentInstanceCount"])
        each |= {"CurrentInstanceCount": number, "DesiredInstanceCount": number}


def retain(request: dict[str, Any], record: Record, before: Record, config: Record) -> None:
    """Give a configuration what UpdateEndpoint is to keep of the endpoint as it is.

    Parameters
    ----------
    request
        UpdateEndpoint's.
    record, before
        The endpoint, and the configuration that it has.
    config
        The one that it is to get; changed in place.
    """
    if not request.get("RetainAllVariantProperties"):
        return
    excluded = {
        each["VariantPropertyType"] for each in request.get("ExcludeRetainedVariantProperties", [])
    }
    if "DesiredInstanceCount" not in excluded:
        retain_count(record, config)
    if "DataCaptureConfig" not in excluded:
        config.pop("DataCaptureConfig", None)
        if "DataCaptureConfig" in before:
            config["DataCaptureConfig"] = before["DataCaptureConfig"]


def retain_count(record: Record, config: Record) -> None:
    """Let a configuration begin with as many instances as the endpoint has."""
    for variant in config["ProductionVariants"]:
        found = instances(record, variant["VariantName"])
        if found is not None and "InstanceType" in variant:
            variant["InitialInstanceCount"] = found


def check_type(before: Record, config: Record) -> None:
    """Refuse another type for a variant that is scaled ("Update endpoints that use auto scaling").

    Raises
    ------
    ApiError
        ``ValidationException``; AWS's words for it are not documented.
    """
    now_, then = (each.get("ProductionVariants", [{}])[0] for each in (before, config))
    if now_.get("InstanceType") != then.get("InstanceType"):
        raise validation_exception(
            f"Variant {then.get('VariantName')} is registered as a scalable target. Deregister it "
            "before its instance type is changed."
        )


def summary(variant: dict[str, Any], image: str) -> dict[str, Any]:
    """Return what DescribeEndpoint tells of a variant."""
    weight = variant.get("InitialVariantWeight", 1.0)
    summary: dict[str, Any] = {
        "VariantName": variant["VariantName"],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
    }
    if image:
        summary["DeployedImages"] = [
            {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now()}
        ]
    if "ServerlessConfig" in variant:
        serverless = variant["ServerlessConfig"]
        return summary | {
            "CurrentServerlessConfig": serverless,
            "DesiredServerlessConfig": serverless,
            "CurrentInstanceCount": 0,
        }
    count = variant.get("InitialInstanceCount", 1)
    return summary | {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
