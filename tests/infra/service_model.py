"""Checks a request against AWS's own description of the service, limits and patterns included."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator


@cache
def operation(service: str, name: str) -> OperationModel:
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def problems(service: str, name: str, request: dict[str, Any]) -> list[str]:
    """Return what AWS would refuse; botocore itself checks neither enums, patterns nor maxima."""
    shape = operation(service, name).input_shape
    report = ParamValidator().validate(request, shape)
    found = [report.generate_report()] if report.has_errors() else []
    return found + list(_limits(shape, request, name))


def _limits(shape: Shape, value: Any, path: str) -> Iterator[str]:
    yield from _own_limits(shape, value, path)
    match shape.type_name:
        case "structure":
            parts = [(shape.members[key], value[key], key) for key in value if key in shape.members]
        case "list":
            parts = [(shape.member, item, str(index)) for index, item in enumerate(value)]
        case "map":
            parts = [(shape.key, key, "keys") for key in value]
            parts += [(shape.value, item, key) for key, item in value.items()]
        case _:
            parts = []
    for member, item, name in parts:
        yield from _limits(member, item, f"{path}.{name}")


def _own_limits(shape: Shape, value: Any, path: str) -> Iterator[str]:
    metadata = shape.metadata
    if isinstance(value, str):
        # Java's patterns, in which \p{...} names Unicode classes that Python's re lacks.
        pattern = re.sub(r"\\p\{\w+\}", r"\\w ", metadata.get("pattern", ""))
        if pattern and not re.fullmatch(pattern, value):
            yield f"{path}: {value!r} does not fit {pattern}"
        if metadata.get("enum") and value not in metadata["enum"]:
            yield f"{path}: {value!r} is not one of {metadata['enum']}"
    size = len(value) if isinstance(value, str | list | dict) else value
    if isinstance(size, int) and size > metadata.get("max", size):
        yield f"{path}: {size} exceeds {metadata['max']}"
