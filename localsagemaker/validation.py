"""Requests against botocore's service model, refused in the words of AWS's front end.

botocore's own validator checks required and unknown members, types and minimums; AWS also checks
enumerations, patterns and maximums, which the model has as metadata.
"""

import functools
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

from localsagemaker.errors import ApiError, validation_exception

_CLASS = re.compile(r"\\p\{(\w+)\}")
# Java writes the code points beyond 16 bits as pairs of surrogates.
_BEYOND_16_BITS = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010ffff")
_ASCII = {"Alnum": "a-zA-Z0-9", "Alpha": "a-zA-Z", "Print": "\x20-\x7e", "ASCII": "\x00-\x7f"}


@functools.cache
def _all_categories() -> str:
    """Return the first letter of every code point's Unicode category."""
    points = map(chr, range(sys.maxunicode + 1))
    return "".join(map(itemgetter(0), map(unicodedata.category, points)))


@functools.cache
def _category(letter: str) -> str:
    """Return the body of a character class with all code points of a Unicode category."""
    ranges = re.finditer(f"{letter}+", _all_categories())
    return "".join(f"\\U{found.start():08x}-\\U{found.end() - 1:08x}" for found in ranges)


_REPEATED_END = re.compile(r"\$\{\d+,\d*\}")  # Java lets an anchor be repeated, to no effect


def _expand(pattern: str) -> str:
    r"""Write ``\p{…}`` out, with brackets where it stands outside a character class."""
    out, depth, position = [], 0, 0
    pattern = pattern.replace(*_BEYOND_16_BITS)
    pattern = _REPEATED_END.sub("$", pattern)
    while position < len(pattern):
        found = _CLASS.match(pattern, position)
        if found:
            name = found[1]
            body = _ASCII[name] if name in _ASCII else _category(name)
            out.append(body if depth else f"[{body}]")
            position = found.end()
            continue
        size = 2 if pattern[position] == "\\" else 1
        if size == 1:
            depth += {"[": 1, "]": -1}.get(pattern[position], 0)
        out.append(pattern[position : position + size])
        position += size
    return "".join(out).replace(r"\z", r"\Z")


@functools.cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the pattern, or None for one that only Java can read."""
    try:
        return re.compile(_expand(pattern))
    except (re.error, KeyError):
        return None


Problems = list[str]


@functools.cache
def service_model(name: str) -> ServiceModel:
    """Return botocore's model of ``sagemaker`` or ``sagemaker-runtime``."""
    return botocore.session.get_session().get_service_model(name)


