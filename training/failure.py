"""A readable cause when training fails: known causes in words, unknown ones without their text.

Messages of scikit-learn and pandas quote cells ("could not convert string to float: ..."), so of an
unknown exception only its class, our stage and the place in the code are reported.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from training.errors import TrainingError

# SageMaker shows the first 1,024 characters of the file as FailureReason.
MAXIMUM_CHARACTERS = 1024


class StageError(Exception):
    """An unexpected exception, marked with the stage it happened in."""


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Mark unexpected exceptions with what was being done."""
    try:
        yield
    except TrainingError:
        raise
    except Exception as error:
        raise StageError(name) from error


def place(error: BaseException) -> str:
    """Return ``file.py:line`` of where an exception arose, and of our own last line before."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(__file__).parent in Path(frame.filename).parents]
    named = {
        f"{Path(frame.filename).name}:{frame.lineno}": None for frame in own[-1:] + frames[-1:]
    }
    return ", ".join(named) or "unknown place"


def describe(error: BaseException) -> str:
    """Write the cause of a failure without any cell value, at most 1,024 characters."""
    if isinstance(error, TrainingError):
        text = f"{type(error).__name__}: {error}"
    else:
        doing = "starting"
        if isinstance(error, StageError) and error.__cause__ is not None:
            doing, error = str(error), error.__cause__
        text = f"{type(error).__name__} while {doing} ({place(error)})"
    return text if len(text) <= MAXIMUM_CHARACTERS else text[: MAXIMUM_CHARACTERS - 3] + "..."


def report(error: BaseException, output: Path) -> None:
    """Write ``<output>/failure``, which SageMaker shows as FailureReason, and tell stderr."""
    text = describe(error)
    output.mkdir(parents=True, exist_ok=True)
    (output / "failure").write_text(text, encoding="utf-8")
    print(text, file=sys.stderr)


def _show_place(
    _message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    _file: TextIO | None = None,
    _line: str | None = None,
) -> None:
    print(f"{category.__name__} at {Path(filename).name}:{lineno}", file=sys.stderr)


def silence_warning_texts() -> None:
    """Print warnings as class and place: their texts may quote values too."""
    warnings.showwarning = _show_place  # type: ignore[assignment]  # parameters unnamed on purpose
