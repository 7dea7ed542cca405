"""Types of settings, written as one text or as YAML has them; what is wrong with a value."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from lambdas.shared.findings.message import Message, verbatim

Context = Mapping[str, Any]
_NUMBER = Message("it must be a number")
_WHOLE_NUMBER = Message("it must be a whole number")
_YES_OR_NO = Message("it must be yes or no")
_TEXT = Message("it must be a text")
_LIST = Message("it must be a list")
_FILLED = Message("it must not be empty")


def _list(value: Any) -> Any:
    """Take a list as YAML has it, as JSON, or as one line of CSV, which metadata must use."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(Message("it is not a list in JSON")) from None
    return [item.strip() for item in next(csv.reader([value], skipinitialspace=True), [])]


def pairs(value: Any) -> Any:
    """Take names with values as YAML has them, as JSON, or as "name=value" in one line of CSV."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(Message("it is not an object in JSON")) from None
    items = [item.partition("=") for item in _list(value) if item]
    if not all(sign for _, sign, _ in items):
        raise Refused(Message("it is not a list of names with values, such as visit=%d/%m/%Y"))
    return {name.strip(): text.strip() for name, _, text in items}


Pairs = Annotated[dict[str, str], BeforeValidator(pairs)]
Names = Annotated[tuple[str, ...], BeforeValidator(_list)]


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


def _short(context: Context) -> Message:
    return Message("it is too long: at most {most}", most=str(context["max_length"]))


def _one_of(context: Context) -> Message:
    choices = re.findall(r"'([^']*)'", context["expected"])
    return Message("it must be one of: {choices}", choices=", ".join(map(_shown, choices)))


def _shown(choice: str) -> str:
    return {"\\t": "tab", ",": "comma"}.get(choice, choice)


# By pydantic's type of error; figures are written as they are typed in settings.
_PROBLEMS: Mapping[str, Message | Callable[[Context], Message]] = {
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
    "int_parsing": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _YES_OR_NO,
    "bool_type": _YES_OR_NO,
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "too_short": _FILLED,
    "string_too_short": _FILLED,
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
    if problem is None:
        # pydantic's messages state what is allowed; without the input they quote no value.
        return verbatim(error["msg"][:1].lower() + error["msg"][1:])
    return problem if isinstance(problem, Message) else problem(context)
