"""How an endpoint that serves captures a share of its requests and answers.

SageMaker does it on machines. Of serverless endpoints it captures nothing, so there the model does
it itself (``training/serve/capture.py``), in the same form and folders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.shared.contracts.preprocess import PreparedDataset, ServeRequest

VARIANT = "AllTraffic"
# Shows the share on a serverless endpoint's configuration, which has no other place for it.
TAG = "molino:capture_percent"


def by_sagemaker(prepared: PreparedDataset, asked: ServeRequest, key_arn: str) -> dict[str, Any]:
    """Return the ``DataCaptureConfig`` of an endpoint on machines."""
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": prepared.endpoint.capture_percent,
        "DestinationS3Uri": asked.capture_uri,
        "KmsKeyId": key_arn,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json"],
        },
    }


def by_model(
    prepared: PreparedDataset, asked: ServeRequest, key_arn: str, endpoint_name: str
) -> Mapping[str, str]:
    """Return the variables by which a serverless endpoint's model does the same."""
    percent = prepared.endpoint.capture_percent
    if not percent:
        return {}
    return {
        "MOLINO_CAPTURE_URI": f"{asked.capture_uri}/{endpoint_name}/{VARIANT}",
        "MOLINO_CAPTURE_PERCENT": str(percent),
        "MOLINO_CAPTURE_KEY": key_arn,
    }


def tags(percent: int) -> Any:
    """Return what a serverless endpoint's configuration is tagged with."""
    return [{"Key": TAG, "Value": str(percent)}] if percent else []
