"""From channels to a model folder: read, fit, score on rows held out, save."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from training.failure import stage
from training.fit.candidates import Candidate
from training.fit.checkpoints import AgreedCheckpoints, Checkpoints, fingerprint
from training.fit.data import Data
from training.fit.fitting import Fitted, fit_model
from training.fit.hosts import ALONE, Hosts
from training.fit.hyperparameters import Hyperparameters
from training.fit.metrics import classification_metrics, interval_half_widths, regression_metrics
from training.fit.over_hosts import check_algorithm, fit_over_hosts
from training.fit.splits import read_split
from training.fit.threshold import threshold_for
from training.model.background import draw_background
from training.model.code_folder import copy_code
from training.model.collective import gathered
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
    hosts: Hosts = ALONE,
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
    hosts : Hosts
        Of the job.

    Returns
    -------
    dict
        Metrics on rows held out; nothing from hosts other than the first, which saves the model.

    Raises
    ------
    TrainingError
        For every known cause.
    StageError
        For anything unexpected, with the stage it happened in.
    """
    if hosts.several:
        check_algorithm(settings)
    with hosts:
        data = _read(settings, channels, hosts)
        rows = data.rows_of_splits
        with stage("fitting the model"):
            fitted = _fit(data, settings, channels, checkpoint_dir, hosts)
        background = _background(data, settings)
    if hosts.number:
        return {}
    if fitted.account:
        print(f"model: {fitted.account['reason']}")
    with stage("scoring the rows held out"):
        scored = score(fitted, data)
    with stage("choosing the threshold"):
        if data.classes is not None:
            held_out = (fitted.truth, fitted.outputs)
            threshold = threshold_for(data.schema, settings, data.rows_of_classes, held_out)
            scored = replace(scored, threshold=threshold)
    with stage("saving the model"):
        description = describe(data, settings, fitted.account, rows, scored)
        description["background"] = background
        model_dir.mkdir(parents=True, exist_ok=True)
        save_model(fitted.pipeline, description, model_dir)
        copy_code(model_dir, fitted.packages)
    if settings.exports == ONNX:
        with stage("writing the ONNX file"):
            from training.fit.exporting import write_onnx  # all others need none of it

            write_onnx(fitted.pipeline, description, data, model_dir, channels.get(ONNX))
    return scored.metrics


def _read(settings: Hyperparameters, channels: dict[str, Path], hosts: Hosts) -> Data:
    with stage("reading the schema"):
        schema = read_schema(channels["schema"])
    shares = {name: hosts.share(name, settings.row_share, settings.seed) for name in channels}
    with stage("reading the training split"):
        train = read_split("train", channels["train"], schema, shares["train"])
    with stage("reading the validation split"):
        validation = read_split("validation", channels["validation"], schema, shares["validation"])
    return Data.of(schema, train, validation)


def _background(data: Data, settings: Hyperparameters) -> dict[str, list[Any]]:
    """Return what the first host that has any rows draws from them."""
    with stage("drawing the background"):
        has_rows = len(data.target) > 0
        drawn = draw_background(data.schema, data.features, settings.seed) if has_rows else {}
        return next(filter(None, gathered(drawn)))


def _fit(
    data: Data,
    settings: Hyperparameters,
    channels: dict[str, Path],
    checkpoint_dir: Path | None,
    hosts: Hosts,
) -> Fitted:
    folders = [folder for name, folder in channels.items() if name != ONNX and folder.is_dir()]
    files = [path for folder in folders for path in sorted(folder.iterdir())]

    def saved(candidate: Candidate) -> Checkpoints | None:
        if checkpoint_dir is None:
            return None
        values = {"seed": settings.seed, "row_share": settings.row_share, **candidate.values}
        mark = fingerprint(files, {"algorithm": candidate.algorithm, **values})
        kind = AgreedCheckpoints if hosts.several else Checkpoints
        return kind(checkpoint_dir, mark, candidate.algorithm)

    if hosts.several:
        return fit_over_hosts(data, settings, saved)
    return fit_model(data, settings, saved)
