"""What the champion's endpoint takes and answers, for programs: an OpenAPI description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.shared.documents.contents import Manifest
from lambdas.shared.names.legal import serving_name

_TEXT: dict[str, Any] = {"type": ["string", "null"]}
# A cell by the type of its column; numbers may be written as in the file that was trained on.
_CELLS: dict[str, dict[str, Any]] = {
    "numeric": {"type": ["number", "string", "null"]},
    "categorical": {"type": ["string", "integer", "null"]},
    "datetime": _TEXT,
    "text": _TEXT,
}
_CSV = {"schema": {"type": "string"}}
_ERROR = {
    "description": "What is wrong and where, without any value of the request",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def openapi(group: str, region: str, version: int, manifest: Manifest) -> Mapping[str, Any]:
    """Return the description of a version's requests, in OpenAPI 3.1.

    Parameters
    ----------
    group, version
        Of the model registry.
    region : str
    manifest : Manifest
        Of the rows that the version was trained on.
    """
    features = {each["name"]: _CELLS[each["type"]] for each in manifest["features"]}
    row = {"type": "object", "properties": features, "required": list(features)}
    is_number = manifest["task"]["value"] == "regression"
    number: dict[str, Any] = {"type": "number"}
    prediction = {"prediction": number if is_number else {"type": "string"}}
    beside = (
        {"intervals": {"type": "object", "additionalProperties": {"type": "array"}}}
        if is_number
        else {"probabilities": {"type": "object", "additionalProperties": number}}
    )
    answer = {"type": "object", "properties": prediction | beside, "required": ["prediction"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Predictions of {group}", "version": str(version)},
        "servers": [{"url": f"https://runtime.sagemaker.{region}.amazonaws.com"}],
        "security": [{"signature": []}],
        "paths": {
            f"/endpoints/{serving_name(group)}/invocations": {
                "post": {
                    "summary": f"Predict “{manifest['target']['value']}”, one answer a row",
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {"schema": _ref("Request")},
                            "text/csv": _CSV,
                        },
                    },
                    "responses": {
                        "200": {
                            "description": "In the order of the request",
                            "content": {
                                "application/json": {"schema": _ref("Answer")},
                                "text/csv": _CSV,
                            },
                        },
                        "400": _ERROR,
                    },
                }
            }
        },
        "components": {
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "AWS Signature Version 4 for the service sagemaker",
                }
            },
            "schemas": {
                "Row": row,
                "Request": _listed("instances", "Row"),
                "Prediction": answer,
                "Answer": _listed("predictions", "Prediction"),
                "Error": {"type": "object", "properties": {"error": {"type": "string"}}},
            },
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _listed(name: str, of: str) -> dict[str, Any]:
    items = {"type": "array", "items": _ref(of)}
    return {"type": "object", "properties": {name: items}, "required": [name]}
