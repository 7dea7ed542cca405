"""SageMaker as far as names go: what exists, what was made of what, which names are taken."""

from collections.abc import Callable
from typing import Any

from tests.infra.workflow.machine_run import TaskError

# What a request makes, by state: its kind, the member with its name, and what must exist for it.
_MADE = {
    "Create model": ("model", "ModelName"),
    "Create endpoint configuration": ("configuration", "EndpointConfigName"),
    "Create endpoint": ("endpoint", "EndpointName"),
}
_JOBS = {
    **dict.fromkeys(
        ("Run processing job", "Run reading job", "Run joining job"), "ProcessingJobName"
    ),
    "Run transform job": "TransformJobName",
    "Create training job": "TrainingJobName",
    "Create tuning job": "HyperParameterTuningJobName",
}
# What must be there for a state, and the member that names it.
_NEEDS = {
    "Run transform job": ("model", "ModelName"),
    "Describe endpoint": ("endpoint", "EndpointName"),
    "Measure on test rows": ("endpoint", "endpoint_name"),
}
# Where a job that is under way is looked at: its status, and the state that began it.
_LOOKS = {
    "Describe training job": ("TrainingJobStatus", "Create training job"),
    "Describe tuning job": ("HyperParameterTuningJobStatus", "Create tuning job"),
}


# What the next look at a job finds, unless it was stopped meanwhile.
_NEXT = {"Created": "InProgress", "InProgress": "Completed"}


class Account:
    """What there is, as (kind, name), and each job's status by (member, name), which stays taken.

    A job is found under way once, then completed.
    """

    def __init__(self) -> None:
        self.there: set[tuple[str, str]] = set()
        self.jobs: dict[tuple[str, str], str] = {}

    def sweep(self) -> None:
        """Delete what is there, and stop what is under way."""
        self.there.clear()
        self._stop(*self.jobs)

    def call(self, state: str, given: dict[str, Any], answer: Callable[[Any], Any]) -> Any:
        """Do what a state asks for; ``answer`` is what it says if that can be done.

        Raises
        ------
        TaskError
            With AWS's error for a name that is taken, or for what is not there.
        """
        if state in _NEEDS:
            kind, member = _NEEDS[state]
            self._need(kind, given.get("Payload", given)[member])
        if state in _JOBS:
            self._begin((_JOBS[state], given[_JOBS[state]]))
        if state in _MADE:
            self._make(state, given)
        if state.startswith("Delete "):
            self._tear_down(given["Payload"])
        if state in _LOOKS:
            return self._look(state, given) or answer(given)
        return answer(given)

    def _look(self, state: str, given: dict[str, Any]) -> dict[str, Any] | None:
        member, creator = _LOOKS[state]
        job = (_JOBS[creator], given[_JOBS[creator]])
        self.jobs[job] = found = _NEXT.get(self.jobs[job], self.jobs[job])
        return None if found == "Completed" else {_JOBS[creator]: job[1], member: found}

    def _stop(self, *jobs: tuple[str, str]) -> None:
        for job in jobs:
            if self.jobs.get(job) in _NEXT:
                self.jobs[job] = "Stopped"

    def _begin(self, job: tuple[str, str]) -> None:
        if job in self.jobs:
            raise TaskError("SageMaker.ResourceInUseException", f"{job} already exists")
        self.jobs[job] = "Created"

    def _make(self, state: str, given: dict[str, Any]) -> None:
        kind, member = _MADE[state]
        if state == "Create endpoint configuration":
            self._need("model", given["ProductionVariants"][0]["ModelName"])
        if state == "Create endpoint":
            self._need("configuration", given["EndpointConfigName"])
        made = (kind, given[member])
        if made in self.there:
            raise TaskError(
                "SageMaker.SageMakerException", f"Cannot create already existing {made}"
            )
        self.there.add(made)

    def _need(self, kind: str, name: str) -> None:
        if (kind, name) not in self.there:
            raise TaskError("SageMaker.SageMakerException", f"Could not find {kind} {name}")

    def _tear_down(self, payload: dict[str, Any]) -> None:
        for kind, member in (
            ("endpoint", "endpoint_name"),
            ("configuration", "endpoint_config_name"),
            ("model", "model_name"),
        ):
            self.there.discard((kind, payload.get(member)))
        self._stop(
            ("TrainingJobName", payload.get("training_job_name")),
            ("HyperParameterTuningJobName", payload.get("tuning_job_name")),
        )
