"""Sentences that can be said in any language: an English template, and the values in its places.

In the spirit of gettext, whose catalogues have to be compiled and cannot hold one sentence within
another: the English text is the key of its translation, and a number chooses the plural.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

_LARGEST_PLAIN, _SMALLEST_PLAIN = 1e15, 1e-6  # beyond, powers of ten read better
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Numbers:
    """The signs of a language, by default those of English.

    Parameters
    ----------
    thousands, decimal : str
        What separates groups of three digits, and whole ones from decimals.
    percent : str
        What follows a percentage.
    ungrouped : int
        Most digits of a whole number that are written without a separator.
    """

    thousands: str = ","
    decimal: str = "."
    percent: str = "%"
    ungrouped: int = 3

    def fixed(self, value: float, digits: int) -> str:
        """Write a number with so many decimals."""
        return self._signs(f"{value:,.{digits}f}")

    def figures(self, value: float, digits: int = 4) -> str:
        """Write a number with so many significant digits, as a power of ten only if need be."""
        size = abs(value)
        if size and not _SMALLEST_PLAIN <= size < _LARGEST_PLAIN:
            factor, power = f"{value:.{digits - 1}e}".split("e")
            return f"{self._signs(_short(factor))} \u00d7 10{str(int(power)).translate(_RAISED)}"
        decimals = digits - 1 - math.floor(math.log10(size)) if size else 0
        return self._signs(_short(f"{value:,.{max(0, decimals)}f}"))

    def whole(self, value: float) -> str:
        """Write a whole number."""
        return self.fixed(value, 0)

    def share(self, value: float) -> str:
        """Write a share as a percentage with one decimal."""
        return self.fixed(100 * value, 1) + self.percent

    def _signs(self, text: str) -> str:
        if not any(sign in "123456789" for sign in text):
            text = text.lstrip("-")  # what is written as nothing has no sign
        whole, point, decimals = text.partition(".")
        if sum(sign.isdigit() for sign in whole) <= self.ungrouped:
            whole = whole.replace(",", "")
        whole = whole.replace(",", self.thousands).replace("-", "\u2212")
        return f"{whole}{self.decimal if point else ''}{decimals}"


def _short(text: str) -> str:
    """Cut zeros that say nothing off the end of a number."""
    return text.rstrip("0").rstrip(".") if "." in text else text


# Controls but for tab and line feed, what turns text around or joins it unseen, separators of
# lines, halves of letters. Joiners within words (of Persian and Hindi, in emoji) stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
SUBJECT_LIMIT = 99  # SNS: no line breaks or control characters, fewer than 100 characters


def one_line(text: str, limit: int | None = None) -> str:
    """Return a text without what breaks or turns around a line: control and format characters.

    Parameters
    ----------
    text : str
    limit : int, optional
        Most characters.
    """
    return "".join(sign if sign.isprintable() else " " for sign in text)[:limit]


def visible(text: str) -> str:
    """Write out, by its number, what can't be seen and changes how a page is read."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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


_NAMES: Mapping[str, Message] = {
    "accuracy": Message("accuracy"),
    "balanced_accuracy": Message("balanced accuracy"),
    "roc_auc": Message("ROC AUC"),
    "f1": Message("F1"),
    "f1_macro": Message("F1 (macro)"),
    "sensitivity": Message("sensitivity"),
    "specificity": Message("specificity"),
    "log_loss": Message("log loss"),
    "brier": Message("Brier score"),
    "r2": Message("R²"),
    "mae": Message("mean absolute error"),
    "rmse": Message("root mean squared error"),
}


def metric_name(metric: str) -> Message:
    """Return a metric's name; one without a name here is shown as it is."""
    return _NAMES.get(metric, verbatim(metric))
