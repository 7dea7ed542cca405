"""Every file of a folder through one cloud, a few at a time, whatever becomes of each."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.follow import ExecutionNotStartedError
from localcloud.run import not_run

Result = dict[str, Any]
_WAITING = 2  # files handed to the pool beyond those that run, so that a huge folder takes no room


def files_below(folder: Path) -> list[Path]:
    """Return the folder's files in a fixed order; hidden ones are the system's, not the user's."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def run_many(files: list[Path], one: Callable[[Path], Result], jobs: int) -> Iterator[Result]:
    """Yield each file's result as it ends; a file that can't be run is a result too.

    Parameters
    ----------
    one
        Runs a file.
    jobs
        Files at once.
    """
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="file")
    remaining = iter(files)
    running: set[Future[Result]] = set()
    try:
        for path in islice(remaining, jobs + _WAITING):
            running.add(pool.submit(_guarded, one, path))
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for path in islice(remaining, len(ended)):
                running.add(pool.submit(_guarded, one, path))
            for future in ended:
                yield future.result()
    finally:
        # Not waited for: after Ctrl-C the cloud's end is theirs too.
        pool.shutdown(wait=False, cancel_futures=True)


def _guarded(one: Callable[[Path], Result], path: Path) -> Result:
    started = time.monotonic()
    try:
        return {"file": str(path)} | one(path)
    except (BotoCoreError, ClientError, ExecutionNotStartedError, OSError, UnicodeError) as error:
        seconds = round(time.monotonic() - started, 3)
        return {"file": str(path)} | not_run(error, seconds)
