"""The places settings come from: the upload's metadata, the dataset's file, the stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.header import decode_header, make_header
from typing import Any

from lambdas.shared.one_line import one_line
from lambdas.shared.schedule_settings import FILE_ONLY
from lambdas.shared.settings import DatasetSettings, Source
from lambdas.shared.yaml_text import read_yaml

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
    except Exception:  # noqa: BLE001 - of an encoding of letters that is unknown, or is none
        return value


def from_yaml(key: str, text: str) -> Source:
    """Read a dataset's settings file; what is wrong is told by its line, not its content."""
    values, found = read_yaml(text)
    given = {name: value for name, value in values.items() if value not in _UNSET}
    return in_file(key, given, *found)


def in_file(key: str, values: Mapping[str, Any], *problems: str) -> Source:
    """Return what a file says; problems are clauses that fit after its name."""
    place = one_line(key)
    told = tuple(f"the file {place} {problem}" for problem in problems)
    return Source(f"set in {place}", place, values, told)


def from_stack(defaults: str) -> Source:
    """Read the stack's defaults, a JSON object."""
    try:
        values = json.loads(defaults or "{}")
    except (ValueError, RecursionError):
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
