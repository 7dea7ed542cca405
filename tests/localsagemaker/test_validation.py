"""Requests are refused as AWS's front end refuses them."""

from collections.abc import Callable
from typing import Any

import pytest

from localsagemaker import ApiError, LocalSageMaker
from localsagemaker.validation import compiled, service_model


def refusal(core: LocalSageMaker, operation: str, parameters: dict[str, Any]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        core.call(operation, parameters)
    return caught.value


# The expected texts are AWS's own, as quoted in public issue reports.
def test_length_and_pattern_are_both_told(core: LocalSageMaker) -> None:
    name = "basic-zenml-project-pipeline-2023-04-24-12-22-59-886794-step-show-s3-"
    error = refusal(core, "DescribeTrainingJob", {"TrainingJobName": name})
    assert error.code == "ValidationException"
    assert error.status == 400
    assert error.message == (
        f"2 validation errors detected: Value '{name}' at 'trainingJobName' failed to satisfy "
        "constraint: Member must have length less than or equal to 63; "
        f"Value '{name}' at 'trainingJobName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


def test_enumeration(core: LocalSageMaker) -> None:
    error = refusal(core, "ListTrainingJobs", {"SortOrder": "Up"})
    assert error.message == (
        "1 validation error detected: Value 'Up' at 'sortOrder' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Ascending, Descending]"
    )


def test_range(core: LocalSageMaker) -> None:
    error = refusal(core, "ListTrainingJobs", {"MaxResults": 101})
    assert "at 'maxResults'" in error.message
    assert "Member must have value less than or equal to 100" in error.message
    error = refusal(core, "ListTrainingJobs", {"MaxResults": 0})
    assert "Member must have value greater than or equal to 1" in error.message


def test_required_members_are_told_with_their_path(core: LocalSageMaker) -> None:
    config = {"EndpointConfigName": "c", "ProductionVariants": [{"ModelName": "m"}]}
    error = refusal(core, "CreateEndpointConfig", config)
    assert error.message == (
        "1 validation error detected: Value null at 'productionVariants.1.member.variantName' "
        "failed to satisfy constraint: Member must not be null"
    )


def test_map_values(core: LocalSageMaker, job_request: Callable[..., dict[str, Any]]) -> None:
    error = refusal(
        core, "CreateTrainingJob", job_request("", hyperparameters={"long": "x" * 2501})
    )
    assert (
        "at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 2500, Member must have length greater "
        "than or equal to 0, Member must satisfy regular expression pattern: .*]"
    ) in error.message


def test_unknown_member(core: LocalSageMaker) -> None:
    error = refusal(core, "DescribeModel", {"ModelName": "m", "Nmae": "m"})
    assert error.code == "ValidationException"
    assert "'nmae'" in error.message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"NameContains": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"MaxResults": "1"}, "STRING_VALUE can not be converted to an Integer"),
        ({"MaxResults": True}, "TRUE_VALUE can not be converted to an Integer"),
        ({"NameContains": {}}, "Start of structure or map found where not expected."),
    ],
)
def test_wrong_types(core: LocalSageMaker, parameters: dict[str, Any], message: str) -> None:
    error = refusal(core, "ListTrainingJobs", parameters)
    assert (error.code, error.message) == ("SerializationException", message)


def test_operations_not_built_say_so_and_unknown_ones_are_unknown(core: LocalSageMaker) -> None:
    assert refusal(core, "CreateApp", {}).status == 501
    assert refusal(core, "CreateNothing", {}).code == "UnknownOperationException"


def test_patterns_of_all_built_operations_are_understood(core: LocalSageMaker) -> None:
    model, unread, seen = service_model("sagemaker"), set(), set()

    def walk(shape: Any) -> None:
        if shape.name in seen:
            return
        seen.add(shape.name)
        pattern = shape.metadata.get("pattern")
        if pattern and compiled(pattern) is None:
            unread.add(shape.name)
        for member in getattr(shape, "members", {}).values():
            walk(member)
        for part in ("member", "key", "value"):
            if hasattr(shape, part):
                walk(getattr(shape, part))

    for operation in core.operations:
        walk(model.operation_model(operation).input_shape)
    assert len(seen) > 100
    assert unread == set()


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Größe 1 = 京/a@b", True),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "a;b", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a 京 \U0001f600", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a\n", False),
        (r"\p{ASCII}*", "text/csv", True),
        (r"\p{ASCII}*", "é", False),
    ],
)
def test_java_character_classes(pattern: str, text: str, fits: bool) -> None:
    expression = compiled(pattern)
    assert expression is not None
    assert bool(expression.fullmatch(text)) is fits
