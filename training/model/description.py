"""``model.json``: what the model is, how it came about, and how good it was on validation."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from training.algorithms import ALGORITHMS, AlgorithmName
from training.fit.hyperparameters import Hyperparameters
from training.model.threshold import Threshold
from training.schema import Schema


@dataclass(frozen=True)
class Decisions:
    """What was decided before fitting.

    Parameters
    ----------
    settings : Hyperparameters
        Complete: of the algorithm that was fitted.
    selection : dict or None
        The comparison, where the algorithm was left to `auto`.
    """

    settings: Hyperparameters
    selection: dict[str, Any] | None


@dataclass(frozen=True)
class Validation:
    """What the fitted model did on the validation split.

    Parameters
    ----------
    metrics : dict
        Empty where the split has no rows.
    half_widths : dict or None
        See `interval_half_widths`; None for classes.
    threshold : Threshold or None
        None for regression.
    """

    metrics: dict[str, float]
    half_widths: dict[str, float] | None
    threshold: Threshold | None = None


def _versions(algorithm: AlgorithmName) -> dict[str, str]:
    import skops  # vendored: it has no distribution metadata in the container

    versions = {name: metadata.version(name) for name in ("scikit-learn", "numpy", "pandas")}
    if packages := ALGORITHMS[algorithm].packages:
        versions[algorithm] = metadata.version(packages[0].partition("==")[0])
    return {"python": platform.python_version(), **versions, "skops": str(skops.__version__)}


def describe(
    schema: Schema,
    decisions: Decisions,
    labels: list[str] | None,
    rows: dict[str, int],
    validation: Validation,
) -> dict[str, Any]:
    """Return the content of ``model.json``."""
    settings = decisions.settings
    return {
        "format": 1,
        "schema": schema.to_dict(),
        "labels": labels,
        "algorithm": settings.algorithm,
        "hyperparameters": {"seed": settings.seed, **settings.values},
        "selection": decisions.selection,
        "rows": rows,
        "metrics": validation.metrics,
        "half_widths": validation.half_widths,
        "threshold": validation.threshold and validation.threshold.to_dict(),
        "versions": _versions(settings.algorithm),
    }
