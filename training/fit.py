"""From channels to a model folder: read, fit, score on validation, save."""

from __future__ import annotations

import platform
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np

from training.algorithms import ALGORITHMS, AlgorithmName
from training.code_package import CODE, copy_code, packages_folder
from training.data import read_split
from training.errors import TrainingDataError
from training.failure import stage
from training.hyperparameters import Hyperparameters
from training.imbalance import choose_class_weight, settle
from training.metrics import classification_metrics, regression_metrics
from training.model_file import save_model
from training.pipeline import build_pipeline
from training.schema import Schema, read_schema


def _versions(algorithm: AlgorithmName) -> dict[str, str]:
    import skops  # vendored: it has no distribution metadata in the container

    versions = {name: metadata.version(name) for name in ("scikit-learn", "numpy", "pandas")}
    if ALGORITHMS[algorithm].is_packaged:
        versions[algorithm] = import_module(algorithm).__version__
    return {"python": platform.python_version(), **versions, "skops": str(skops.__version__)}


def _check_target(schema: Schema, target: Any) -> None:
    if len(target) == 0:
        raise TrainingDataError("the training split has no rows")
    if schema.is_classification and len(np.unique(target)) < 2:
        raise TrainingDataError(f"the target '{schema.target}' has one class only")


def fit_pipeline(schema: Schema, settings: Hyperparameters, features: Any, target: Any) -> Any:
    """Fit the pipeline on the training split."""
    pipeline = build_pipeline(schema, settings, features, target)
    pipeline.fit(features, target)
    # One thread from here on: sums of trees then always run in the same order, bit for bit.
    if hasattr(pipeline.named_steps["model"], "n_jobs"):
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
    _check_target(schema, train[1])
    weight = None
    if schema.is_classification:
        weight = choose_class_weight(str(settings.values["class_weight"]), train[1])
    settled = settle(settings, weight)
    with stage("fitting the pipeline"):
        pipeline = fit_pipeline(schema, settled, *train)
    with stage("scoring the validation split"):
        metrics = score(schema, pipeline, *validation)
    with stage("saving the model"):
        description = {
            "format": 1,
            "schema": schema.to_dict(),
            "labels": [str(label) for label in pipeline.classes_]
            if schema.is_classification
            else None,
            "algorithm": settled.algorithm,
            "hyperparameters": {"seed": settings.seed, **settled.values},
            "class_weight": vars(weight) if weight else None,
            "rows": {"train": len(train[1]), "validation": len(validation[1])},
            "metrics": metrics,
            "versions": _versions(settled.algorithm),
        }
        model_dir.mkdir(parents=True, exist_ok=True)
        save_model(pipeline, description, model_dir)
        packaged = ALGORITHMS[settled.algorithm].is_packaged
        copy_code(model_dir, packages_folder(CODE) if packaged else None)
    return metrics
