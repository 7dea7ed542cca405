"""Checkpoints: an interrupted job (managed spot training) goes on where it was.

SageMaker keeps the folder in step with S3 while the job runs, and fills it before the next one.
Each checkpoint is one file, there in whole or not at all, and named after everything its content
depends on: one of other data, settings or code is never taken up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from training.errors import UntrustedModelError
from training.fit.candidates import Candidate
from training.model.code_folder import PACKAGE
from training.model.collective import agreed, gathered, is_first
from training.model.files import trusted_types
from training.model.skops_file import dump, skops

DEFAULT_BASE = "/opt/ml"
KEPT = 2  # the newest may be on its way to S3 when the job is interrupted


def checkpoint_folder(environment: Mapping[str, str]) -> Path | None:
    """Return where checkpoints go, if the job was asked to write any.

    SageMaker tells in ``checkpointconfig.json``, and makes the folder.
    """
    base = Path(environment.get("SAGEMAKER_BASE_DIR", DEFAULT_BASE))
    default = Path(environment.get("SM_INPUT_CONFIG_DIR", base / "input" / "config"))
    config = Path(environment.get("SM_CHECKPOINT_CONFIG_FILE", default / "checkpointconfig.json"))
    if config.is_file():
        text = config.read_text(encoding="utf-8")
        return Path(json.loads(text).get("LocalPath") or base / "checkpoints")
    return base / "checkpoints" if (base / "checkpoints").is_dir() else None


def fingerprint(files: Iterable[Path], settings: Mapping[str, Any]) -> str:
    """Return 16 hex digits of the sha256 of the data, the settings and this code."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    files = (*files, *sorted(PACKAGE.rglob("*.py")))
    # Of all hosts, whichever has which file.
    for each in sorted({name for found in gathered([*map(_digest, files)]) for name in found}):
        digest.update(each.encode())
    return digest.hexdigest()[:16]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\0"


class Checkpoints:
    """The checkpoints of one job.

    Parameters
    ----------
    folder : Path
        Made if absent.
    mark : str
        See `fingerprint`.
    algorithm : str
        Decides which types it may hold.
    """

    def __init__(self, folder: Path, mark: str, algorithm: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._mark = folder, mark
        self._algorithm = algorithm

    def _files(self) -> list[Path]:
        """Return the job's own checkpoints, oldest first."""
        return sorted(self._folder.glob(f"{self._mark}-*.checkpoint"))

    def save(self, model: Any, rounds: int) -> None:
        """Write a checkpoint, and remove all but the newest ones."""
        path = self._folder / f"{self._mark}-{rounds:06d}.checkpoint"
        partial = path.with_suffix(".partial")
        dump(model, partial, level=1)
        partial.replace(path)
        for old in self._files()[:-KEPT]:
            old.unlink()

    def load(self, model: Any) -> tuple[Any, int]:
        """Return the model of the newest usable checkpoint with its rounds, or ``model`` and 0."""
        for path in reversed(self._files()):
            try:
                return self._read(path, model), int(path.stem.rsplit("-", 1)[-1])
            except Exception as error:  # noqa: BLE001 (cut off or tampered with: an older one will do)
                print(f"checkpoint {path.name} was not used ({type(error).__name__})")
        return model, 0

    def _read(self, path: Path, model: Any) -> Any:
        found = skops.io.load(path, trusted=trusted_types(self._algorithm))
        if type(found) is not type(model):
            raise UntrustedModelError(f"{path.name} holds another kind of model")
        return found


class AgreedCheckpoints(Checkpoints):
    """The checkpoints of a job of several hosts: the first one's, which all go on from."""

    def save(self, model: Any, rounds: int) -> None:
        """Write a checkpoint, on the first host."""
        if is_first():
            super().save(model, rounds)

    def load(self, model: Any) -> tuple[Any, int]:
        """Return what the first host found."""
        found = super().load(model) if is_first() else (model, 0)
        return agreed(found)


# Returns where a candidate's fit goes on from and writes to, if anywhere.
Saved = Callable[[Candidate], Checkpoints | None]
