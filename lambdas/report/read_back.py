"""Messages read back from the English text of an exception, which is all that a Lambda hands on."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import cache

from lambdas.report.language import LANGUAGES, language
from lambdas.shared.message import Message, verbatim
from lambdas.shared.messages import EXPLANATIONS

_FEWEST_LETTERS = 8  # of a template itself: with fewer it fits anything
_CLAUSES = ("problem", "reason")  # places that hold a clause of ours in turn
_NUMBERED = re.compile(r"\((\d+)\) ")


def details_of(code: str, message: str) -> list[str]:
    """Return the sentences that ``compose`` put between a failure's summary and its advice."""
    explanation = EXPLANATIONS[code]
    middle = message.removeprefix(f"{explanation.summary}. ").removesuffix(explanation.advice)
    parts = _NUMBERED.split(middle.strip())
    found = parts[2::2] if len(parts) > 2 and not parts[0] else parts
    return [text.strip().removesuffix(".") for text in found if text.strip()]


def recognized(text: str) -> Message:
    """Return the message that says a text in English, or the text as it is if none does."""
    for pattern, template in _patterns():
        found = pattern.fullmatch(text) or pattern.fullmatch(text[:1].lower() + text[1:])
        if found:
            values = {
                name: recognized(value).to_json() if name in _CLAUSES else value
                for name, value in found.groupdict().items()
            }
            return Message.from_json({"one": template, "many": None, "values": values})
    return verbatim(text)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the templates without a plural, those that say most first."""
    templates = {
        template
        for code in LANGUAGES
        for template, own in language(code).wording.catalogue.items()
        if isinstance(own, str)
    }
    known = [(sum(map(len, _literals(each))), each) for each in templates]
    usable = sorted((item for item in known if item[0] >= _FEWEST_LETTERS), reverse=True)
    return tuple((_pattern(template), template) for _, template in usable)


def _literals(template: str) -> Iterator[str]:
    return (literal for literal, *_ in string.Formatter().parse(template))


def _pattern(template: str) -> re.Pattern[str]:
    forms = (
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
        for literal, name, *_ in string.Formatter().parse(template)
    )
    return re.compile("".join(forms))
