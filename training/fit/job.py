"""From channels to a model folder: read, decide, fit, score on validation, save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from training.algorithms import ALGORITHMS
from training.errors import TrainingDataError
from training.failure import stage
from training.fit.auto import METRICS, select
from training.fit.checkpoints import Checkpoints, fingerprint
from training.fit.class_weight import fit_pipeline_weighted
from training.fit.hyperparameters import Hyperparameters
from training.fit.metrics import interval_half_widths, model_metrics
from training.fit.rounds import SHOWN_FROM, fit_in_parts
from training.fit.splits import Split, read_split
from training.fit.threshold import answers_to, threshold_for
from training.model.background import draw_background
from training.model.code_folder import CODE, copy_code, packages_folder
from training.model.description import Decisions, Validation, describe
from training.model.files import save_model
from training.model.pipeline import build_pipeline
from training.schema import Schema, read_schema


def decide(schema: Schema, settings: Hyperparameters, train: Split) -> Decisions:
    """Settle the algorithm where it is left to `auto`.

    Raises
    ------
    TrainingDataError
        If there are no rows, or a classification has one class only.
    """
    target = train[1]
    if len(target) == 0:
        raise TrainingDataError("the training split has no rows")
    if schema.is_classification and len(np.unique(target)) < 2:
        raise TrainingDataError(f"the target '{schema.target}' has one class only")
    if settings.algorithm != "auto":
        return Decisions(settings, None)
    selection = select(schema, settings, *train)
    return Decisions(selection.settings, selection.document)


def fit_pipeline(
    schema: Schema,
    settings: Hyperparameters,
    train: Split,
    *,
    checkpoints: Checkpoints | None = None,
    validation: Split | None = None,
) -> Any:
    """Fit the pipeline on the training split.

    Parameters
    ----------
    schema : Schema
    settings : Hyperparameters
    train : tuple
    checkpoints : Checkpoints or None
        Where to go on from and to write to, for algorithms that learn in rounds.
    validation : tuple or None
        Split on which progress is shown where the work is long.
    """
    features, target = train
    pipeline = build_pipeline(schema, settings, features, target)
    rounds = ALGORITHMS[settings.algorithm].rounds
    show = None
    if rounds and len(target) * int(settings.values[rounds]) >= SHOWN_FROM and validation:
        show = _progress(schema, pipeline, validation)
    if rounds and (checkpoints or show):
        values = pipeline.named_steps["preprocess"].fit_transform(features, target)
        model = fit_in_parts(
            pipeline.named_steps["model"],
            (values, target),
            rounds,
            checkpoints=checkpoints,
            show=show,
        )
        pipeline.steps[-1] = ("model", model)
    else:
        fit_pipeline_weighted(pipeline, features, target)
    # One thread from here on: sums of trees then always run in the same order, bit for bit.
    if hasattr(pipeline.named_steps["model"], "n_jobs"):
        pipeline.named_steps["model"].n_jobs = 1
    return pipeline


def _progress(schema: Schema, pipeline: Any, validation: Split) -> Callable[[Any], None] | None:
    """Print one metric under its usual name: the console's chart shows how it moves."""
    features, target = validation
    if len(target) == 0:
        return None
    metric = METRICS[schema.is_classification]

    def show(model: Any) -> None:
        values = pipeline.named_steps["preprocess"].transform(features)
        print(f"validation:{metric}={model_metrics(model, values, target)[metric]!r}")

    return show


def score(schema: Schema, pipeline: Any, split: Split) -> Validation:
    """Score the fitted pipeline on a split."""
    features, target = split
    if len(target) == 0:
        return Validation({}, None if schema.is_classification else {})
    metrics = model_metrics(pipeline, features, target)
    if schema.is_classification:
        return Validation(metrics, None)
    return Validation(metrics, interval_half_widths(target, pipeline.predict(features)))


def run(
    settings: Hyperparameters,
    channels: dict[str, Path],
    model_dir: Path,
    checkpoint_dir: Path | None = None,
) -> dict[str, float]:
    """Train from the channels and fill the model folder.

    Parameters
    ----------
    settings : Hyperparameters
    channels : dict
        Folders of the channels ``train``, ``validation`` and ``schema``.
    model_dir : Path
        Receives the model's files and ``code/``.
    checkpoint_dir : Path or None
        Where checkpoints are read and written.

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
    with stage("choosing the algorithm"):
        decisions = decide(schema, settings, train)
        if decisions.selection:
            print(f"auto: {decisions.selection['reason']}")
    with stage("fitting the pipeline"):
        checkpoints = _checkpoints(decisions.settings, channels, checkpoint_dir)
        pipeline = fit_pipeline(
            schema, decisions.settings, train, checkpoints=checkpoints, validation=validation
        )
    with stage("scoring the validation split"):
        scored = score(schema, pipeline, validation)
    with stage("choosing the threshold"):
        if schema.is_classification:
            held_out = answers_to(pipeline, validation)
            threshold = threshold_for(schema, decisions.settings, train[1], held_out)
            scored = replace(scored, threshold=threshold)
    with stage("saving the model"):
        labels = [str(label) for label in pipeline.classes_] if schema.is_classification else None
        rows = {"train": len(train[1]), "validation": len(validation[1])}
        description = describe(schema, decisions, labels, rows, scored)
        description["background"] = draw_background(schema, train[0], settings.seed)
        model_dir.mkdir(parents=True, exist_ok=True)
        save_model(pipeline, description, model_dir)
        needs_packages = ALGORITHMS[decisions.settings.algorithm].packages
        copy_code(model_dir, packages_folder(CODE) if needs_packages else None)
    return scored.metrics


def _checkpoints(
    settings: Hyperparameters, channels: dict[str, Path], folder: Path | None
) -> Checkpoints | None:
    if folder is None:
        return None
    files = [path for name in ("train", "schema") for path in sorted(channels[name].iterdir())]
    decided = {"algorithm": settings.algorithm, "seed": settings.seed, **settings.values}
    return Checkpoints(folder, fingerprint(files, decided), settings.algorithm)
