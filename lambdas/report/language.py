"""The report's languages: texts from a catalogue each, and numbers as they are written there."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "texts"
DEFAULT = "en"
LANGUAGES = tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))
_LARGEST_PLAIN, _SMALLEST_PLAIN = 1e15, 1e-6  # beyond, powers of ten read better


@dataclass(frozen=True)
class Language:
    """A language's catalogue and its number signs.

    Parameters
    ----------
    code : str
        BCP 47 tag.
    texts : mapping of str to str
        Key to text; ``{name}`` stands for a value.
    explained : mapping of str to mapping
        ``summary`` and ``advice`` of each code of a finding or a failure; empty in English, in
        which both are written.
    """

    code: str
    texts: Mapping[str, str]
    explained: Mapping[str, Mapping[str, str]]

    def __call__(self, key: str, **values: Any) -> str:
        """Return a text with its values filled in."""
        return self.texts[key].format(**values)

    def has(self, key: str) -> bool:
        """Tell whether there is such a text."""
        return key in self.texts

    def fixed(self, value: float, digits: int) -> str:
        """Write a number with so many decimals."""
        return self._signs(f"{value:,.{digits}f}")

    def figures(self, value: float, digits: int = 4) -> str:
        """Write a number with so many significant digits, without an exponent where one can."""
        size = abs(value)
        if size and not _SMALLEST_PLAIN <= size < _LARGEST_PLAIN:
            return self._signs(f"{value:.{digits - 1}e}")
        decimals = digits - 1 - math.floor(math.log10(size)) if size else 0
        text = f"{value:,.{max(0, decimals)}f}"
        return self._signs(text.rstrip("0").rstrip(".") if "." in text else text)

    def whole(self, value: float) -> str:
        """Write a whole number."""
        return self.fixed(value, 0)

    def percent(self, share: float) -> str:
        """Write a share as a percentage with one decimal."""
        return self.fixed(100 * share, 1) + "\u00a0%"

    def span(self, low: str, high: str) -> str:
        """Write a range between two numbers, each as it is written."""
        return f"{low} \u2013 {high}"

    def _signs(self, text: str) -> str:
        """Put the language's own signs for thousands and decimals, and a true minus."""
        return text.translate(
            {ord(","): self.texts["number.thousands"], ord("."): self.texts["number.decimal"]}
            | {ord("-"): "\u2212"}
        )


@cache
def language(code: str | None) -> Language:
    """Return a language; the default one for a code that has no catalogue."""
    known = code if code in LANGUAGES else DEFAULT
    texts = json.loads((_FOLDER / f"{known}.json").read_text(encoding="utf-8"))
    explained = {}
    if known != DEFAULT:
        explained = json.loads((_FOLDER / "explained" / f"{known}.json").read_text("utf-8"))
    return Language(str(known), texts, explained)
