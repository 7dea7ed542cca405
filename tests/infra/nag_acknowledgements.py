"""Findings of cdk-nag that stay, each with its resources and the reason.

A new function or role is looked at before it is added to a list here.
"""

from dataclasses import dataclass
from typing import Literal

_STEPS = (
    *("Admission", "Ask", "Champion", "Evaluate", "Gate", "Join", "Keep", "Outcome", "Predict"),
    *("Measure", "Preprocess", "Reason", "Report", "Result", "Teardown", "Actuals", "Comparison"),
)
_STARTING = ("PredictWorkflow", "Workflow")  # machines at SageMaker
_MACHINES = (*_STARTING, "ActualsWorkflow")
_BY_SETTINGS = (
    *("Janitor/Janitor", "Schedules/Retrain", "Schedules/Schedule", "Trigger/Trigger"),
)  # and by events
_BY_EVENTS = (*_BY_SETTINGS, "Health/Health", "Requests/Requests")
_JOBS = ("Processing", "Training")
Variant = Literal["default", "everything"]  # of the stack: no setting made, or all
_BOTH = ("Serverless", "HIPAA.Security")  # packs with the same rule
_CLEANERS = ("Janitor/Janitor", "Teardown")

_BUCKET = "Resource::<StorageBucket5CB7C8EA.Arn>"
_HERE = "<AWS::Region>:<AWS::AccountId>"
_SAGEMAKER = f"Resource::arn:<AWS::Partition>:sagemaker:{_HERE}"
_ALARMS = f"Resource::arn:<AWS::Partition>:cloudwatch:{_HERE}:alarm"
_TARGETS = f"Resource::arn:<AWS::Partition>:application-autoscaling:{_HERE}:scalable-target/*"
_LOGS = f"Resource::arn:<AWS::Partition>:logs:{_HERE}:log-group:/aws/sagemaker"
_EXECUTIONS = tuple(
    f"Resource::arn:<AWS::Partition>:states:{_HERE}:execution:"
    '{"Fn::Select":[6,{"Fn::Split":[":",{"Fn::GetAtt":["%s","Arn"]}]}]}:*' % machine
    for machine in (
        "PredictWorkflowStateMachineA2D39876",  # pragma: allowlist secret
        "WorkflowStateMachine85C6F4E4",
        "ActualsWorkflowStateMachine9097D239",
    )
)

_SCHEDULES = f"Resource::arn:<AWS::Partition>:scheduler:{_HERE}:schedule/<SchedulesGroupC7F67308>/*"
_ASSETS = "Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>"
_INVOKED = {
    "OutcomeFunctionDBB433AB": _MACHINES,
    **dict.fromkeys(("AdmissionFunction0776B337", "TeardownFunction1A93A53E"), _STARTING),
    **dict.fromkeys(
        ("ActualsFunction2525C9D5", "ComparisonFunction195285C5"), ("ActualsWorkflow",)
    ),
    **dict.fromkeys(
        (
            "AskFunctionDB1E4BA3",
            "JoinFunction92FAFA52",
            "MeasureFunctionB052E881",
            "PredictFunction51F85491",
            "ResultFunctionE3782562",
        ),
        ("PredictWorkflow",),
    ),
    **dict.fromkeys(
        (
            *("ChampionFunctionC0FA3195", "EvaluateFunction645C2A65", "GateFunction115324B9"),
            *("KeepFunction7491536D", "PreprocessFunction2B5F2F43", "ReasonFunction020891CD"),
            "ReportFunction6EC312E5",
        ),
        ("Workflow",),
    ),
}

_OF_HEALTH = (
    "reports/*/health.html",
    "datasets/*/drift.json",
    *(f"predictions/*/{name}.json" for name in ("distribution", "metrics", "result")),
    *(
        f"reports/*/{name}.json"
        for name in ("decision", "health/*", "metrics", "quality", "report", "training")
    ),
    *(f"reports/*/requests/*/{name}.json" for name in ("distribution", "drift")),
)
_ACCESS_LOGS = (
    "server access logs are best effort and can't have a KMS key; CloudTrail's data events "
    "tell more, where `record_data_access` is set"
)
_LOG_OF_LOGS = "it holds the record of access itself; a record of that would need one in turn"
_OBJECTS = "the keys of one folder of the bucket are made at run time; other folders stay closed"
_OTHERS = "people name the files of this folder, and the bucket's policy holds them to it"
_NAMES = "SageMaker's names are made at run time; all of this stack's begin so"
_KEPT = "names of kept endpoints and of their parts are made at run time; all begin so"
_OTHER_VERSIONS = (
    "executions that began before an upgrade go on with the code of their time, whose version or "
    "hash the newer template can't know: docs/operations.md"
)
_LOG_NAMES = "SageMaker itself names its log groups and streams below this prefix"
_INLINE = (
    "each policy is of one role and goes with it; a managed one could be given to others as well"
)
_NO_RESOURCE = (
    "actions that IAM can limit to no resource, by the Service Authorization Reference; "
    "tests/infra/constructs/test_permissions.py lists them one by one"
)


