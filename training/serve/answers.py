"""Predictions as CSV or JSON, every number with all its digits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from training.serve.predictor import Outcome
from training.serve.reasons import Reasons

_NEEDS_QUOTES = re.compile('[",\r\n]')
_LEVEL = "0.9"  # of the interval in CSV
_EVEN = 0.5  # of two classes, the more probable one


def to_csv(outcome: Outcome, reasons: Reasons | None = None, *, details: bool = False) -> str:
    """Write ``prediction,probability:<class>,...`` and a line a row.

    With details, a number's ``low,high`` follow, between which nine of ten true ones are expected,
    or for two classes the ``threshold`` that the positive one's probability has to reach.
    With reasons, ``explained,unit,base,contribution:<feature>,...`` follow; of only the strongest
    ones ``unit,base,reason_1,contribution_1,...``, with ``explained`` before them for classes.
    """
    header, columns = ["prediction"], [_cells(outcome.predictions)]
    if outcome.labels is not None and outcome.probabilities is not None:
        header += [f"probability:{label}" for label in outcome.labels]
        columns += map(_cells, outcome.probabilities.T.tolist())
    if details:
        more = _details(outcome)
        header += more
        columns += map(_cells, more.values())
    if reasons:
        added = _of_reasons(reasons)
        header += added
        columns += added.values()
    # A CSV writer would look for what needs quotes in every number: it takes half as long again.
    lines = [_cells(header), *zip(*columns, strict=True)]
    return "\n".join([*map(",".join, lines), ""])


def _of_reasons(reasons: Reasons) -> dict[str, list[str]]:
    """Return cells by the names of their columns."""
    rows = len(reasons.base)
    shared = {"unit": [reasons.unit] * rows, "base": _cells(reasons.base.tolist())}
    if reasons.chosen is None:
        given = reasons.contributions.T.tolist()
        every = {
            f"contribution:{name}": _cells(each)
            for name, each in zip(reasons.names, given, strict=True)
        }
        return {"explained": _cells(reasons.of or [""] * rows), **shared, **every}
    names = [_quoted(name) for name in reasons.names]
    found = {"explained": _cells(reasons.of)} | shared if reasons.of else shared
    pairs = zip(reasons.chosen.T.tolist(), reasons.contributions.T.tolist(), strict=True)
    for number, (features, given) in enumerate(pairs, 1):
        found[f"reason_{number}"] = [
            names[feature] if each else "" for feature, each in zip(features, given, strict=True)
        ]
        found[f"contribution_{number}"] = [repr(each) if each else "" for each in given]
    return found


def _cells(values: Sequence[Any]) -> list[str]:
    """Return numbers with all their digits, or texts in quotes where CSV needs them."""
    if not isinstance(values[0], str):
        return list(map(repr, values))
    written = {text: _quoted(text) for text in set(values)}
    return [written[text] for text in values]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _details(outcome: Outcome) -> dict[str, list[float]]:
    if outcome.labels is None:
        half = outcome.half_widths.get(_LEVEL)
        if half is None:
            return {}
        numbers = outcome.predictions
        return {"low": [each - half for each in numbers], "high": [each + half for each in numbers]}
    if len(outcome.labels) != 2:
        return {}
    known = outcome.threshold
    threshold = _EVEN
    if known and known.thresholds and known.positive_class:
        threshold = known.thresholds[known.positive_class]
    return {"threshold": [threshold] * len(outcome.predictions)}


def to_json(outcome: Outcome, reasons: Reasons | None = None) -> str:
    """Write ``{"predictions": [{"prediction": ..., "probabilities": {class: ...}}]}``.

    A number comes with ``intervals`` instead, ``{level: [from, to]}``, where the model has them.
    With reasons, a prediction also has ``reasons``: ``{"explained": class, "base": ...,
    "contributions": {feature: ...}}``.
    Beside the predictions of classes stands the ``threshold`` as ``model.json`` has it.
    """
    if outcome.labels is None or outcome.probabilities is None:
        predictions = [_number(value, outcome.half_widths) for value in outcome.predictions]
    else:
        rows = zip(outcome.predictions, outcome.probabilities.tolist(), strict=True)
        predictions = [
            {
                "prediction": prediction,
                "probabilities": dict(zip(outcome.labels, probabilities, strict=True)),
            }
            for prediction, probabilities in rows
        ]
    beside: dict[str, Any] = {}
    if outcome.threshold:
        beside["threshold"] = outcome.threshold.to_dict()
    if reasons:
        beside["reasons"] = _add_reasons(predictions, reasons)
    return json.dumps({"predictions": predictions, **beside}, ensure_ascii=False)


def _add_reasons(predictions: list[dict[str, Any]], reasons: Reasons) -> dict[str, str]:
    """Give each prediction its reasons; return how they came about."""
    for prediction, found in zip(predictions, _reasons(reasons), strict=True):
        prediction["reasons"] = found
    return {"unit": reasons.unit, "method": "exact" if reasons.is_exact else "sampled"}


def _reasons(reasons: Reasons) -> Iterator[dict[str, Any]]:
    classes: Sequence[str | None] = reasons.of or [None] * len(reasons.base)
    rows = zip(classes, reasons.base.tolist(), reasons.contributions.tolist(), strict=True)
    for number, (explained, base, contributions) in enumerate(rows):
        of = {} if explained is None else {"explained": explained}
        if reasons.chosen is None:
            added = dict(zip(reasons.names, contributions, strict=True))
        else:
            features = [reasons.names[place] for place in reasons.chosen[number]]
            pairs = zip(features, contributions, strict=True)
            added = {name: each for name, each in pairs if each}
        yield {**of, "base": base, "contributions": added}


def _number(value: float, half_widths: Mapping[str, float]) -> dict[str, Any]:
    if not half_widths:
        return {"prediction": value}
    intervals = {level: [value - half, value + half] for level, half in half_widths.items()}
    return {"prediction": value, "intervals": intervals}
