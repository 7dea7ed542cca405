"""Look the champion up before anything is deployed, so that only what can be measured is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.parser import BaseModel
from botocore.exceptions import ClientError

from lambdas.champion.fit import problem
from lambdas.shared.aws import ABSENT, s3_client, sagemaker_client
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import split_uri
from lambdas.shared.observability import logger
from lambdas.shared.registry import champion

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ChampionEvent(BaseModel):
    """The dataset's group, and the manifest of the new upload."""

    group: str
    manifest_uri: str


@entry(ChampionEvent)
def handler(event: ChampionEvent) -> dict[str, Any]:
    """Return ``champion``: None, or its ARN, version, records and what stands in the way."""
    found = champion(sagemaker_client(), event.group)
    if found is None:
        logger.info("no champion yet")
        return {"champion": None}
    uri = found.properties.get("manifest_uri", "")
    before = _manifest(s3_client(), uri)
    now = _manifest(s3_client(), event.manifest_uri)
    gone = Message("the record of its data has been deleted")
    obstacle = problem(before, now) if before and now else gone
    told = obstacle and str(obstacle)
    logger.info("champion", extra={"version": found.number, "problem": told})
    return {
        "champion": {
            "package_arn": found.arn,
            "version": found.number,
            "environment": found.environment,
            "manifest_uri": uri,
            "schema_uri": f"{uri.rpartition('/')[0]}/schema/",
            "problem": told,
            "wording": obstacle and obstacle.to_json(),
        }
    }


def _manifest(client: S3Client, uri: str) -> dict[str, Any] | None:
    if not uri:
        return None
    bucket, key = split_uri(uri)
    try:
        body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise
        return None
    document: dict[str, Any] = json.loads(body)
    return document
