"""What Step Functions needs to run a SageMaker job and wait for its end (``.sync``).

Source: "IAM policies for Amazon SageMaker" in the developer guide of Step Functions.
"""

from collections.abc import Iterator

from localcloud.permissions import Parameters, Permission, sagemaker_permissions

# In the names of the rules by which Step Functions hears of a job's end.
_RULES = {
    "CreateHyperParameterTuningJob": "Tuning",
    "CreateProcessingJob": "Processing",
    "CreateTrainingJob": "Training",
}
_RULE_ACTIONS = ("DescribeRule", "PutRule", "PutTargets")


def sync_permissions(
    operation: str, arguments: Parameters, account: str, region: str
) -> Iterator[Permission]:
    """Yield what waiting for the job needs beside the permission to create it."""
    yield _on_job(operation.replace("Create", "Describe", 1), arguments, account, region)
    name = f"StepFunctionsGetEventsForSageMaker{_RULES[operation]}JobsRule"
    for action in _RULE_ACTIONS:
        yield Permission(f"events:{action}", f"arn:aws:events:{region}:{account}:rule/{name}")


def stop_permission(operation: str, arguments: Parameters, account: str, region: str) -> Permission:
    """Return what stopping the job of a stopped execution needs."""
    return _on_job(operation.replace("Create", "Stop", 1), arguments, account, region)


def _on_job(operation: str, arguments: Parameters, account: str, region: str) -> Permission:
    named = {name: value for name, value in arguments.items() if name.endswith("JobName")}
    return next(sagemaker_permissions(operation, named, account, region))
