"""Removing the stack leaves nothing in the account when told so: every service is asked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.synth import synthesize
from localcloud import cloud as clouds
from localcloud.deploy import deploy
from localcloud.run import Upload, run_file
from localcloud.session import STACK, Session
from operate import destroy
from tests.end_to_end import datasets
from tests.end_to_end.account import signed_in
from tests.end_to_end.upgrade import synthesize_with
from tests.forests import FEW_TREES

# `retain` is run with every test, by tests/docs/test_commands.py.
pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(900),  # two synths and a run, on a busy machine
]

# Where anything could be left: service, List operation, where its answer holds what, and a name.
LISTS = (
    (
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets",
        "ResourceId",
    ),
    ("cloudformation", "describe_stacks", "Stacks", "StackName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("events", "list_rules", "Rules", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("kms", "list_keys", "Keys", "KeyId"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
    ("sagemaker", "list_endpoints", "Endpoints", "EndpointName"),
    (
        "sagemaker",
        "list_model_package_groups",
        "ModelPackageGroupSummaryList",
        "ModelPackageGroupName",
    ),
    ("sagemaker", "list_models", "Models", "ModelName"),
    ("sagemaker", "list_processing_jobs", "ProcessingJobSummaries", "ProcessingJobName"),
    ("sagemaker", "list_training_jobs", "TrainingJobSummaries", "TrainingJobName"),
    ("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls", ""),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    ("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", "ResourceARN"),
)


def _everything(session: Session) -> set[tuple[str, str]]:
    """Return all that the account's services list, keys about to be deleted left out."""
    found = set()
    for service, operation, member, name in LISTS:
        client = session.cloud.client(service)
        given = {"ServiceNamespace": "sagemaker"} if "scalable" in operation else {}
        for item in getattr(client, operation)(**given).get(member, []):
            found.add((operation, str(item[name] if name else item)))
    kms = session.cloud.client("kms")
    return {
        (operation, name)
        for operation, name in found
        if not (_is_key(operation, name) and _is_pending(kms, name))
    }


def _is_key(operation: str, name: str) -> bool:
    return operation == "list_keys" or ":kms:" in name


def _is_pending(kms: Any, key: str) -> bool:
    return bool(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Any]]:
    folder = tmp_path_factory.mktemp("destroy")
    assembly = synthesize_with(folder / "cdk.out", removal_policy="destroy")
    synthesize()  # the command line reads the stack's name there
    with clouds.temporary(folder / "cloud") as cloud:
        empty = Session(cloud, {})
        before = _everything(empty)
        session = Session(cloud, deploy(cloud, assembly, STACK))
        yield lambda: (session, before)


def test_a_stack_that_has_worked_is_removed_without_a_trace(
    account: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    session, before = account()
    upload = Upload(
        datasets.BREAST_CANCER, "ward", FEW_TREES | {"serve": "kind=instance, maximum=2"}
    )
    result = run_file(session.cloud, session.outputs, upload)
    assert len(result["serving"]) == 1
    made = {operation for operation, _ in _everything(session) - before}
    assert made >= {operation for _, operation, _, _ in LISTS} - {
        "list_processing_jobs",
        "list_schedule_groups",
    }
    with signed_in(session):
        assert destroy.main([]) == 2  # nobody is at the terminal to confirm
        assert {operation for operation, _ in _everything(session) - before} == made
        assert destroy.main(["--yes"]) == 0
    assert "Left of the stack:\n  nothing" in capsys.readouterr().out
    left = _everything(session) - before
    of_account = ("cdk-hnb659fds", "StepFunctionsGetEventsFor")  # what it says, and no more
    assert {name for _, name in left if not any(sign in name for sign in of_account)} == set()
