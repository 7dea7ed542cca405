"""The places settings come from: the upload's metadata, the dataset's file, the stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.header import decode_header, make_header
from typing import Any

from lambdas.shared.findings.message import Message, verbatim
from lambdas.shared.settings.dataset import DatasetSettings, Source
from lambdas.shared.settings.schedules import FILE_ONLY
from lambdas.shared.settings.yaml_text import read_yaml

# Metadata that tools add on their own: rclone, s3fs, s3cmd, DataSync and Storage Gateway.
TOOLS_METADATA = frozenset(
    {
        *("mtime", "atime", "ctime", "uid", "gid", "mode", "md5chksum", "md5", "sha256"),
        *("s3cmd-attrs", "s3b-last-modified", "file-owner", "file-group", "file-permissions"),
        *("file-acl", "file-mtime", "file-ctime", "file-atime", "user-agent", "user-agent-id"),
        *("codebuild-content-md5", "cb-modifiedtime"),
    }
)

_UNSET = ("", "~", "null")


def from_metadata(metadata: Mapping[str, str]) -> Source:
    """Read an object's user metadata (names without ``x-amz-meta-``)."""
    values = {
        name.lower(): _decoded(value)
        for name, value in metadata.items()
        if name.lower() not in TOOLS_METADATA
    }
    place = Message("the metadata of the upload")
    misplaced = [name for name in values if name.replace("-", "_") in FILE_ONLY]
    problems = tuple(
        Message(
            "in {place}, “{name}”: it concerns every upload of a dataset, so it belongs in the "
            "settings file",
            place=place,
            name=name,
        )
        for name in misplaced
    )
    return Source(
        set_in(place),
        place,
        {name: value for name, value in values.items() if name not in misplaced},
        problems,
    )


def set_in(place: Message) -> Message:
    """Return the rule of what a place says."""
    return Message("set in {place}", place=place)


def _decoded(value: str) -> str:
    """Undo RFC 2047, the form in which S3 carries letters outside ASCII."""
    try:
        return str(make_header(decode_header(value)))
    except Exception:  # noqa: BLE001 - of an encoding of letters that is unknown, or is none
        return value


def from_yaml(key: str, text: str) -> Source:
    """Read a dataset's settings file; what is wrong is told by its line, not its content."""
    values, found = read_yaml(text)
    given = {name: value for name, value in values.items() if value not in _UNSET}
    return in_file(key, given, *found)


def in_file(key: str, values: Mapping[str, Any], *problems: Message) -> Source:
    """Return what a file says; problems are clauses that fit after its name."""
    place = verbatim(key)
    told = (
        Message("the file {place} {problem}", place=place, problem=problem) for problem in problems
    )
    return Source(set_in(place), place, values, tuple(told))


def from_stack(defaults: str) -> Source:
    """Read the stack's defaults, a JSON object."""
    try:
        values = json.loads(defaults or "{}")
    except (ValueError, RecursionError):
        values = None
    place = Message("the defaults of the stack")
    if not isinstance(values, dict):
        problem = Message("{place} are not a JSON object", place=place)
        return Source(set_in(place), place, {}, (problem,))
    given = {name: value for name, value in values.items() if value is not None}
    return Source(set_in(place), place, given)


def refusals_of_vpc(settings: DatasetSettings) -> Source:
    """Return what a stack inside a VPC can't give: AWS takes serverless endpoints into none."""
    asked = {
        "endpoint_kind": settings.endpoint_kind == "serverless",
        "serve": settings.serve,
    }
    problems = [
        Message(
            "“{name}” asks for a serverless endpoint, which the VPC of this stack cannot have",
            name=name,
        )
        for name, is_asked in asked.items()
        if is_asked
    ]
    stack = Message("the stack")
    return Source(Message("the stack runs in a VPC"), stack, {}, tuple(problems))
