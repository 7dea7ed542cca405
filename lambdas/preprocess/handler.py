"""Turn an uploaded CSV into train, validation and test splits with a schema."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.drift.champion import find_reference
from lambdas.preprocess.documents.manifest import Known
from lambdas.preprocess.folder import fetch_parts, find_parts, refuse_changed
from lambdas.preprocess.order import Order, carry_out
from lambdas.preprocess.spark_request import has_spark, is_for_spark
from lambdas.preprocess.storage import hand_over, open_upload, refuse_superseded, store, take_back
from lambdas.shared.aws import s3_client, sagemaker_client
from lambdas.shared.contracts.preprocess import HandedOver, PreparedDataset, PreprocessEvent
from lambdas.shared.documents.bucket import JSON, put, read
from lambdas.shared.documents.document import FINDINGS, ORDER
from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import DataError
from lambdas.shared.names.part_files import is_marker
from lambdas.shared.names.paths import dataset_of
from lambdas.shared.observability import logger
from lambdas.shared.settings.dataset import Source, resolve
from lambdas.shared.settings.sources import of_upload, refusals_of_vpc, refusals_without_spark

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@entry(PreprocessEvent)
def handler(event: PreprocessEvent) -> PreparedDataset | HandedOver:
    """Return names, figures and URIs for the rest of the workflow.

    For an upload above ``UPLOAD_LIMIT_BYTES``, or one for Spark, what the state machine needs to
    start a processing job (``job``) or a Spark job (``spark``) instead.

    Raises
    ------
    DataError
        If the upload or its settings can't be used.
    """
    client = s3_client()
    order = Order(**event.model_dump(exclude={"after_job"}))
    if event.after_job:
        return _take_back(client, order)
    known = Known()
    try:
        return _preprocess(client, order, known)
    except DataError as error:
        found = known.document(order.key, order.version_id, error)
        put(client, FINDINGS.uri(order.paths), found, JSON)
        raise


def _preprocess(client: S3Client, order: Order, known: Known) -> PreparedDataset | HandedOver:
    refuse_superseded(client, order.bucket, order.key, order.version_id)
    opened = open_upload(client, order.bucket, order.key, order.version_id)
    sources = _sources(client, order, opened.metadata)
    reference = find_reference(client, sagemaker_client(), order.paths)
    is_folder = is_marker(order.key)
    parts = find_parts(client, order.bucket, order.key, opened.body) if is_folder else ()
    order = replace(order, sources=sources, reference=reference, parts=parts)
    size = sum(part.size for part in parts) or opened.size
    settings = resolve(sources).settings
    if size > int(os.environ["UPLOAD_LIMIT_BYTES"]) or is_for_spark(settings, size):
        opened.body.close()
        logger.info("handed over", extra={"bytes": size})
        return hand_over(client, order, size)
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        folder = Path(name)
        fetched = fetch_parts(client, order, folder) if parts else opened.save(folder / "upload")
        outcome = carry_out(order, fetched, folder, known)
        store(client, order.bucket, outcome)
    logger.info("preprocessed", extra={"rows": outcome.output.rows, "task": outcome.output.task})
    return outcome.output


def _take_back(client: S3Client, order: Order) -> PreparedDataset:
    """Return what a job made; what it has read must be what the order says."""
    if is_marker(order.key):
        refuse_changed(client, Order.from_dict(read(client, ORDER, ORDER.uri(order.paths))))
    return take_back(client, order)


def _sources(client: S3Client, order: Order, metadata: dict[str, str]) -> tuple[Source, ...]:
    sources = of_upload(client, order.bucket, dataset_of(order.key), metadata)
    settings = resolve(sources).settings
    if os.environ.get("IN_VPC"):
        sources = (*sources, refusals_of_vpc(settings))
    return sources if has_spark() else (*sources, refusals_without_spark(settings))
