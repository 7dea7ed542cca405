"""EventBridge Scheduler's work: to invoke targets in time, by a clock that tests may set.

ministack reads every expression as UTC, fires once however many times have passed, sends an event
of its own in place of the target's input, and asks no role.
"""

import datetime as dt
import logging
import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud import scheduler_api
from localcloud.ministack_internals import all_schedules, arns, eventbridge, responses, scheduler
from localcloud.permissions import Permission, denial
from localcloud.schedule_times import due

# By service: the permission that the role needs, and how the target is reached.
_TARGETS: dict[str, tuple[str, Callable[[str, str], None]]] = {
    "lambda": ("lambda:InvokeFunction", eventbridge.dispatch_to_lambda),
    "sns": ("sns:Publish", eventbridge.dispatch_to_sns),
    "sqs": (
        "sqs:SendMessage",
        lambda arn, text: eventbridge.dispatch_to_sqs(arns.parse_arn(arn), text),
    ),
    "states": ("states:StartExecution", eventbridge.dispatch_to_stepfunctions),
}
_log = logging.getLogger("localcloud")
_INSTANT = dt.timedelta(seconds=1)
_looked: dict[Any, dt.datetime] = {}  # until when each schedule has been served
_started = dt.datetime.now(dt.UTC)


def now() -> dt.datetime:
    """Return the time; of the file that ``LOCALCLOUD_CLOCK`` names, if there is one.

    The file holds one time in ISO 8601 with its offset. Schedules serve whatever time it is set
    forward, so that a month passes in as long as its targets take.
    """
    clock = os.environ.get("LOCALCLOUD_CLOCK")
    if clock:
        return dt.datetime.fromisoformat(Path(clock).read_text().strip()).astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC)


def install() -> None:
    """Put it in ministack's place."""
    global _started  # noqa: PLW0603 - ministack's own state is the module's, too
    _started = now()
    scheduler.SCHEDULE_TICK_INTERVAL = 0.2 if os.environ.get("LOCALCLOUD_CLOCK") else 1
    scheduler.tick_schedules = tick
    scheduler.now = lambda: now().timestamp()
    scheduler_api.install()


def tick() -> None:
    """Serve every schedule up to now."""
    time = now()
    before = responses.get_account_id(), responses.get_region()
    try:
        for key, schedule in list(all_schedules().items()):
            responses.set_request_account_id(key[0])
            responses.set_request_region(key[1])
            _serve(key, schedule, time)
    finally:
        responses.set_request_account_id(before[0])
        responses.set_request_region(before[1])


def _serve(key: Any, schedule: dict[str, Any], time: dt.datetime) -> None:
    begun = _time(schedule["StartDate"] or schedule["CreationDate"])
    # What was due before this process ran is not made up for; a rate's first time is its making.
    after = max(_looked.get(key, _started - _INSTANT), _time(schedule["CreationDate"]) - _INSTANT)
    until = min(time, _time(schedule["EndDate"])) if schedule["EndDate"] else time
    _looked[key] = time
    if schedule["State"] != "ENABLED":
        return
    expression, zone = schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]
    moments = list(due(expression, zone, begun, max(after, begun - _INSTANT), until))
    for moment in moments:
        fire(schedule, moment)
    is_over = until < time or (expression.startswith("at(") and moments)
    if is_over and schedule["ActionAfterCompletion"] == "DELETE":
        all_schedules().pop(key, None)


def fire(schedule: dict[str, Any], moment: dt.datetime) -> None:
    """Invoke a schedule's target with its role; what that may not goes to the dead letters."""
    target = schedule["Target"]
    role, arn = target["RoleArn"], target["Arn"]
    payload = _payload(schedule, moment)
    problem = scheduler_api.role_problem(role, schedule["GroupName"]) or _send(role, arn, payload)
    if problem is None:
        return
    _log.warning("schedule %s: %s", schedule["Name"], problem)
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if queue:
        _send(role, queue, payload)


def _send(role_arn: str, arn: str, payload: str) -> str | None:
    """Hand a payload to a target; return what stands in the way, if anything does."""
    to = arns.parse_arn(arn)
    if to.service not in _TARGETS:
        return f"the local cloud's schedules can't invoke {to.service}"
    action, send = _TARGETS[to.service]
    refusal = denial(
        role_arn, Permission(action, arn), responses.get_account_id(), responses.get_region()
    )
    if refusal is None:
        send(arn, payload)
    return refusal


def _payload(schedule: dict[str, Any], moment: dt.datetime) -> str:
    """Return the target's input with the attributes of this invocation in it."""
    values = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    given = schedule["Target"].get("Input") or "{}"
    return re.sub(
        r"<aws\.scheduler\.([a-z-]+)>", lambda found: values.get(found[1], found[0]), given
    )


def _time(value: Any) -> dt.datetime:
    epoch = scheduler.to_epoch(value)
    return dt.datetime.fromtimestamp(epoch, dt.UTC)
