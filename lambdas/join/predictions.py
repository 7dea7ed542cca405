"""The predictions as they were asked for, in the Lambda as in the processing job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lambdas.join.table import Form, Joined, Known, join
from lambdas.shared.contracts.predict import JoinedPredictions, PreparedRows
from lambdas.shared.failures.errors import ReasonsMissing
from lambdas.shared.findings.message import Message

MEASURED = "measured.csv"  # below the folder of the job's answers


def write_predictions(  # noqa: PLR0913 - each is a file
    prepared: PreparedRows,
    own: Path,
    answers: Sequence[Path],
    target: Path,
    folder: Path,
    *,
    known: Known | None,
) -> Joined:
    """Join the answers to the rows; see `join`.

    Raises
    ------
    PredictionsIncomplete
        If there are not as many answers as rows.
    ReasonsMissing
        If reasons were asked for and none were answered.
    """
    form = Form(prepared.task == "regression", prepared.output == "parquet", prepared.raw)
    joined = join(own, answers, target, folder, form, known=known)
    if prepared.explain and not joined.is_explained:
        raise ReasonsMissing(
            Message("the model is version {version}", version=prepared.model.version)
        )
    return joined


def told(prepared: PreparedRows, joined: Joined) -> JoinedPredictions:
    """Return what the state machine goes on with."""
    return JoinedPredictions(
        rows=joined.rows,
        added=joined.added,
        measured_uri=f"{prepared.output_uri}/{MEASURED}" if prepared.targets else None,
        measured=joined.measured,
    )
