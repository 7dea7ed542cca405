"""Settings are checked before anything is synthesized."""

import typing
from typing import Any

import pytest

from infra.settings import DATASET_DEFAULTS, Settings, SettingsError
from lambdas.shared.settings.dataset import CEILINGS


def test_defaults_are_usable_and_described() -> None:
    assert Settings.from_context({}) == Settings()
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_the_cdks_own_context_is_left_alone() -> None:
    context = {
        "@aws-cdk/core:target-partitions": ["aws"],
        "aws:cdk:version-reporting": False,
        "availability-zones:account=1:region=eu-west-1": [],
        "cli-telemetry": False,
    }
    assert Settings.from_context(context) == Settings()


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"log_retension_days": "7"}, ["log_retension_days", "did you mean log_retention_days?"]),
        ({"qqqq": 1}, ["qqqq: no such setting"]),
        ({"removal_policy": "keep"}, ["removal_policy", "'retain' or 'destroy'"]),
        ({"log_retention_days": 8}, ["log_retention_days"]),
        ({"notification_email": "nobody"}, ["notification_email"]),
        ({"memory_mb": "lots"}, ["memory_mb"]),
        ({"tags": "team=ward"}, ["tags", "JSON"]),
        ({"endpoint_kind": "lambda"}, ["endpoint_kind", "'instance' or 'serverless'"]),
        ({"endpoint_memory_mb": "2000"}, ["endpoint_memory_mb"]),
        ({"training_instance_types": "ml.m5.large, m5.large"}, ["training_instance_types"]),
        ({"tune": "1000"}, ["tune"]),
        ({"training_wait_limit_seconds": 3600}, ["training_wait_limit_seconds must exceed"]),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_right(
    context: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_context(context)
    for word in words:
        assert word in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_context({"stak_name": "A", "memory_mb": 1, "tags": "no"})
    assert all(word in str(caught.value) for word in ("stak_name", "memory_mb", "tags"))


def test_the_command_lines_texts_become_numbers() -> None:
    settings = Settings.from_context({"memory_mb": "1024", "tags": '{"team": "ward 3"}'})
    assert (settings.memory_mb, settings.tags) == (1024, {"team": "ward 3"})


def test_every_ceiling_can_be_set_for_the_whole_stack() -> None:
    assert set(CEILINGS) <= set(DATASET_DEFAULTS)


def test_the_algorithms_offered_are_the_ones_that_training_has() -> None:
    from training.algorithms import ALGORITHMS

    offered = typing.get_args(Settings.model_fields["algorithm"].annotation)
    assert set(offered) == set(ALGORITHMS)
