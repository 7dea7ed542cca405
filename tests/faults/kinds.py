"""The kinds of faults: where each can happen, how it is made, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Plan = dict[str, list[dict[str, Any]]]

DENIED = "User: x is not authorized to perform: service:Action on resource: y"
QUOTA = (
    "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with "
    "current utilization of 0 Instances and a request delta of 1 Instances."
)
CRASH = '{"errorMessage": "Runtime exited with error: signal: killed"}'
TIME_OUT = '{"errorMessage": "Task timed out after 900.00 seconds"}'
CAPACITY = "CapacityError: Unable to provision requested ML compute capacity."


@dataclass(frozen=True)
class Task:
    """A task state, by the integration it uses."""

    name: str
    resource: str

    @property
    def service(self) -> str:
        """``lambda``, ``sagemaker`` and so on."""
        return self.resource.split(":")[-2]

    @property
    def verb(self) -> str:
        """The action, such as ``createEndpoint``."""
        return self.resource.split(":")[-1].split(".")[0]

    @property
    def is_job(self) -> bool:
        """Whether it waits for a job."""
        return self.resource.endswith(".sync")


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Parameters
    ----------
    error
        The class that the run ends with if the task fails before teardown; None: it succeeds.
    applies
        Whether a task can have it at all.
    plan
        What the local cloud is told, for a task and the pattern of the execution's names.
    """

    error: str | None
    applies: Callable[[Task], bool]
    plan: Callable[[Task, str], Plan]
    aborts: bool = field(default=False)


def _tasks(
    kind: str, error: str = "States.Timeout", cause: str = "", nth: tuple[int, ...] = ()
) -> Any:
    def plan(task: Task, execution: str) -> Plan:
        fault = {"state": task.name, "kind": kind, "execution": execution}
        return {"tasks": [fault | {"error": error, "cause": cause, "nth": nth}]}

    return plan


def _throttled(task: Task, execution: str) -> Plan:
    names = {
        "lambda": "Lambda.TooManyRequestsException",
        "sns": "SNS.AmazonSNSException",
        "events": "States.TaskFailed",
        "sagemaker": f"SageMaker.{'Amazon' if task.is_job else ''}SageMakerException",
    }
    plan: Plan = _tasks("error", names[task.service], "Rate exceeded", (1,))(task, execution)
    return plan


_JOBS = {
    "createTrainingJob": "training-job",
    "createProcessingJob": "processing-job",
    "createHyperParameterTuningJob": "hyper-parameter-tuning-job",
}


def _resource(outcome: str, reason: str = "AlgorithmError: exit code 1") -> Any:
    def plan(task: Task, execution: str) -> Plan:
        kind = _JOBS.get(task.verb, "endpoint")
        dataset = execution.removesuffix("-*")
        fault = {"resource": kind, "name": f"molino-{dataset}-*", "outcome": outcome}
        return {"resources": [fault | {"reason": reason}]}

    return plan


def _is_lambda(task: Task) -> bool:
    return task.service == "lambda"


def _creates(task: Task) -> bool:
    return task.service == "sagemaker" and task.verb.startswith("create")


def _needs_instances(task: Task) -> bool:
    return task.verb in {*_JOBS, "createEndpoint"}


def _any(_: Task) -> bool:
    return True


FAULTS = {
    "throttle": Fault(None, _any, _throttled),
    "service quota": Fault(
        "QuotaExceeded",
        _creates,
        _tasks("error", "SageMaker.ResourceLimitExceededException", QUOTA),
    ),
    "capacity": Fault("CapacityUnavailable", _needs_instances, _resource("Failed", CAPACITY)),
    "job Failed": Fault("TrainingFailed", lambda task: task.is_job, _resource("Failed")),
    "job Stopped": Fault("TrainingStopped", lambda task: task.is_job, _resource("Stopped")),
    "state time-out": Fault("TimedOut", _any, _tasks("lost")),
    "access denied": Fault("AccessDenied", _any, _tasks("error", "States.TaskFailed", DENIED)),
    "Lambda crash": Fault(
        "OutOfMemory",
        _is_lambda,
        _tasks(
            "error",
            "Runtime.ExitError",
            '{"errorMessage": "Runtime exited with error: signal: killed"}',
        ),
    ),
    "Lambda time-out": Fault(
        "TimedOut",
        _is_lambda,
        _tasks(
            "lost", "Sandbox.Timedout", '{"errorMessage": "Task timed out after 900.00 seconds"}'
        ),
    ),
    "abort": Fault("ABORTED", _any, _tasks("abort"), aborts=True),
    "malformed response": Fault("UnexpectedError", _any, _tasks("malformed")),
}
