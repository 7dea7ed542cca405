"""One tuning job, run: training jobs in parallel until a limit, a criterion or a stop ends it."""

import time
import uuid
from typing import Any

from localsagemaker.context import Context
from localsagemaker.errors import ApiError
from localsagemaker.job_run import JobError, JobRun
from localsagemaker.store import Record, now
from localsagemaker.training import TrainingJobs
from localsagemaker.tuning import CHILDREN, ENDED, KIND, objective_value, progress, summary
from localsagemaker.tuning_request import Request, most_jobs
from localsagemaker.tuning_search import Attempt, Search

_POLL_SECONDS = 0.05
_FRUITLESS = 5  # so many failed training jobs without one success end a tuning job on AWS too
_OF_DEFINITION = (
    "RoleArn", "AlgorithmSpecification", "InputDataConfig", "VpcConfig", "OutputDataConfig",
    "ResourceConfig", "StoppingCondition", "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining", "CheckpointConfig",
    "RetryStrategy", "Environment",
)  # fmt: skip


class TuningRun(JobRun):
    """The thread that launches a tuning job's training jobs and learns from them."""

    def __init__(self, context: Context, jobs: TrainingJobs, request: Request) -> None:
        super().__init__(context, KIND, request["HyperParameterTuningJobName"])
        self._context = context
        self._jobs, self._request = jobs, request
        self._config: dict[str, Any] = request["HyperParameterTuningJobConfig"]
        self._objective: dict[str, str] = self._config["HyperParameterTuningJobObjective"]
        self._most = most_jobs(request)
        self._search = Search(request)
        self._active: dict[str, Attempt] = {}
        self._children: dict[str, Record] = {}
        self._started = time.monotonic()

    def enter_stopping(self) -> None:
        """Record that the job is about to be stopped."""
        self._change(HyperParameterTuningJobStatus="Stopping")

    def _end_with(self, status: str, members: dict[str, Any]) -> None:
        self._change(
            HyperParameterTuningJobStatus=status,
            HyperParameterTuningEndTime=now(),
            ConsumedResources={"RuntimeInSeconds": round(self._seconds())},
            **members,
        )

    def _report(self, _error: Exception) -> None:
        self._stop_children()

    def _carry_out(self) -> str:
        while self._active or not self._is_over():
            self._collect()
            if self._must_stop():
                self._stop_children()
            while not self._is_over() and len(self._active) < self._parallel():
                self._launch()
            self._stop.wait(_POLL_SECONDS) if not self._stop.is_set() else time.sleep(_POLL_SECONDS)
        if self._stop.is_set():
            return "Stopped"
        if not self._scored():
            raise JobError(self._why_nothing())
        return "Completed"

    def _is_over(self) -> bool:
        """Return whether no further training job is to be launched."""
        done = self._most is not None and len(self._children) >= self._most
        return done or self._must_stop() or self._is_fruitless() or self._is_good_enough()

    def _must_stop(self) -> bool:
        limit = self._config["ResourceLimits"].get("MaxRuntimeInSeconds")
        return self._stop.is_set() or (limit is not None and self._seconds() > limit)

    def _is_fruitless(self) -> bool:
        failed = [
            child for child in self._children.values() if child["ObjectiveStatus"] == "Failed"
        ]
        return len(failed) >= _FRUITLESS and not self._scored()

    def _is_good_enough(self) -> bool:
        """Apply TuningJobCompletionCriteria."""
        criteria = self._config.get("TuningJobCompletionCriteria", {})
        scored = self._scored()
        if not criteria or not scored:
            return False
        sign = -1 if self._objective["Type"] == "Minimize" else 1
        values = [sign * objective_value(child) for child in scored]
        target = criteria.get("TargetObjectiveMetricValue")
        patience = criteria.get("BestObjectiveNotImproving", {}).get(
            "MaxNumberOfTrainingJobsNotImproving"
        )
        reached = target is not None and max(values) >= sign * target
        stale = len(values) - 1 - values.index(max(values))
        return reached or (patience is not None and stale >= patience)

    def _scored(self) -> list[Record]:
        return [
            child for child in self._children.values() if child["ObjectiveStatus"] == "Succeeded"
        ]

    def _why_nothing(self) -> str:
        if any(child["TrainingJobStatus"] == "Completed" for child in self._children.values()):
            return (
                f"No objective metrics found after running {len(self._children)} training jobs. "
                "Please ensure that the custom algorithm is emitting the objective metric as "
                "defined by the regular expression provided."
            )
        return (
            f"No training job succeeded after {len(self._children)} attempts. For additional "
            "details, please take a look at the training job failures by listing training jobs "
            "for the hyperparameter tuning job."
        )

    def _parallel(self) -> int:
        limit: int = self._config["ResourceLimits"]["MaxParallelTrainingJobs"]
        return limit

    def _launch(self) -> None:
        attempt = self._search.suggest()
        number = len(self._children) + 1
        name = f"{self._name}-{number:03d}-{uuid.uuid4().hex[:8]}"
        definition = self._request["TrainingJobDefinition"]
        request = {member: definition[member] for member in _OF_DEFINITION if member in definition}
        request |= {
            "TrainingJobName": name,
            "HyperParameters": definition.get("StaticHyperParameters", {})
            | attempt.values
            | {"_tuning_objective_metric": self._objective["MetricName"]},
            "Tags": self._request.get("Tags", []),
        }
        self._active[name] = attempt
        self._jobs.create(request, TuningJobArn=self._context.arn(KIND, self._name))
        self._note(name)

    def _collect(self) -> None:
        for name, attempt in list(self._active.items()):
            reported = self._jobs.metric_values(name, self._objective["MetricName"])
            if self._search.should_stop(attempt, reported):
                self._stop_child(name)
            self._note(name)
            child = self._children[name]
            if child["TrainingJobStatus"] in ENDED:
                del self._active[name]
                scored = child["ObjectiveStatus"] == "Succeeded"
                self._search.finish(attempt, objective_value(child) if scored else None)

    def _note(self, name: str) -> None:
        """Bring the summary of a training job and the tuning job's record up to date."""
        job = self._jobs.describe({"TrainingJobName": name})
        metric = None
        if job["TrainingJobStatus"] in ("Completed", "Stopped"):
            metric = self._final_metric(job)
        found = summary(self._name, job, self._active[name].values, metric)
        if self._children.get(name) != found:
            self._children[name] = found
            self._context.store.put(CHILDREN, name, found)
            self._change(**progress([*self._children.values()]))

    def _final_metric(self, job: Record) -> dict[str, Any] | None:
        for metric in job.get("FinalMetricDataList", []):
            if metric["MetricName"] == self._objective["MetricName"]:
                return {**self._objective, "Value": metric["Value"]}
        return None

    def _stop_children(self) -> None:
        for name in self._active:
            self._stop_child(name)

    def _stop_child(self, name: str) -> None:
        try:
            self._jobs.stop({"TrainingJobName": name})
        except ApiError:
            return  # it has ended, or is stopping

    def _seconds(self) -> float:
        return time.monotonic() - self._started
