"""The places settings come from: the upload's metadata, the dataset's file, the stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Any

import yaml

from lambdas.shared.schedule_settings import FILE_ONLY
from lambdas.shared.settings import DatasetSettings, Source

# Metadata that tools add on their own: rclone, s3fs, s3cmd, DataSync and Storage Gateway.
TOOLS_METADATA = frozenset(
    {
        *("mtime", "atime", "ctime", "uid", "gid", "mode", "md5chksum", "md5", "sha256"),
        *("s3cmd-attrs", "s3b-last-modified", "file-owner", "file-group", "file-permissions"),
        *("file-acl", "file-mtime", "file-ctime", "file-atime", "user-agent", "user-agent-id"),
        *("codebuild-content-md5", "cb-modifiedtime"),
    }
)

_DEEPEST = 10  # the parser calls itself for each level


def from_metadata(metadata: Mapping[str, str]) -> Source:
    """Read an object's user metadata (names without ``x-amz-meta-``)."""
    values = {
        name.lower(): _decoded(value)
        for name, value in metadata.items()
        if name.lower() not in TOOLS_METADATA
    }
    place = "the metadata of the upload"
    misplaced = [name for name in values if name.replace("-", "_") in FILE_ONLY]
    problems = tuple(
        f"in {place}, “{name}”: it concerns every upload of a dataset, so it belongs in the "
        "settings file"
        for name in misplaced
    )
    return Source(
        f"set in {place}",
        place,
        {name: value for name, value in values.items() if name not in misplaced},
        problems,
    )


def _decoded(value: str) -> str:
    """Undo RFC 2047, the form in which S3 carries letters outside ASCII."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):  # an unknown, or no, encoding of letters
        return value


def from_yaml(key: str, text: str) -> Source:
    """Read a dataset's settings file; what is wrong is told by its line, not its content."""
    values: dict[str, Any] = {}
    try:
        # BaseLoader builds nothing but strings, lists and mappings, so "no" stays "no" and the
        # schema alone decides what a value means.
        if _is_deep(text):
            problems = [f"the file {key} nests lists or mappings"]
        else:
            values, problems = _checked(key, yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}" if mark else ""
        problems = [f"the file {key} is not valid YAML{place}"]
    except yaml.YAMLError:
        problems = [f"the file {key} is not valid YAML"]
    return Source(f"set in {key}", key, values, tuple(problems))


def _is_deep(text: str) -> bool:
    """Tell whether a text nests further than any mistake would; it is read no further than that."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return True
    return False


def _checked(key: str, document: Any) -> tuple[dict[str, Any], list[str]]:
    if document in (None, ""):
        return {}, []
    if not isinstance(document, dict):
        return {}, [f"the file {key} must hold lines of the form “name: value”"]
    usable = {str(name): value for name, value in document.items() if not _is_nested(value)}
    problems = [
        f"in {key}, “{name}” must have a single value or a list of them"
        for name in document.keys() - usable.keys()
    ]
    return {name: v for name, v in usable.items() if v not in ("", "~", "null")}, sorted(problems)


def _is_nested(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return not all(isinstance(item, str) for item in items)


def from_stack(defaults: str) -> Source:
    """Read the stack's defaults, a JSON object."""
    try:
        values = json.loads(defaults or "{}")
    except ValueError:
        values = None
    place = "the defaults of the stack"
    if not isinstance(values, dict):
        return Source(f"set in {place}", place, {}, (f"{place} are no JSON object",))
    given = {name: value for name, value in values.items() if value is not None}
    return Source(f"set in {place}", place, given)


def refusals_of_vpc(settings: DatasetSettings) -> Source:
    """Return what a stack inside a VPC can't give: AWS takes serverless endpoints into none."""
    asked = {
        "endpoint_kind": settings.endpoint_kind == "serverless",
        "keep": settings.keep,
    }
    problems = [
        f"“{name}” asks for a serverless endpoint, and the VPC of this stack can have none"
        for name, is_asked in asked.items()
        if is_asked
    ]
    return Source("the stack runs in a VPC", "the stack", {}, tuple(problems))
