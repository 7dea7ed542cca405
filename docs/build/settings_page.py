"""``docs/settings.md`` from the schemas: ``python -m docs.build.settings_page`` renews it."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from docs.build.marks import DOCS
from infra.settings import DATASET_DEFAULTS, Settings
from lambdas.shared.settings.dataset import CEILINGS, RENAMED, DatasetSettings, EvaluationSettings
from lambdas.shared.settings.gate import GateFields
from lambdas.shared.settings.hyperparameters import HYPERPARAMETERS
from lambdas.shared.settings.jobs import JobSettings
from lambdas.shared.settings.reading import ReadingSettings
from lambdas.shared.settings.schedules import RetrainFields

PAGE = DOCS / "settings.md"
_TOPICS: Mapping[str, type[BaseModel]] = {
    "How the file is read": ReadingSettings,
    "Machines, time, cost and tuning": JobSettings,
    "How it is measured": EvaluationSettings,
    "Champions": GateFields,
    "Training by schedule": RetrainFields,
}
_FORMER = ", ".join(f"`{former}` for `{name}`" for former, name in RENAMED.items())
_INTRODUCTION = f"""\
# Settings

A dataset needs none: what is not set is found from the file, or has the default below. Unknown
names (with the nearest known one), values out of range and settings that contradict each other are
all told at once, before anything is paid for. What lies behind them: [algorithms](algorithms.md),
[metrics](reference.md), [champions](champions.md), [costs](costs.md).

<!-- This page is made by `python -m docs.build.settings_page`; the texts live in
infra/settings.py and in lambdas/shared/settings/. -->

## Where to set them

The first of these places that names a setting decides it, and the report says which it was; of
ceilings ({", ".join(f"`{name}`" for name in CEILINGS)}) the lowest holds:

1. the upload's own metadata, `x-amz-meta-<setting>`; hyphens do for underscores, and a list is
   written with commas;
2. `settings/<dataset>.yaml` in the bucket, for every upload under `incoming/<dataset>/`;
3. the settings of the stack, for some.

Former names still work, and the report names the new one: {_FORMER}.

A settings file has a setting a line:

```yaml
target: diagnosis
algorithm: auto
ignore: [id, ward]
serve: true
```

Settings of the stack are in the `context` of `cdk.json`, and change with the next `make deploy`:

```json
"notification_email": "ward3@example.org", "executions_at_once": 2, "max_cost_usd": 5
```
"""
_HEAD = ("| setting | default | allowed | meaning |", "|---|---|---|---|")
_HYPERPARAMETERS = """
The hyperparameters of each algorithm are settings too: [algorithms.md](algorithms.md).
"""
_KINDS = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true, false"}


def page() -> str:
    """Return the page's Markdown."""
    elsewhere = {name for model in _TOPICS.values() for name in model.model_fields}
    own = [
        name
        for name in DatasetSettings.model_fields
        if name not in elsewhere | set(HYPERPARAMETERS)
    ]
    parts = [_INTRODUCTION, "## Settings of a dataset\n", "### What is learned\n"]
    parts += [*_table(DatasetSettings, own), _HYPERPARAMETERS]
    for title, model in _TOPICS.items():
        parts += [f"### {title}\n", *_table(DatasetSettings, model.model_fields), ""]
    parts += ["## Settings of the stack\n", *_table(Settings, Settings.model_fields)]
    return "\n".join(parts) + "\n"


def _table(model: type[BaseModel], names: Iterable[str]) -> list[str]:
    schema = model.model_json_schema()["properties"]
    return [*_HEAD, *(_row(model, name, schema[name]) for name in names)]


def _row(model: type[BaseModel], name: str, schema: Mapping[str, Any]) -> str:
    default = _value(model.model_fields[name].default)
    if model is DatasetSettings and name in DATASET_DEFAULTS:
        default += f", or the stack's `{DATASET_DEFAULTS[name]}`"
    cells = (f"`{name}`", default, _allowed(schema), schema["description"])
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _value(value: Any) -> str:
    """Write a default as a settings file would."""
    match value:
        case None | () | {} if not value:
            return "none"
        case float():
            return f"`{value:g}`"
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return f"`{', '.join(value)}`"
        case dict():
            return f"`{', '.join(f'{key}: {entry}' for key, entry in value.items())}`"
    return f"`{value}`"


def _allowed(schema: Mapping[str, Any]) -> str:
    """Say in words what a property's JSON schema allows."""
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            return _allowed(option)
    if "enum" in schema:
        return ", ".join(f"`{choice}`".replace("\t", "\\t") for choice in schema["enum"])
    match schema["type"]:
        case "array":
            return "list"
        case "object":
            return "names with values"
    return _KINDS[schema["type"]] + _range(schema)


def _range(schema: Mapping[str, Any]) -> str:
    step = f" in steps of {schema['multipleOf']}" if "multipleOf" in schema else ""
    words = {"exclusiveMinimum": "above", "minimum": "from", "maximum": "up to"}
    if "minimum" in schema:
        words["maximum"] = "to"
    return (
        "".join(f" {word} {schema[key]:,}" for key, word in words.items() if key in schema) + step
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
