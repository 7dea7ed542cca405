"""Turn an uploaded CSV into rows for the dataset's model, or say all that is wrong with it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.predict.model import choose_model, chosen, describe
from lambdas.predict.run import ReadRows, read_rows
from lambdas.preprocess.storage import Opened, open_upload, refuse_superseded
from lambdas.shared.aws import s3_client, sagemaker_client
from lambdas.shared.contracts.predict import PredictEvent, PreparedRows
from lambdas.shared.documents.bucket import write
from lambdas.shared.documents.contents import RowsFound
from lambdas.shared.documents.document import ROWS_FOUND
from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import DataError, UploadTooLarge
from lambdas.shared.findings.finding import Finding, few_findings
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import Message, verbatim
from lambdas.shared.names.legal import dataset_slug, resource_name
from lambdas.shared.names.paths import RunPaths, dataset_of
from lambdas.shared.observability import logger
from lambdas.shared.settings.dataset import DatasetSettings, Source, resolve
from lambdas.shared.settings.sources import from_metadata, from_stack, read_settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ACCEPT, _REASONS = "text/csv; details=true", "; explain=3"


@entry(PredictEvent)
def handler(event: PredictEvent) -> PreparedRows:
    """Return names, figures and addresses for the rest of the workflow.

    What was found is stored, also where this fails.

    Raises
    ------
    DataError
        If the rows, the settings or the model can't be used.
    """
    client = s3_client()
    paths = RunPaths(event.bucket, dataset_of(event.key), event.execution_name)
    findings: list[Finding] = []
    language: str | None = None
    failure: DataError | None = None
    try:
        refuse_superseded(client, event.bucket, event.key, event.version_id)
        opened = open_upload(client, event.bucket, event.key, event.version_id)
        resolved = resolve(_sources(client, paths, opened))
        language = resolved.settings.language
        findings += resolved.findings
        prepared = _prepare(client, paths, opened, resolved.settings, findings)
    except DataError as error:
        failure = error
        seen = error.findings or [Finding(error.code, verbatim(KINDS[error.code].summary))]
        findings = list(dict.fromkeys([*findings, *seen]))
    told = [each.to_dict() for each in few_findings(findings)]
    found: RowsFound = {"language": language, "findings": told}
    write(client, ROWS_FOUND, ROWS_FOUND.uri(paths), found)
    if failure:
        raise failure
    logger.info("rows to predict", extra={"rows": prepared.rows, "model": prepared.model.version})
    return prepared


def _sources(client: S3Client, paths: RunPaths, opened: Opened) -> list[Source]:
    file = read_settings(client, paths.bucket, paths.dataset)
    stack = from_stack(os.environ.get("DATASET_DEFAULTS", "{}"))
    return [from_metadata(opened.metadata), *([] if file is None else [file]), stack]


def _prepare(
    client: S3Client,
    paths: RunPaths,
    opened: Opened,
    settings: DatasetSettings,
    findings: list[Finding],
) -> PreparedRows:
    model = choose_model(sagemaker_client(), paths, settings.model_version)
    trained = describe(client, model)
    _refuse_large(opened)
    folder = paths.uri(paths.prediction_prefix)
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        download = opened.save(Path(name) / "upload")
        read = read_rows(download.path, settings, trained, Path(name), findings)
        _store(client, paths, read, Path(name))
    parts = read.of_model.paths
    return PreparedRows(
        dataset=dataset_slug(paths.dataset),
        resource_name=resource_name(paths.dataset, paths.execution),
        language=settings.language,
        model=chosen(model),
        task=trained.task,
        target=trained.target,
        rows=read.rows,
        columns=read.columns,
        rows_uri=f"{folder}/job/{parts[0].parent.name}/",
        parts=len(parts),
        instances=min(len(parts), settings.transform_instances),
        content_type=read.of_model.content_type,
        accept=_ACCEPT + _REASONS * settings.explain,
        own_uri=f"{folder}/job/{read.own.name}",
        output_uri=f"{folder}/job",
        predictions_uri=f"{folder}/predictions.{settings.output}",
        instance_types=list(settings.transform_instance_types),
        raw=settings.raw,
        explain=settings.explain,
        output=settings.output,
    )


def _refuse_large(opened: Opened) -> None:
    most = int(os.environ["UPLOAD_LIMIT_BYTES"])
    if opened.size > most:
        opened.body.close()
        text = Message(
            "it has {size} MB; at most {most} MB can be predicted at once",
            size=opened.size >> 20,
            most=most >> 20,
        )
        raise UploadTooLarge(text)


def _store(client: S3Client, paths: RunPaths, read: ReadRows, folder: Path) -> None:
    for path in (read.own, *read.of_model.paths):
        key = f"{paths.prediction_prefix}/job/{path.relative_to(folder).as_posix()}"
        client.upload_file(str(path), paths.bucket, key)
