"""docs/settings.md says what the schemas say, and its examples can be set."""

import ast
import json

import pytest
from pydantic import BaseModel

from docs.build.settings_page import PAGE, page
from infra.settings import DATASET_DEFAULTS, Settings
from lambdas.shared.settings.dataset import DatasetSettings, resolve
from lambdas.shared.settings.gate import GateFields
from lambdas.shared.settings.hyperparameters import HYPERPARAMETERS
from lambdas.shared.settings.sources import from_yaml
from tests.docs.blocks import PROJECT, blocks


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m docs.build.settings_page"


def test_page_tells_every_setting_once_and_what_it_means() -> None:
    dataset, stack = page().split("## Settings of the stack")
    for model, text in ((DatasetSettings, dataset), (Settings, stack)):
        for name, field in model.model_fields.items():
            if name not in HYPERPARAMETERS:
                assert field.description, name
                assert text.count(f"| `{name}` |") == 1, name


def test_the_examples_can_be_set() -> None:
    of_dataset, of_stack = (block.text for block in blocks(PAGE))
    resolved = resolve([from_yaml("settings/example.yaml", of_dataset)])
    assert not resolved.findings
    assert resolved.settings.ignore == ("id", "ward")
    assert Settings.from_context(json.loads(f"{{{of_stack}}}")).executions_at_once == 2


@pytest.mark.parametrize(
    ("model", "folder", "read_by_name"),
    [
        (DatasetSettings, "lambdas", {*HYPERPARAMETERS, *GateFields.model_fields}),
        (Settings, "infra", set(DATASET_DEFAULTS.values())),
    ],
)
def test_every_setting_is_read_by_something(
    model: type[BaseModel], folder: str, read_by_name: set[str]
) -> None:
    modules = [ast.parse(path.read_text()) for path in (PROJECT / folder).rglob("*.py")]
    nodes = (node for module in modules for node in ast.walk(module))
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert model.model_fields.keys() - read - read_by_name == set(), "nothing reads them"


def test_a_stack_default_of_a_datasets_setting_reaches_it() -> None:
    assert Settings.model_fields.keys() & DatasetSettings.model_fields.keys() <= set(
        DATASET_DEFAULTS
    ), "name them in DATASET_DEFAULTS of infra/settings.py"
