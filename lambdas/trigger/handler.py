"""Start an execution for each upload that EventBridge tells of."""

from __future__ import annotations

import os
from typing import Any, Literal

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from lambdas.report.language import Language, language_of_dataset
from lambdas.shared.aws import s3_client, step_functions_client
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message, sentence
from lambdas.shared.names.part_files import is_part
from lambdas.shared.names.paths import ACTUALS, INCOMING, PREDICT, dataset_of
from lambdas.shared.observability import belongs_to, logger
from lambdas.shared.settings.dataset import Source, resolve
from lambdas.shared.settings.sources import read_settings
from lambdas.shared.topic import notify
from lambdas.trigger.execution import Upload, is_folder_marker, start

_LONGEST_KEY = 1024  # S3's, in bytes; its version ids are no longer


class _Bucket(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def _is_the_stacks(cls, name: str) -> str:
        if name != os.environ["BUCKET"]:
            raise PydanticCustomError("other_bucket", "not the stack's bucket")
        return name


class _Object(BaseModel):
    key: str = Field(min_length=len(PREDICT) + 1, max_length=_LONGEST_KEY)
    version_id: str = Field(default="", alias="version-id", max_length=_LONGEST_KEY)

    @field_validator("key")
    @classmethod
    def _is_an_upload(cls, key: str) -> str:
        if not key.startswith((INCOMING, PREDICT, ACTUALS)):
            raise PydanticCustomError("no_upload", "not below incoming/, predict/ or actuals/")
        return key


class _Detail(BaseModel):
    bucket: _Bucket
    object: _Object


class ObjectCreated(BaseModel):
    """EventBridge's event "Object Created" of S3, as far as it matters here.

    The rule lets no other through; anyone who may invoke the function directly is held to the same.
    """

    source: Literal["aws.s3"]
    detail_type: Literal["Object Created"] = Field(alias="detail-type")
    detail: _Detail


@entry(ObjectCreated)
def handler(event: ObjectCreated) -> dict[str, Any]:
    """Return ``{"execution_arn": str or None, "started": bool}``."""
    found = event.detail.object
    # EventBridge carries keys as they are, not URL-encoded: decoding would damage "+" and "%".
    upload = Upload(bucket=event.detail.bucket.name, key=found.key, version_id=found.version_id)
    if is_folder_marker(upload):
        logger.info("ignored a folder marker")
        return {"execution_arn": None, "started": False}
    if is_part(upload.key):
        logger.info("left a part file to its folder's marker")
        return {"execution_arn": None, "started": False}
    belongs_to(upload.execution_name)
    for folder, machine in ((PREDICT, "PREDICT_MACHINE_ARN"), (ACTUALS, "ACTUALS_MACHINE_ARN")):
        if upload.key.startswith(folder):
            return _started(machine, upload)
    file = read_settings(s3_client(), upload.bucket, dataset_of(upload.key))
    if _waits_for_schedule(file):
        logger.info("left to the schedule")
        words = language_of_dataset(file and file.values.get("language"))
        notify("WAITS", words("notification.subject.waits"), _waits(words, upload.key))
        return {"execution_arn": None, "started": False}
    return _started("STATE_MACHINE_ARN", upload)


def _started(machine: str, upload: Upload) -> dict[str, Any]:
    """Start the execution in the state machine that a variable names."""
    arn, started = start(step_functions_client(), os.environ[machine], upload)
    logger.info("execution", extra={"execution_arn": arn, "started": started})
    return {"execution_arn": arn, "started": started}


def _waits(words: Language, key: str) -> str:
    text = Message(
        "the upload {key} is kept until the next scheduled check of its dataset", key=key
    )
    return sentence(words.say(text))


def _waits_for_schedule(file: Source | None) -> bool:
    """Tell whether the dataset's file says so; what is wrong with it fails the run, which tells."""
    if file is None:
        return False
    resolved = resolve([file])
    return not resolved.errors and not resolved.settings.train_on_upload
