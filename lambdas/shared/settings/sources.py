r"""The places settings come from: the upload's metadata, the dataset's file, the stack.

The file is YAML: names with texts, lists of texts or mappings of texts, which may hold mappings of
texts in turn. PyYAML's parser is what reads it; what its loaders lack is here. They keep the last
of equal names, and their parser lets errors of others out: of ``chr`` for ``\UFFFFFFFF``, of
``int`` for a version of thousands of digits, and whatever the next odd file provokes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from botocore.exceptions import ClientError

from lambdas.shared.documents.bucket import fetch
from lambdas.shared.failures.aws_errors import why_unreadable
from lambdas.shared.findings.message import Message, one_line, verbatim
from lambdas.shared.names.paths import settings_key
from lambdas.shared.settings.dataset import DatasetSettings, Source
from lambdas.shared.settings.schedules import FILE_ONLY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


Value: TypeAlias = str | list[str] | dict[str, str | dict[str, str]]
_DEEPEST = 10  # the parser calls itself for each level
_LONGEST_NAME = 60  # that messages quote
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
# A thousand times what a file needs; parsing 10 MB would outlast a function.
_LARGEST_BYTES = 64 << 10
_LONGEST_KEY = 1024  # S3's, in bytes


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    """No values can be had of a text; says why."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


def read_yaml(text: str) -> tuple[dict[str, Value], list[Message]]:
    """Read settings, whatever the text holds.

    Every scalar stays the text that it is written as, so that "no" stays "no" and the schema alone
    decides what a value means.

    Returns
    -------
    values : dict
        What is set, by name, as far as it can be read.
    problems : list of Message
        All that is wrong, a clause each that fits after the name of the file; with lines and names
        of settings, never with values.
    """
    problems: list[Message] = []
    try:
        found = list(_items(_root(text), problems, _setting))
    except _Unreadable as error:
        return {}, [error.message]
    values = ((name, _yaml_value(name, node, problems)) for name, node in found)
    return {name: value for name, value in values if value is not None}, problems


def _root(text: str) -> yaml.MappingNode:
    """Parse a text; an empty one is an empty mapping.

    Raises
    ------
    _Unreadable
        For anything but one document that is a mapping.
    """
    line = None
    try:
        _check_depth(text)
        root = yaml.BaseLoader(text).get_single_node()
    except _Unreadable:
        raise
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
    except Exception:  # noqa: BLE001, S110 - see the head of this module
        pass
    else:
        return _as_mapping(root)
    invalid = Message("is not valid YAML")
    if line:
        invalid = Message("is not valid YAML, line {line}", line=str(line))
    raise _Unreadable(invalid) from None


def _check_depth(text: str) -> None:
    """Refuse what nests further than any mistake would; it is read no further than that."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _Unreadable(Message("nests lists or mappings"))


def _as_mapping(root: yaml.Node | None) -> yaml.MappingNode:
    if root is None or (isinstance(root, yaml.ScalarNode) and root.value == ""):
        return yaml.MappingNode("tag:yaml.org,2002:map", [])
    if not isinstance(root, yaml.MappingNode):
        raise _Unreadable(Message("must contain lines of the form “name: value”"))
    return root


def _items(
    mapping: yaml.MappingNode, problems: list[Message], meaning: Callable[[str], str] = str
) -> Iterator[tuple[str, yaml.Node]]:
    """Yield names with their values; a second name of the same meaning is a problem."""
    lines: dict[str, int] = {}
    for key, value in mapping.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            text = Message("has a list or mapping for a name, line {line}", line=str(line))
            problems.append(text)
            continue
        same = meaning(key.value)
        if same in lines:
            name = one_line(key.value, _LONGEST_NAME)
            text = Message(
                "sets “{name}” in line {first} and again in line {second}",
                name=name,
                first=str(lines[same]),
                second=str(line),
            )
            problems.append(text)
            continue
        lines[same] = line
        yield key.value, value


def _setting(name: str) -> str:
    return name.replace("-", "_")


def _yaml_value(name: str, node: yaml.Node, problems: list[Message]) -> Value | None:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode) and all(map(_is_text, node.value)):
        return [item.value for item in node.value]
    if isinstance(node, yaml.MappingNode) and all(_is_shallow(value) for _, value in node.value):
        return {inner: _inner_value(value, problems) for inner, value in _items(node, problems)}
    line = node.start_mark.line + 1
    text = Message(
        "nests lists or mappings in “{name}”, line {line}",
        name=one_line(name, _LONGEST_NAME),
        line=str(line),
    )
    problems.append(text)
    return None


def _inner_value(node: yaml.Node, problems: list[Message]) -> str | dict[str, str]:
    if isinstance(node, yaml.MappingNode):
        return {name: str(value.value) for name, value in _items(node, problems)}
    return str(node.value)


def _is_shallow(node: yaml.Node) -> bool:
    """Return whether it is a text, or a mapping of texts such as costs."""
    is_mapping = isinstance(node, yaml.MappingNode)
    return _is_text(node) or (is_mapping and all(_is_text(value) for _, value in node.value))


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode)


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
    """Read a dataset's settings file; what is wrong is named by its line, not its content."""
    values, found = read_yaml(text)
    given = {name: value for name, value in values.items() if value not in _UNSET}
    return in_file(key, given, *found)


def in_file(key: str, values: Mapping[str, Any], *problems: Message) -> Source:
    """Return what a file says; problems are clauses that fit after its name."""
    place = verbatim(key)
    worded = (
        Message("the file {place} {problem}", place=place, problem=problem) for problem in problems
    )
    return Source(set_in(place), place, values, tuple(worded))


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
        "serve": _serves_without_machines(settings),
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


def refusals_without_spark(settings: DatasetSettings) -> Source:
    """Return what a stack without Spark can't give."""
    text = Message(
        "“engine” is spark, which was not deployed: your AWS administrator can add it with the "
        "setting “spark”"
    )
    stack, problems = Message("the stack"), (text,) if settings.engine == "spark" else ()
    return Source(Message("the stack has no Spark"), stack, {}, problems)


def _serves_without_machines(settings: DatasetSettings) -> bool:
    serving = settings.serving()
    return serving is not None and serving.kind == "serverless"


def read_settings(client: S3Client, bucket: str, dataset: str) -> Source | None:
    """Return what the dataset's settings file says, or None if there is none.

    Whatever is wrong with the file is a problem of the source, so that it fails a run, which is
    reported, and never what comes before a run.
    """
    key = settings_key(dataset)
    if len(key.encode(errors="replace")) > _LONGEST_KEY:
        return None  # no object can have that name
    try:
        found = fetch(client, f"s3://{bucket}/{key}")
    except ClientError as error:
        # A right that is missing fails the run, too; what may pass is tried again.
        denied = error.response["Error"]["Code"] == "AccessDenied"
        reason = Message("S3 answered AccessDenied") if denied else why_unreadable(error)
        if reason is None:
            raise
        return in_file(key, {}, Message("cannot be read: {reason}", reason=reason))
    if found is None:
        return None
    content = found["Body"].read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        return in_file(key, {}, Message("is larger than {size} KB", size=_LARGEST_BYTES >> 10))
    return from_yaml(key, content.decode("utf-8-sig", "replace"))


def of_upload(
    client: S3Client, bucket: str, dataset: str, metadata: Mapping[str, str]
) -> tuple[Source, ...]:
    """Return where the settings of an uploaded file come from, the strongest first."""
    file = read_settings(client, bucket, dataset)
    stack = from_stack(os.environ.get("DATASET_DEFAULTS", "{}"))
    return (from_metadata(metadata), *([] if file is None else [file]), stack)
