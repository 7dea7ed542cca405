"""The model that is to predict, and where what is known of its data lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.predict.trained import Trained
from lambdas.shared.contracts.predict import ChosenModel
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import CATEGORIES, PROFILE, SAMPLE, SCHEMA
from lambdas.shared.failures.errors import ModelNotFound, ModelUndescribed, NoChampion
from lambdas.shared.findings.message import Message
from lambdas.shared.names.legal import group_name
from lambdas.shared.registry import Version, champion, named

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from lambdas.shared.names.paths import RunPaths


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
        data_uri=model.data_uri,
        report_uri=model.properties.get("report_uri", ""),
    )


def described(model: Version, trained: Trained) -> dict[str, str]:
    """Return where what `describe` has read lies, by name."""
    folder = model.data_uri
    known = {"schema": SCHEMA.below(folder)}
    if trained.profile:
        known["profile"] = PROFILE.below(folder)
    if trained.categories:
        known["categories"] = CATEGORIES.below(folder)
    if trained.sample:
        known["sample"] = SAMPLE.below(folder)
    return known


def describe(client: S3Client, model: Version) -> Trained:
    """Return what the model was trained on.

    Raises
    ------
    ModelUndescribed
        If its schema is gone; without a profile or the categories less is noticed.
    """
    folder = model.data_uri
    schema = find(client, SCHEMA, SCHEMA.below(folder)) if folder else None
    if schema is None:
        raise ModelUndescribed(Message("the model is version {version}", version=model.number))
    profile = find(client, PROFILE, PROFILE.below(folder))
    categories = find(client, CATEGORIES, CATEGORIES.below(folder))
    sample = find(client, SAMPLE, SAMPLE.below(folder))
    return Trained(
        schema,
        profile or {},
        categories["columns"] if categories else {},
        model.number,
        sample or {},
    )
