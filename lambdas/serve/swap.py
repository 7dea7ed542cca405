"""The swap, one step at a time: each checks the endpoint and does what is next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lambdas.serve.resources import Found, ServingEndpoint
from lambdas.serve.scaling import UNKNOWN_SECONDS
from lambdas.shared.contracts.decide import ServingProgress
from lambdas.shared.findings.message import Message, verbatim

_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
_LACKS_CAPACITY = "InsufficientInstanceCapacity"
_NO_QUOTA = ("ResourceLimitExceeded", "ResourceLimitExceededException")


@dataclass(frozen=True)
class Probe:
    """Asks the endpoint.

    Parameters
    ----------
    check : callable
        Returns what is wrong with its answers, or None.
    seconds : callable
        Returns how long an answer takes.
    """

    check: Callable[[], Message | None]
    seconds: Callable[[], float]


def step(endpoint: ServingEndpoint, progress: ServingProgress, probe: Probe) -> ServingProgress:
    """Do what is next.

    Parameters
    ----------
    endpoint : ServingEndpoint
    progress : ServingProgress
        As the step before left it.
    probe : Probe
    """
    found = endpoint.describe()
    if found is not None and found["EndpointStatus"] in _BUSY:
        return progress
    if endpoint.asked.kind == "none":
        return _end(endpoint, progress, found)
    if progress.phase == "rolling_back":
        return _return(endpoint, progress, found)
    if progress.phase == "waiting":
        return _begin(endpoint, progress, found)
    return _arrive(endpoint, progress, found, probe)


def _end(
    endpoint: ServingEndpoint, progress: ServingProgress, found: Found | None
) -> ServingProgress:
    """End the endpoint, then all that belongs to it."""
    if found is not None:
        endpoint.retire()
        return _changed(progress, phase="ending", previous=found["EndpointConfigName"])
    left = endpoint.others(None)
    if left and progress.phase != "ending":
        endpoint.retire()  # what a person who deleted the endpoint has left
    for name in left:
        endpoint.forget(name)
    return _changed(progress, phase="ended")


def _begin(
    endpoint: ServingEndpoint, progress: ServingProgress, found: Found | None
) -> ServingProgress:
    if found is not None and found["EndpointStatus"] == "Failed":
        endpoint.delete()  # nothing answers there; the next step makes a new one
        return progress
    if found is not None and endpoint.must_make_way(found):
        endpoint.retire()
        return progress
    types = progress.instance_types
    if types is None:
        types = endpoint.instance_types(found)
    config = endpoint.declare(types[0] if types else None)
    begun = _changed(progress, phase="starting", config=config, instance_types=types)
    if found is not None and found["EndpointConfigName"] == config:
        # It serves this version, or an attempt before this one began the swap.
        newest_other = next(reversed(endpoint.others(config)), None)
        return _changed(begun, previous=newest_other)
    return _replace(endpoint, begun, found)


def _replace(
    endpoint: ServingEndpoint, begun: ServingProgress, found: Found | None
) -> ServingProgress:
    """Make the endpoint, or begin its update; try the next type where the account has no quota."""
    try:
        if found is None:
            begun = _changed(begun, created=True)
            endpoint.create(str(begun.config))
        else:
            begun = _changed(begun, previous=found["EndpointConfigName"])
            endpoint.update(str(begun.config), found)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NO_QUOTA:
            raise
        reason = verbatim(str(error.response["Error"].get("Message", "")))
        problem = Message("the new version could not be started: {reason}", reason=reason)
        return _try_next(endpoint, begun, found, problem)
    return begun


def _arrive(
    endpoint: ServingEndpoint, progress: ServingProgress, found: Found | None, probe: Probe
) -> ServingProgress:
    reason = (found or {}).get("FailureReason")
    if found is None or found["EndpointConfigName"] != progress.config:
        # SageMaker itself has gone back to the old version, which has answered all the time.
        why = verbatim(reason) if reason else Message("the endpoint has been deleted")
        problem = Message("the new version could not be started: {reason}", reason=why)
    elif found["EndpointStatus"] != "InService":
        status = str(found.get("FailureReason", found["EndpointStatus"]))
        problem = Message("the endpoint could not be started: {reason}", reason=status)
    else:
        return _check(endpoint, progress, found, probe)
    if _LACKS_CAPACITY in str(reason):
        return _try_next(endpoint, progress, found, problem)
    return _give_up(endpoint, progress, found, problem)


def _check(
    endpoint: ServingEndpoint, progress: ServingProgress, found: Found, probe: Probe
) -> ServingProgress:
    wrong = probe.check()
    if wrong is None:
        endpoint.settle(found, probe.seconds)
        for name in endpoint.others(progress.config):
            endpoint.forget(name)
        return _changed(progress, phase="serving")
    problem = Message("the canary test failed: {reason}", reason=wrong)
    if progress.previous is None:
        return _give_up(endpoint, progress, found, problem)
    endpoint.go_back(progress.previous, found)
    return progress.failing("rolling_back", problem)


def _return(
    endpoint: ServingEndpoint, progress: ServingProgress, found: Found | None
) -> ServingProgress:
    """See the old version serve again."""
    if found is None and progress.previous is not None:  # it could not be an update
        endpoint.create(progress.previous)
        return progress
    _take_back(endpoint, progress, found)
    return _changed(progress, phase="failed")


def _try_next(
    endpoint: ServingEndpoint, progress: ServingProgress, found: Found | None, problem: Message
) -> ServingProgress:
    """Begin again with the next type of instance, if there is one."""
    types = (progress.instance_types or [])[1:]
    if not types:
        return _give_up(endpoint, progress, found, problem)
    if progress.created:
        endpoint.delete()
    endpoint.forget(str(progress.config))
    return _changed(progress, phase="waiting", config=None, instance_types=types)


def _give_up(
    endpoint: ServingEndpoint, progress: ServingProgress, found: Found | None, problem: Message
) -> ServingProgress:
    if progress.created:
        endpoint.retire()
        for name in endpoint.others(None):
            endpoint.forget(name)
    elif progress.previous is not None:
        _take_back(endpoint, progress, found)
    return progress.failing("failed", problem)


def _take_back(endpoint: ServingEndpoint, progress: ServingProgress, found: Found | None) -> None:
    """Leave the old version as it was before."""
    endpoint.forget(str(progress.config))
    if found is not None:
        endpoint.settle(found, lambda: UNKNOWN_SECONDS)


def _changed(progress: ServingProgress, **changes: Any) -> ServingProgress:
    return progress.model_copy(update=changes)
