"""EventBridge Scheduler's work: to invoke targets in time, by a clock that tests may set.

ministack reads every expression as UTC, fires once however many times have passed, sends an event
of its own in place of the target's input, and asks no role.
"""

import datetime as dt
import logging
import os
import re
import uuid
from pathlib import Path
from typing import Any

from ministack.core.arn import parse_arn
from ministack.core.responses import (
    get_account_id,
    get_region,
    set_request_account_id,
    set_request_region,
)
from ministack.services import eventbridge, scheduler

from localcloud import scheduler_api
from localcloud.permissions import Permission, denial
from localcloud.schedule_times import due

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
    scheduler._SCHEDULE_TICK_INTERVAL = 0.2 if os.environ.get("LOCALCLOUD_CLOCK") else 1
    scheduler._tick_schedules = tick
    scheduler._now = lambda: now().timestamp()
    scheduler_api.install()


def tick() -> None:
    """Serve every schedule up to now."""
    time = now()
    before = get_account_id(), get_region()
    try:
        for key, schedule in list(scheduler._schedules._data.items()):
            set_request_account_id(key[0])
            set_request_region(key[1])
            _serve(key, schedule, time)
    finally:
        set_request_account_id(before[0])
        set_request_region(before[1])


def _serve(key: Any, schedule: dict[str, Any], time: dt.datetime) -> None:
    begun = _time(schedule["StartDate"] or schedule["CreationDate"])
    # What was due before this process ran is not made up for; a rate's first time is its making.
    after = _looked.get(key, max(_time(schedule["CreationDate"]), _started) - _INSTANT)
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
        scheduler._schedules._data.pop(key, None)


def fire(schedule: dict[str, Any], moment: dt.datetime) -> None:
    """Invoke a schedule's target with its role; what that may not goes to the dead letters."""
    target = schedule["Target"]
    payload = _payload(schedule, moment)
    refusal = scheduler_api.role_problem(target["RoleArn"], schedule["GroupName"]) or _denied(
        target["RoleArn"], "lambda:InvokeFunction", target["Arn"]
    )
    if refusal is None:
        eventbridge._dispatch_to_lambda(target["Arn"], payload)
        return
    _log.warning("schedule %s: %s", schedule["Name"], refusal)
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if queue and _denied(target["RoleArn"], "sqs:SendMessage", queue) is None:
        eventbridge._dispatch_to_sqs(parse_arn(queue), payload)


def _denied(role_arn: str, action: str, resource: str) -> str | None:
    return denial(role_arn, Permission(action, resource), get_account_id(), get_region())


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
    epoch = scheduler._to_epoch(value)
    return dt.datetime.fromtimestamp(epoch, dt.UTC)