def validate(operation: OperationModel, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the parameters as the service understands them.

    Raises
    ------
    ApiError
        ``ValidationException`` with every violated constraint, or ``SerializationException`` for
        a value of the wrong type.
    """
    problems: Problems = []
    value: dict[str, Any] = _walk(operation.input_shape, parameters, "", problems)
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise validation_exception(count + "; ".join(problems))
    return value


def _walk(shape: Any, value: Any, path: str, problems: Problems) -> Any:
    walk = _WALKS.get(shape.type_name)
    return walk(shape, value, path, problems) if walk else value


def _structure(shape: Any, value: Any, path: str, problems: Problems) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(value, "a structure")
    # AWS ignores unknown members, but its SDKs and Step Functions refuse them.
    problems += [
        f"Value at '{_join(path, name)}' failed to satisfy constraint: "
        f"Member must be one of: [{', '.join(shape.members)}]"
        for name in value
        if name not in shape.members
    ]
    problems += [
        f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
        for name in shape.required_members
        if value.get(name) is None
    ]
    return {
        name: _walk(shape.members[name], item, _join(path, name), problems)
        for name, item in value.items()
        if name in shape.members and item is not None
    }


def _list(shape: Any, value: Any, path: str, problems: Problems) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise _wrong_type(value, "a list")
    problems += _violations(shape, value, path, _length(shape, value))
    return [
        _walk(shape.member, item, f"{path}.{number}.member", problems)
        for number, item in enumerate(value, 1)
    ]


def _map(shape: Any, value: Any, path: str, problems: Problems) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(value, "a map")
    problems += _violations(shape, value, path, _length(shape, value))
    for what, part, items in (("keys", shape.key, value), ("value", shape.value, value.values())):
        if part.type_name != "string":
            continue
        if any(list(_string_problems(part, _as_string(item))) for item in items):
            rules = ", ".join(_string_rules(part))
            problems += _violations(
                shape, value, path, [f"Map {what} must satisfy constraint: [{rules}]"]
            )
    return {
        _as_string(key): _walk(shape.value, item, f"{path}.{key}.member", [])
        for key, item in value.items()
    }


def _string(shape: Any, value: Any, path: str, problems: Problems) -> str:
    text = _as_string(value)
    problems += _violations(shape, text, path, _string_problems(shape, text))
    return text


def _number(shape: Any, value: Any, path: str, problems: Problems) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        wanted = "an Integer" if shape.type_name == "integer" else "a Number"
        raise _wrong_type(value, wanted)
    if shape.type_name in {"integer", "long"}:
        value = int(value)  # AWS truncates
    number: int | float = value
    limits = shape.metadata
    rules = [
        f"Member must have value {word} than or equal to {limits[name]}"
        for name, word, broken in (
            ("min", "greater", number < limits.get("min", number)),
            ("max", "less", number > limits.get("max", number)),
        )
        if broken
    ]
    problems += _violations(shape, number, path, rules)
    return number


def _boolean(_shape: Any, value: Any, _path: str, _problems: Problems) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type(value, "a Boolean")
    return value


def _timestamp(_shape: Any, value: Any, _path: str, _problems: Problems) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            raise _wrong_type(value, "a Timestamp") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong_type(value, "a Timestamp")
    return float(value)


def _string_problems(shape: Shape, text: str) -> Iterator[str]:
    yield from _length(shape, text)
    enumeration, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if enumeration and text not in enumeration:
        yield f"Member must satisfy enum value set: [{', '.join(enumeration)}]"
    expression = compiled(pattern) if pattern else None
    if expression and not expression.fullmatch(text):
        yield f"Member must satisfy regular expression pattern: {pattern}"


def _string_rules(shape: Shape) -> Iterator[str]:
    limits = shape.metadata
    if "max" in limits:
        yield f"Member must have length less than or equal to {limits['max']}"
    if "min" in limits:
        yield f"Member must have length greater than or equal to {limits['min']}"
    if "pattern" in limits:
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"


def _length(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    if len(value) > limits.get("max", len(value)):
        yield f"Member must have length less than or equal to {limits['max']}"
    if len(value) < limits.get("min", 0):
        yield f"Member must have length greater than or equal to {limits['min']}"


def _violations(shape: Shape, value: Any, path: str, rules: Any) -> Problems:
    shown = "" if shape.metadata.get("sensitive") else f" '{_java(value)}'"
    return [f"Value{shown} at '{path}' failed to satisfy constraint: {rule}" for rule in rules]


def _java(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_java(item) for item in value) + "]"
    return str(value)


def _as_string(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(value, "a String")
    return value


def _wrong_type(value: Any, wanted: str) -> ApiError:
    if isinstance(value, (dict, list, tuple)):
        message = "Start of structure or map found where not expected."
        if not isinstance(value, dict):
            message = "Start of list found where not expected"
    else:
        kinds = ((bool, f"{str(value).upper()}_VALUE"), (str, "STRING_VALUE"))
        kind = next((name for type_, name in kinds if isinstance(value, type_)), "NUMBER_VALUE")
        message = f"{kind} can not be converted to {wanted}"
    return ApiError("SerializationException", message)


def _join(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name


_WALKS: dict[str, Callable[[Any, Any, str, Problems], Any]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
}
