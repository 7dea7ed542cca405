"""The template: the same everywhere, encrypted, private, and without custom resources."""

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from tests.handlers import HANDLERS

Resources = dict[str, dict[str, Any]]


def of_type(resources: Resources, kind: str) -> list[dict[str, Any]]:
    found = [resource["Properties"] for resource in resources.values() if resource["Type"] == kind]
    assert found, kind
    return found


def test_two_synths_give_the_same_bytes(assembly: Path, tmp_path: Path) -> None:
    from infra.app import synthesize

    again = synthesize(outdir=str(tmp_path))
    for name in ("Molino.template.json", "Molino.assets.json", "manifest.json"):
        assert (again / name).read_bytes() == (assembly / name).read_bytes()


def test_no_account_region_or_partition_is_fixed(template: dict[str, Any]) -> None:
    template = {key: value for key, value in template.items() if key != "Mappings"}
    text = json.dumps(template)
    assert re.findall(r"(?<![0-9a-f])[0-9]{12}(?![0-9a-f])", text) == []
    regions = botocore.session.get_session().get_available_regions("sagemaker")
    assert [region for region in regions if region in text] == []
    assert re.findall(r"arn:aws[a-z-]*:[a-z]+", text) == []


def test_there_are_no_custom_resources(resources: Resources) -> None:
    kinds = {resource["Type"] for resource in resources.values()}
    assert not [kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::"))]
    handlers = {function["Handler"] for function in of_type(resources, "AWS::Lambda::Function")}
    assert handlers == {f"lambdas.{name}.handler.handler" for name in HANDLERS}


def test_the_bucket_is_private_versioned_and_encrypted(resources: Resources) -> None:
    (bucket,) = of_type(resources, "AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["BucketKeyEnabled"] is True
    events = bucket["NotificationConfiguration"]["EventBridgeConfiguration"]
    assert events == {"EventBridgeEnabled": True}
    (lifecycle,) = bucket["LifecycleConfiguration"]["Rules"]
    assert lifecycle["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert lifecycle["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


@pytest.mark.parametrize(
    "kind", ["AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"]
)
def test_requests_without_tls_are_refused(resources: Resources, kind: str) -> None:
    for policy in of_type(resources, kind):
        (denied,) = [
            statement
            for statement in policy["PolicyDocument"]["Statement"]
            if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert denied["Effect"] == "Deny"
        assert denied["Principal"] in ("*", {"AWS": "*"})


@pytest.mark.parametrize(
    ("sid", "asked"),
    [
        ("OtherEncryption", "s3:x-amz-server-side-encryption"),
        ("OtherKeys", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    ],
)
def test_uploads_with_another_key_are_refused(resources: Resources, sid: str, asked: str) -> None:
    (policy,) = of_type(resources, "AWS::S3::BucketPolicy")
    statements = {found.get("Sid"): found for found in policy["PolicyDocument"]["Statement"]}
    found = statements[sid]
    assert (found["Effect"], found["Principal"]) == ("Deny", {"AWS": "*"})
    assert found["Condition"]["Null"] == {asked: "false"}
    (ours,) = found["Condition"]["StringNotEquals"].values()
    assert ours == "aws:kms" or resources[ours["Fn::GetAtt"][0]]["Type"] == "AWS::KMS::Key"


def test_uploads_with_a_key_of_their_uploaders_are_refused(resources: Resources) -> None:
    (policy,) = of_type(resources, "AWS::S3::BucketPolicy")
    statements = {found.get("Sid"): found for found in policy["PolicyDocument"]["Statement"]}
    found = statements["UploadersKeys"]
    assert (found["Effect"], found["Principal"]) == ("Deny", {"AWS": "*"})
    assert found["Condition"] == {
        "Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}
    }


def test_nobody_owns_objects_but_the_account(resources: Resources) -> None:
    (bucket,) = of_type(resources, "AWS::S3::Bucket")
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_everything_at_rest_has_the_stacks_key_which_rotates(resources: Resources) -> None:
    (key,) = of_type(resources, "AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    for kind, member in {
        "AWS::Logs::LogGroup": "KmsKeyId",
        "AWS::SNS::Topic": "KmsMasterKeyId",
        "AWS::SQS::Queue": "KmsMasterKeyId",
    }.items():
        for found in of_type(resources, kind):
            assert found[member]["Fn::GetAtt"][1] == "Arn"
            assert resources[found[member]["Fn::GetAtt"][0]]["Type"] == "AWS::KMS::Key"


def test_logs_end_and_functions_write_to_their_own(resources: Resources) -> None:
    assert {group["RetentionInDays"] for group in of_type(resources, "AWS::Logs::LogGroup")} == {90}
    functions = of_type(resources, "AWS::Lambda::Function")
    groups = {function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions}
    assert len(groups) == len(functions)


def test_functions_run_on_arm_with_traces(resources: Resources) -> None:
    for function in of_type(resources, "AWS::Lambda::Function"):
        assert (function["Runtime"], function["Architectures"]) == ("python3.14", ["arm64"])
        assert function["TracingConfig"] == {"Mode": "Active"}
        variables = function["Environment"]["Variables"]
        wanted = {"BUCKET", "DATASET_DEFAULTS", "LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE"}
        assert wanted <= variables.keys()
        assert variables["POWERTOOLS_SERVICE_NAME"] in function["Handler"]


def test_the_lambdas_read_the_defaults_they_are_given(resources: Resources) -> None:
    from lambdas.shared.settings.dataset import resolve
    from lambdas.shared.settings.sources import from_stack

    for function in of_type(resources, "AWS::Lambda::Function"):
        text = function["Environment"]["Variables"]["DATASET_DEFAULTS"]
        settings = resolve([from_stack(text)]).settings
        written = settings.model_dump(mode="json")
        assert written | json.loads(text) == written


def test_uploads_reach_the_trigger_and_none_is_lost(resources: Resources) -> None:
    rules = {
        found["EventPattern"]["detail"]["object"]["key"][0]["prefix"]: found
        for found in of_type(resources, "AWS::Events::Rule")
        if found.get("EventPattern", {}).get("source") == ["aws.s3"]
    }
    kinds = {prefix: rule["EventPattern"]["detail-type"] for prefix, rule in rules.items()}
    assert kinds == {
        "incoming/": ["Object Created"],
        "settings/": ["Object Created", "Object Deleted"],
    }
    (queue,) = {
        json.dumps(rule["Targets"][0]["DeadLetterConfig"]["Arn"]) for rule in rules.values()
    }
    queue = json.loads(queue)
    for rule in rules.values():
        assert rule["EventPattern"]["detail"]["bucket"]["name"][0].keys() == {"Ref"}
    for invocation in of_type(resources, "AWS::Lambda::EventInvokeConfig"):
        assert invocation["DestinationConfig"]["OnFailure"]["Destination"] == queue
    (alarm,) = [
        found
        for found in of_type(resources, "AWS::CloudWatch::Alarm")
        if found["Namespace"] == "AWS/SQS"
    ]
    assert resources[alarm["AlarmActions"][0]["Ref"]]["Type"] == "AWS::SNS::Topic"
    assert alarm["Dimensions"][0]["Value"] == {
        "Fn::GetAtt": [queue["Fn::GetAtt"][0], "QueueName"],
    }


def test_no_event_of_a_rule_is_lost(resources: Resources) -> None:
    queues = of_type(resources, "AWS::SQS::QueuePolicy")
    allowed = {
        statement["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::GetAtt"][0]
        for queue in queues
        for statement in queue["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "ArnEquals" in statement["Condition"]
    }
    rules = {name for name, found in resources.items() if found["Type"] == "AWS::Events::Rule"}
    assert allowed == rules
    for rule in rules:
        for target in resources[rule]["Properties"]["Targets"]:
            assert target["DeadLetterConfig"]["Arn"].keys() == {"Fn::GetAtt"}
            assert target["RetryPolicy"]["MaximumRetryAttempts"] == 185


def test_what_ends_without_teardown_reaches_the_janitor(resources: Resources) -> None:
    rules = [
        found
        for found in of_type(resources, "AWS::Events::Rule")
        if "Janitor" in str(found["Targets"][0]["Arn"])
    ]
    ended, regular = sorted(rules, key=lambda rule: "ScheduleExpression" in rule)
    assert regular["ScheduleExpression"] == "rate(15 minutes)"
    detail = ended["EventPattern"]["detail"]
    assert detail["status"] == ["ABORTED", "FAILED", "TIMED_OUT"]
    assert len(detail["stateMachineArn"]) == 3


def test_execution_data_stays_out_of_the_state_machines_log(resources: Resources) -> None:
    for machine in of_type(resources, "AWS::StepFunctions::StateMachine"):
        logging = machine["LoggingConfiguration"]
        assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
        assert machine["TracingConfiguration"] == {"Enabled": True}
        assert machine["StateMachineType"] == "STANDARD"


def test_every_name_in_the_definition_is_filled_in(resources: Resources) -> None:
    machines = of_type(resources, "AWS::StepFunctions::StateMachine")
    assert [each["StateMachineName"] for each in machines] == [
        *("Molino", "Molino-predict", "Molino-actuals")
    ]
    for machine in machines:
        used = set(re.findall(r"\$\{(\w+)\}", machine["DefinitionString"]))
        assert used == set(machine["DefinitionSubstitutions"])


def test_outputs(template: dict[str, Any]) -> None:
    assert set(template["Outputs"]) == {
        *("BucketName", "StateMachineArn", "PredictMachineArn", "ActualsMachineArn"),
        *("TopicArn", "KeyArn"),
        *("UploaderPolicy", "UploaderRoleArn", "ReaderPolicy", "ReaderRoleArn"),
        *("TriggerFunctionName", "JanitorFunctionName", "UnhandledQueueUrl"),
        "RemovalPolicy",
    }


def test_what_holds_data_outlives_the_stack_by_default(resources: Resources) -> None:
    for resource in resources.values():
        if resource["Type"] in {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup"}:
            assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain",) * 2


def test_settings_of_the_command_line_reach_the_template(tmp_path: Path) -> None:
    from infra.app import synthesize

    context = {
        "stack_name": "Ward3",
        "removal_policy": "destroy",
        "notification_email": "nurse@example.org",
        "log_retention_days": "7",
        "tags": '{"team": "ward 3"}',
    }
    folder = synthesize(context, outdir=str(tmp_path))
    resources = json.loads((folder / "Ward3.template.json").read_text())["Resources"]
    assert {
        found["DeletionPolicy"]
        for found in resources.values()
        # Versions go with their functions; those of earlier deployments must outlive an update.
        if "DeletionPolicy" in found and found["Type"] != "AWS::Lambda::Version"
    } == {"Delete"}
    (subscription,) = of_type(resources, "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "nurse@example.org")
    assert {group["RetentionInDays"] for group in of_type(resources, "AWS::Logs::LogGroup")} == {7}
    (bucket,) = of_type(resources, "AWS::S3::Bucket")
    assert {"Key": "team", "Value": "ward 3"} in bucket["Tags"]
    for machine in of_type(resources, "AWS::StepFunctions::StateMachine"):
        makes = "sagemaker:create" in machine["DefinitionString"]
        assert ('"ward 3"' in machine["DefinitionString"]) == makes
