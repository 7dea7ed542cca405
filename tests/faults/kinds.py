"""The kinds of faults: where each can happen, how it is made, and what must come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.states import State

Plan = dict[str, list[dict[str, Any]]]

DENIED = "User: x is not authorized to perform: service:Action on resource: y"
QUOTA = (
    "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with "
    "current utilization of 0 Instances and a request delta of 1 Instances."
)
CRASH = '{"errorMessage": "Runtime exited with error: signal: killed"}'
TIME_OUT = '{"errorMessage": "Task timed out after 900.00 seconds"}'
CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity due to "
    "InsufficientInstanceCapacity error. Please retry using a different ML instance type."
)
_JOBS = {
    "createTrainingJob": "training-job",
    "createProcessingJob": "processing-job",
    "createHyperParameterTuningJob": "hyper-parameter-tuning-job",
    "createTransformJob": "transform-job",
}
TEARDOWNS = ("Delete endpoint and jobs", "Delete model and job")
# A failure there ends no run: what it was for is there already, or comes in another way.
SPARED = ("Ask endpoint", "Measure predictions", "Notify people", "Notify programs")


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Parameters
    ----------
    error
        The class that the run ends with if the state fails before teardown, or one for each kind
        of job; None: it succeeds.
    applies
        Whether a state can have it at all.
    plan
        What the local cloud is told, for a state and a dataset's name.
    end
        The execution's status, if the fault ends it from outside.
    settings
        Of the upload.
    """

    error: str | Mapping[str, str] | None
    applies: Callable[[State], bool]
    plan: Callable[[State, str], Plan]
    end: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def error_in(self, state: State) -> str | None:
        """Return the class that a run ends with if this state fails so."""
        is_one = self.error is None or isinstance(self.error, str)
        return self.error if is_one else self.error[state.verb]  # type: ignore[index, return-value]


def _tasks(kind: str, error: str = "States.Timeout", cause: str = "", **more: Any) -> Any:
    def plan(state: State, dataset: str) -> Plan:
        fault = {"state": state.name, "kind": kind, "execution": f"{dataset}-*"}
        return {"tasks": [fault | {"error": error, "cause": cause} | more]}

    return plan


def _throttled(state: State, dataset: str) -> Plan:
    names = {
        "lambda": "Lambda.TooManyRequestsException",
        "sns": "SNS.AmazonSNSException",
        "events": "States.TaskFailed",
        "sagemaker": f"SageMaker.{'Amazon' if state.waits_for_job else ''}SageMakerException",
    }
    plan: Plan = _tasks("error", names[state.service], "Rate exceeded", nth=[1])(state, dataset)
    return plan


def _resource(outcome: str, reason: str = "AlgorithmError: exit code 1", **more: Any) -> Any:
    def plan(state: State, dataset: str) -> Plan:
        kind = _JOBS.get(state.verb, "endpoint")
        fault = {"resource": kind, "name": f"molino-{dataset}-*", "outcome": outcome}
        return {"resources": [fault | {"reason": reason} | more]}

    return plan


def _timed_out(state: State, dataset: str) -> Plan:
    """The answer comes too late: of what was done, or of a job that goes on."""
    if not state.waits_for_job:
        lost: Plan = _tasks("lost")(state, dataset)
        return lost
    given_up: Plan = _tasks("lost", seconds=1)(state, dataset)
    stuck: Plan = _resource("stuck")(state, dataset)
    return given_up | stuck


def _partly_deleted(_: State, dataset: str) -> Plan:
    refused = {"code": "ConflictException", "name": f"molino-{dataset}-*", "nth": [1, 2]}
    kinds = ("Endpoint", "EndpointConfig", "Model")
    return {"calls": [{"operation": f"Delete{kind}"} | refused for kind in kinds]}


def _is_lambda(state: State) -> bool:
    return state.service == "lambda"


def _creates(state: State) -> bool:
    return state.service == "sagemaker" and state.verb.startswith("create")


def _starts_job(state: State) -> bool:
    return state.verb in _JOBS


def _needs_instances(state: State) -> bool:
    return state.verb in {*_JOBS, "createEndpoint"}


def _is_task(state: State) -> bool:
    return state.is_task


def _any(_: State) -> bool:
    return True


def _trains(state: State) -> bool:
    return state.verb == "createTrainingJob"


def _deletes(state: State) -> bool:
    return state.name in (*TEARDOWNS, "Delete failed endpoint")


_ENDS = {
    job: {
        "createTrainingJob": f"Training{job}",
        "createProcessingJob": f"Preprocessing{job}",
        "createHyperParameterTuningJob": "TuningFailed",
        "createTransformJob": f"Transform{job}",
    }
    for job in ("Failed", "Stopped")
}
FAULTS = {
    "throttle": Fault(None, _is_task, _throttled),
    "service quota": Fault(
        "QuotaExceeded",
        _creates,
        _tasks("error", "SageMaker.ResourceLimitExceededException", QUOTA),
    ),
    "capacity": Fault("CapacityUnavailable", _needs_instances, _resource("Failed", CAPACITY)),
    "job Failed": Fault(_ENDS["Failed"], _starts_job, _resource("Failed")),
    "job Stopped": Fault(_ENDS["Stopped"], _starts_job, _resource("Stopped")),
    "spot interruption": Fault(
        None, _trains, _resource("Interrupted", seconds=0.5), settings={"spot": "true"}
    ),
    "no spot machine": Fault(
        "TrainingStopped",
        _trains,
        _resource("Interrupted", seconds=0.5, away_seconds=None),
        settings={"spot": "true"},
    ),
    "state time-out": Fault("TimedOut", _is_task, _timed_out),
    "access denied": Fault("AccessDenied", _is_task, _tasks("error", "States.TaskFailed", DENIED)),
    "Lambda crash": Fault("OutOfMemory", _is_lambda, _tasks("error", "Runtime.ExitError", CRASH)),
    "Lambda time-out": Fault("TimedOut", _is_lambda, _tasks("lost", "Sandbox.Timedout", TIME_OUT)),
    "partial delete": Fault(None, _deletes, _partly_deleted),
    "malformed response": Fault("UnexpectedError", _is_task, _tasks("malformed")),
    "abort": Fault(None, _any, _tasks("abort"), end="ABORTED"),
    "execution time-out": Fault(None, _any, _tasks("expire"), end="TIMED_OUT"),
}
