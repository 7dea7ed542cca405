r"""The YAML that settings are written in: names with texts, lists of texts or mappings of texts.

PyYAML's parser is what reads it; what its loaders lack is here. They keep the last of equal names,
and their parser lets errors of others out: of ``chr`` for ``\UFFFFFFFF``, of ``int`` for a version
of thousands of digits, and whatever the next odd file provokes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import yaml

from lambdas.shared.findings.message import Message
from lambdas.shared.findings.one_line import one_line

Value: TypeAlias = str | list[str] | dict[str, str]
_DEEPEST = 10  # the parser calls itself for each level
_LONGEST_NAME = 60  # that messages quote


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
        What is set, by name, as far as it can be told.
    problems : list of Message
        All that is wrong, a clause each that fits after the name of the file; with lines and names
        of settings, never with values.
    """
    problems: list[Message] = []
    try:
        found = list(_pairs(_root(text), problems, _setting))
    except _Unreadable as error:
        return {}, [error.message]
    values = ((name, _value(name, node, problems)) for name, node in found)
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
        return _mapping(root)
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


def _mapping(root: yaml.Node | None) -> yaml.MappingNode:
    if root is None or (isinstance(root, yaml.ScalarNode) and root.value == ""):
        return yaml.MappingNode("tag:yaml.org,2002:map", [])
    if not isinstance(root, yaml.MappingNode):
        raise _Unreadable(Message("must contain lines of the form “name: value”"))
    return root


def _pairs(
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


def _value(name: str, node: yaml.Node, problems: list[Message]) -> Value | None:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode) and all(map(_is_text, node.value)):
        return [item.value for item in node.value]
    if isinstance(node, yaml.MappingNode) and all(_is_text(value) for _, value in node.value):
        return {inner: value.value for inner, value in _pairs(node, problems)}
    line = node.start_mark.line + 1
    text = Message(
        "nests lists or mappings in “{name}”, line {line}",
        name=one_line(name, _LONGEST_NAME),
        line=str(line),
    )
    problems.append(text)
    return None


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode)
