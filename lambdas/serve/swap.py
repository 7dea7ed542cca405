"""The swap, one step at a time: each checks the endpoint and does what is next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lambdas.serve.resources import ServingEndpoint
from lambdas.shared.contracts.decide import ServingProgress
from lambdas.shared.findings.message import Message, verbatim

_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
Found = dict[str, Any] | None  # an endpoint as SageMaker describes it
Canary = Callable[[], Message | None]


def step(endpoint: ServingEndpoint, progress: ServingProgress, canary: Canary) -> ServingProgress:
    """Do what is next.

    Parameters
    ----------
    endpoint : ServingEndpoint
    progress : ServingProgress
        As the step before left it.
    canary : callable
        Asks the endpoint; returns what is wrong with its answers, or None.
    """
    found = endpoint.describe()
    if found is not None and found["EndpointStatus"] in _BUSY:
        return progress
    if progress.phase == "rolling_back":
        endpoint.forget(endpoint.version_name)
        return progress.model_copy(update={"phase": "failed"})
    if progress.phase == "waiting":
        return _begin(endpoint, progress, found)
    return _arrive(endpoint, progress, found, canary)


def _begin(endpoint: ServingEndpoint, progress: ServingProgress, found: Found) -> ServingProgress:
    if found is not None and found["EndpointStatus"] == "Failed":
        endpoint.delete()  # nothing answers there; the next step makes a new one
        return progress
    endpoint.declare()
    if found is None:
        endpoint.create()
        return progress.model_copy(update={"phase": "starting", "created": True})
    previous = found["EndpointConfigName"]
    if previous != endpoint.version_name:
        endpoint.update(endpoint.version_name)
    else:  # it serves this version, or an attempt before this one began the swap
        previous = endpoint.newest_other()
    return progress.model_copy(update={"phase": "starting", "previous": previous})


def _arrive(
    endpoint: ServingEndpoint,
    progress: ServingProgress,
    found: Found,
    canary: Canary,
) -> ServingProgress:
    if found is None or found["EndpointConfigName"] != endpoint.version_name:
        # SageMaker itself has gone back to the old version, which has answered all the time.
        reason = (found or {}).get("FailureReason")
        why = verbatim(reason) if reason else Message("the endpoint has been deleted")
        problem = Message("the new version could not be started: {reason}", reason=why)
        return _give_up(endpoint, progress, problem)
    if found["EndpointStatus"] != "InService":
        status = str(found.get("FailureReason", found["EndpointStatus"]))
        problem = Message("the endpoint could not be started: {reason}", reason=status)
        return _give_up(endpoint, progress, problem)
    wrong = canary()
    if wrong is None:
        for name in endpoint.others():
            endpoint.forget(name)
        return progress.model_copy(update={"phase": "serving"})
    problem = Message("the canary test failed: {reason}", reason=wrong)
    if progress.previous is None:
        return _give_up(endpoint, progress, problem)
    endpoint.update(progress.previous)
    return progress.failing("rolling_back", problem)


def _give_up(
    endpoint: ServingEndpoint, progress: ServingProgress, problem: Message
) -> ServingProgress:
    if progress.created:
        endpoint.delete()
    if progress.created or progress.previous is not None:
        endpoint.forget(endpoint.version_name)
    return progress.failing("failed", problem)
