"""Predictions as CSV or JSON, every number with all its digits."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from training.serve.predictor import Outcome


def to_csv(outcome: Outcome) -> str:
    """Write ``prediction,probability:<class>,...`` and a line a row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    if outcome.labels is None or outcome.probabilities is None:
        writer.writerow(["prediction"])
        writer.writerows([prediction] for prediction in outcome.predictions)
    else:
        writer.writerow(["prediction", *(f"probability:{label}" for label in outcome.labels)])
        rows = zip(outcome.predictions, outcome.probabilities, strict=True)
        writer.writerows([prediction, *probabilities] for prediction, probabilities in rows)
    return text.getvalue()


def to_json(outcome: Outcome) -> str:
    """Write ``{"predictions": [{"prediction": ..., "probabilities": {class: ...}}]}``.

    A number comes with ``intervals`` instead, ``{level: [from, to]}``, where the model has them.
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
    return json.dumps({"predictions": predictions}, ensure_ascii=False)


def _number(value: float, half_widths: Mapping[str, float]) -> dict[str, Any]:
    if not half_widths:
        return {"prediction": value}
    intervals = {level: [value - half, value + half] for level, half in half_widths.items()}
    return {"prediction": value, "intervals": intervals}
