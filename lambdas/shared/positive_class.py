"""The class of a binary task that is looked for, and how it is chosen from the classes' names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from lambdas.shared.findings.message import Message

# Labels that say by themselves, in English or Spanish, "has it" or "has it not".
_PRESENT = frozenset(
    {
        *("1", "true", "t", "yes", "y", "positive", "pos", "+", "malignant", "abnormal", "disease"),
        *("diseased", "sick", "case", "present", "dead", "died", "death", "event"),
        *("sí", "si", "verdadero", "positivo", "positiva", "maligno", "maligna", "anormal"),
        *("enfermo", "enferma", "enfermedad", "caso", "muerto", "muerta", "fallecido", "fallecida"),
    }
)
_ABSENT = frozenset(
    {
        *("0", "-1", "-", "false", "f", "no", "n", "not", "none", "never", "neg", "negative"),
        *("absent", "absence", "benign", "normal", "healthy", "control", "alive"),
        *("falso", "negativo", "negativa", "ausente", "ausencia", "ninguno", "ninguna", "nunca"),
        *("benigno", "benigna", "sano", "sana", "vivo", "viva"),
    }
)
# A label of several words is negated by its first word ("no recurrence") or its last ("lead-free").
_FIRST = frozenset(
    {
        *("no", "not", "non", "never", "without", "absence", "absent", "negative", "free"),
        *("nunca", "sin", "ausencia", "ausente", "negativo", "negativa", "libre"),
    }
)
_LAST = frozenset({"free", "negative", "absent", "no", "negativo", "negativa", "ausente"})
_NOT_WITHIN = frozenset({"not", "cannot", "nunca", "never"})
# Only before the very name of the other class: "unpaid" of "paid", but not "union".
_PREFIXES = ("un", "in", "im", "il", "ir", "non", "no", "not", "dis", "des", "a", "an")

NAMED_PRESENT = Message("the class whose name says that something is present")
OTHER_ABSENT = Message("the name of the other class says that something is absent")
BY_ORDER = Message(
    "the second class in alphabetical order, as neither name says that something is present"
)


class PositiveClass(NamedTuple):
    """One of two classes, by which sensitivity, precision and the like are measured.

    Attributes
    ----------
    label : str
        As it stands in the splits.
    rule : Message
        What chose it, as a clause for the report.
    """

    label: str
    rule: Message

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's types: the rule in English, and to be translated."""
        return {"label": self.label, "rule": str(self.rule), "wording": self.rule.to_json()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Return what `to_json` was called on."""
        return cls(document["label"], Message.from_json(document["wording"]))


def registered_positive(measured: Mapping[str, Any] | None) -> PositiveClass | None:
    """Return the class that a ``metrics.json`` is about, if there were two; None without one."""
    label = (measured or {}).get("positive_class")
    if measured is None or label is None:
        return None
    return PositiveClass(label, Message.from_json(measured["positive_class_wording"]))


def choose_positive(labels: Sequence[str], named: PositiveClass | None = None) -> PositiveClass:
    """Return the positive one of two classes, and the rule that chose it.

    A class named by a negation is never positive unless the other one is named so too.

    Parameters
    ----------
    labels : sequence of str
    named : PositiveClass, optional
        The one to take; not among the labels, as with a champion of other classes, it does not
        count.
    """
    if named is not None and named.label in labels:
        return named
    present = [label for label in labels if label.strip().casefold() in _PRESENT]
    if len(present) == 1:
        return PositiveClass(present[0], NAMED_PRESENT)
    first, second = sorted(labels)
    absent = [
        label
        for label, other in ((first, second), (second, first))
        if _says_absent(label) or _is_negation_of(label, other)
    ]
    if len(absent) == 1:
        return PositiveClass(first if absent[0] == second else second, OTHER_ABSENT)
    return PositiveClass(second, BY_ORDER)


def _says_absent(label: str) -> bool:
    """Return whether a name says by itself that something is not there."""
    text = label.strip().casefold().replace("\u2019", "'")
    words = _words(text)
    if text in _ABSENT or not words:
        return text in _ABSENT
    if len(words) == 1:
        return words[0] in _ABSENT
    within = any(word in _NOT_WITHIN or word.endswith("n't") for word in words)
    return words[0] in _FIRST or words[-1] in _LAST or within


def _is_negation_of(label: str, other: str) -> bool:
    """Return whether a name is the other one with a negation before it, or a minus for its plus."""
    ends = label.strip(), other.strip()
    if (ends[0][-1:], ends[1][-1:]) == ("-", "+") and ends[0][:-1] == ends[1][:-1]:
        return True
    joined, plain = ("".join(_words(text.casefold())) for text in (label, other))
    return bool(plain) and joined in {prefix + plain for prefix in _PREFIXES}


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text)
