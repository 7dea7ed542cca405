"""The rows that a model was trained on and tested with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import MANIFEST
from lambdas.shared.failures.aws_errors import is_absent
from lambdas.shared.names.paths import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def fetch_splits(client: S3Client, data_uri: str, folder: Path) -> dict[str, list[Path]] | None:
    """Fetch the files of each split of a model's data, as its manifest names them.

    None if they are gone, too large for a Lambda, or of before manifests named them.
    """
    manifest = find(client, MANIFEST, MANIFEST.below(data_uri))
    files = manifest.get("files") if manifest else None
    if not files:
        return None
    if sum(sum(each.values()) for each in files.values()) > int(os.environ["UPLOAD_LIMIT_BYTES"]):
        return None
    paths: dict[str, list[Path]] = {}
    try:
        for split, names in files.items():
            (folder / split).mkdir()
            paths[split] = [folder / split / name for name in names]
            for path in paths[split]:
                bucket, key = split_uri(f"{data_uri}/{split}/{path.name}")
                client.download_file(bucket, key, str(path))
    except ClientError as error:
        if not is_absent(error):
            raise
        return None
    return paths
