"""Compare what users ask with what the model learned from: once a day, each dataset by itself."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

from lambdas.requests.day import Day, NothingToCompareError
from lambdas.requests.due import DUE, Due
from lambdas.requests.serving import datasets_that_serve
from lambdas.requests.window import paths_of
from lambdas.shared.aws import s3_client, sagemaker_client
from lambdas.shared.bus import announce
from lambdas.shared.entry import entry
from lambdas.shared.observability import belongs_to, logger


@entry(Due, most_bytes=None)
def handler(event: Due) -> dict[str, Any]:
    """Return ``{"datasets": [...]}``, or of one dataset ``{"compared": bool, "reason": str}``."""
    if event.detail.dataset:
        return _compare(event.detail.dataset, event.day)
    bucket, day = os.environ["BUCKET"], event.day.isoformat()
    datasets = list(datasets_that_serve(s3_client(), bucket))
    for dataset in datasets:
        # Each by itself: with time, memory and retries of its own.
        announce(DUE, {"bucket": bucket, "dataset": dataset, "day": day})
    logger.info("requests due", extra={"datasets": len(datasets), "day": day})
    return {"datasets": datasets}


def _compare(dataset: str, day: dt.date) -> dict[str, Any]:
    paths = paths_of(os.environ["BUCKET"], dataset, day)
    belongs_to(paths.execution)
    try:
        Day(s3_client(), sagemaker_client(), paths, day).compare()
    except NothingToCompareError as nothing:
        logger.info("nothing compared", extra={"reason": str(nothing)})
        return {"compared": False, "reason": str(nothing)}
    return {"compared": True, "reason": ""}
