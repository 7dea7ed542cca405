"""The Lambda functions there are, by their folders."""

from pathlib import Path

HANDLERS = sorted(
    path.parent.name for path in (Path(__file__).parents[1] / "lambdas").glob("*/handler.py")
)
_MORE = {
    **dict.fromkeys(("join", "predict", "preprocess"), ("duckdb",)),
    **dict.fromkeys(("evaluate", "gate", "measure", "reason"), ("numpy",)),
    **dict.fromkeys(("actuals", "requests"), ("duckdb", "numpy")),
}
# The layers of each; tests/infra/packaging/test_layers.py compares them with the stack's.
LAYERS_OF = {handler: ("runtime", *_MORE.get(handler, ())) for handler in HANDLERS}
