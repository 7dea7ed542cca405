"""Leave rows and answers that are too many for a Lambda to a processing job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lambdas.preprocess.handover import output_of, volume_size_gb
from lambdas.shared.contracts.predict import (
    JoinedPredictions,
    JoinEvent,
    JoinHandedOver,
    PreparedRows,
)
from lambdas.shared.contracts.preprocess import ProcessingInput, ProcessingRequest
from lambdas.shared.documents.bucket import read, write
from lambdas.shared.documents.document import JOIN_ORDER, JOINED

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.join.answers import AnswersFile


def is_much(prepared: PreparedRows, answers: Sequence[AnswersFile], most_bytes: int) -> bool:
    """Return whether rows or answers have more bytes than a Lambda reads."""
    return max(prepared.upload_bytes, sum(each.size for each in answers)) > most_bytes


def hand_over(client: S3Client, event: JoinEvent, answers: Sequence[AnswersFile]) -> JoinHandedOver:
    """Store what the job needs to know, and return what the state machine needs to start it."""
    prepared, folder = event.prepared, _folder(event.prepared)
    order_uri = JOIN_ORDER.below(folder)
    write(client, JOIN_ORDER, order_uri, prepared.model_dump(mode="json"))
    inputs = {
        "order": order_uri,
        "own": prepared.own_uri,
        "answers": f"{event.answers_uri.rstrip('/')}/",
    }
    if prepared.targets:
        inputs["targets"] = prepared.targets.uri
    size = prepared.upload_bytes + sum(each.size for each in answers)
    return JoinHandedOver(
        job=ProcessingRequest(
            program="join",
            instance_type=prepared.processing_instance_type,
            volume_size_gb=volume_size_gb(size),
            inputs=tuple(ProcessingInput(name=name, uri=uri) for name, uri in inputs.items()),
            output_uri=folder,
        )
    )


def take_back(client: S3Client, prepared: PreparedRows) -> JoinedPredictions:
    """Return what the job has joined.

    Raises
    ------
    PredictionsIncomplete
        As the job did.
    """
    result = read(client, JOINED, JOINED.below(_folder(prepared)))
    return JoinedPredictions(**output_of(result))


def _folder(prepared: PreparedRows) -> str:
    return prepared.predictions_uri.rpartition("/")[0]
