"""A processing job's side of what is too large for a Lambda.

It runs in AWS's scikit-learn image without network: files come in and go out through the folders
that SageMaker fills and empties. What a step raises on purpose is a result like any other, in its
document; only an error of ours fails the job, with its class and place as exit message.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambdas.shared.failures.errors import DataError, MolinoError, frames


@dataclass(frozen=True)
class Folders:
    """Where everything is.

    Parameters
    ----------
    inputs : Path
        Holds a folder for each input, of its name.
    work : Path
        For the database.
    output : Path
        Its content goes to the bucket.
    """

    inputs: Path
    work: Path
    output: Path

    def files(self, name: str) -> list[Path]:
        """Return the files of an input by their names' order; none if it was not asked for."""
        return sorted(path for path in (self.inputs / name).rglob("*") if path.is_file())

    def file(self, name: str) -> Path:
        """Return the one file of an input."""
        (found,) = self.files(name)
        return found

    def write(self, name: str, text: str) -> None:
        """Write a text that goes to the bucket."""
        path = self.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def run(work: Callable[[Folders], None], arguments: Sequence[str] | None = None) -> int:
    """Do a step's work and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.work.mkdir(parents=True, exist_ok=True)
        work(Folders(options.inputs, options.work, options.output))
    except Exception as error:  # noqa: BLE001 - a library's text may quote a cell: class and place only
        text = f"{type(error).__name__} ({'; '.join(frames(error)[-3:])})"
        options.message.write_text(text, encoding="utf-8")
        print(text, file=sys.stderr)
        return 1
    return 0


def ended_with(error: MolinoError) -> dict[str, Any]:
    """Return what the job's document says of a known failure: see ``handover.output_of``."""
    details = error.findings if isinstance(error, DataError) else ()
    return {
        "error": {
            "code": error.code,
            "findings": [finding.to_dict() for finding in details],
            "details": [detail.to_json() for detail in error.details],
        }
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="processing job", description=__doc__)
    for name, text in {
        "inputs": "folder that holds a folder for each input",
        "work": "folder for the database",
        "output": "folder whose content goes to the bucket",
        "message": "file for what to say when this fails",
    }.items():
        parser.add_argument(f"--{name}", type=Path, required=True, help=text)
    return parser
