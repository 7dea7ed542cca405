"""Sentences that can be said in any language: an English template, and the values in its places.

In the spirit of gettext, whose catalogues have to be compiled and cannot hold one sentence within
another: the English text is the key of its translation, and a number chooses the plural.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from lambdas.shared.findings.numbers import Numbers
from lambdas.shared.findings.one_line import one_line

Value = Union[str, int, float, "Message"]
NAMED = 10  # most items of a list that are named


@dataclass(frozen=True, init=False)
class Message:
    """A sentence without capital and full stop, or a part of one; never with a cell's value.

    Parameters
    ----------
    one : str
        English, with ``{name}`` for the value of that name. A literal: a test collects them.
    many : str, optional
        What is said unless the value ``count`` is 1.
    **values : str, int, float or Message
        A name as it is (in one line, without control characters), a number as the language
        writes it, a sentence within this one. Numbers of rows and lines are not amounts: give
        them through `listed`.
    """

    one: str
    many: str | None
    values: Mapping[str, Value] = field(hash=False)

    def __init__(self, one: str, many: str | None = None, /, **values: Value) -> None:
        object.__setattr__(self, "one", one)
        object.__setattr__(self, "many", many)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        """Say it in English."""
        return ENGLISH.say(self)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        values = {
            name: value.to_json() if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return {"one": self.one, "many": self.many, "values": values}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Message:
        """Return what `to_json` was called on."""
        values = {
            name: cls.from_json(value) if isinstance(value, Mapping) else value
            for name, value in document["values"].items()
        }
        return cls(document["one"], document["many"], **values)


@dataclass(frozen=True)
class Wording:
    """A language in which messages are said.

    Parameters
    ----------
    numbers : Numbers
    catalogue : mapping of str to str or list of str
        English template to the language's own, or to the one for 1 and the one for other numbers.
        What it lacks is said in English.
    """

    numbers: Numbers
    catalogue: Mapping[str, str | Sequence[str]]

    def say(self, message: Message) -> str:
        """Return the sentence in this language."""
        values = {name: self._written(value) for name, value in message.values.items()}
        return self._template(message).format(**values)

    def _template(self, message: Message) -> str:
        is_one = message.many is None or message.values["count"] == 1
        own = self.catalogue.get(message.one)
        if own is None:
            return message.one if is_one else str(message.many)
        forms = [own] if isinstance(own, str) else own
        return forms[0] if is_one else forms[-1]

    def _written(self, value: Value) -> str:
        if isinstance(value, Message):
            return self.say(value)
        if isinstance(value, str):
            return one_line(value)
        write = self.numbers.whole if isinstance(value, int) else self.numbers.figures
        return write(value)


ENGLISH = Wording(Numbers(), {})


def verbatim(text: str) -> Message:
    """Return a text of someone else, which every language shows as it is."""
    return Message("{text}", text=text)


def listed(items: Sequence[str] | Sequence[int]) -> Message:
    """Return the first few of many names, or of the numbers of rows, columns or lines."""
    names = [str(item) for item in items]
    if len(names) > NAMED:
        more = len(names) - NAMED
        return Message("{names} and {count} more", names=", ".join(names[:NAMED]), count=more)
    if len(names) < 2:
        return verbatim("".join(names))
    return Message("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])


def together(messages: Sequence[Message]) -> Message:
    """Return clauses as one, separated by semicolons."""
    first, *others = messages
    return Message("{first}; {others}", first=first, others=together(others)) if others else first


def sentence(text: str) -> str:
    """Give a text a capital and an end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
