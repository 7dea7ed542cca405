"""The language of what is said about an upload before or beside its run."""

from __future__ import annotations

import os

from lambdas.report.language import Language, language_of_dataset
from lambdas.shared.aws import s3_client
from lambdas.shared.names.paths import dataset_of
from lambdas.shared.settings.sources import read_settings


def language_of_upload(key: str) -> Language:
    """Return the language of the settings file of the upload's dataset, or else the stack's."""
    file = read_settings(s3_client(), os.environ["BUCKET"], dataset_of(key))
    return language_of_dataset(file and file.values.get("language"))
