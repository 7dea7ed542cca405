"""The report's languages: texts from a catalogue each, and numbers as it writes them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lambdas.shared.failures.messages import EXPLANATIONS, Explanation
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import Message, Numbers, Wording

_FOLDER = Path(__file__).parent / "texts"
DEFAULT = "en"
_ENGLISH = EXPLANATIONS | {
    code: Explanation(kind.summary, kind.advice) for code, kind in KINDS.items()
}
LANGUAGES = tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


@dataclass(frozen=True)
class Language:
    """A language's catalogue and its number signs.

    Parameters
    ----------
    code : str
        BCP 47 tag.
    texts : mapping of str to str or list of str
        Key to text, or to the one for 1 and the one for other numbers; ``{name}`` stands for a
        value.
    explanations : mapping of str to Explanation
        Of each code of a finding or a failure.
    wording : Wording
        Its numbers, and the catalogue of messages.
    """

    code: str
    texts: Mapping[str, str | Sequence[str]]
    explanations: Mapping[str, Explanation]
    wording: Wording

    def __call__(self, key: str, **values: Any) -> str:
        """Return a text with its values filled in; of two forms, the one for ``count``."""
        text = self.texts[key]
        if isinstance(text, str):
            return text.format(**values)
        form = text[0 if values["count"] == 1 else 1]
        return form.format(**{**values, "count": self.whole(values["count"])})

    def has(self, key: str) -> bool:
        """Return whether there is such a text."""
        return key in self.texts

    def say(self, message: Message | Mapping[str, Any]) -> str:
        """Return a message, or one as JSON, in this language."""
        said = message if isinstance(message, Message) else Message.from_json(message)
        return self.wording.say(said)

    def fixed(self, value: float, digits: int) -> str:
        """Write a number with so many decimals."""
        return self.wording.numbers.fixed(value, digits)

    def figures(self, value: float, digits: int = 4) -> str:
        """Write a number with so many significant digits."""
        return self.wording.numbers.figures(value, digits)

    def whole(self, value: float) -> str:
        """Write a whole number."""
        return self.wording.numbers.whole(value)

    def percent(self, share: float) -> str:
        """Write a share as a percentage with one decimal."""
        return self.wording.numbers.share(share)

    def span(self, low: str, high: str) -> str:
        """Write a range between two numbers, each as it is written."""
        return f"{low} \u2013 {high}"


@cache
def language(code: str | None) -> Language:
    """Return a language; the default one for a code that has no catalogue."""
    known = code if code in LANGUAGES else DEFAULT
    texts = json.loads((_FOLDER / f"{known}.json").read_text(encoding="utf-8"))
    explanations, messages = _ENGLISH, {}
    if known != DEFAULT:
        messages = json.loads((_FOLDER / "messages" / f"{known}.json").read_text("utf-8"))
        explanations = {
            code: Explanation(messages[said.summary], said.advice and messages[said.advice])
            for code, said in _ENGLISH.items()
        }
    numbers = Numbers(
        thousands=texts["number.thousands"],
        decimal=texts["number.decimal"],
        percent=texts["number.percent"],
        ungrouped=int(texts["number.ungrouped"]),
    )
    return Language(str(known), texts, explanations, Wording(numbers, messages))


def language_of_dataset(chosen: object) -> Language:
    """Return the language that a dataset's settings choose, or else the stack's default."""
    of_stack = json.loads(os.environ.get("DATASET_DEFAULTS") or "{}").get("language")
    return language(str(chosen or of_stack))
