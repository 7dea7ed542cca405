"""Predict one file in a local cloud and report how it ended."""

import time
from collections.abc import Callable
from typing import Any

from lambdas.report.cost import cost_usd
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import PREDICTED
from lambdas.shared.names.legal import dataset_slug, resource_name
from lambdas.shared.names.paths import RunPaths, dataset_of, split_uri
from localcloud.cloud import Cloud
from localcloud.follow import follow
from localcloud.kept_runs import bring_predictions, make_room
from localcloud.left_running import left_running
from localcloud.paths import PREDICTIONS, private_folder
from localcloud.run import Upload, start, told


def predict_file(
    cloud: Cloud,
    outputs: dict[str, str],
    upload: Upload,
    on_stage: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Upload rows, follow the execution to its end, fetch the predictions and their page.

    Returns
    -------
    dict
        The object that ``python -m localcloud run --predict --json`` prints.
    """
    started = time.monotonic()
    if on_stage:
        on_stage("trigger")
    ended = follow(cloud, start(cloud, outputs, upload), on_stage)
    dataset = dataset_of(upload.key)
    paths = RunPaths(outputs["BucketName"], dataset, ended.name)
    result = find(cloud.client("s3"), PREDICTED, PREDICTED.uri(paths)) or {}
    folder = private_folder(PREDICTIONS) / dataset_slug(dataset) / ended.name
    make_room(folder.parent)
    page = bring_predictions(cloud, paths, folder, (result.get("model") or {}).get("run"))
    uri = result.get("predictions_uri") if ended.status == "SUCCEEDED" else None
    return told(ended, result) | {
        "model": result.get("model"),
        "predicted_by": result.get("predicted_by"),
        "rows": result.get("rows"),
        "predictions": str(folder / split_uri(uri)[1].rpartition("/")[2]) if uri else None,
        "report": page and str(page),
        "cost_usd": cost_usd(result) if result else None,
        "on_aws": result["cost"]["with_starts"] if result else None,
        "seconds": {**ended.stages, "total": round(time.monotonic() - started, 3)},
        "left_running": left_running(cloud, resource_name(dataset, ended.name)),
    }
