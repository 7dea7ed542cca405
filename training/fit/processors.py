"""Independent work at once, a processor each: small fits gain far more so than within each fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

Result = TypeVar("Result")


def at_once(work: Sequence[Callable[[], Result]]) -> list[Result]:
    """Return the results in order; a single piece of work has all processors for itself."""
    if len(work) < 2:
        return [each() for each in work]
    # OpenMP keeps the limit by thread, OpenBLAS for all of them: both ways are needed.
    alone = partial(threadpool_limits, 1)
    with alone(), ThreadPoolExecutor(os.cpu_count(), initializer=alone) as threads:
        return [future.result() for future in [threads.submit(each) for each in work]]


def on_one_thread(model: Any) -> Any:
    """Return an estimator that uses one thread, if it would use several."""
    return model.set_params(n_jobs=1) if getattr(model, "n_jobs", None) else model
