"""Put the model's answers beside the user's own columns."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lambdas.join.answers import find_answers
from lambdas.join.table import Form, join
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.predict import JoinedPredictions, JoinEvent
from lambdas.shared.documents.bucket import write
from lambdas.shared.documents.document import DISTRIBUTION
from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import ReasonsMissing
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import split_uri
from lambdas.shared.observability import logger

_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@entry(JoinEvent)
def handler(event: JoinEvent) -> JoinedPredictions:
    """Store the predictions and how they are spread; return how many rows they have.

    Raises
    ------
    PredictionsIncomplete
        If there are not as many answers as rows.
    ReasonsMissing
        If reasons were asked for and none were answered.
    """
    client, prepared = s3_client(), event.prepared
    files = find_answers(client, event.answers_uri, prepared.parts)
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        folder = Path(name)
        own, target = folder / "own", folder / "predictions"
        answers = [folder / f"{number:05}" for number in range(len(files))]
        uris = [prepared.own_uri, *(file.uri for file in files)]
        for uri, path in zip(uris, [own, *answers], strict=True):
            client.download_file(*split_uri(uri), str(path))
        is_parquet = prepared.output == "parquet"
        form = Form(prepared.task == "regression", is_parquet, prepared.raw)
        joined = join(own, answers, target, folder, form)
        if prepared.explain and not joined.is_explained:
            raise ReasonsMissing(
                Message("the model is version {version}", version=prepared.model.version)
            )
        extra = {"ContentType": _TYPES[prepared.output]}
        client.upload_file(str(target), *split_uri(prepared.predictions_uri), ExtraArgs=extra)
    uri = DISTRIBUTION.below(prepared.predictions_uri.rpartition("/")[0])
    write(client, DISTRIBUTION, uri, joined.distribution)
    logger.info("joined", extra={"rows": joined.rows})
    return JoinedPredictions(rows=joined.rows, added=joined.added)
