"""From channels to a model folder: read, fit, score on rows held out, save."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from training.failure import stage
from training.fit.candidates import Candidate
from training.fit.checkpoints import Checkpoints, fingerprint
from training.fit.data import Data
from training.fit.fitting import Fitted, fit_model
from training.fit.hyperparameters import Hyperparameters
from training.fit.metrics import classification_metrics, interval_half_widths, regression_metrics
from training.fit.splits import read_split
from training.fit.threshold import threshold_for
from training.model.background import draw_background
from training.model.code_folder import copy_code
from training.model.description import Validation, describe
from training.model.files import save_model
from training.schema import read_schema

ONNX = "onnx"  # the format, and the channel with its packages


def score(fitted: Fitted, data: Data) -> Validation:
    """Score the answers to rows held out."""
    if not len(fitted.truth):
        return Validation({}, None if data.schema.is_classification else {})
    if data.classes is None:
        widths = interval_half_widths(fitted.truth, fitted.outputs)
        return Validation(regression_metrics(fitted.truth, fitted.outputs), widths)
    return Validation(classification_metrics(fitted.truth, fitted.outputs, data.classes), None)


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
        Folders of the channels ``train``, ``validation`` and ``schema``, and of ``onnx`` with the
        packages that an ONNX file needs, where they are not installed.
    model_dir : Path
        Receives the model's files and ``code/``.
    checkpoint_dir : Path or None
        Where checkpoints are read and written.

    Returns
    -------
    dict
        Metrics on rows held out.

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
    data = Data.of(schema, train, validation)
    with stage("fitting the model"):
        folders = [folder for name, folder in channels.items() if name != ONNX]
        files = [path for folder in folders for path in sorted(folder.iterdir())]
        fitted = fit_model(
            data, settings, lambda each: _saved(each, settings, files, checkpoint_dir)
        )
        if fitted.account:
            print(f"model: {fitted.account['reason']}")
    with stage("scoring the rows held out"):
        scored = score(fitted, data)
    with stage("choosing the threshold"):
        if data.classes is not None:
            held_out = (fitted.truth, fitted.outputs)
            threshold = threshold_for(schema, settings, data.target, held_out)
            scored = replace(scored, threshold=threshold)
    with stage("saving the model"):
        rows = {"train": len(train[1]), "validation": len(validation[1])}
        description = describe(data, settings, fitted.account, rows, scored)
        description["background"] = draw_background(schema, data.features, settings.seed)
        model_dir.mkdir(parents=True, exist_ok=True)
        save_model(fitted.pipeline, description, model_dir)
        copy_code(model_dir, fitted.packages)
    if settings.exports == ONNX:
        with stage("writing the ONNX file"):
            from training.fit.exporting import write_onnx  # all others need none of it

            write_onnx(fitted.pipeline, description, data, model_dir, channels.get(ONNX))
    return scored.metrics


def _saved(
    candidate: Candidate, settings: Hyperparameters, files: list[Path], folder: Path | None
) -> Checkpoints | None:
    if folder is None:
        return None
    decided = {"algorithm": candidate.algorithm, "seed": settings.seed, **candidate.values}
    return Checkpoints(folder, fingerprint(files, decided), candidate.algorithm)
