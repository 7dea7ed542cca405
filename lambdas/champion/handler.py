"""Find the champion before anything is deployed, so that only what can be measured is."""

from __future__ import annotations

from lambdas.champion.compatibility import problem
from lambdas.shared.aws import s3_client, sagemaker_client
from lambdas.shared.contracts.evaluate import ChampionAnswer, ChampionEvent, KnownChampion
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import MANIFEST
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message
from lambdas.shared.observability import logger
from lambdas.shared.registry import champion


@entry(ChampionEvent)
def handler(event: ChampionEvent) -> ChampionAnswer:
    """Return the champion's ARN, version, records and what stands in the way."""
    found = champion(sagemaker_client(), event.group)
    if found is None:
        logger.info("no champion yet")
        return ChampionAnswer(champion=None)
    uri = found.properties.get("manifest_uri", "")
    before = find(s3_client(), MANIFEST, uri)
    now = find(s3_client(), MANIFEST, event.manifest_uri)
    gone = Message("the record of its data has been deleted")
    obstacle = problem(before, now) if before and now else gone
    problem_text = str(obstacle) if obstacle else None
    logger.info("champion", extra={"version": found.number, "problem": problem_text})
    known = KnownChampion(
        package_arn=found.arn,
        version=found.number,
        environment=found.environment,
        manifest_uri=uri,
        schema_uri=f"{found.data_uri}/schema/",
        problem=problem_text,
        wording=obstacle.to_json() if obstacle else None,
    )
    return ChampionAnswer(champion=known)
