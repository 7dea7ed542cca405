"""Parts and splits as objects in S3, fetched and stored by Spark's workers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lambdas.preprocess.read.source import Download
from lambdas.preprocess.spark.reading import Fetch, Part
from lambdas.preprocess.spark.splits import Store
from lambdas.preprocess.storage import open_upload
from lambdas.shared.aws import s3_client
from lambdas.shared.names.paths import split_uri

_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv; charset=utf-8",
    ".npy": "application/octet-stream",
}


def from_bucket(bucket: str) -> Fetch:
    """Return how parts are fetched from a bucket."""
    return partial(_fetch, bucket)


def to_prefix(uri: str) -> Store:
    """Return how files are stored below a prefix, which ends in a slash."""
    return partial(_store, *split_uri(uri))


def _fetch(bucket: str, part: Part, folder: Path) -> Download:
    # A client for each process: made once, and none is sent to another.
    return open_upload(s3_client(), bucket, part.key, part.version_id).save(folder / "upload")


def _store(bucket: str, prefix: str, path: Path, name: str) -> None:
    extra = {"ContentType": _TYPES[Path(name).suffix]}
    s3_client().upload_file(str(path), bucket, prefix + name, ExtraArgs=extra)
