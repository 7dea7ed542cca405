"""What is known of the data that a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from lambdas.drift.reference import Reference
from lambdas.preprocess.columns.cells import MISSING
from training.written_dates import DateForm
from training.written_numbers import NumberForm
from training.written_words import WordForm

if TYPE_CHECKING:
    from lambdas.shared.contracts.contract import Task

_FORMS: Mapping[str, Any] = {"numeric": NumberForm, "datetime": DateForm, "categorical": WordForm}


@dataclass(frozen=True)
class Feature:
    """A column that the model takes.

    Parameters
    ----------
    form : NumberForm, DateForm, WordForm or None
        How it was written in training, where that was not plainly.
    """

    name: str
    kind: str
    form: NumberForm | DateForm | WordForm | None


@dataclass(frozen=True)
class Trained:
    """What a model was trained on, by its schema, profile, categories and sample.

    Parameters
    ----------
    categories : mapping of str to sequence of str
        By column, where there are not too many.
    version : int
        The model's number in the registry.
    sample : mapping
        Content of ``sample.json``; empty if there is none.
    """

    schema: Mapping[str, Any]
    profile: Mapping[str, Any]
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)
    version: int = 0
    sample: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The model's columns in its order."""
        return tuple(
            Feature(item["name"], item["type"], _form(item)) for item in self.schema["features"]
        )

    @property
    def task(self) -> Task:
        """Two classes, more classes or numbers."""
        return cast("Task", self.schema["task"])

    @property
    def target(self) -> str:
        """Name of the column to predict."""
        return str(self.schema["target"])

    @property
    def target_form(self) -> NumberForm | WordForm | None:
        """How the target was written in training, where that was not plainly."""
        written = self.schema.get("target_written")
        of = NumberForm if self.task == "regression" else WordForm
        return of.from_dict(written) if written else None

    @property
    def classes(self) -> Mapping[str, int]:
        """Rows of each class in training; empty for numbers, and without a profile."""
        found = self.profile.get("target", {}).get("classes", {})
        return {label: sum(sides.values()) for label, sides in found.items()}

    @property
    def missing(self) -> tuple[str, ...]:
        """Spellings of "no value"."""
        return tuple(dict.fromkeys((*MISSING, *self.schema.get("missing", ()))))

    @property
    def reference(self) -> Reference | None:
        """What other files are compared with; None without a profile."""
        return (
            Reference(self.version, self.schema, self.profile, self.sample)
            if self.profile
            else None
        )

    @property
    def edges(self) -> list[float]:
        """Edges of the bins in which numbers to predict were counted; empty without any."""
        target = self.profile.get("target", {})
        return list(target.get("histogram", {}).get("edges", ()))

    @property
    def target_quantiles(self) -> list[float]:
        """Ends of the bins in which later files' targets are compared; empty without any."""
        bins = self.columns.get(self.target, {}).get("bins") or {}
        return list(bins.get("edges", ()))

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, Any]]:
        """What the profile says of each column, by name."""
        return {column["name"]: column for column in self.profile.get("columns", ())}


def _form(item: Mapping[str, Any]) -> Any:
    form = _FORMS.get(item["type"])
    return form.from_dict(item["written"]) if form and "written" in item else None
