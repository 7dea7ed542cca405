"""The swap, one step at a time: each looks at the endpoint and does what is next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lambdas.keep.events import Progress
from lambdas.keep.resources import Kept
from lambdas.shared.findings.message import Message, verbatim

_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
Canary = Callable[[], Message | None]


def step(kept: Kept, progress: Progress, canary: Canary) -> Progress:
    """Do what is next.

    Parameters
    ----------
    kept : Kept
    progress : Progress
        As the step before left it.
    canary : callable
        Asks the endpoint; returns what is wrong with its answers, or None.
    """
    endpoint = kept.describe()
    if endpoint is not None and endpoint["EndpointStatus"] in _BUSY:
        return progress
    if progress.phase == "rolling_back":
        kept.forget(kept.version_name)
        return progress.model_copy(update={"phase": "failed"})
    if progress.phase == "waiting":
        return _begin(kept, progress, endpoint)
    return _arrive(kept, progress, endpoint, canary)


def _begin(kept: Kept, progress: Progress, endpoint: dict[str, Any] | None) -> Progress:
    if endpoint is not None and endpoint["EndpointStatus"] == "Failed":
        kept.delete()  # nothing answers there; the next step makes a new one
        return progress
    kept.declare()
    if endpoint is None:
        kept.create()
        return progress.model_copy(update={"phase": "starting", "created": True})
    previous = endpoint["EndpointConfigName"]
    if previous != kept.version_name:
        kept.update(kept.version_name)
    else:  # it serves this version, or an attempt before this one began the swap
        previous = kept.newest_other()
    return progress.model_copy(update={"phase": "starting", "previous": previous})


def _arrive(
    kept: Kept, progress: Progress, endpoint: dict[str, Any] | None, canary: Canary
) -> Progress:
    if endpoint is None or endpoint["EndpointConfigName"] != kept.version_name:
        # SageMaker itself has gone back to the old version, which has answered all the time.
        reason = (endpoint or {}).get("FailureReason")
        why = verbatim(reason) if reason else Message("the endpoint has been deleted")
        problem = Message("the new version could not be started: {reason}", reason=why)
        return _give_up(kept, progress, problem)
    if endpoint["EndpointStatus"] != "InService":
        reason = endpoint.get("FailureReason", endpoint["EndpointStatus"])
        problem = Message("the endpoint could not be started: {reason}", reason=reason)
        return _give_up(kept, progress, problem)
    wrong = canary()
    if wrong is None:
        for name in kept.others():
            kept.forget(name)
        return progress.model_copy(update={"phase": "serving"})
    problem = Message("the canary test failed: {reason}", reason=wrong)
    if progress.previous is None:
        return _give_up(kept, progress, problem)
    kept.update(progress.previous)
    return progress.failing("rolling_back", problem)


def _give_up(kept: Kept, progress: Progress, problem: Message) -> Progress:
    if progress.created:
        kept.delete()
    if progress.created or progress.previous is not None:
        kept.forget(kept.version_name)
    return progress.failing("failed", problem)