@dataclass(frozen=True)
class Acknowledgement:
    """A rule's finding, where it stays, and why.

    Parameters
    ----------
    finding
        The rule with its finding in brackets, as cdk-nag names it.
    resources
        Paths of constructs below the stack, without the last part, ``Resource``.
    variants
        Stacks in which it is found.
    """

    finding: str
    resources: tuple[str, ...]
    reason: str
    variants: tuple[Variant, ...] = ("default", "everything")


def _wildcard(finding: str, owners: tuple[str, ...], reason: str) -> Acknowledgement:
    return Acknowledgement(f"AwsSolutions-IAM5[{finding}]", _roles(owners), reason)


def _of_spark() -> tuple[Acknowledgement, ...]:
    """What comes with Spark, which a stack has by a setting."""
    found = {
        "Resource::*": (("Spark",), _NO_RESOURCE),
        f"{_BUCKET}/datasets/*": (("Spark",), _OBJECTS),
        f"{_BUCKET}/incoming/*": (("Spark",), _OBJECTS),
        f"{_ASSETS}/*.py": (("Spark",), _OTHER_VERSIONS),
        f"{_ASSETS}/*.tgz": (("Spark",), _OTHER_VERSIONS),
        "Resource::<SparkApplicationB8D0239C.Arn>/jobruns/*": (
            (*_CLEANERS, "Workflow"),
            "AWS numbers job runs; limited to those of the stack's own application",
        ),
    }
    return (
        *(
            Acknowledgement(f"AwsSolutions-IAM5[{what}]", _roles(owners), reason, ("everything",))
            for what, (owners, reason) in found.items()
        ),
        Acknowledgement(
            "HIPAA.Security-IAMNoInlinePolicy", ("Spark/Role",), _INLINE, ("everything",)
        ),
    )


