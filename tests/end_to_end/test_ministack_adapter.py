"""The pinned internals of ministack that the adapter stands on, and what they give."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from localcloud import ministack_internals
from localcloud.execution_loop import assign_at_once
from localcloud.ministack_internals import (
    PINNED,
    Module,
    cloudformation,
    eventbridge,
    iam_actions,
    iam_evaluator,
    lambda_svc,
    stepfunctions,
)
from localcloud.permissions import (
    Permission,
    sagemaker_permissions,
    stop_permission,
    sync_permissions,
    task_permissions,
)
from localcloud.sagemaker_tasks import error_name

ACCOUNT, REGION = "111122223333", "eu-west-1"
PREFIX = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"


def test_ministack_is_the_pinned_version() -> None:
    assert version("ministack") == PINNED


def test_the_patched_functions_keep_their_parameters() -> None:

    def parameters(function: Any) -> list[str]:
        return list(inspect.signature(function).parameters)

    assert parameters(stepfunctions.run_execution) == ["exec_arn"]
    assert parameters(stepfunctions.add_event) == ["execution", "event_type", "details"]
    assert parameters(stepfunctions.emit_execution_status_event) == ["execution"]
    assert parameters(stepfunctions.fail_execution) == ["execution", "error", "cause"]
    for kind in ("task", "parallel", "map"):
        of_kind = parameters(getattr(stepfunctions, f"execute_{kind}"))
        assert of_kind == ["state_def", "raw_input", "execution", "ctx"]
    for kind in ("pass", "choice", "wait"):
        of_kind = parameters(getattr(stepfunctions, f"execute_{kind}"))
        assert of_kind == ["state_def", "raw_input", "ctx"]
    assert parameters(stepfunctions.execute_task) == ["state_def", "raw_input", "execution", "ctx"]
    assert parameters(stepfunctions.invoke_resource) == ["resource", "input_data"]
    limited = ["resource", "input_data", "timeout"]
    assert parameters(stepfunctions.invoke_resource_with_timeout) == limited
    assert parameters(lambda_svc.execute_function) == ["func", "event"]
    assert parameters(lambda_svc.emit_lambda_logs)[0] == "func"
    assert eventbridge.events_log_list() == []
    callback = ["resource", "input_data", "token", "state_def"]
    assert parameters(stepfunctions.invoke_with_callback) == callback
    assert parameters(stepfunctions.apply_state_assign) == parameters(assign_at_once)
    assert parameters(lambda_svc.execute_function_warm) == ["func", "event", "request_id"]
    assert parameters(lambda_svc.resolve_layer_zip) == ["attachment"]
    assert parameters(iam_actions.extract_iam_action)[:3] == ["service", "method", "path"]
    asked = ["access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"]
    assert parameters(iam_evaluator.enforce) == asked
    for kind in ("AWS::S3::Bucket", "AWS::SNS::Topic"):
        handler = cloudformation.RESOURCE_HANDLERS[kind]
        assert parameters(handler["create"]) == ["logical_id", "props", "stack_name"]
        changed = ["physical_id", "old_props", "new_props", "stack_name"]
        assert parameters(handler["update"])[:4] == changed


def _modules() -> Iterator[tuple[str, Module]]:
    for name, found in vars(ministack_internals).items():
        if isinstance(found, Module):
            yield name, found


def test_every_private_name_is_there_and_used() -> None:
    door = Path(ministack_internals.__file__)
    used = "".join(path.read_text() for path in _sources() if path != door)
    for name, module in _modules():
        for private, reason in module.private_names():
            assert getattr(module, private) is not None, (name, private)
            assert reason
            if not private.startswith("execute_"):  # some of these are named by their kind of state
                assert re.search(rf"\b{private}\b", used), (name, private)


def _sources() -> Iterator[Path]:
    project = Path(__file__).parents[2]
    yield project / "app.py"
    for folder in ("infra", "operate", "lambdas", "training", "localcloud", "localsagemaker"):
        yield from (project / folder).rglob("*.py")
    for folder in ("docs", "tests", "examples"):
        yield from (project / folder).rglob("*.py")


def test_one_file_knows_ministacks_names() -> None:
    for path in _sources():
        if path != Path(ministack_internals.__file__):
            _check_knows_no_names(path)


def _check_knows_no_names(path: Path) -> None:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not [each for each in node.names if each.name.startswith("ministack")], path
        elif isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("ministack"), path
            if node.module == ministack_internals.__name__:
                modules |= {each.asname or each.name for each in node.names}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert not (node.value.id in modules and node.attr.startswith("_")), path


def test_nothing_of_the_product_imports_the_local_cloud() -> None:
    project = Path(__file__).parents[2]
    sources = [project / "app.py"]
    for folder in ("infra", "lambdas", "training"):
        sources += (project / folder).rglob("*.py")
    assert [path for path in sources if "localcloud" in path.read_text()] == []


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        (
            "CreateTrainingJob",
            {"TrainingJobName": "Molino-1", "RoleArn": "arn:role"},
            [
                ("sagemaker:CreateTrainingJob", f"{PREFIX}:training-job/molino-1"),
                ("iam:PassRole", "arn:role"),
            ],
        ),
        (
            "CreateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "c", "Tags": [{"Key": "k", "Value": "v"}]},
            [
                ("sagemaker:CreateEndpoint", f"{PREFIX}:endpoint-config/c"),
                ("sagemaker:CreateEndpoint", f"{PREFIX}:endpoint/e"),
                ("sagemaker:AddTags", f"{PREFIX}:endpoint/e"),
            ],
        ),
        (
            "CreateHyperParameterTuningJob",
            {
                "HyperParameterTuningJobName": "Molino-1",
                "TrainingJobDefinition": {"RoleArn": "arn:role"},
            },
            [
                (
                    "sagemaker:CreateHyperParameterTuningJob",
                    f"{PREFIX}:hyper-parameter-tuning-job/molino-1",
                ),
                ("iam:PassRole", "arn:role"),
            ],
        ),
        ("ListEndpoints", {"NameContains": "molino"}, [("sagemaker:ListEndpoints", "*")]),
        (
            "CreateProcessingJob",
            {
                "ProcessingJobName": "p",
                "ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": "arn:key"}},
            },
            [
                ("sagemaker:CreateProcessingJob", f"{PREFIX}:processing-job/p"),
                ("kms:CreateGrant", "arn:key"),
            ],
        ),
        (
            "CreateTransformJob",  # no role is passed: it runs with its model's
            {
                "TransformJobName": "T",
                "ModelName": "m",
                "Tags": [{"Key": "k", "Value": "v"}],
                "TransformResources": {"VolumeKmsKeyId": "arn:key"},
            },
            [
                ("sagemaker:CreateTransformJob", f"{PREFIX}:transform-job/t"),
                ("sagemaker:AddTags", f"{PREFIX}:transform-job/t"),
                ("kms:CreateGrant", "arn:key"),
            ],
        ),
    ],
)
def test_what_sagemaker_calls_need(
    operation: str, parameters: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    needed = sagemaker_permissions(operation, parameters, ACCOUNT, REGION)
    assert [(permission.action, permission.resource) for permission in needed] == expected


def test_pass_role_is_conditioned_on_the_service() -> None:
    (_, passed) = sagemaker_permissions(
        "CreateModel", {"ModelName": "m", "ExecutionRoleArn": "arn:role"}, ACCOUNT, REGION
    )
    assert passed == Permission(
        "iam:PassRole", "arn:role", {"iam:passedtoservice": "sagemaker.amazonaws.com"}
    )


@pytest.mark.parametrize(
    ("resource", "arguments", "expected"),
    [
        (
            "arn:aws:states:::lambda:invoke",
            {"FunctionName": "arn:f"},
            ("lambda:InvokeFunction", "arn:f"),
        ),
        ("arn:aws:states:::sns:publish", {"TopicArn": "arn:t"}, ("sns:Publish", "arn:t")),
        (
            "arn:aws:states:::sagemaker:createTrainingJob.sync",
            {"TrainingJobName": "j"},
            ("sagemaker:CreateTrainingJob", f"{PREFIX}:training-job/j"),
        ),
        (
            "arn:aws:states:::aws-sdk:sagemaker:describeEndpoint",
            {"EndpointName": "e"},
            ("sagemaker:DescribeEndpoint", f"{PREFIX}:endpoint/e"),
        ),
    ],
)
def test_what_tasks_need(
    resource: str, arguments: dict[str, Any], expected: tuple[str, str]
) -> None:
    first = next(task_permissions(resource, arguments, ACCOUNT, REGION))
    assert (first.action, first.resource) == expected


@pytest.mark.parametrize(
    ("job", "kind", "rule"),
    [
        ("HyperParameterTuningJob", "hyper-parameter-tuning-job", "TuningJobsRule"),
        ("TransformJob", "transform-job", "TransformJobsRule"),
    ],
)
def test_what_waiting_for_a_job_needs(job: str, kind: str, rule: str) -> None:
    arguments = {f"{job}Name": "T", "ModelName": "m", "TrainingJobDefinition": {"RoleArn": "r"}}
    needed = sync_permissions(f"Create{job}", arguments, ACCOUNT, REGION)
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForSageMaker{rule}"
    arn = f"{PREFIX}:{kind}/t"
    assert [(permission.action, permission.resource) for permission in needed] == [
        (f"sagemaker:Describe{job}", arn),
        ("events:DescribeRule", rule),
        ("events:PutRule", rule),
        ("events:PutTargets", rule),
    ]
    stop = stop_permission(f"Create{job}", arguments, ACCOUNT, REGION)
    assert (stop.action, stop.resource) == (f"sagemaker:Stop{job}", arn)


@pytest.mark.parametrize(
    ("code", "optimized", "expected"),
    [
        ("ResourceLimitExceeded", True, "SageMaker.ResourceLimitExceededException"),
        ("ResourceInUse", False, "SageMaker.ResourceInUseException"),
        ("ValidationException", False, "SageMaker.SageMakerException"),
        ("ThrottlingException", True, "SageMaker.AmazonSageMakerException"),
    ],
)
def test_error_names_are_those_of_step_functions(code: str, optimized: bool, expected: str) -> None:
    assert error_name(code, optimized=optimized) == expected


def test_variables_of_one_state_are_assigned_at_once() -> None:
    ctx = {"variables": {"a": 1}, "QueryLanguage": "JSONata"}
    state = {"QueryLanguage": "JSONata", "Assign": {"a": "{% $a + 1 %}", "b": "{% $a %}"}}
    assign_at_once(state, {}, ctx)
    assert ctx["variables"] == {"a": 2, "b": 1}
