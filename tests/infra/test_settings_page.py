"""docs/settings.md says what the schemas say, and its examples can be set."""

import json

from docs.build.settings_page import PAGE, page
from infra.settings import Settings
from lambdas.shared.settings.dataset import DatasetSettings, resolve
from lambdas.shared.settings.hyperparameters import HYPERPARAMETERS
from lambdas.shared.settings.sources import from_yaml
from tests.docs.blocks import blocks


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