def _roles(owners: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{owner}/Role" for owner in owners)


def _functions(owners: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{owner}/Function" for owner in owners)


ACKNOWLEDGED = (
    *_of_spark(),
    _wildcard("Resource::*", (*_STEPS, *_BY_EVENTS, *_JOBS, *_MACHINES), _NO_RESOURCE),
    _wildcard(
        f"{_BUCKET}/datasets/*",
        (
            *_JOBS,
            "Actuals",
            "Champion",
            "Evaluate",
            "Gate",
            "Keep",
            "Predict",
            "Preprocess",
            "Reason",
            "Report",
            "Measure",
            "Result",
            "Schedules/Retrain",
        ),
        _OBJECTS,
    ),
    _wildcard(f"{_BUCKET}/incoming/*", ("Preprocess", "Processing", "Schedules/Retrain"), _OBJECTS),
    _wildcard(
        f"{_BUCKET}/settings/*",
        (*_BY_SETTINGS, "Actuals", "Admission", "Predict", "Preprocess"),
        _OBJECTS,
    ),
    _wildcard(f"{_BUCKET}/predict/*", ("Predict", "Processing"), _OBJECTS),
    _wildcard(
        f"{_BUCKET}/predictions/*",
        ("Actuals", "Ask", "Join", "Predict", "Processing", "Measure", "Result"),
        _OBJECTS,
    ),
    _wildcard(f"{_BUCKET}/actuals/*", ("Actuals",), _OBJECTS),
    _wildcard(f"{_BUCKET}/predictions/*/actuals/*", ("Actuals",), _OBJECTS),
    *(
        _wildcard(f"{_BUCKET}/reports/*/{name}", roles, _OBJECTS)
        for name, roles in (
            ("metrics.json", ("Actuals", "Requests/Requests")),
            ("predictions.csv", ("Actuals",)),
            ("requests/*", ("Requests/Requests",)),
            ("findings.json", ("Actuals", "Comparison")),
            ("quality.json", ("Actuals", "Comparison")),
            ("actuals.json", ("Comparison",)),
        )
    ),
    *(
        _wildcard(f"{_BUCKET}/{keys}", ("Requests/Requests",), _OBJECTS)
        for keys in (
            "captures/*/served/*",
            *(
                f"datasets/*/{name}.json"
                for name in ("categories", "profile", "sample", "schema/schema")
            ),
        )
    ),
    _wildcard(f"{_BUCKET}/predictions/*/job/*", ("Training",), _OBJECTS),
    _wildcard(f"{_BUCKET}/predictions/*/job/read.json", ("Predict",), _OBJECTS),
    _wildcard(
        f"{_BUCKET}/predictions/*/job/drift.json",
        ("Health/Health", "Reason", "Schedules/Retrain"),
        _OBJECTS,
    ),
    *(_wildcard(f"{_BUCKET}/{keys}", ("Health/Health",), _OBJECTS) for keys in _OF_HEALTH),
    _wildcard(
        f"{_BUCKET}/reports/*",
        ("Evaluate", "Gate", "Keep", "Reason", "Report", "Measure", "Result", "Schedules/Retrain"),
        _OBJECTS,
    ),
    _wildcard(f"{_BUCKET}/reports/*/training.json", ("Reason",), _OBJECTS),
    _wildcard(f"{_BUCKET}/reports/*/skipped.json", ("Schedules/Retrain",), _OBJECTS),
    _wildcard(
        f"{_BUCKET}/reports/*/champion.json", ("Keep", "Predict", "Requests/Requests"), _OBJECTS
    ),
    *(
        _wildcard(f"{_BUCKET}/models/*/{name}", ("Gate",), _OBJECTS)
        for name in ("monitor/constraints.json", "monitor/statistics.json", "openapi.json")
    ),
    *(
        Acknowledgement(f"AwsSolutions-IAM5[{_BUCKET}/{keys}]", (f"Access/{policy}",), _OTHERS)
        for keys, policy in (
            *(("incoming/*", "Uploads"), ("predict/*", "Uploads"), ("settings/*", "Uploads")),
            ("actuals/*", "Uploads"),
            ("reports/*", "ReadsReports"),
            ("predictions/*/report.html", "ReadsReports"),
            ("predictions/*/result.json", "ReadsReports"),
            ("predictions/*/metrics.json", "ReadsReports"),
        )
    ),
    _wildcard(f"{_BUCKET}/models/*", ("Gate", "Training"), _OBJECTS),
    _wildcard(f"{_BUCKET}/captures/*", ("Training",), _OBJECTS),
    *(
        _wildcard(f"Resource::<{function}.Arn>:*", machines, _OTHER_VERSIONS)
        for function, machines in _INVOKED.items()
    ),
    _wildcard(f"{_ASSETS}/*.gz", ("Training",), _OTHER_VERSIONS),
    _wildcard(f"{_ASSETS}/*.pyz", ("Processing",), _OTHER_VERSIONS),
    _wildcard(f"{_LOGS}/Endpoints/molino-*", ("Training",), _LOG_NAMES),
    _wildcard(f"{_LOGS}/TrainingJobs*", ("Training",), _LOG_NAMES),
    _wildcard(f"{_LOGS}/TransformJobs*", ("Training",), _LOG_NAMES),
    _wildcard(f"{_LOGS}/ProcessingJobs*", ("Processing",), _LOG_NAMES),
    *(
        _wildcard(f"{_SAGEMAKER}:{kind}/molino-*", (*_CLEANERS, *machines), _NAMES)
        for kind, machines in {
            **dict.fromkeys(
                ("endpoint-config", "hyper-parameter-tuning-job", "training-job"), ("Workflow",)
            ),
            "model": _STARTING,
            "processing-job": _STARTING,
            "transform-job": ("PredictWorkflow",),
        }.items()
    ),
    _wildcard(f"{_SAGEMAKER}:endpoint/molino-*", (*_CLEANERS, "Evaluate", "Workflow"), _NAMES),
    _wildcard(
        f"{_SAGEMAKER}:model-package/molino-*",
        (
            *("Champion", "Gate", "Health/Health", "Keep", "Predict", "Preprocess", "Reason"),
            *("Requests/Requests", "Schedules/Retrain", *_STARTING),
        ),
        _NAMES,
    ),
    _wildcard(f"{_SAGEMAKER}:model-package-group/molino-*", ("Gate",), _NAMES),
    *(
        _wildcard(f"{_SAGEMAKER}:{kind}/molino-kept--*", ("Keep",), _KEPT)
        for kind in ("endpoint-config", "model")
    ),
    _wildcard(f"{_SAGEMAKER}:endpoint/molino-kept--*", ("Ask", "Keep"), _KEPT),
    *(
        _wildcard(f"{_ALARMS}:{name}", roles, _KEPT)
        for name, roles in (
            ("molino-kept--*", ("Keep", "Training")),
            ("TargetTracking-endpoint/molino-kept--*", ("Keep",)),
        )
    ),
    _wildcard(_TARGETS, ("Keep",), "AWS numbers scalable targets; limited to endpoints' variants"),
    _wildcard(_SCHEDULES, ("Schedules/Schedule",), "schedules of the stack's own group"),
    *(
        _wildcard(each, ("Janitor/Janitor",), "executions of the stack's own state machines")
        for each in _EXECUTIONS
    ),
    Acknowledgement(
        "Serverless-LambdaStarPermissions", _roles((*_STEPS, *_BY_EVENTS)), _NO_RESOURCE
    ),
    *(
        Acknowledgement(
            f"{pack}-LambdaDLQ",
            _functions(_STEPS),
            "the state machine waits for the answer of this function and handles its errors itself",
        )
        for pack in _BOTH
    ),
    *(
        Acknowledgement(
            f"{pack}-LambdaDLQ",
            _functions(_BY_EVENTS),
            "its event invoke configuration sends failed events to a queue, with the error beside "
            "the event, which a dead-letter queue would lose",
        )
        for pack in _BOTH
    ),
    Acknowledgement(
        "HIPAA.Security-LambdaConcurrency",
        _functions((*_STEPS, *_BY_EVENTS)),
        "reserving takes from the account's other functions, and new accounts have ten at once in "
        "all; `executions_at_once` bounds what runs, and what is refused is tried again",
    ),
    Acknowledgement(
        "HIPAA.Security-LambdaInsideVPC",
        _functions((*_STEPS, *_BY_EVENTS)),
        "a network of the account's own is a setting, `subnet_ids`: docs/security-and-privacy.md",
        ("default",),
    ),
    Acknowledgement(
        "HIPAA.Security-IAMNoInlinePolicy",
        (*_roles((*_STEPS, *_BY_EVENTS, *_JOBS, *_MACHINES)), "Schedules/SchedulerRole"),
        _INLINE,
    ),
    Acknowledgement(
        "HIPAA.Security-IAMNoInlinePolicy", ("Budget/ActionRole",), _INLINE, ("everything",)
    ),
    Acknowledgement(
        "AwsSolutions-SQS3",
        ("Trigger/Unhandled",),
        "this is the dead-letter queue: of EventBridge's rules and of Lambda's failed events",
    ),
    Acknowledgement(
        "Serverless-SQSRedrivePolicy",
        ("Trigger/Unhandled",),
        "this is the dead-letter queue: nothing receives from it but people",
    ),
    Acknowledgement("AwsSolutions-S1", ("Storage/Bucket",), _ACCESS_LOGS),
    Acknowledgement("HIPAA.Security-S3BucketLoggingEnabled", ("Storage/Bucket",), _ACCESS_LOGS),
    Acknowledgement(
        "HIPAA.Security-S3BucketReplicationEnabled",
        ("Storage/Bucket",),
        "a copy of medical data in another region is the hospital's decision; versions keep what "
        "is replaced or deleted",
    ),
    *(
        Acknowledgement(finding, ("DataAccess/Bucket",), _LOG_OF_LOGS, ("everything",))
        for finding in ("AwsSolutions-S1", "HIPAA.Security-S3BucketLoggingEnabled")
    ),
    Acknowledgement(
        "HIPAA.Security-S3BucketReplicationEnabled",
        ("DataAccess/Bucket",),
        "CloudTrail signs digests of its files; what is replaced or deleted stays as a version",
        ("everything",),
    ),
    Acknowledgement(
        "HIPAA.Security-CloudTrailCloudWatchLogsEnabled",
        ("DataAccess/Trail",),
        "its bucket is the record; a second copy in CloudWatch would cost more than the first",
        ("everything",),
    ),
    Acknowledgement(
        "Serverless-SNSRedrivePolicy",
        ("Notify/Topic/analyst@example.org",),
        "mail has no queue to fall back on; the run's end is in the report and on the event bus",
        ("everything",),
    ),
)
