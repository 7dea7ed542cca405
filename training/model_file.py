"""The model file: skops, not pickle, with a closed list of types."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import skops.io
from sklearn.pipeline import Pipeline

from training.errors import UntrustedModelError

MODEL_FILE = "model.skops"

# Beyond what skops trusts by itself (scikit-learn's public estimators, numpy's arrays, plain
# containers). Never extended from a file's own content.
TRUSTED_TYPES = ["numpy.dtype", "sklearn.tree._tree.Tree"]


def save_pipeline(pipeline: Any, model_dir: Path) -> Path:
    """Write the fitted pipeline and make sure it can be read back.

    Returns
    -------
    Path
        ``model_dir/model.skops``.

    Raises
    ------
    UntrustedModelError
        If the pipeline holds a type that loading would refuse.
    """
    path = model_dir / MODEL_FILE
    # Deflated: a tenth of the size of a stored file, and no slower to load (docs/container.md).
    skops.io.dump(pipeline, path, compression=zipfile.ZIP_DEFLATED, compresslevel=6)
    load_pipeline(model_dir)
    return path


def load_pipeline(model_dir: Path) -> Any:
    """Read the pipeline, refusing anything outside the closed list of types.

    Raises
    ------
    UntrustedModelError
        If the file is damaged, holds a type outside the list, or is no pipeline.
    """
    path = model_dir / MODEL_FILE
    try:
        pipeline = skops.io.load(path, trusted=TRUSTED_TYPES)
    except OSError:
        raise
    except Exception as error:
        raise UntrustedModelError(
            f"{MODEL_FILE} was refused: it is damaged or holds a type outside the closed list "
            f"({type(error).__name__})"
        ) from error
    if not isinstance(pipeline, Pipeline):
        raise UntrustedModelError(f"{MODEL_FILE} was refused: it holds no pipeline")
    return pipeline
