"""A dashboard's body: its documented structure, and the series that it shows."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# CloudWatch's API reference, "Dashboard Body Structure and Syntax", as far as Molino uses it.
_WIDGET = {
    "type": "object",
    "required": ["type", "properties", "x", "y", "width", "height"],
    "properties": {
        "type": {"enum": ["metric", "text", "alarm"]},
        "x": {"type": "integer", "minimum": 0, "maximum": 23},
        "y": {"type": "integer", "minimum": 0},
        "width": {"type": "integer", "minimum": 1, "maximum": 24},
        "height": {"type": "integer", "minimum": 1, "maximum": 1000},
        "properties": {"type": "object"},
    },
    "allOf": [
        {
            "if": {"properties": {"type": {"const": "text"}}},
            "then": {"properties": {"properties": {"required": ["markdown"]}}},
        },
        {
            "if": {"properties": {"type": {"const": "alarm"}}},
            "then": {
                "properties": {
                    "properties": {
                        "required": ["alarms", "title"],
                        "properties": {"alarms": {"type": "array", "maxItems": 100}},
                    }
                }
            },
        },
        {
            "if": {"properties": {"type": {"const": "metric"}}},
            "then": {
                "properties": {
                    "properties": {
                        "required": ["metrics", "region", "title", "view"],
                        "properties": {
                            "view": {"enum": ["timeSeries", "singleValue"]},
                            "period": {"type": "integer", "multipleOf": 60},
                            "stat": {"enum": ["Average", "Sum", "Maximum", "SampleCount"]},
                            "metrics": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 500,
                                "items": {"type": "array", "minItems": 1},
                            },
                        },
                    }
                }
            },
        },
    ],
}
SCHEMA = {
    "type": "object",
    "required": ["widgets"],
    "properties": {"widgets": {"type": "array", "maxItems": 500, "items": _WIDGET}},
}
_SEARCH = re.compile(
    r"""SEARCH\('\{"([^"]+)",(\w+),service\} MetricName="(\w+)"', '(\w+)', (\d+)\)"""
)


@dataclass(frozen=True)
class Series:
    """One series; where a search takes whatever there is, its value is None.

    What is searched for has the service as a dimension too.
    """

    widget: str
    namespace: str
    name: str
    dimension: str
    value: str | None


def resolved(body: Any) -> dict[str, Any]:
    """Return the body with every reference of the template as its resource's name."""
    if isinstance(body, str):
        found: dict[str, Any] = json.loads(body)
        return found
    parts = body["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else _reference(part) for part in parts)
    return resolved(text)


def _reference(part: dict[str, Any]) -> str:
    (target,) = part.values()
    return target if isinstance(target, str) else ".".join(target)


def series(body: dict[str, Any]) -> Iterator[Series]:
    """Yield every series of every metric widget."""
    for widget in body["widgets"]:
        title = widget["properties"].get("title", "")
        for entry in widget["properties"].get("metrics", []):
            if isinstance(entry[0], dict):
                found = _SEARCH.fullmatch(entry[0]["expression"])
                assert found, entry
                namespace, dimension, name, *_ = found.groups()
                yield Series(title, namespace, name, dimension, None)
            else:
                namespace, name, dimension, value, *_ = entry
                yield Series(title, namespace, name, dimension, value)
