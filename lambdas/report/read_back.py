"""Messages read back from the English text of an exception, which is all that a Lambda hands on."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lambdas.report.language import LANGUAGES, language
from lambdas.shared.failures.messages import EXPLANATIONS
from lambdas.shared.findings.message import Message, verbatim

_FEWEST_LETTERS = 8  # of a template itself: with fewer it fits anything
_CLAUSES = ("problem", "reason")  # places that hold a clause of ours in turn
_NUMBERED = re.compile(r"\((\d+)\) ")
_LISTED = re.compile(r"(?P<names>\d+(, \d+)*) and (?P<last>\d+)(?P<more> more)?")  # of rows
_AMOUNT = re.compile(r"\d{1,3}(,\d{3})+")
_PLURALS = Path(__file__).parent / "texts" / "messages" / "en.json"


def details_of(code: str, message: str) -> list[str]:
    """Return the sentences that ``compose`` put between a failure's summary and its advice."""
    explanation = EXPLANATIONS[code]
    middle = message.removeprefix(f"{explanation.summary}. ").removesuffix(explanation.advice)
    parts = _NUMBERED.split(middle.strip())
    found = parts[2::2] if len(parts) > 2 and not parts[0] else parts
    return [text.strip().removesuffix(".") for text in found if text.strip()]


def recognized(text: str) -> Message:
    """Return the message that says a text in English, or the text as it is if none does."""
    for pattern, one, many, count in _patterns():
        found = pattern.fullmatch(text) or pattern.fullmatch(text[:1].lower() + text[1:])
        if found:
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            return Message.from_json({"one": one, "many": many, "values": count | values})
    return verbatim(text)


def _value(name: str, text: str) -> Any:
    if name in _CLAUSES:
        return recognized(text).to_json()
    listed = _LISTED.fullmatch(text)
    if listed and listed["more"]:
        count = int(listed["last"])
        return Message("{names} and {count} more", names=listed["names"], count=count).to_json()
    if listed:
        return Message("{names} and {last}", names=listed["names"], last=listed["last"]).to_json()
    is_amount = _AMOUNT.fullmatch(text) or (name == "count" and text.isdigit())
    return int(text.replace(",", "")) if is_amount else text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, str | None, dict[str, int]], ...]:
    """Return patterns with template, plural and a count that chooses it; the longest first."""
    plurals = json.loads(_PLURALS.read_text(encoding="utf-8"))
    templates = {one for code in LANGUAGES for one in language(code).wording.catalogue}
    forms = [
        (sum(map(len, _literals(form))), form, one, plurals.get(one))
        for one in templates
        for form in {one, plurals.get(one, one)}
    ]
    usable = [
        each
        for each in sorted(forms, key=lambda each: each[:2], reverse=True)
        if each[0] >= _FEWEST_LETTERS
    ]
    return tuple(
        (_pattern(form), one, many, {"count": 1 if form == one else 2} if many else {})
        for _, form, one, many in usable
    )


def _literals(template: str) -> Iterator[str]:
    return (literal for literal, *_ in string.Formatter().parse(template))


def _pattern(template: str) -> re.Pattern[str]:
    forms = (
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
        for literal, name, *_ in string.Formatter().parse(template)
    )
    return re.compile("".join(forms))
