"""Leave a large file of rows to a processing job, and take back what it made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lambdas.preprocess.handover import output_of, upload_input, volume_size_gb
from lambdas.shared.contracts.predict import PreparedRows, RowsHandedOver
from lambdas.shared.contracts.preprocess import ProcessingInput, ProcessingRequest
from lambdas.shared.documents.bucket import read, write
from lambdas.shared.documents.document import ROWS_ORDER, ROWS_READ
from lambdas.shared.findings.finding import Finding
from lambdas.shared.names.legal import dataset_slug, resource_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.predict.order import RowsOrder
    from lambdas.shared.names.paths import RunPaths
    from lambdas.shared.settings.dataset import DatasetSettings


def hand_over(
    client: S3Client, order: RowsOrder, settings: DatasetSettings, described: Mapping[str, str]
) -> RowsHandedOver:
    """Store what the job needs to know, and return what the state machine needs to start it.

    Parameters
    ----------
    described : mapping of str to str
        Addresses of what is known of the model's data, by the names of the job's inputs.
    """
    paths, order_uri = order.paths, ROWS_ORDER.uri(order.paths)
    write(client, ROWS_ORDER, order_uri, order.to_dict())
    documents = {"order": order_uri, **described}
    return RowsHandedOver(
        dataset=dataset_slug(paths.dataset),
        resource_name=resource_name(paths.dataset, paths.execution),
        job=ProcessingRequest(
            program="predict",
            instance_type=settings.processing_instance_type,
            volume_size_gb=volume_size_gb(order.upload_bytes),
            inputs=(
                upload_input(client, paths, order.key, order_uri),
                *(ProcessingInput(name=name, uri=uri) for name, uri in documents.items()),
            ),
            output_uri=paths.uri(paths.prediction_prefix),
        ),
    )


def take_back(client: S3Client, paths: RunPaths, findings: list[Finding]) -> PreparedRows:
    """Return what the job made of the rows.

    Parameters
    ----------
    findings : list of Finding
        Gets what the job has found, also if this fails.

    Raises
    ------
    DataError
        The one that the job ended with, of the same class and message.
    """
    result = read(client, ROWS_READ, ROWS_READ.uri(paths))
    findings += map(Finding.from_dict, result["findings"])
    return PreparedRows(**output_of(result))
