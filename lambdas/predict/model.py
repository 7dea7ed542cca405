"""The model that is to predict, and what is known of the data that it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from lambdas.preprocess.columns.cells import MISSING
from lambdas.shared.contracts.predict import ChosenModel
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import CATEGORIES, PROFILE, SCHEMA
from lambdas.shared.failures.errors import ModelNotFound, ModelUndescribed, NoChampion
from lambdas.shared.findings.message import Message
from lambdas.shared.names.legal import group_name
from lambdas.shared.registry import Version, champion, named
from training.written_dates import DateForm
from training.written_numbers import NumberForm
from training.written_words import WordForm

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from lambdas.shared.contracts.contract import Task
    from lambdas.shared.names.paths import RunPaths

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
    """What a model was trained on, by its schema, profile and categories.

    Parameters
    ----------
    categories : mapping of str to sequence of str
        By column, where there are not too many.
    """

    schema: Mapping[str, Any]
    profile: Mapping[str, Any]
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)

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
    def missing(self) -> tuple[str, ...]:
        """Spellings of "no value"."""
        return tuple(dict.fromkeys((*MISSING, *self.schema.get("missing", ()))))

    @property
    def rows(self) -> int:
        """Rows of the training file."""
        return int(self.profile.get("rows", {}).get("file", 0))

    @property
    def edges(self) -> list[float]:
        """Edges of the bins in which numbers to predict were counted; empty without any."""
        target = self.profile.get("target", {})
        return list(target.get("histogram", {}).get("edges", ()))

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, Any]]:
        """What the profile says of each column, by name."""
        return {column["name"]: column for column in self.profile.get("columns", ())}


def _form(item: Mapping[str, Any]) -> Any:
    form = _FORMS.get(item["type"])
    return form.from_dict(item["written"]) if form and "written" in item else None


def choose_model(client: SageMakerClient, paths: RunPaths, asked: str | None) -> Version:
    """Return the version that is asked for, or the champion.

    Parameters
    ----------
    asked : str or None
        The setting ``model_version``.

    Raises
    ------
    NoChampion, ModelNotFound
    """
    group = group_name(paths.bucket, paths.dataset)
    found = named(client, group, asked) if asked else champion(client, group)
    if found is not None:
        return found
    if asked:
        raise ModelNotFound(
            Message(
                "the dataset “{dataset}” has no model “{name}”", dataset=paths.dataset, name=asked
            )
        )
    raise NoChampion(Message("the dataset is “{dataset}”", dataset=paths.dataset))


def chosen(model: Version) -> ChosenModel:
    """Return what later steps need of a version."""
    return ChosenModel(
        package_arn=model.arn,
        version=model.number,
        environment=model.environment,
        run=model.run,
        created=model.created,
        data_uri=_data_uri(model),
        report_uri=model.properties.get("report_uri", ""),
    )


def _data_uri(model: Version) -> str:
    return model.properties.get("manifest_uri", "").rpartition("/")[0]


def describe(client: S3Client, model: Version) -> Trained:
    """Return what the model was trained on.

    Raises
    ------
    ModelUndescribed
        If its schema is gone; without a profile or the categories less is noticed.
    """
    folder = _data_uri(model)
    schema = find(client, SCHEMA, SCHEMA.below(folder)) if folder else None
    if schema is None:
        raise ModelUndescribed(Message("the model is version {version}", version=model.number))
    profile = find(client, PROFILE, PROFILE.below(folder))
    categories = find(client, CATEGORIES, CATEGORIES.below(folder))
    return Trained(schema, profile or {}, categories["columns"] if categories else {})
