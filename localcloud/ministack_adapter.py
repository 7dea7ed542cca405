"""Puts everything in place that the local cloud changes in ministack.

`localcloud.ministack_internals` has the names of what is changed; any version but the one whose
names these are is refused.
"""

import asyncio
import contextvars
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

from localcloud import (
    alarms,
    authorization,
    credentials,
    event_details,
    executions,
    forgotten_properties,
    lambda_code,
    lambda_errors,
    lambda_places,
    memory,
    metrics,
    scheduler,
    spark_service,
    spark_tasks,
    task_authorization,
    task_limits,
)
from localcloud.execution_loop import is_on, time_out
from localcloud.journal import Journal
from localcloud.ministack_internals import (
    PINNED,
    app,
    cloudwatch_logs,
    eventbridge,
    iam_actions,
    lambda_svc,
    router,
    stepfunctions,
    tagging,
)
from localcloud.permissions import SCALING
from localcloud.sagemaker_tasks import TaskError, run_task
from localcloud.task_faults import Attempt, TaskFaults
from localemr import LocalEmrServerless
from localsagemaker import LocalSageMaker, http


@dataclass(frozen=True)
class _Task:
    """What is being carried out: for which execution, in which state and try of it."""

    execution: dict[str, Any]
    state: str = ""
    redrive: int = 0


_task: contextvars.ContextVar[_Task | None] = contextvars.ContextVar("task", default=None)
_Tagged = Iterator[tuple[str, list[dict[str, str]]]]
_log = logging.getLogger("localcloud")


def install(
    core: LocalSageMaker, spark: LocalEmrServerless, faults: TaskFaults, journal: Journal
) -> None:
    """Add SageMaker and EMR Serverless to ministack; close the gaps that the template meets."""
    if version("ministack") != PINNED:
        raise RuntimeError(f"localcloud needs ministack {PINNED}, found {version('ministack')}")
    _add_sagemaker_api(core)
    spark_service.install(spark)
    credentials.install()
    authorization.install()
    forgotten_properties.install()
    executions.install(journal)
    memory.install()
    lambda_places.install()
    _list_more_tags(core)
    task_limits.install()
    metrics.install()
    alarms.install()
    scheduler.install()
    _run_tasks_with_the_state_machines_role(core, spark, faults)
    _end_executions_in_waits(faults)
    lambda_code.install()
    lambda_errors.install()
    _skip_layers_built_for_lambda()
    event_details.install()
    _retry_functions_that_rules_invoke()
    _publish_message_attributes()


def _add_sagemaker_api(core: LocalSageMaker) -> None:
    """Ministack has no SageMaker: route its target prefix and signing name to the local one."""

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, _query: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        return await asyncio.to_thread(http.handle, core, method, path, headers, body)

    router.SERVICE_PATTERNS["sagemaker"] = {
        "host_patterns": [r"sagemaker\."],
        "target_prefixes": ["SageMaker"],
        "path_patterns": [r"^/endpoints/[^/]+/invocations"],
    }
    router.SERVICE_PATTERNS[SCALING] = {
        "host_patterns": [r"^application-autoscaling\."],
        "target_prefixes": ["AnyScaleFrontendService"],
        "credential_scope": SCALING,
    }
    for service in ("sagemaker", SCALING):
        app.SERVICE_HANDLERS[service] = handle
        iam_actions.SERVICE_TO_IAM_NAMESPACE[service] = service


def _run_tasks_with_the_state_machines_role(
    core: LocalSageMaker, spark: LocalEmrServerless, faults: TaskFaults
) -> None:
    """Ministack runs tasks without asking IAM, and knows no integration of either service."""
    execute_task = stepfunctions.execute_task
    run_task_of = _integrations(core, spark, stepfunctions.invoke_resource)
    invoke_with_callback = stepfunctions.invoke_with_callback

    def execute(state: dict[str, Any], raw: Any, execution: dict[str, Any], ctx: Any) -> Any:
        task = _Task(execution, ctx["State"]["Name"], ctx["Execution"]["RedriveCount"])
        token = _task.set(task)
        try:
            return execute_task(state, raw, execution, ctx)
        finally:
            _task.reset(token)

    def checked(resource: str, arguments: Any, work: Callable[[_Task], Any]) -> Any:
        task = _task.get() or _Task({})
        executions.refuse_ended(task.execution, task.redrive)

        def carry_out() -> Any:
            task_limits.refuse_unknown_fields(resource, arguments)
            task_limits.refuse_large(arguments, "The task's input")
            task_authorization.ask_for_task(resource, arguments, task.execution)
            result = work(task)
            task_limits.refuse_large(result, "The task's result")
            return result

        return faults.around(_attempt(task), carry_out)

    def invoke(resource: str, arguments: Any) -> Any:
        return checked(resource, arguments, lambda task: run_task_of(resource, arguments, task))

    def invoke_and_wait(resource: str, arguments: Any, *rest: Any) -> Any:
        return checked(
            resource, arguments, lambda _: invoke_with_callback(resource, arguments, *rest)
        )

    stepfunctions.execute_task = execute
    stepfunctions.invoke_resource = invoke
    stepfunctions.invoke_with_callback = invoke_and_wait


