"""The setting `threshold` reaches training as it is meant, however it is written."""

import json

import pytest

from lambdas.shared.settings.dataset import Source, resolve
from lambdas.shared.settings.sources import from_metadata, from_yaml
from training.fit.aims import parse_aim
from training.written_aims import Aim

COST = Aim("cost", (10, 0.5))
WRITTEN = {
    "balanced": Aim("balanced"),
    "F1": Aim("f1"),
    "sensitivity>=0.95": Aim("sensitivity", (0.95,)),
    "Specificity ≥ 1": Aim("specificity", (1,)),
    "0.3": Aim("number", (0.3,)),
    'cost: {"false_negative": 10, "false_positive": 0.5}': COST,
    "cost: {false_positive: 0.5, false_negative: 10}": COST,
    '{"cost": {"false_negative": "10", "false_positive": ".5"}}': COST,
}


def trained_for(source: Source) -> Aim:
    resolved = resolve([source])
    assert not resolved.findings
    again = resolve([Source(source.rule, source.place, {"threshold": resolved.settings.threshold})])
    assert again.settings == resolved.settings
    return parse_aim(str(json.loads(resolved.settings.hyperparameters()["threshold"])))


@pytest.mark.parametrize("text", WRITTEN)
def test_one_text_says_it(text: str) -> None:
    assert trained_for(from_metadata({"Threshold": text})) == WRITTEN[text]


@pytest.mark.parametrize(
    "text",
    [
        "threshold:\n  cost:\n    false_negative: 10\n    false_positive: 0.5\n",
        "threshold: {cost: {false_negative: 10, false_positive: .5}}\n",
        'threshold: \'cost: {"false_negative": 10, "false_positive": 0.5}\'\n',
    ],
)
def test_yaml_says_it_as_a_mapping_or_a_text(text: str) -> None:
    assert trained_for(from_yaml("settings/x.yaml", text)) == COST


def test_unset_it_is_not_passed_on() -> None:
    assert "threshold" not in resolve([]).settings.hyperparameters()


def test_no_argument_has_a_sign_that_a_shell_would_read() -> None:
    for text in WRITTEN:
        settings = resolve([from_metadata({"threshold": text})]).settings
        argument = json.loads(settings.hyperparameters()["threshold"])
        assert set(argument) <= set("abcdefghijklmnopqrstuvwxyz0123456789.:")


@pytest.mark.parametrize(
    "value",
    ["best", "0", "1", "1.2", "nan", "sensitivity", "sensitivity>0.9", "sensitivity>=0",
     "sensitivity>=1.1", "recall>=0.9", "cost: 10", "cost: {}", "cost: {false_negative: 10}",
     "cost: {false_negative: 10, false_positive: 0}", "cost: {false_negative: 1, x: 2}",
     "cost: {false_negative: 1, false_positive: 1, x: 2}", {"cost": "10"}, {"price": {}},
     {"cost": {"false_negative": "a", "false_positive": "1"}}, ["balanced"], True]
)  # fmt: skip
def test_anything_else_is_one_error_that_says_what_there_is(value: object) -> None:
    (finding,) = resolve([Source("r", "p", {"threshold": value})]).findings
    assert finding.code == "SettingsInvalid"
    assert "“threshold”: it must be balanced, f1, a number" in str(finding.message)


@pytest.mark.parametrize(
    ("task", "aim", "words"),
    [
        ("regression", "balanced", "the task is regression"),
        ("multiclass", "f1", "for more there is only balanced"),
        ("multiclass", "balanced", None),
        ("binary", "f1", None),
    ],
)
def test_the_aim_must_fit_the_task(task: str, aim: str, words: str | None) -> None:
    found = [
        str(each.message)
        for each in resolve([Source("r", "p", {"task": task, "threshold": aim})]).findings
    ]
    assert len(found) == (words is not None)
    assert not words or words in found[0]
