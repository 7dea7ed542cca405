"""The rows that a model was trained on and tested with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.shared.failures.aws_errors import is_absent
from lambdas.shared.names.paths import SPLITS, split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def fetch_splits(client: S3Client, data_uri: str, folder: Path) -> dict[str, Path] | None:
    """Fetch the splits of a model's data; None if they are gone, or too large for a Lambda."""
    places = {name: split_uri(f"{data_uri}/{name}/{name}.csv") for name in SPLITS}
    try:
        found = [client.head_object(Bucket=bucket, Key=key) for bucket, key in places.values()]
    except ClientError as error:
        if not is_absent(error):
            raise
        return None
    if sum(each["ContentLength"] for each in found) > int(os.environ["UPLOAD_LIMIT_BYTES"]):
        return None
    paths = {name: folder / f"{name}.csv" for name in places}
    for name, (bucket, key) in places.items():
        client.download_file(bucket, key, str(paths[name]))
    return paths
