"""Compare a file of what really happened with the dataset's predictions, or say what is wrong."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.actuals.compare import compare
from lambdas.actuals.results import measured, store_pairs
from lambdas.actuals.work import Work
from lambdas.preprocess.engine import connect
from lambdas.preprocess.storage import open_upload
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.actuals import ActualsEvent, ComparedActuals
from lambdas.shared.documents.bucket import write
from lambdas.shared.documents.document import ACTUALS_FOUND, QUALITY
from lambdas.shared.documents.found import Found
from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import raise_errors
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.names.legal import dataset_slug
from lambdas.shared.names.paths import RunPaths, dataset_of
from lambdas.shared.observability import logger
from lambdas.shared.settings.dataset import resolve
from lambdas.shared.settings.sources import of_upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@entry(ActualsEvent)
def handler(event: ActualsEvent) -> ComparedActuals:
    """Store pairs and figures; return how many rows could be compared.

    What was found is stored, also where this fails.

    Raises
    ------
    DataError
        If the file or the settings can't be used, or nothing was predicted.
    """
    client, found = s3_client(), Found()
    paths = RunPaths(event.bucket, dataset_of(event.key), event.execution_name)
    with found.kept(client, ACTUALS_FOUND, ACTUALS_FOUND.uri(paths)):
        return _compared(client, paths, event, found)


def _compared(
    client: S3Client, paths: RunPaths, event: ActualsEvent, known: Found
) -> ComparedActuals:
    # Unlike a file to train on, an older version counts, too: it says of rows what happened.
    opened = open_upload(client, event.bucket, event.key, event.version_id)
    resolved = resolve(of_upload(client, paths.bucket, paths.dataset, opened.metadata))
    settings = resolved.settings
    known.language = settings.language
    known.findings += [*resolved.findings, *_too_large(opened.size)]
    if opened.size > int(os.environ["UPLOAD_LIMIT_BYTES"]):
        opened.body.close()
        raise_errors(known.findings)
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        folder = Path(name)
        came = opened.changed.astimezone(dt.UTC).isoformat(timespec="milliseconds")
        work = Work(client, paths, settings, folder, came, known.findings)
        download = opened.save(folder / "upload")
        with connect(folder) as connection:
            found = compare(work, connection, download.path)
            store_pairs(work, connection, found)
            quality = measured(work, connection, found)
    uri = QUALITY.uri(paths)
    write(client, QUALITY, uri, quality)
    logger.info("compared", extra={"rows": found.rows, "pairs": found.joined.pairs})
    return ComparedActuals(
        dataset=dataset_slug(paths.dataset),
        language=settings.language,
        target=found.target,
        key=found.key,
        rows=found.rows,
        known=found.joined.known,
        matched=found.joined.matched,
        pairs=found.joined.pairs,
        quality_uri=uri,
    )


def _too_large(size: int) -> list[Finding]:
    limit = int(os.environ["UPLOAD_LIMIT_BYTES"])
    if size <= limit:
        return []
    text = Message(
        "it has {size} MB, and at most {most} can be read",
        size=size >> 20,
        most=limit >> 20,
    )
    return [Finding("ActualsTooLarge", text)]
