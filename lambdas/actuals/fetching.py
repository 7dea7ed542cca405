"""Stored predictions on the disk, as many at once as fit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from lambdas.actuals.runs import PredictionRun, in_parallel
from lambdas.actuals.work import Work
from lambdas.shared.entry import remaining_seconds
from lambdas.shared.names.paths import split_uri

_AT_ONCE, _BYTES_AT_ONCE = 16, 256 << 20  # files of predictions that lie on the disk together
# For what is done once they are read: at most so long, or so much of the time that there is.
_TO_MEASURE_SECONDS, _TO_MEASURE_SHARE = 240, 0.3
Numbered = tuple[int, PredictionRun]


def fetched(work: Work, wanted: Sequence[Numbered]) -> Iterator[tuple[int, PredictionRun, Path]]:
    """Yield predictions with the place of their file, which is gone afterwards.

    What the disk or the time is too small for is left out.
    """
    folder = work.folder / "predictions"
    folder.mkdir()
    needed = min(_TO_MEASURE_SECONDS, _TO_MEASURE_SHARE * remaining_seconds())

    def fetch(item: Numbered) -> Path:
        path = folder / str(item[0])
        work.client.download_file(*split_uri(item[1].uri), str(path))
        return path

    for some in _batches(wanted):
        if remaining_seconds() < needed:
            work.left_out["late"] += len(some)
        elif sum(run.size for _, run in some) > shutil.disk_usage(folder).free / 2:
            work.left_out["large"] += len(some)
        else:
            for (number, run), path in zip(some, in_parallel(fetch, some), strict=True):
                yield number, run, path
                path.unlink()


def _batches(runs: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """Yield runs, some at once; a large one by itself."""
    batch: list[Numbered] = []
    for item in runs:
        size = sum(run.size for _, run in batch) + item[1].size
        if batch and (len(batch) == _AT_ONCE or size > _BYTES_AT_ONCE):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def fetch_all(work: Work, uris: Sequence[str], folder: Path) -> list[Path]:
    """Fetch small files into a new folder; return where they are, in their order."""
    folder.mkdir()

    def fetch(item: tuple[int, str]) -> Path:
        path = folder / str(item[0])
        work.client.download_file(*split_uri(item[1]), str(path))
        return path

    return list(in_parallel(fetch, list(enumerate(uris))))
