"""Blue/green deployments: how traffic moves from an old process to a new one, or back.

As the developer guide has it ("Deployment guardrails"): a canary or one linear step after the other
gets its share and is watched, then the whole new fleet is, before the old one goes. An alarm that
fires meanwhile sends all traffic back.
"""

import math
import threading
import time
from collections.abc import Iterator
from typing import Any

from localsagemaker.context import Context
from localsagemaker.endpoint_run import EndpointRun
from localsagemaker.errors import validation_exception

_LOOK_SECONDS = 0.1
_HALF, _TENTH = 0.5, 0.1


class Shift:
    """Traffic between an old and a new process; every request is one or the other's."""

    def __init__(self, old: EndpointRun, new: EndpointRun) -> None:
        self.old, self.new = old, new
        self.share = 0.0
        self._requests = 0

    def choose(self) -> EndpointRun:
        """Return whose the next request is; shares come out even, not by chance."""
        before, self._requests = self._requests, self._requests + 1
        more = math.floor(self._requests * self.share) > math.floor(before * self.share)
        return self.new if more else self.old


def check(context: Context, config: dict[str, Any], count: int) -> None:
    """Refuse what AWS refuses of a ``DeploymentConfig`` beyond its shapes.

    Parameters
    ----------
    count
        Instances of the variant.

    Raises
    ------
    ApiError
        ``ValidationException``.
    """
    for problem in _problems(context, config, count):
        raise validation_exception(problem)


def _problems(context: Context, config: dict[str, Any], count: int) -> Iterator[str]:
    policy = config.get("BlueGreenUpdatePolicy")
    if policy is None or "RollingUpdatePolicy" in config:
        yield "The local SageMaker deploys by a BlueGreenUpdatePolicy alone."
        return
    routing = policy["TrafficRoutingConfiguration"]
    kind, waits = routing["Type"], routing["WaitIntervalInSeconds"]
    size, least = {
        "ALL_AT_ONCE": (None, 0.0),
        "CANARY": (routing.get("CanarySize"), 0.0),
        "LINEAR": (routing.get("LinearStepSize"), _TENTH),
    }[kind]
    if kind != "ALL_AT_ONCE":
        if size is None:
            yield f"A traffic routing of type {kind} must specify its size."
        elif not least <= _share(size, count) <= _HALF:
            yield (
                f"The size of {kind} must be at most 50% of the variant's total instance count, "
                f"which is {count}."
            )
    total = policy.get("TerminationWaitInSeconds", 0) + waits
    if policy.get("MaximumExecutionTimeoutInSeconds", math.inf) <= total:
        yield "MaximumExecutionTimeoutInSeconds must be larger than all waits together."
    names = alarms(config)
    if context.alarm_states is not None:
        missing = sorted(set(names) - set(context.alarm_states(names)))
        if missing:
            yield f"Could not find the CloudWatch alarms {', '.join(missing)}."


def alarms(config: dict[str, Any]) -> list[str]:
    """Return the names of the alarms that take a deployment back."""
    found = (config.get("AutoRollbackConfiguration") or {}).get("Alarms", [])
    return [each["AlarmName"] for each in found]


def roll_out(
    context: Context, config: dict[str, Any], count: int, shift: Shift, closing: threading.Event
) -> str | None:
    """Move the traffic step by step, and watch.

    Returns
    -------
    str or None
        Why it is to be taken back, if it is.
    """
    for share, seconds in _steps(config["BlueGreenUpdatePolicy"], count):
        shift.share = share
        fired = _watched(context, alarms(config), seconds, closing)
        if fired:
            shift.share = 0.0
            return (
                f"Auto-rollback was triggered because the alarms {', '.join(fired)} are in state "
                "ALARM."
            )
    return None


def _steps(policy: dict[str, Any], count: int) -> Iterator[tuple[float, float]]:
    routing = policy["TrafficRoutingConfiguration"]
    wait = routing["WaitIntervalInSeconds"]
    if routing["Type"] == "CANARY":
        yield _share(routing["CanarySize"], count), wait
    elif routing["Type"] == "LINEAR":
        step = _share(routing["LinearStepSize"], count)
        for number in range(1, math.ceil(1 / step)):
            yield step * number, wait
    yield 1.0, policy.get("TerminationWaitInSeconds", 0)


def _share(size: dict[str, Any], count: int) -> float:
    if size["Type"] == "CAPACITY_PERCENT":
        return float(size["Value"]) / 100
    return float(size["Value"]) / max(count, 1)


def _watched(
    context: Context, names: list[str], seconds: float, closing: threading.Event
) -> list[str]:
    """Return the alarms that fire within a time, looked at once at least."""
    deadline = time.monotonic() + seconds * context.limits.deployment_scale
    while True:
        states = context.alarm_states(names) if names and context.alarm_states else {}
        fired = [name for name, state in states.items() if state == "ALARM"]
        left = deadline - time.monotonic()
        if fired or left <= 0 or closing.wait(min(_LOOK_SECONDS, left)):
            return fired
