"""Predictions as CSV or JSON, every number with all its digits."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from training.serve.predictor import Outcome
from training.serve.reasons import Reasons


def to_csv(outcome: Outcome, reasons: Reasons | None = None) -> str:
    """Write ``prediction,probability:<class>,...`` and a line a row.

    With reasons, ``explained,unit,base,contribution:<feature>,...`` follow.
    """
    header: list[str] = ["prediction"]
    columns: list[Sequence[Any]] = [outcome.predictions]
    if outcome.labels is not None and outcome.probabilities is not None:
        header += [f"probability:{label}" for label in outcome.labels]
        columns += zip(*outcome.probabilities, strict=True)
    if reasons:
        header += ["explained", "unit", "base"]
        header += [f"contribution:{name}" for name in reasons.names]
        rows = len(outcome.predictions)
        columns += [reasons.of or [""] * rows, [reasons.unit] * rows, reasons.base.tolist()]
        columns += reasons.contributions.T.tolist()
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


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
        rows = zip(outcome.predictions, outcome.probabilities, strict=True)
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
    for explained, base, contributions in rows:
        of = {} if explained is None else {"explained": explained}
        added = dict(zip(reasons.names, contributions, strict=True))
        yield {**of, "base": base, "contributions": added}


def _number(value: float, half_widths: Mapping[str, float]) -> dict[str, Any]:
    if not half_widths:
        return {"prediction": value}
    intervals = {level: [value - half, value + half] for level, half in half_widths.items()}
    return {"prediction": value, "intervals": intervals}
