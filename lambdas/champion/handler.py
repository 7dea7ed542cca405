"""Look the champion up before anything is deployed, so that only what can be measured is."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel

from lambdas.champion.compatibility import problem
from lambdas.shared.aws import s3_client, sagemaker_client
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import MANIFEST
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message
from lambdas.shared.observability import logger
from lambdas.shared.registry import champion


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
    before = find(s3_client(), MANIFEST, uri)
    now = find(s3_client(), MANIFEST, event.manifest_uri)
    gone = Message("the record of its data has been deleted")
    obstacle = problem(before, now) if before and now else gone
    problem_text = obstacle and str(obstacle)
    logger.info("champion", extra={"version": found.number, "problem": problem_text})
    return {
        "champion": {
            "package_arn": found.arn,
            "version": found.number,
            "environment": found.environment,
            "manifest_uri": uri,
            "schema_uri": f"{uri.rpartition('/')[0]}/schema/",
            "problem": problem_text,
            "wording": obstacle and obstacle.to_json(),
        }
    }
