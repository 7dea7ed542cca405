"""The setting `retrain_when`: conditions of which any is a reason to train a newer upload."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator

from lambdas.shared.findings.message import Message, together
from lambdas.shared.settings.jobs import NO, YES
from lambdas.shared.settings.values import Names, Refused

# By its word: how a condition is written, and an example where it has a figure.
_FORMS = {
    "drifted": (re.compile(r"drifted()"), "drifted"),
    "worse": (re.compile(r"worse()"), "worse"),
    "new_rows": (re.compile(r"new_rows>=([1-9][0-9]{0,11})"), "new_rows>=500"),
    "older_than": (re.compile(r"older_than=([1-9][0-9]{0,3})d"), "older_than=30d"),
}
# Settings that these conditions were once, and how they are written now.
FORMER_CONDITIONS: Mapping[str, str] = {
    "retrain_after_new_rows": "retrain_when: [new_rows>=N]",
    "retrain_when_worse": "retrain_when: [worse]",
}


def read_conditions(texts: Iterable[str]) -> dict[str, int]:
    """Return the conditions by their words, with their figures; 0 where there is none.

    Raises
    ------
    Refused
        With everything that is wrong with them.
    """
    tidy = [re.sub(r"\s", "", text).lower().replace("-", "_") for text in texts]
    matches = [found for text in tidy for found in [_match(text)] if found]
    problems = [_problem(text) for text in tidy if not _match(text)]
    problems += _twice([word for word, _ in matches])
    if problems:
        raise Refused(together(problems))
    return dict(matches)


def _match(text: str) -> tuple[str, int] | None:
    for word, (form, _) in _FORMS.items():
        found = form.fullmatch(text)
        if found:
            return word, int(found[1] or 0)
    return None


def _problem(text: str) -> Message:
    """Say what is wrong without quoting it."""
    word = re.split(r"[^a-z_]", text, maxsplit=1)[0]
    nearest = difflib.get_close_matches(word, _FORMS, n=1)
    if nearest:
        form = _FORMS[nearest[0]][1]
        return Message("a condition cannot be read; did you mean “{form}”?", form=form)
    forms = ", ".join(form for _, form in _FORMS.values())
    return Message("a condition cannot be read; there are {forms}", forms=forms)


def _twice(words: Sequence[str]) -> Iterator[Message]:
    for word in sorted({word for word in words if words.count(word) > 1}):
        yield Message("the condition “{word}” is there twice", word=word)


def _tidy(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the conditions as settings have them."""
    found = read_conditions(texts)
    return tuple(re.sub(r"\d+", str(figure), _FORMS[w][1]) for w, figure in found.items())


Conditions = Annotated[Names, AfterValidator(_tidy)]


def with_conditions(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in which those of former times are one list, by the first one's name."""
    former = [name for name in values if name.replace("-", "_") in FORMER_CONDITIONS]
    others = {name: value for name, value in values.items() if name not in former}
    if not former:
        return others
    said = [text for name in former for text in _of_former(name.replace("-", "_"), values[name])]
    return {**others, former[0]: said}


def _of_former(name: str, value: Any) -> list[str]:
    word = str(value).strip().lower()
    if name == "retrain_after_new_rows":
        return [] if value is None else [f"new_rows>={word}"]
    return ["worse"] if word in YES else [] if word in NO else [f"worse={word}"]
