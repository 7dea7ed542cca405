"""The one way to a model: a folder or an archive, checked, becomes what answers requests.

The endpoint's hooks use it, and so does anyone who scores a model offline.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from training.model.archive import unpack
from training.model.background import ROWS, read_background
from training.model.files import load_pipeline, read_description
from training.model.threshold import Threshold
from training.schema import parse_schema
from training.serve.predictor import Predictor
from training.serve.table import Table


def load_folder(folder: Path) -> Predictor:
    """Load an unpacked model; its code is not imported.

    Raises
    ------
    UntrustedModelError
        If a file is damaged, linked elsewhere, too large, or holds anything outside the closed
        list of types.
    """
    description = read_description(folder)
    schema = parse_schema(description["schema"])
    found = description.get("background")
    background = Table(ROWS, *read_background(schema, found)) if found else None
    threshold = description.get("threshold")
    return Predictor(
        load_pipeline(folder),
        schema,
        description.get("half_widths"),
        background,
        Threshold.from_dict(threshold) if threshold else None,
    )


def load_archive(archive: Path) -> Predictor:
    """Load a ``model.tar.gz``.

    Raises
    ------
    UntrustedModelError
        If the archive or a file in it is refused.
    """
    with tempfile.TemporaryDirectory(prefix="molino-model-") as folder:
        unpack(archive, Path(folder))
        return load_folder(Path(folder))
