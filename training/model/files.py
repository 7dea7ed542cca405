"""The model files: skops, not pickle, with a closed list of types for each algorithm."""

from __future__ import annotations

import json
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from training.algorithms import ALGORITHMS
from training.errors import UntrustedModelError
from training.model.skops_file import dump, skops

MODEL_FILE = "model.skops"
DESCRIPTION_FILE = "model.json"
# Of a file, and of what a file unpacks to: beyond it, an instance of usual size would run out of
# memory in the middle.
MAXIMUM_BYTES = 16 * 2**30
_MEMBER = re.compile(
    r"schema[.]json|[0-9]+[.]np[yz]|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.]bin"
)

# What the preprocessing steps hold beyond what skops trusts by itself.
TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "training.model.curves.Curves",
    "training.model.date_parts.DateCycles",
    "training.model.date_parts.DateParts",
    "training.model.ensemble.Ensemble",
    "training.model.text_directions.TextDirections",
)


def save_model(pipeline: Any, description: dict[str, Any], model_dir: Path) -> None:
    """Write the fitted pipeline with its description and make sure it can be read back.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted.
    description : dict
        Content of ``model.json``; ``algorithm`` names the closed list of types.
    model_dir : Path
        Receives ``model.skops`` and ``model.json``.

    Raises
    ------
    UntrustedModelError
        If the pipeline holds a type that loading would refuse.
    """
    text = json.dumps(description, indent=2, ensure_ascii=False)
    (model_dir / DESCRIPTION_FILE).write_text(text + "\n", encoding="utf-8")
    # Deflated: a tenth of the size of a stored file, and no slower to load (docs/developers.md).
    path = model_dir / MODEL_FILE
    name = description["algorithm"]
    dump(pipeline, path, level=6)
    try:
        load_pipeline(model_dir)
    except UntrustedModelError:
        refused = set(skops.io.get_untrusted_types(file=path)) - set(trusted_types(name))
        if not refused:
            raise
        raise UntrustedModelError(
            f"{name} does not declare as trusted: {', '.join(sorted(refused))}"
        ) from None


def _checked_file(model_dir: Path, name: str) -> Path:
    """Return a file's path once it is known to be a plain one of bearable size.

    Raises
    ------
    UntrustedModelError
        If it is a link, or too large.
    FileNotFoundError
        If it is not there.
    """
    path = model_dir / name
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise UntrustedModelError(f"{name} was refused: it is a link or no file")
    if status.st_size > MAXIMUM_BYTES:
        raise UntrustedModelError(f"{name} was refused: it is larger than {MAXIMUM_BYTES} bytes")
    return path


def _check_members(path: Path) -> None:
    """Inspect a skops file, a zip, before skops reads it."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if not all(_MEMBER.fullmatch(member.filename) for member in members):
        raise UntrustedModelError(
            f"{path.name} was refused: it holds a file that skops never writes"
        )
    if sum(member.file_size for member in members) > MAXIMUM_BYTES:
        raise UntrustedModelError(
            f"{path.name} was refused: it unpacks to more than {MAXIMUM_BYTES} bytes"
        )


def read_description(model_dir: Path) -> dict[str, Any]:
    """Read ``model.json``.

    Raises
    ------
    UntrustedModelError
        If it is not a description, or names an algorithm this code does not know.
    """
    try:
        document = json.loads(_checked_file(model_dir, DESCRIPTION_FILE).read_bytes())
        known = document["algorithm"] in ALGORITHMS
    except (ValueError, KeyError, TypeError) as error:
        raise UntrustedModelError(
            f"{DESCRIPTION_FILE} was refused: it is not a description of a model"
        ) from error
    if not known:
        raise UntrustedModelError(f"{DESCRIPTION_FILE} was refused: it names no known algorithm")
    return dict(document)


def load_pipeline(model_dir: Path) -> Any:
    """Read the pipeline, refusing anything outside the algorithm's closed list of types.

    Raises
    ------
    UntrustedModelError
        If a file is damaged, holds a type outside the list, or is not a pipeline.
    """
    name = read_description(model_dir)["algorithm"]
    pipeline = _refusing(MODEL_FILE, lambda: _read_skops(model_dir, trusted_types(name)))
    if not isinstance(pipeline, Pipeline):
        raise UntrustedModelError(f"{MODEL_FILE} was refused: it holds no pipeline")
    return pipeline


def trusted_types(algorithm: str) -> list[str]:
    """Return the closed list of types in a fitted pipeline, beyond what skops trusts by itself."""
    return [*TRUSTED_TYPES, *ALGORITHMS[algorithm].trusted]


def _read_skops(model_dir: Path, trusted: list[str]) -> Any:
    path = _checked_file(model_dir, MODEL_FILE)
    _check_members(path)
    return skops.io.load(path, trusted=trusted)


def _refusing(name: str, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except (OSError, ImportError, UntrustedModelError):
        raise
    except Exception as error:
        raise UntrustedModelError(
            f"{name} was refused: it is damaged or holds something outside the closed list "
            f"({type(error).__name__})"
        ) from error
