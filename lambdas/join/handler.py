"""Put the model's answers beside the user's own columns."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.join.answers import find_answers
from lambdas.join.handover import hand_over, is_much, take_back
from lambdas.join.predictions import MEASURED, told, write_predictions
from lambdas.join.table import Known
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.predict import (
    JoinedPredictions,
    JoinEvent,
    JoinHandedOver,
    PreparedRows,
)
from lambdas.shared.documents.bucket import write
from lambdas.shared.documents.document import DISTRIBUTION
from lambdas.shared.entry import entry
from lambdas.shared.names.paths import split_uri
from lambdas.shared.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@entry(JoinEvent)
def handler(event: JoinEvent) -> JoinedPredictions | JoinHandedOver:
    """Store the predictions and how they are spread; return how many rows they have.

    Where rows or answers have more than ``UPLOAD_LIMIT_BYTES``, what the state machine needs to
    start a processing job (``job``) instead.

    Raises
    ------
    PredictionsIncomplete
        If there are not as many answers as rows.
    ReasonsMissing
        If reasons were asked for and none were answered.
    """
    client, prepared = s3_client(), event.prepared
    if event.after_job:
        return take_back(client, prepared)
    files = find_answers(client, event.answers_uri, prepared.parts)
    if is_much(prepared, files, int(os.environ["UPLOAD_LIMIT_BYTES"])):
        return hand_over(client, event, files)
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        folder = Path(name)
        own, target = folder / "own", folder / "predictions"
        answers = [folder / f"{number:05}" for number in range(len(files))]
        uris = [prepared.own_uri, *(file.uri for file in files)]
        for uri, path in zip(uris, [own, *answers], strict=True):
            client.download_file(*split_uri(uri), str(path))
        known = _known(client, prepared, folder)
        joined = write_predictions(prepared, own, answers, target, folder, known=known)
        extra = {"ContentType": _TYPES[prepared.output]}
        client.upload_file(str(target), *split_uri(prepared.predictions_uri), ExtraArgs=extra)
        result = told(prepared, joined)
        if known:
            client.upload_file(str(known.measured), *split_uri(str(result.measured_uri)))
    uri = DISTRIBUTION.below(prepared.predictions_uri.rpartition("/")[0])
    write(client, DISTRIBUTION, uri, joined.distribution)
    logger.info("joined", extra={"rows": joined.rows})
    return result


def _known(client: S3Client, prepared: PreparedRows, folder: Path) -> Known | None:
    if prepared.targets is None:
        return None
    known = Known(folder / "targets", folder / MEASURED)
    client.download_file(*split_uri(prepared.targets.uri), str(known.targets))
    return known
