"""Where things are in the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from lambdas.shared.names.legal import dataset_slug

# Uploads to train on, to predict, and of what really happened.
INCOMING, PREDICT, ACTUALS = "incoming/", "predict/", "actuals/"
SETTINGS, _YAML = "settings/", ".yaml"
SPLITS = ("train", "validation", "test")


def dataset_of(key: str) -> str:
    """Return the dataset an upload belongs to: its first folder, or its file's name without end.

    Examples
    --------
    >>> dataset_of("incoming/breast-cancer/2026/data.csv")
    'breast-cancer'
    >>> dataset_of("incoming/penguins.csv")
    'penguins'
    >>> dataset_of("predict/breast-cancer/new.csv")
    'breast-cancer'
    >>> dataset_of("actuals/breast-cancer/may.csv")
    'breast-cancer'
    """
    root = next((each for each in (PREDICT, ACTUALS) if key.startswith(each)), INCOMING)
    rest = key.removeprefix(root)
    folder, separator, _ = rest.partition("/")
    return folder if separator and folder else PurePosixPath(rest.lstrip("/")).stem or "dataset"


def settings_key(dataset: str) -> str:
    """Return the key of a dataset's settings file."""
    return f"{SETTINGS}{dataset}{_YAML}"


def dataset_of_settings(key: str) -> str | None:
    """Return the dataset whose settings file a key names, None if it names no such file."""
    name = key.removeprefix(SETTINGS).removesuffix(_YAML)
    return name if name and "/" not in name and key == settings_key(name) else None


@dataclass(frozen=True)
class RunPaths:
    """Everything one execution writes.

    Parameters
    ----------
    bucket : str
    dataset : str
        As the user wrote it.
    execution : str
        Name of the execution.
    """

    bucket: str
    dataset: str
    execution: str

    def _key(self, root: str, *rest: str) -> str:
        return "/".join((root, dataset_slug(self.dataset), self.execution, *rest))

    def uri(self, key: str) -> str:
        """Return the ``s3://`` form of a key."""
        return f"s3://{self.bucket}/{key}"

    def folder(self, root: str) -> str:
        """Return the execution's key prefix below a root, without a slash at the end."""
        return self._key(root)

    def split_key(self, split: str) -> str:
        """Return the key of a split's CSV."""
        return self._key("datasets", split, f"{split}.csv")

    @property
    def dataset_prefix(self) -> str:
        """Key prefix of the splits and all that belongs to them, with a slash at the end."""
        return self._key("datasets") + "/"

    @property
    def channel_uris(self) -> dict[str, str]:
        """URIs of the training job's channels: prefixes, ending in a slash."""
        return {name: self.uri(self._key("datasets", name) + "/") for name in (*SPLITS, "schema")}

    @property
    def model_uri(self) -> str:
        """URI under which training jobs put their models."""
        return self.uri(self._key("models"))

    @property
    def capture_uri(self) -> str:
        """URI under which endpoints store captured requests and answers."""
        return self.uri(self._key("captures"))

    @property
    def served_capture_uri(self) -> str:
        """URI under which the endpoint that serves the dataset stores the same, run after run."""
        return self.uri(f"captures/{dataset_slug(self.dataset)}/served")

    @property
    def checkpoint_uri(self) -> str:
        """URI under which training jobs that may be interrupted keep what they have."""
        return self.uri(self._key("models", "checkpoints"))

    @property
    def prediction_prefix(self) -> str:
        """Key prefix of the predictions and what belongs to them, without a slash at the end."""
        return self._key("predictions")

    @property
    def report_prefix(self) -> str:
        """Key prefix of the report, without a slash at the end."""
        return self._key("reports")

    @property
    def report_uri(self) -> str:
        """URI of the report's folder, without a slash at the end."""
        return self.uri(self.report_prefix)


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
