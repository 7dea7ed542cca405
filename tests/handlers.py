"""The Lambda functions there are, by their folders."""

from pathlib import Path

HANDLERS = sorted(
    path.parent.name for path in (Path(__file__).parents[1] / "lambdas").glob("*/handler.py")
)
