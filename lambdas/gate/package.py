"""Write a candidate into the registry, and the verdict onto it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.shared.contracts.decide import GateEvent
from lambdas.shared.documents.contents import Manifest
from lambdas.shared.registry import (
    Version,
    already_exists,
    environment_properties,
    property_value,
    tags_of,
    version,
)

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

STATUS = {"promote": "Approved", "reject": "Rejected", "hold": "PendingManualApproval"}
_TYPES = ["text/csv", "application/json"]
_DESCRIPTION_LIMIT = 1024


def register(client: SageMakerClient, event: GateEvent, manifest: Manifest) -> Version:
    """Make the candidate a version of its dataset's group, pending approval.

    A retry finds the version that the first attempt made: the request's token is the execution's.
    """
    _ensure_group(client, event)
    answer = client.create_model_package(**_request(event, manifest))
    return version(client, answer["ModelPackageArn"])


def mark(client: SageMakerClient, arn: str, verdict: str, reason: str) -> None:
    """Note a verdict and its reason on a version."""
    client.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus=STATUS[verdict],  # type: ignore[arg-type]  # one of the API's values
        ApprovalDescription=reason[:_DESCRIPTION_LIMIT],
    )


def _ensure_group(client: SageMakerClient, event: GateEvent) -> None:
    try:
        client.create_model_package_group(
            ModelPackageGroupName=event.prepared.group,
            ModelPackageGroupDescription=f"Molino's models of the dataset {event.prepared.dataset}",
            Tags=tags_of(event.tags),
        )
    except ClientError as error:
        if not already_exists(error):
            raise


def _request(event: GateEvent, manifest: Manifest) -> dict[str, Any]:
    prepared, metrics = event.prepared, event.evaluation.metrics_uri
    # SageMaker refuses a model with an environment if its package has one, too: the package has
    # none, only notes of it, and each model is given all of it.
    container = {name: value for name, value in event.container.items() if name != "Environment"}
    return {
        "ModelPackageGroupName": prepared.group,
        "ModelPackageDescription": f"{prepared.algorithm}, {prepared.task}",
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": _TYPES,
            "SupportedResponseMIMETypes": _TYPES,
        },
        "ModelMetrics": {
            "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": metrics}}
        },
        "CustomerMetadataProperties": lineage(event, manifest)
        | environment_properties(event.container.get("Environment", {})),
        "ClientToken": hashlib.sha256(event.execution_arn.encode()).hexdigest()[:32],
    }


def lineage(event: GateEvent, manifest: Manifest) -> dict[str, str]:
    """Return where a version comes from, down to the CSV's own version."""
    source = manifest["source"]
    values = {
        "dataset": event.prepared.dataset,
        "execution_arn": event.execution_arn,
        "manifest_uri": event.prepared.uris["manifest"],
        "report_uri": event.prepared.report_uri,
        "predictions_uri": event.evaluation.predictions_uri,
        "csv_key": source["key"],
        "csv_version_id": source["version_id"],
        "csv_sha256": source["sha256"],
        "code_version": manifest["versions"]["code"],
    }
    return {name: property_value(str(value)) for name, value in values.items()}
