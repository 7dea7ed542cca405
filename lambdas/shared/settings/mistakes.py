"""What is wrong with a setting, in words of our own: pydantic's are English and for programmers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lambdas.shared.findings.message import Message, verbatim

Context = Mapping[str, Any]


class Refused(ValueError):  # noqa: N818 - it refuses a value
    """A value that a check of our own refuses.

    Parameters
    ----------
    message : Message
        Why, as a clause that does not quote the value.
    """

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


def _number(_: Context) -> Message:
    return Message("it must be a number")


def _whole_number(_: Context) -> Message:
    return Message("it must be a whole number")


def _yes_or_no(_: Context) -> Message:
    return Message("it must be yes or no")


def _text(_: Context) -> Message:
    return Message("it must be a text")


def _list(_: Context) -> Message:
    return Message("it must be a list")


def _filled(_: Context) -> Message:
    return Message("it must not be empty")


def _short(context: Context) -> Message:
    return Message("it is too long: at most {most}", most=str(context["max_length"]))


def _one_of(context: Context) -> Message:
    choices = re.findall(r"'([^']*)'", context["expected"])
    return Message("it must be one of: {choices}", choices=", ".join(map(_shown, choices)))


def _shown(choice: str) -> str:
    return {"\\t": "tab", ",": "comma"}.get(choice, choice)


# By pydantic's type of error; figures are written as they are typed in settings.
_PROBLEMS: Mapping[str, Callable[[Context], Message]] = {
    "less_than_equal": lambda c: Message("it must be at most {most}", most=str(c["le"])),
    "less_than": lambda c: Message("it must be less than {limit}", limit=str(c["lt"])),
    "greater_than_equal": lambda c: Message("it must be at least {least}", least=str(c["ge"])),
    "greater_than": lambda c: Message("it must be more than {limit}", limit=str(c["gt"])),
    "multiple_of": lambda c: Message(
        "it must be a multiple of {step}", step=str(c["multiple_of"])
    ),
    "string_pattern_mismatch": lambda c: Message(
        "it must have the form {pattern}", pattern=str(c["pattern"])
    ),
    "literal_error": _one_of,
    "int_parsing": _whole_number,
    "int_type": _whole_number,
    "int_from_float": _whole_number,
    "int_parsing_size": _whole_number,
    "float_parsing": _number,
    "float_type": _number,
    "finite_number": _number,
    "bool_parsing": _yes_or_no,
    "bool_type": _yes_or_no,
    "string_type": _text,
    "string_unicode": _text,
    "tuple_type": _list,
    "list_type": _list,
    "too_short": _filled,
    "string_too_short": _filled,
    "too_long": _short,
    "string_too_long": _short,
}  # fmt: skip


def what_is_wrong(error: Mapping[str, Any]) -> Message:
    """Return a clause for one of pydantic's errors, taken without the input."""
    context = error.get("ctx", {})
    refused = context.get("error")
    if isinstance(refused, Refused):
        return refused.message
    problem = _PROBLEMS.get(error["type"])
    # pydantic's messages state what is allowed; without the input they quote no value.
    return problem(context) if problem else verbatim(error["msg"][:1].lower() + error["msg"][1:])
