"""The model as an ONNX file beside it, if a job is asked for one; a run never fails by it."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.failure import place
from training.fit.data import Data
from training.model.onnx.check import MOST_ROWS, AnswersDifferError
from training.model.onnx.columns import TextColumnsError
from training.model.onnx.export import export
from training.model.onnx.trees import TooManyNodesError
from training.written_export import DIFFERENCE, FOLDER, REFUSED, Refusal

_REFUSALS: Mapping[type[Exception], Refusal] = {
    TextColumnsError: Refusal.TEXT,
    TooManyNodesError: Refusal.SIZE,
    AnswersDifferError: Refusal.DIFFERS,
}


def write_onnx(
    pipeline: Any,
    description: Mapping[str, Any],
    data: Data,
    model_dir: Path,
    packages: Path | None,
) -> None:
    """Write ``onnx/`` into the model folder, or nothing, and print which for the job's metrics.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted; saved already.
    description : mapping
        Content of ``model.json``.
    data : Data
    model_dir : Path
    packages : Path or None
        Folder of the channel with onnx and onnxruntime, for machines that lack them.
    """
    folder = model_dir / FOLDER
    try:
        use_packages(packages)
        checked = export(pipeline, description, _real_rows(data), folder)
    except Exception as error:  # noqa: BLE001 (the model is whole without the file)
        shutil.rmtree(folder, ignore_errors=True)
        refusal = _REFUSALS.get(type(error), Refusal.FAILED)
        print(f"onnx: {type(error).__name__} ({place(error)})")
        print(f"{REFUSED}={int(refusal)}")
        return
    print(f"onnx: {checked.rows} rows answered alike")
    print(f"{DIFFERENCE}={checked.largest_difference!r}")


def use_packages(channel: Path | None) -> None:
    """Unpack the packages and put them first on the path, where they are not installed.

    First, as what they need may be there in an older version: protobuf belongs to other libraries
    of the image, too.
    """
    if importlib.util.find_spec("onnxruntime") is not None or channel is None:
        return
    folder = tempfile.mkdtemp(prefix="molino-onnx-")
    for archive in sorted(channel.iterdir()):
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    sys.path.insert(0, folder)
    importlib.invalidate_caches()


def _real_rows(data: Data) -> pd.DataFrame:
    """Return rows of the validation split, then of the training split."""
    order = np.r_[data.in_training : len(data.target), : data.in_training]
    return pd.DataFrame(data.features.iloc[order[:MOST_ROWS]])
