"""Compare predictions with what really happened in a local cloud, and report how it ended."""

import time
from collections.abc import Callable
from typing import Any

from lambdas.report.cost import cost_usd
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import COMPARED, QUALITY
from lambdas.shared.names.legal import resource_name
from lambdas.shared.names.paths import RunPaths, dataset_of
from localcloud.cloud import Cloud
from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.run import Upload, start, told


def compare_file(
    cloud: Cloud,
    outputs: dict[str, str],
    upload: Upload,
    on_stage: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Upload a file of what really happened, follow the execution to its end, fetch the figures.

    Returns
    -------
    dict
        The object that ``python -m localcloud run --actuals --json`` prints.
    """
    started = time.monotonic()
    if on_stage:
        on_stage("trigger")
    ended = follow(cloud, start(cloud, outputs, upload), on_stage)
    dataset = dataset_of(upload.key)
    paths = RunPaths(outputs["BucketName"], dataset, ended.name)
    result = find(cloud.client("s3"), COMPARED, COMPARED.uri(paths)) or {}
    succeeded = ended.status == "SUCCEEDED"
    quality = find(cloud.client("s3"), QUALITY, QUALITY.uri(paths)) if succeeded else None
    return told(ended, result) | {
        "task": quality and quality["task"],
        **{name: result.get(name) for name in ("key", "rows", "known", "matched", "pairs")},
        "metric": quality and quality["metric"],
        "periods": quality["periods"] if quality else [],
        "versions": quality["versions"] if quality else [],
        "cost_usd": cost_usd(result) if result else None,
        "seconds": {**ended.stages, "total": round(time.monotonic() - started, 3)},
        "left_running": left_running(cloud, resource_name(dataset, ended.name)),
    }
