"""``model.json``: what the model is, how it came about, and how good it was on rows held out."""

from __future__ import annotations

import platform
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from training.algorithms import ALGORITHMS, AlgorithmName
from training.fit.data import Data
from training.fit.hyperparameters import Hyperparameters
from training.model.threshold import Threshold


@dataclass(frozen=True)
class Validation:
    """What the model answered to rows that it had not been fitted on.

    Parameters
    ----------
    metrics : dict
        Empty where there were too few rows to hold any out.
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
    for package in ALGORITHMS[algorithm].packages:
        name = package.partition("==")[0]
        with suppress(metadata.PackageNotFoundError):  # no wheel of it fits this machine
            versions[name] = metadata.version(name)
    return {"python": platform.python_version(), **versions, "skops": str(skops.__version__)}


def describe(
    data: Data,
    settings: Hyperparameters,
    selection: dict[str, Any] | None,
    rows: dict[str, int],
    validation: Validation,
) -> dict[str, Any]:
    """Return the content of ``model.json``.

    Parameters
    ----------
    data : Data
    settings : Hyperparameters
    selection : dict or None
        See `account_of`.
    rows : dict
        Of each split that the model was fitted on.
    validation : Validation
    """
    return {
        "format": 1,
        "schema": data.schema.to_dict(),
        "labels": None if data.classes is None else data.classes.tolist(),
        "algorithm": settings.algorithm,
        "hyperparameters": {"seed": settings.seed, **settings.values},
        "selection": selection,
        "rows": rows,
        "metrics": validation.metrics,
        "half_widths": validation.half_widths,
        "threshold": validation.threshold and validation.threshold.to_dict(),
        "versions": _versions(settings.algorithm),
    }
