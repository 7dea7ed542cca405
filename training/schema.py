"""The schema that preprocessing hands to training: task, target, features and their types."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from training.errors import ChannelError, SchemaError
from training.written_dates import DateForm
from training.written_numbers import NumberForm
from training.written_words import WordForm

Form = TypeVar("Form")
TASKS = ("binary", "multiclass", "regression")
# A datetime is a date with or without a time; text is prose, where a category repeats.
FEATURE_TYPES = ("numeric", "categorical", "datetime", "text")


@dataclass(frozen=True)
class Schema:
    """What a row consists of.

    Parameters
    ----------
    task : str
        ``binary``, ``multiclass`` or ``regression``.
    target : str
        Name of the column to predict.
    features : tuple of (str, str)
        Name and type (one of ``FEATURE_TYPES``), in the order of the columns.
    origin : tuple of (str, str)
        Names and values that say where the data came from, for the model's description.
    forms : mapping of str
        How features of numbers are written, by name, where it is not plainly.
    dates : mapping of str
        How features of dates are written, by name, where it is not in ISO 8601.
    words : mapping of str
        How features of categories are written, by name, where it is in several ways.
    missing : frozenset of str
        Spellings of "no value" beside the empty cell.
    positive_class : str or None
        The one of two classes that is looked for; None where there are not two.
    bound_by : str or None
        ``group`` or ``time``, where that kept rows together when the file was split.
    """

    task: str
    target: str
    features: tuple[tuple[str, str], ...]
    origin: tuple[tuple[str, str], ...] = ()
    forms: Mapping[str, NumberForm] = field(default_factory=dict)
    dates: Mapping[str, DateForm] = field(default_factory=dict)
    words: Mapping[str, WordForm] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    positive_class: str | None = None
    bound_by: str | None = None

    @cached_property
    def names(self) -> list[str]:
        """Names of all features, in order."""
        return [name for name, _ in self.features]

    def of_type(self, kind: str) -> list[str]:
        """Names of the features of one type, in order."""
        return [name for name, its_kind in self.features if its_kind == kind]

    @cached_property
    def numeric(self) -> list[str]:
        """Names of the numeric features, in order."""
        return self.of_type("numeric")

    @cached_property
    def written(self) -> list[str]:
        """Names of the features that are read as they are written: all but the numeric ones."""
        return [name for name, kind in self.features if kind != "numeric"]

    @cached_property
    def is_plain(self) -> bool:
        """Whether every text that ``float()`` reads means just that in every numeric feature."""
        return all(form.agrees_with_float for form in self.forms.values())

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self.task != "regression"

    def to_dict(self) -> dict[str, Any]:
        """Return the form that ``schema.json`` has."""
        features = [self._feature(name, kind) for name, kind in self.features]
        document = {"version": 2, "task": self.task, "target": self.target, "features": features}
        document |= {"positive_class": self.positive_class} if self.positive_class else {}
        document |= {"missing": sorted(self.missing)} if self.missing else {}
        document |= {"bound_by": self.bound_by} if self.bound_by else {}
        return document | ({"origin": dict(self.origin)} if self.origin else {})

    def _feature(self, name: str, kind: str) -> dict[str, Any]:
        form = self.forms.get(name) or self.dates.get(name) or self.words.get(name)
        return {"name": name, "type": kind, **({"written": form.to_dict()} if form else {})}


def parse_schema(document: Any) -> Schema:
    """Check and convert the content of ``schema.json``.

    Raises
    ------
    SchemaError
        If it is neither version 1 nor 2 of the schema, names an unknown task or type, repeats a
        name, has no feature, or lists the target as a feature.
    """
    try:
        origin = document.get("origin") or {}
        schema = Schema(
            task=document["task"],
            target=str(document["target"]),
            features=tuple((str(item["name"]), item["type"]) for item in document["features"]),
            origin=tuple((str(name), str(value)) for name, value in origin.items()),
            forms=_forms(document, "numeric", NumberForm.from_dict),
            dates=_forms(document, "datetime", DateForm.from_dict),
            words=_forms(document, "categorical", WordForm.from_dict),
            missing=frozenset(map(str, document.get("missing", ()))),
            positive_class=document.get("positive_class"),
            bound_by=document.get("bound_by"),
        )
        version = document["version"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SchemaError("schema.json lacks version, task, target or features") from error
    problems = []
    if version not in (1, 2):
        problems.append("its version is not 2")
    if schema.task not in TASKS:
        problems.append(f"its task is not one of {', '.join(TASKS)}")
    if not schema.features:
        problems.append("it lists no features")
    if len(set(schema.names)) < len(schema.names):
        problems.append("a feature is listed twice")
    if schema.target in schema.names:
        problems.append("the target is also listed as a feature")
    problems += [
        f"feature '{name}' has a type other than {', '.join(FEATURE_TYPES)}"
        for name, kind in schema.features
        if kind not in FEATURE_TYPES
    ]
    if problems:
        raise SchemaError("schema.json can't be used: " + "; ".join(problems))
    return schema


def _forms(document: Any, kind: str, form: Callable[[Mapping[str, Any]], Form]) -> dict[str, Form]:
    """Return by name how the features of one type are written."""
    return {
        str(item["name"]): form(item["written"])
        for item in document["features"]
        if item["type"] == kind and "written" in item
    }


def read_schema(channel: Path) -> Schema:
    """Read ``schema.json`` from its channel's folder.

    Raises
    ------
    ChannelError
        If the file is not there.
    SchemaError
        If it is not JSON or not a schema.
    """
    path = channel / "schema.json"
    if not path.is_file():
        raise ChannelError("the channel 'schema' holds no schema.json")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SchemaError("schema.json is not JSON") from error
    return parse_schema(document)
