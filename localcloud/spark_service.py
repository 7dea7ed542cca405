"""EMR Serverless among ministack's services: its API, applications of templates, and tags."""

import asyncio
from typing import Any

from localcloud.ministack_internals import app, cloudformation, iam_actions, router, tagging
from localcloud.permissions import SPARK
from localcloud.spark_tasks import renamed
from localemr import LocalEmrServerless
from localemr.http import handle

_MAPS = ("Tags", "InitialCapacity")  # lists of keys and values in a template


def install(core: LocalEmrServerless) -> None:
    """Route requests that are signed for it, and let stacks make applications."""

    async def answer(
        method: str, path: str, _headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        return await asyncio.to_thread(handle, core, method, path, query, body)

    router.SERVICE_PATTERNS[SPARK] = {
        "host_patterns": [r"^emr-serverless\."],
        "credential_scope": SPARK,
    }
    app.SERVICE_HANDLERS[SPARK] = answer
    iam_actions.SERVICE_TO_IAM_NAMESPACE[SPARK] = SPARK
    cloudformation.RESOURCE_HANDLERS["AWS::EMRServerless::Application"] = _of_templates(core)
    tagging.COLLECTORS[SPARK] = lambda: (
        (arn, tagging.normalise_flat(tags)) for arn, tags in core.tagged()
    )


def _of_templates(core: LocalEmrServerless) -> dict[str, Any]:
    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        given = {"Name": f"{stack}-{logical_id}", **properties}
        for name in _MAPS:
            if name in given:
                given[name] = {pair["Key"]: pair["Value"] for pair in given[name]}
        request = renamed("CreateApplication", given, str.lower)
        made = core.call("CreateApplication", {"clientToken": f"{stack}-{logical_id}"} | request)
        attributes = {"ApplicationId": made["applicationId"], "Arn": made["arn"]}
        return made["applicationId"], attributes

    def update(identifier: str, _old: Any, new: dict[str, Any], *_rest: str) -> Any:
        named = {"applicationId": identifier, "clientToken": "update"}
        core.call("StopApplication", {"applicationId": identifier})
        changed = renamed("UpdateApplication", _updated(new), str.lower)
        found = core.call("UpdateApplication", named | changed)["application"]
        return identifier, {"ApplicationId": identifier, "Arn": found["arn"]}

    def delete(identifier: str, *_rest: Any) -> None:
        core.call("StopApplication", {"applicationId": identifier})
        core.call("DeleteApplication", {"applicationId": identifier})

    return {"create": create, "update": update, "delete": delete}


def _updated(properties: dict[str, Any]) -> dict[str, Any]:
    """Return what can be changed of an application."""
    return {
        name: value
        for name, value in properties.items()
        if name not in {"Name", "Type", "Tags", "InitialCapacity"}
    }
