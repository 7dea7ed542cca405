"""The reports and models that runs have brought to this machine: the newest of each dataset."""

import shutil
from pathlib import Path

KEPT = 10  # of each dataset


def make_room(dataset_folder: Path, kept: int = KEPT) -> None:
    """Delete a dataset's oldest runs beyond those kept, one more about to come counted.

    Parameters
    ----------
    dataset_folder
        Holds a folder for each execution.
    """
    if not dataset_folder.is_dir():
        return
    runs = sorted(
        (path for path in dataset_folder.iterdir() if path.is_dir()),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for run in runs[kept - 1 :]:
        shutil.rmtree(run, ignore_errors=True)
