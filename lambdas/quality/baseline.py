"""What to answer without a model: always the same.

It knows the frequencies of the very rows it is tested on, so it is a little better than a constant
learnt from the training rows: beating it is never easier than beating that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lambdas.quality.comparison import Comparison, compare
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import described, figures
from lambdas.shared.settings.gate import GATE_METRICS


def constant(scored: Scored) -> Scored:
    """Return the answers of a model that always names the most frequent class, or the mean."""
    if scored.task == "regression":
        return scored.always(float(scored.truth.mean()))
    return scored.always(np.bincount(scored.truth, minlength=len(scored.labels)) / scored.rows)


def against_constant(scored: Scored, intervals: Mapping[str, Mapping[str, Any]]) -> Comparison:
    """Compare a candidate with the constant, by its task's default metric.

    The constant's figure is the same on any rows, so what is uncertain of the gain is what the
    report shows of the candidate: were it measured otherwise here, a perfect ranking of four rows
    would be sure to be better, and uncertain one page earlier.

    Parameters
    ----------
    scored : Scored
    intervals : mapping
        Of the candidate's metrics, as ``metrics.json`` has them.
    """
    metric = GATE_METRICS[scored.task][0]
    found = compare(metric, scored, constant(scored))
    shown = intervals.get("r2" if metric == "rmse" else metric)
    if shown is None or found.other is None:
        return found
    ends = (float(shown["low"]), float(shown["high"]))
    other = found.other
    # R² compares the squared errors of the two.
    gains = [other * (1 - math.sqrt(1 - min(1.0, end))) for end in ends]
    low, high = gains if metric == "rmse" else (end - other for end in ends)
    return replace(found, method=str(shown["method"]), low=low, high=high)


def baseline(scored: Scored, target: dict[str, Any]) -> dict[str, Any]:
    """Measure it on the test rows.

    Parameters
    ----------
    scored : Scored
    target : dict
        Of ``profile.json``: ``classes`` (label → side → rows), or ``mean`` (side → number).
    """
    if scored.task == "regression":
        rule = "always the mean of the training rows"
        answered = scored.always(float(target["mean"]["train"]))
    else:
        rule = "always the most frequent class of the training rows, and its classes' shares"
        seen = {label: sides["train"] for label, sides in target["classes"].items()}
        total = sum(seen.values())
        shares = np.array([seen.get(label, 0) / total for label in scored.labels])
        answered = scored.always(shares)
    found, undefined = figures(answered)
    return {"rule": rule, **described(found), "undefined": undefined}
