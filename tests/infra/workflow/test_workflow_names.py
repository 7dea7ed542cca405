"""What the state machine names is legal, and unique over uploads, redrives and tries."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.shared.names.legal import execution_name, resource_name, tuning_name
from lambdas.shared.names.paths import dataset_of
from tests.infra.workflow.definition import CONTEXT, deployed, evaluate

STATES = deployed()["States"]
(CHAMPIONS,) = (rule["Assign"] for rule in STATES["Can the champion be measured?"]["Choices"])
# Made once for each redrive, whatever was tried before.
ONCE = {"model", "champion's model"}
# Where a name is made, by what it names, and the longest that SageMaker takes.
MADE = {
    "processing job": (63, STATES["Run processing job"]["Arguments"]["ProcessingJobName"]),
    "training job": (63, STATES["Create training job"]["Catch"][0]["Assign"]["training_job_name"]),
    "tuning job": (32, STATES["Create tuning job"]["Arguments"]["HyperParameterTuningJobName"]),
    "endpoint": (63, STATES["Delete failed endpoint"]["Assign"]["endpoint_name"]),
    "model": (63, STATES["Define candidate"]["Assign"]["model_name"]),
    "champion's model": (63, CHAMPIONS["model_name"]),
}
VERSIONS = st.lists(st.text(max_size=40), min_size=1, max_size=2, unique=True)
DATASETS = st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=2, unique=True)
COUNTS = st.lists(st.integers(0, 19), min_size=1, max_size=3, unique=True)


def names(
    template: str, datasets: list[str], versions: list[str], counts: list[int], tries: int
) -> Iterator[str]:
    """Yield a name for each upload, redrive, try, retry and role."""
    for key in (f"incoming/{dataset}/x.csv" for dataset in datasets):
        for version in versions:
            dataset = dataset_of(key)
            execution = execution_name(dataset, "b", key, version)
            prepared = {
                "resource_name": resource_name(dataset, execution),
                "tuning": {"name": tuning_name(dataset, execution)},
            }
            for redrives in (0, 11):
                for count in counts:
                    for retry, role in ((0, "candidate"), (1, "champion"))[:tries]:
                        yield evaluate(
                            template,
                            {
                                "prepared": prepared,
                                "measuring": role,
                                "attempt": count,
                                "tuning_attempt": count,
                                "endpoint_attempt": count,
                            },
                            context=_context(redrives, retry),
                        )


def _context(redrives: int, retry: int) -> dict[str, Any]:
    execution = CONTEXT["Execution"] | {"RedriveCount": redrives}
    return CONTEXT | {"Execution": execution, "State": CONTEXT["State"] | {"RetryCount": retry}}


@pytest.mark.parametrize("kind", MADE)
@given(datasets=DATASETS, versions=VERSIONS, counts=COUNTS)
@settings(max_examples=15, deadline=None)
def test_names_are_legal_and_unique(
    kind: str, datasets: list[str], versions: list[str], counts: list[int]
) -> None:
    limit, template = MADE[kind]
    counts, tries = (counts[:1], 1) if kind in ONCE else (counts, 2)
    found = list(names(template, datasets, versions, counts, tries))
    assert len(set(found)) == len(found)
    for name in found:
        assert re.fullmatch(rf"[a-zA-Z0-9](-*[a-zA-Z0-9]){{0,{limit - 1}}}", name)
        assert len(name) <= limit


def test_every_name_is_made_where_these_tests_look() -> None:
    """The request's name is the one that is remembered for tearing down."""
    train = STATES["Create training job"]["Arguments"]
    assert "$prepared.resource_name & '-' & $states.context.Execution.RedriveCount" in train
    made = [name for name, state in STATES.items() if ":create" in state.get("Resource", "")]
    assert made == [
        "Run processing job",
        "Create model",
        "Create endpoint configuration",
        "Create endpoint",
        "Create training job",
        "Create tuning job",
    ]
