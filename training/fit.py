"""From channels to a model folder: read, fit, score on validation, save."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from training.code_package import copy_code
from training.data import read_split
from training.errors import TrainingDataError
from training.failure import stage
from training.hyperparameters import Hyperparameters
from training.metrics import classification_metrics, regression_metrics
from training.model_file import save_pipeline
from training.pipeline import build_pipeline
from training.schema import Schema, read_schema

DESCRIPTION_FILE = "model.json"


def _versions() -> dict[str, str]:
    import skops  # vendored: it has no distribution metadata in the container

    versions = {name: metadata.version(name) for name in ("scikit-learn", "numpy", "pandas")}
    return {"python": platform.python_version(), **versions, "skops": str(skops.__version__)}


def fit_pipeline(schema: Schema, settings: Hyperparameters, features: Any, target: Any) -> Any:
    """Fit the pipeline on the training split.

    Raises
    ------
    TrainingDataError
        If there are no rows, or a classification has one class only.
    """
    if len(target) == 0:
        raise TrainingDataError("the training split has no rows")
    if schema.is_classification and len(np.unique(target)) < 2:
        raise TrainingDataError(f"the target '{schema.target}' has one class only")
    pipeline = build_pipeline(schema, settings)
    pipeline.fit(features, target)
    # One thread from here on: sums of trees then always run in the same order, bit for bit.
    pipeline.named_steps["model"].n_jobs = 1
    return pipeline


def score(schema: Schema, pipeline: Any, features: Any, target: Any) -> dict[str, float]:
    """Score the fitted pipeline on a split; empty where the split has no rows."""
    if len(target) == 0:
        return {}
    if schema.is_classification:
        return classification_metrics(target, pipeline.predict_proba(features), pipeline.classes_)
    return regression_metrics(target, pipeline.predict(features))


def run(settings: Hyperparameters, channels: dict[str, Path], model_dir: Path) -> dict[str, float]:
    """Train from the channels and fill the model folder.

    Parameters
    ----------
    settings : Hyperparameters
    channels : dict
        Folders of the channels ``train``, ``validation`` and ``schema``.
    model_dir : Path
        Receives ``model.skops``, ``model.json`` and ``code/``.

    Returns
    -------
    dict
        Metrics on the validation split.

    Raises
    ------
    TrainingError
        For every known cause.
    StageError
        For anything unexpected, with the stage it happened in.
    """
    with stage("reading the schema"):
        schema = read_schema(channels["schema"])
    with stage("reading the training split"):
        train = read_split("train", channels["train"], schema)
    with stage("reading the validation split"):
        validation = read_split("validation", channels["validation"], schema)
    with stage("fitting the pipeline"):
        pipeline = fit_pipeline(schema, settings, *train)
    with stage("scoring the validation split"):
        metrics = score(schema, pipeline, *validation)
    with stage("saving the model"):
        model_dir.mkdir(parents=True, exist_ok=True)
        save_pipeline(pipeline, model_dir)
        copy_code(model_dir)
        description = {
            "format": 1,
            "schema": schema.to_dict(),
            "labels": [str(label) for label in pipeline.classes_]
            if schema.is_classification
            else None,
            "algorithm": settings.algorithm,
            "hyperparameters": {"seed": settings.seed, **settings.values},
            "rows": {"train": len(train[1]), "validation": len(validation[1])},
            "metrics": metrics,
            "versions": _versions(),
        }
        text = json.dumps(description, indent=2, ensure_ascii=False)
        (model_dir / DESCRIPTION_FILE).write_text(text + "\n", encoding="utf-8")
    return metrics
