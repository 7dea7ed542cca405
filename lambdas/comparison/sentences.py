"""How many rows could be compared, and how good each version was, in the words of a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.report import quality
from lambdas.report.language import Language
from lambdas.shared.contracts.actuals import ComparedActuals
from lambdas.shared.findings.message import metric_name
from lambdas.shared.group_size import FEWEST_ROWS


def done(words: Language, compared: ComparedActuals) -> str:
    """Return how many rows of the file were predicted."""
    return words(
        "actuals.done",
        count=compared.matched,
        target=compared.target,
        known=words.whole(compared.known),
        rows=words.whole(compared.rows),
    )


def of_version(words: Language, found: Mapping[str, Any]) -> str:
    """Return how good a version's predictions were beside those of its test rows.

    Parameters
    ----------
    words : Language
    found : mapping
        One of the ``versions`` of ``quality.json``.
    """
    months = found["periods"]
    about = {
        "version": words.whole(found["version"]),
        "months": months[0] if len(months) == 1 else words.span(months[0], months[-1]),
        "rows": words.whole(found["rows"]),
        "predicted": words.whole(found["predicted"]),
    }
    comparison = found["comparison"]
    if comparison is None:
        return words("actuals.few", fewest=words.whole(FEWEST_ROWS), **about)
    name = comparison["judged_by"]
    if name is None:
        return words("actuals.unknown", **about)
    write = quality.writer(words, name)
    return words(
        f"actuals.{comparison['verdict']}",
        metric=words.say(metric_name(name)),
        here=write(found["metrics"][name]),
        there=write(comparison["registered"][name]),
        **about,
    )
