"""The processing job's side of join, for rows and answers that are too many for a Lambda."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from lambdas.join.predictions import MEASURED, told, write_predictions
from lambdas.join.table import Known
from lambdas.shared.contracts.predict import PreparedRows
from lambdas.shared.documents.document import DISTRIBUTION, JOIN_ORDER, JOINED
from lambdas.shared.failures.errors import MolinoError
from lambdas.shared.processing_job import Folders, ended_with, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Join the answers to the rows and return the exit code."""
    return run(_join, arguments)


def _join(folders: Folders) -> None:
    prepared = PreparedRows(**JOIN_ORDER.content(folders.file("order").read_bytes()))
    target = folders.output / PurePosixPath(prepared.predictions_uri).name
    own, answers = folders.file("own"), folders.files("answers")
    known = None
    if prepared.targets:
        known = Known(folders.file("targets"), folders.output / "job" / MEASURED)
        known.measured.parent.mkdir(parents=True, exist_ok=True)
    try:
        joined = write_predictions(prepared, own, answers, target, folders.work, known=known)
    except MolinoError as error:
        target.unlink(missing_ok=True)
        result: dict[str, Any] = ended_with(error)
    else:
        folders.write(DISTRIBUTION.name, DISTRIBUTION.text(joined.distribution))
        result = {"output": told(prepared, joined).model_dump(mode="json")}
    folders.write(JOINED.name, JOINED.text(result))
