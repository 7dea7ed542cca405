"""What becomes of jobs whose processes died with the service: they have failed, as AWS tells it."""

from localsagemaker import processing_record, training_record, tuning_record
from localsagemaker.context import Context
from localsagemaker.job_run import INTERNAL
from localsagemaker.store import Record, now

_UNFINISHED = frozenset({"InProgress", "Stopping"})


def fail_interrupted_jobs(context: Context) -> None:
    """End every job that was under way when the store was last written."""
    store = context.store
    for record in store.all(training_record.KIND):
        if record["TrainingJobStatus"] in _UNFINISHED:
            progress = training_record.Progress(context, record["TrainingJobName"])
            progress.enter("Failed", FailureReason=INTERNAL)
    for record in store.all(processing_record.KIND):
        if record["ProcessingJobStatus"] in _UNFINISHED:
            name = record["ProcessingJobName"]
            processing_record.Progress(context, name).close("Failed", FailureReason=INTERNAL)
    for record in store.all(tuning_record.KIND):
        if record["HyperParameterTuningJobStatus"] in _UNFINISHED:
            store.change(tuning_record.KIND, record["HyperParameterTuningJobName"], _fail_tuning)


def _fail_tuning(record: Record) -> None:
    record["HyperParameterTuningJobStatus"] = "Failed"
    record["HyperParameterTuningEndTime"] = now()
    record["FailureReason"] = INTERNAL
