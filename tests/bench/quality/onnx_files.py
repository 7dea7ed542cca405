"""`python -m tests.bench.quality.onnx_files`: how far ONNX files' answers are off, by algorithm.

On test rows of the yardstick's public sets, and on these with missing cells and unknown categories.
"""

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

from rich.console import Console

from tests.bench.quality.sets import Set, entries, load
from tests.training.data import Example
from training.algorithms import ALGORITHMS
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.model.files import load_pipeline, read_description
from training.model.onnx.check import AnswersDifferError
from training.model.onnx.export import export
from training.written_export import MODEL


def main(arguments: list[str]) -> int:
    """Print a line a set and algorithm, then the largest difference by algorithm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--algorithm", nargs="+", default=list(ALGORITHMS), choices=ALGORITHMS)
    parser.add_argument("--set", nargs="+", default=[entry["name"] for entry in entries()])
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    console = Console(width=120, highlight=False)
    largest: dict[str, list[float]] = {name: [] for name in options.algorithm}
    for data in (load(entry) for entry in entries() if entry["name"] in options.set):
        for name in options.algorithm:
            difference, told = _measured(data, name)
            largest[name].append(difference)
            console.print(f"{data.name}, {name}: {told}")
    for name, found in largest.items():
        console.print(f"{name}: at most {max(found):.2g} on {len(found)} sets")
    return 0


def _measured(data: Set, algorithm: str) -> tuple[float, str]:
    train, test = data.split(0)
    frame = data.features.assign(**{data.schema.target: data.target}).iloc[train]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        channels = Example(frame.reset_index(drop=True), data.schema).write(folder)
        run(parse_hyperparameters(["--algorithm", algorithm]), channels, folder / "model")
        pipeline, description = (
            read(folder / "model") for read in (load_pipeline, read_description)
        )
        began = time.monotonic()
        try:
            found = export(pipeline, description, data.features.iloc[test], folder / "onnx")
        except AnswersDifferError:
            return float("inf"), "its answers differ"
        seconds = time.monotonic() - began
        size = (folder / "onnx" / MODEL).stat().st_size / 1e6
    told = f"{found.largest_difference:.2g} on {found.rows} rows, {size:.2f} MB, {seconds:.1f} s"
    return found.largest_difference, told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