def _integrations(
    core: LocalSageMaker, spark: LocalEmrServerless, other: Callable[[str, Any], Any]
) -> Callable[[str, Any, _Task], Any]:
    """Return what carries out a task: with a service of ours, or as ministack does."""
    ours = {
        "sagemaker:": partial(_run_sagemaker_task, core),
        ":emr-serverless:": partial(_run_spark_task, spark),
        ":emrserverless:": partial(_run_spark_task, spark),
    }

    def carry_out(resource: str, arguments: Any, task: _Task) -> Any:
        for service, run in ours.items():
            if service in resource:
                try:
                    return run(resource, arguments, task)
                except TaskError as error:
                    raise stepfunctions.ExecutionError(error.error, error.cause) from None
        return other(resource, arguments)

    return carry_out


def _end_executions_in_waits(faults: TaskFaults) -> None:
    """Faults that end an execution can meet it in a Wait state, too."""
    execute_wait = stepfunctions.execute_wait

    def wait(state: dict[str, Any], raw: Any, ctx: Any) -> Any:
        execution = stepfunctions.executions.get(ctx["Execution"]["Id"]) or {}
        task = _Task(execution, ctx["State"]["Name"], ctx["Execution"]["RedriveCount"])
        return faults.around(_attempt(task), lambda: execute_wait(state, raw, ctx))

    stepfunctions.execute_wait = wait


def _attempt(task: _Task) -> Attempt:
    execution = task.execution
    return Attempt(
        execution.get("name", ""),
        task.state,
        task.redrive,
        stepfunctions.ExecutionError,
        {
            "abort": lambda: stepfunctions.stop_execution(
                {"executionArn": execution["executionArn"]}
            ),
            "expire": lambda: time_out(execution),
        },
    )


def _run_sagemaker_task(core: LocalSageMaker, resource: str, arguments: Any, task: _Task) -> Any:
    resumed = executions.was_interrupted(task.execution, task.state)
    return run_task(core, resource, arguments, _runs(resource, arguments, task), resumed=resumed)


def _run_spark_task(spark: LocalEmrServerless, resource: str, arguments: Any, task: _Task) -> Any:
    token = f"{task.execution.get('name', '')[:60]}-{task.redrive}"
    if not executions.was_interrupted(task.execution, task.state):
        token = uuid.uuid4().hex
    return spark_tasks.run_task(spark, resource, arguments, _runs(resource, arguments, task), token)


def _runs(resource: str, arguments: Any, task: _Task) -> Callable[[], bool]:
    """Return what says whether a task's execution is on; if not, its job may have to be stopped."""

    def runs() -> bool:
        if is_on(task.execution, task.redrive):
            return True
        task_authorization.ask_for_stop(resource, arguments, task.execution)
        return False

    return runs


def _skip_layers_built_for_lambda() -> None:
    """Layers hold wheels for Lambda's processor and Python.

    The worker's own environment has the same locked versions (a test compares them).
    """
    if os.environ.get("LOCALCLOUD_USE_LAYERS") != "1":
        lambda_svc.resolve_layer_zip = lambda _attachment: None


def _retry_functions_that_rules_invoke() -> None:
    """EventBridge invokes asynchronously: Lambda tries three times, then notifies the destination.

    ministack does so for every event source but EventBridge, whose events it would lose.
    """

    def dispatch(arn: str, payload: str) -> None:
        function, config, name = lambda_svc.get_func_record_for_ref(arn)
        if function is None or config is None:
            _log.warning("a rule's function is not there: %s", name)
            return
        record = lambda_svc.execution_record_for_config(function, config)
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))

    eventbridge.dispatch_to_lambda = dispatch


def _publish_message_attributes() -> None:
    """Ministack's sns:publish task reads a message's attributes as query parameters only."""
    resource = "arn:aws:states:::sns:publish"
    publish = stepfunctions.SERVICE_DISPATCH[resource]

    def publish_with_attributes(resource: str, arguments: dict[str, Any]) -> Any:
        entries = {}
        for number, (name, value) in enumerate(arguments.get("MessageAttributes", {}).items(), 1):
            entry = f"MessageAttributes.entry.{number}"
            entries[f"{entry}.Name"] = name
            entries |= {f"{entry}.Value.{member}": text for member, text in value.items()}
        return publish(resource, arguments | entries)

    stepfunctions.SERVICE_DISPATCH[resource] = publish_with_attributes


def _list_more_tags(core: LocalSageMaker) -> None:
    """Let the Resource Groups Tagging API list logs, state machines and SageMaker, too."""
    tagging.COLLECTORS["logs"] = _log_groups
    tagging.COLLECTORS["states"] = _workflows
    tagging.COLLECTORS["sagemaker"] = lambda: _flat(core.tagged())


def _log_groups() -> _Tagged:
    groups = cloudwatch_logs.log_groups.values()
    # The ARN that the listing names has no star at its end.
    yield from _flat((group["arn"].removesuffix(":*"), group["tags"]) for group in groups)


def _workflows() -> _Tagged:
    for arn, tags in stepfunctions.tags.items():
        pairs = [(tag["key"], tag["value"]) for tag in tags]
        yield arn, [{"Key": key, "Value": value} for key, value in pairs]


def _flat(resources: Any) -> _Tagged:
    normalise: Callable[[dict[str, str]], list[dict[str, str]]] = tagging.normalise_flat
    for arn, tags in resources:
        yield arn, normalise(tags)
