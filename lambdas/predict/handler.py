"""Turn an uploaded CSV into rows for the dataset's model, or say all that is wrong with it."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.predict.handover import hand_over, take_back
from lambdas.predict.model import choose_model, chosen, describe, described
from lambdas.predict.order import RowsOrder, prepared_rows
from lambdas.predict.run import ReadRows, read_rows
from lambdas.predict.splits import fetch_splits
from lambdas.predict.way import Way
from lambdas.preprocess.storage import open_upload, refuse_superseded
from lambdas.shared.aws import s3_client, sagemaker_client
from lambdas.shared.contracts.predict import PredictEvent, PreparedRows, RowsHandedOver
from lambdas.shared.documents.document import ROWS_FOUND
from lambdas.shared.documents.found import Found
from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import raise_errors
from lambdas.shared.names.paths import RunPaths, dataset_of
from lambdas.shared.observability import logger
from lambdas.shared.settings.dataset import resolve
from lambdas.shared.settings.sources import of_upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@entry(PredictEvent)
def handler(event: PredictEvent) -> PreparedRows | RowsHandedOver:
    """Return names, figures and addresses for the rest of the workflow.

    For a file above ``UPLOAD_LIMIT_BYTES``, what the state machine needs to start a processing job
    (``job``) instead. What was found is stored, also where this fails.

    Raises
    ------
    DataError
        If the rows, the settings or the model can't be used.
    """
    client, found = s3_client(), Found()
    paths = RunPaths(event.bucket, dataset_of(event.key), event.execution_name)
    with found.kept(client, ROWS_FOUND, ROWS_FOUND.uri(paths)):
        return _prepare(client, paths, event, found)


def _prepare(
    client: S3Client, paths: RunPaths, event: PredictEvent, known: Found
) -> PreparedRows | RowsHandedOver:
    # A version that is the newest before and after a job was so all the time.
    refuse_superseded(client, event.bucket, event.key, event.version_id)
    opened = open_upload(client, event.bucket, event.key, event.version_id)
    sources = of_upload(client, paths.bucket, paths.dataset, opened.metadata)
    resolved = resolve(sources)
    settings = resolved.settings
    known.language = settings.language
    if event.after_job:
        opened.body.close()
        return take_back(client, paths, known.findings)
    known.findings += resolved.findings
    model = choose_model(sagemaker_client(), paths, settings.model_version)
    trained = describe(client, model)
    way = Way(client, paths, settings, model)
    known.findings += way.misfits()
    order = RowsOrder(paths, event.key, opened.size, chosen(model), sources)
    if opened.size > int(os.environ["UPLOAD_LIMIT_BYTES"]):
        opened.body.close()
        known.findings += way.too_large()
        raise_errors(known.findings)  # before an instance is paid for
        logger.info("handed over", extra={"bytes": opened.size})
        return hand_over(client, order, settings, described(model, trained))
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        download = opened.save(Path(name) / "upload")
        splits = partial(fetch_splits, client, order.model.data_uri, Path(name))
        read = read_rows(
            download.path, settings, trained, Path(name), known.findings, splits=splits
        )
        known.findings += way.fit(read.of_model, len(trained.features))
        raise_errors(known.findings)
        _store(client, paths, read, Path(name))
    logger.info("rows to predict", extra={"rows": read.rows, "model": model.number})
    prepared = prepared_rows(order, settings, trained, read)
    asked = {"endpoint_name": way.endpoint_name, "must_ask": way.must_ask}
    return prepared.model_copy(update=asked)


def _store(client: S3Client, paths: RunPaths, read: ReadRows, folder: Path) -> None:
    for path in read.files:
        key = f"{paths.prediction_prefix}/job/{path.relative_to(folder).as_posix()}"
        client.upload_file(str(path), paths.bucket, key)
