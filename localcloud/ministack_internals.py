"""The one door to ministack: its modules, and every private name of it that is used, with why.

No other file of the project imports ministack. A name of the tables below stands for ministack's
own with an underscore before it; whatever is set here is set there. These names may change with any
release, so ministack is pinned to `PINNED` and tests/end_to_end/test_ministack_adapter.py fails
when one is missing or a replaced function has got other parameters.
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

PINNED = "1.5.33"


class Module:
    """One of ministack's modules, loaded when first used.

    Parameters
    ----------
    name
        Below the package ``ministack``.
    private
        Names without their underscore, each with what it is used for.
    """

    __slots__ = ("_name", "_private")  # no dictionary: what is set is ministack's, also for pytest

    def __init__(self, name: str, private: Mapping[str, str] | None = None) -> None:
        object.__setattr__(self, "_name", f"ministack.{name}")
        object.__setattr__(self, "_private", private or {})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self._name), self._own(name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(importlib.import_module(self._name), self._own(name), value)

    def _own(self, name: str) -> str:
        return f"_{name}" if name in self._private else name

    def private_names(self) -> Iterator[tuple[str, str]]:
        """Yield the private names, and what each is used for."""
        yield from self._private.items()


app = Module("app", {"build_persistence_save_dict": "what each service saves"})
arns = Module("core.arn")
iam_actions = Module(
    "core.iam_actions",
    {
        "query_param": "whether a write is part of an upload",
        "s3_object_context": "replaced: policies see which key a write asks for",
    },
)
iam_evaluator = Module(
    "core.iam_evaluator",
    {
        "conditions_met": "conditions of trust policies, which are asked of services here",
        "fnmatch_compile": "replaced: a star stands for line breaks, too",
        "gather_role_policies": "what a role may do, for tasks that no request makes",
        "is_root_key": "replaced: the root's signatures are checked like any",
    },
)
lambda_runtime = Module(
    "core.lambda_runtime",
    {"PYTHON_WORKER_SCRIPT": "changed: errors are named, and their process is kept"},
)
persistence = Module("core.persistence")
responses = Module("core.responses")
router = Module("core.router")

cloudformation = Module(
    "services.cloudformation.provisioners",
    {
        "RESOURCE_HANDLERS": "changed: properties that are forgotten are applied",
        "physical_name": "names of schedules",
        "scheduler_schedule_delete": "deletion of schedules, which stays as it is",
    },
)
cloudwatch = Module(
    "services.cloudwatch",
    {
        "alarms": "all alarms, evaluated every second",
        "calc_stats": "statistics of a period",
        "dims_key": "the key of a metric's dimensions",
        "dispatch_alarm_actions": "an alarm's actions",
        "evaluate_alarm": "replaced: periods, dimensions and missing data count",
        "evaluate_parent_alarms": "composite alarms",
        "metric_bucket": "a metric's datapoints, to share their dimensions",
        "metrics": "datapoints of all metrics",
        "record_history": "an alarm's history",
        "stat_value": "one statistic of a period",
    },
)
cloudwatch_logs = Module(
    "services.cloudwatch_logs",
    {
        "append_log_events": "wrapped: metrics are taken out of log lines",
        "log_groups": "log groups, to list their tags and to drop old streams",
    },
)
eventbridge = Module(
    "services.eventbridge",
    {
        "cron_next_fire": "the next time of a cron expression",
        "dispatch_event": "wrapped: an event gets the details that it lacks",
        "dispatch_to_lambda": "replaced: functions are retried; schedules' targets",
        "dispatch_to_sns": "schedules' targets",
        "dispatch_to_sqs": "schedules' targets",
        "dispatch_to_stepfunctions": "schedules' targets",
        "events_log_list": "replaced: a list that only grows",
        "parse_cron_fields": "schedules' expressions",
        "parse_rate_seconds": "schedules' expressions",
    },
)
iam = Module("services.iam", {"roles": "roles' trust policies"})
lambda_svc = Module(
    "services.lambda_svc",
    {
        "emit_lambda_logs": "wrapped: a function's oldest log streams are dropped",
        "emit_lambda_metrics": "replaced: every invocation is counted, once",
        "execute_function": "wrapped: invocations wait for a place",
        "execute_function_dispatch": "wrapped: every invocation is counted, once",
        "execute_function_warm": "wrapped: errors are reported as Lambda reports them",
        "execute_function_with_config_scope": "where all ways to a function meet (for a test)",
        "execution_record_for_config": "a function as rules invoke it",
        "get_func_record_for_ref": "a function as rules invoke it",
        "resolve_layer_zip": "replaced: layers are not unpacked",
    },
)
s3 = Module(
    "services.s3",
    {
        "bucket_default_sse_headers": "which key a bucket encrypts with",
        "bucket_encryption": "buckets' encryption (for a test)",
        "bucket_tags": "tags that a template gives",
        "buckets": "whether an object is there",
        "fire_s3_event": "wrapped: events name the object's version",
        "object_versions": "versions, whose content is on disk alone",
        "persist_object": "wrapped: versions' content is on disk alone",
        "put_bucket_encryption": "encryption that a template asks for",
    },
)
scheduler = Module(
    "services.scheduler",
    {
        "SCHEDULE_TICK_INTERVAL": "changed: how often schedules are served",
        "create_schedule": "wrapped: what AWS refuses is refused",
        "error": "answers of refused requests",
        "group_arn": "whom a schedule's role must trust",
        "now": "replaced: a clock that tests may set",
        "schedules": "all schedules",
        "tick_schedules": "replaced: time zones, missed times, inputs and roles count",
        "to_epoch": "a schedule's dates",
        "update_schedule": "wrapped: what AWS refuses is refused",
    },
)
sns = Module("services.sns", {"topics": "which key a topic encrypts with"})
sqs = Module(
    "services.sqs",
    {
        "queue_by_arn": "which key a queue encrypts with",
        "queues": "how many messages wait",
        "queues_lock": "how many messages wait",
        "refresh_counts": "how many messages wait",
    },
)
stepfunctions = Module(
    "services.stepfunctions",
    {
        "ExecutionError": "a state's failure, by error and cause",
        "SERVICE_DISPATCH": "changed: sns:publish takes a message's attributes",
        "activities": "saved while the cloud runs",
        "add_event": "replaced: a history ends with its execution",
        "apply_input_path": "Succeed states",
        "apply_jsonata_template": "variables, and tests of expressions",
        "apply_output_path": "Succeed states",
        "apply_state_assign": "replaced: variables are assigned at once",
        "call_lambda": "wrapped: a function that fails ends the task that waits for a token",
        "describe_execution": "wrapped: redrives are described",
        "emit_execution_status_event": "wrapped: journal, metrics, redrives",
        "error_matches": "wrapped: States.ALL does not catch everything",
        "evaluate_jsonata": "wrapped: nothing is kept for a thread",
        "execute_choice": "the states of the loop that replaces ministack's",
        "execute_map": "the states of the loop that replaces ministack's",
        "execute_parallel": "the states of the loop that replaces ministack's",
        "execute_pass": "the states of the loop that replaces ministack's",
        "execute_task": "wrapped: a task knows its execution",
        "execute_wait": "wrapped: faults that end an execution meet it in a Wait, too",
        "executions": "all executions",
        "fail_execution": "the end of the loop that replaces ministack's",
        "fail_state_error": "Fail states",
        "finalize_response": "answers of RedriveExecution",
        "invoke_resource": "wrapped: tasks ask IAM, meet limits and faults, and know SageMaker",
        "invoke_resource_with_timeout": "wrapped: a Lambda's time counts once it has a place",
        "invoke_with_callback": "wrapped: as invoke_resource",
        "map_runs": "saved while the cloud runs",
        "run_execution": "replaced: executions are resumed and redriven here",
        "scaled_sleep": "replaced by tests: nothing waits",
        "state_machine_aliases": "saved while the cloud runs",
        "state_machine_versions": "saved while the cloud runs",
        "state_machines": "definitions and roles; saved while the cloud runs",
        "state_query_language": "whether a state is in JSONata",
        "stop_execution": "a fault that stops an execution",
        "tags": "tags of state machines",
        "task_tokens": "tasks that wait for a token",
    },
)
sts = Module("services.sts", {"sessions": "known credentials (for a test)"})
tagging = Module(
    "services.tagging",
    {
        "COLLECTORS": "changed: logs, state machines and SageMaker are listed",
        "normalise_flat": "how tags are listed",
    },
)


def modules() -> Iterator[Module]:
    """Yield all of the above."""
    yield from (found for found in globals().values() if isinstance(found, Module))


def all_schedules() -> dict[Any, dict[str, Any]]:
    """Return the schedules of every account and region, by both and their names.

    ministack's dictionaries show those of one account and region alone; what is beneath is private.
    """
    found: dict[Any, dict[str, Any]] = scheduler.schedules._data
    return found
