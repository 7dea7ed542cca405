"""What Step Functions refuses before it asks another service, or of what that answers.

Optimized integrations take only fields that they know: any other ends the execution at once. Which
these are was listed in the developer guide until 2023, as "Supported parameters" of "Call … with
Step Functions" (the pages' last public source: awsdocs/aws-step-functions-developer-guide); to
these, fields are added that AWS's own tools send. What the list lacks may be accepted by now;
who does not send it is right either way. aws-sdk integrations take what the service's API takes.
"""

import json
from collections.abc import Callable, Collection
from typing import Any

from localcloud.ministack_internals import stepfunctions

_TUNED_JOB = frozenset(
    {
        *("AlgorithmSpecification", "EnableNetworkIsolation", "InputDataConfig"),
        *("OutputDataConfig", "ResourceConfig", "RoleArn", "StaticHyperParameters"),
        *("StoppingCondition", "VpcConfig"),
    }
)
FIELDS: dict[str, Collection[str]] = {
    "events:putEvents": {"Entries"},
    "lambda:invoke": {"ClientContext", "FunctionName", "InvocationType", "Payload", "Qualifier"},
    "sagemaker:createEndpoint": {"EndpointConfigName", "EndpointName", "Tags"},
    "sagemaker:createEndpointConfig": {
        *("EndpointConfigName", "KmsKeyId", "ProductionVariants", "Tags"),
    },
    "sagemaker:createHyperParameterTuningJob": {
        *("HyperParameterTuningJobConfig", "HyperParameterTuningJobName", "Tags"),
        *("TrainingJobDefinition", "WarmStartConfig"),
    },
    "sagemaker:createModel": {
        *("Containers", "EnableNetworkIsolation", "ExecutionRoleArn", "ModelName"),
        *("PrimaryContainer", "Tags", "VpcConfig"),
    },
    "sagemaker:createProcessingJob": {
        *("AppSpecification", "Environment", "ExperimentConfig", "NetworkConfig"),
        *("ProcessingInputs", "ProcessingJobName", "ProcessingOutputConfig"),
        *("ProcessingResources", "RoleArn", "StoppingCondition", "Tags"),
    },
    "sagemaker:createTrainingJob": {
        *("AlgorithmSpecification", "HyperParameters", "InputDataConfig", "OutputDataConfig"),
        *("ResourceConfig", "RoleArn", "StoppingCondition", "Tags", "TrainingJobName"),
        "VpcConfig",
        *("EnableNetworkIsolation", "Environment"),  # of the CDK's SageMakerCreateTrainingJob
    },
    "sagemaker:createTransformJob": {
        *("BatchStrategy", "Environment", "MaxConcurrentTransforms", "MaxPayloadInMB"),
        *("ModelName", "Tags", "TransformInput", "TransformJobName", "TransformOutput"),
        "TransformResources",
        "ModelClientConfig",  # of the CDK's SageMakerCreateTransformJob
        *("DataProcessing", "ExperimentConfig"),  # of AWS's Data Science SDK's TransformStep
    },
    "sagemaker:updateEndpoint": {"EndpointConfigName", "EndpointName"},
    "sns:publish": {
        *("Message", "MessageAttributes", "MessageStructure", "PhoneNumber", "Subject"),
        *("TargetArn", "TopicArn"),
    },
}
# "Quotas related to state machine executions": a task's, a state's or an execution's data.
MOST_BYTES = 262_144
# "Handling errors in Step Functions workflows": States.ALL stands for neither.
_TERMINAL = ("States.Runtime", "States.DataLimitExceeded")


def refuse_unknown_fields(resource: str, arguments: Any) -> None:
    """Refuse what an optimized integration does not know.

    Raises
    ------
    _ExecutionError
        ``States.Runtime``, which nothing catches.
    """
    known = FIELDS.get(resource.rpartition(":states:::")[2].split(".")[0])
    if known is None or not isinstance(arguments, dict):
        return
    unknown = [name for name in arguments if name not in known]
    definition = arguments.get("TrainingJobDefinition") or {}
    unknown += [name for name in definition if name not in _TUNED_JOB]
    if unknown:
        raise stepfunctions.ExecutionError(
            "States.Runtime", f'The field "{unknown[0]}" is not supported by Step Functions'
        )


def refuse_large(data: Any, what: str) -> None:
    """Refuse data that is larger than Step Functions passes on.

    Raises
    ------
    _ExecutionError
        ``States.DataLimitExceeded``, which ``States.ALL`` does not catch.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(text.encode()) > MOST_BYTES:
        raise stepfunctions.ExecutionError(
            "States.DataLimitExceeded",
            f"{what} has a size exceeding the maximum number of bytes service limit.",
        )


def install() -> None:
    """Let ``States.ALL`` neither catch nor retry what ends an execution."""
    matches: Callable[[list[str], str], bool] = stepfunctions.error_matches

    def matches_unless_terminal(errors: list[str], error: str) -> bool:
        return error in errors if error in _TERMINAL else matches(errors, error)

    stepfunctions.error_matches = matches_unless_terminal
