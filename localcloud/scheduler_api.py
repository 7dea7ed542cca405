"""EventBridge Scheduler's API where ministack takes too much, or asks IAM amiss."""

import json
from collections.abc import Callable
from typing import Any

from localcloud.ministack_internals import cloudformation, iam_actions, scheduler
from localcloud.schedule_times import is_valid
from localcloud.service_roles import may_assume

_SERVICE = "scheduler.amazonaws.com"
_REFUSED = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


def install() -> None:
    """Put it in ministack's place."""
    scheduler.create_schedule = _checked(scheduler.create_schedule)
    scheduler.update_schedule = _checked(scheduler.update_schedule)
    cloudformation.RESOURCE_HANDLERS["AWS::Scheduler::Schedule"] = {
        "create": _create_by_template,
        "update": _update_by_template,
        "delete": cloudformation.scheduler_schedule_delete,
    }
    _name_the_group_to_iam()


def role_problem(role_arn: str, group: str) -> str | None:
    """Return AWS's message if the schedules of a group may not act with a role."""
    trusted = may_assume(role_arn, _SERVICE, scheduler.group_arn(group))
    return None if trusted else _REFUSED


def _checked(work: Callable[[str, dict[str, Any]], Any]) -> Callable[[str, dict[str, Any]], Any]:
    """Refuse what AWS refuses: expressions, time zones, and roles that it can't act with."""

    def checked(name: str, body: dict[str, Any]) -> Any:
        zone = body.get("ScheduleExpressionTimezone", "UTC")
        role = (body.get("Target") or {}).get("RoleArn", "")
        problem = role_problem(role, body.get("GroupName", "default"))
        if not is_valid(body.get("ScheduleExpression", ""), zone):
            problem = f"Invalid Schedule Expression {body.get('ScheduleExpression')} in {zone}."
        return scheduler.error(400, "ValidationException", problem) if problem else work(name, body)

    return checked


def _create_by_template(logical_id: str, properties: Any, stack: str) -> Any:
    """Hand every property on; ministack's own drops the time zone and hides refusals."""
    name = properties.get("Name") or cloudformation.physical_name(stack, logical_id, max_len=64)
    return _by_template(scheduler.create_schedule, name, properties)


def _update_by_template(name: str, _: Any, properties: Any, stack: str) -> Any:
    if properties.get("Name", name) != name:
        return _create_by_template(name, properties, stack)
    return _by_template(scheduler.update_schedule, name, properties)


def _by_template(work: Callable[..., Any], name: str, properties: Any) -> Any:
    status, _, body = work(name, dict(properties))
    answer = json.loads(body)
    if status != 200:
        raise ValueError(answer["Message"])
    return name, {"Arn": answer["ScheduleArn"]}


def _name_the_group_to_iam() -> None:
    """Ministack asks IAM about the default group, whichever a request names."""
    extract = iam_actions.extract_resource_arn

    def resource(service: str, *given: Any) -> str:
        arn = str(extract(service, *given))
        if service != "scheduler" or ":schedule/default/" not in arn:
            return arn
        _method, _path, _headers, body, query, *_ = given
        named = (query or {}).get("groupName") or json.loads(body or b"{}").get("GroupName")
        group = named[0] if isinstance(named, list) else named or "default"
        return arn.replace(":schedule/default/", f":schedule/{group}/")

    iam_actions.extract_resource_arn = resource
