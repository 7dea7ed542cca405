"""Turn an uploaded CSV into train, validation and test splits with a schema."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.parser import BaseModel

from lambdas.preprocess.manifest import manifest_document, state_output
from lambdas.preprocess.run import prepare
from lambdas.preprocess.storage import Download, download, read_settings, upload
from lambdas.preprocess.writing import schema_document
from lambdas.shared.aws import s3_client
from lambdas.shared.entry import entry
from lambdas.shared.observability import logger
from lambdas.shared.paths import RunPaths, dataset_of, settings_key
from lambdas.shared.settings import Source
from lambdas.shared.settings_sources import from_metadata, from_stack, from_yaml

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class PreprocessEvent(BaseModel):
    """One version of one upload, and the execution it belongs to."""

    execution_name: str
    execution_arn: str
    bucket: str
    key: str
    version_id: str = ""


@entry(PreprocessEvent)
def handler(event: PreprocessEvent) -> dict[str, Any]:
    """Return names, figures and URIs for the rest of the workflow.

    Raises
    ------
    DataError
        If the upload or its settings can't be used.
    """
    client = s3_client()
    paths = RunPaths(event.bucket, dataset_of(event.key), event.execution_name)
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        folder = Path(name)
        fetched = download(client, event.bucket, event.key, event.version_id, folder / "upload")
        sources = _sources(client, paths, fetched)
        prepared = prepare(fetched.path, fetched.sha256, sources, folder)
        documents = {
            paths.schema_key: schema_document(prepared.task, prepared.target, prepared.features),
            paths.profile_key: prepared.profile,
            paths.manifest_key: manifest_document(
                prepared, fetched, event.key, event.version_id, event.execution_arn
            ),
        }
        upload(client, paths, prepared.files, documents)
    logger.info("preprocessed", extra={"rows": prepared.split.rows, "task": prepared.task})
    return state_output(prepared, paths)


def _sources(client: S3Client, paths: RunPaths, fetched: Download) -> list[Source]:
    sources = [from_metadata(fetched.metadata)]
    text = read_settings(client, paths.bucket, paths.dataset)
    if text is not None:
        sources.append(from_yaml(settings_key(paths.dataset), text))
    return [*sources, from_stack(os.environ.get("DATASET_DEFAULTS", "{}"))]
