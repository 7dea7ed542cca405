"""`make bench-quality`: algorithms on 36 public data sets x 3 splits, beside AutoGluon's scores.

AutoGluon 1.6.3, preset `medium_quality`, 60 s a fit, on two cores of the same kind with other work
beside it: ``autogluon-medium.json``. Losses are log loss or root mean squared error on test rows.
"""

import argparse
import sys
import warnings
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.bench.quality.scores import LEVEL, Score, score
from tests.bench.quality.sets import SEEDS, reference, sets
from training.algorithms import ALGORITHMS

_REFERENCE = "AutoGluon medium"


def main(arguments: list[str]) -> int:
    """Print a row a split, then a summary of each algorithm."""
    options = _parser().parse_args(arguments)
    warnings.simplefilter("ignore")
    console, known = Console(width=160), reference()
    scores: dict[str, list[Score]] = {name: [] for name in [_REFERENCE, *options.algorithm]}
    for data in sets(options.set):
        for seed in options.seed:
            record = known[data.name, seed]
            theirs = Score(
                record.get("log_loss", record.get("rmse")),
                record["fit_seconds"],
                float("nan"),
                record.get("calibration_error"),
            )
            scores[_REFERENCE].append(theirs)
            for name in options.algorithm:
                scores[name].append(score(data, seed, name))
            ours = (_cell(name, scores[name][-1], theirs) for name in options.algorithm)
            console.print(f"{data.name} {seed}: ", "; ".join(ours), highlight=False)
    console.print(_summary(scores))
    return 0


def _cell(name: str, ours: Score, theirs: Score) -> str:
    ratio = f"{ours.loss / theirs.loss:.3f}"
    entropy = "" if ours.entropy is None else f", entropy {ours.entropy:.3g}"
    size = f"{ours.seconds:.1f} s, {ours.megabytes:.1f} MB"
    return f"{name} {ours.loss:.4g} ({ratio}{entropy}, {size})"


def _summary(scores: dict[str, list[Score]]) -> Table:
    losses = np.array([[each.loss for each in found] for found in scores.values()])
    ranks = (losses[:, None, :] > losses[None, :, :]).sum(axis=1) + 1
    table = Table(title="All splits; ratios to AutoGluon medium's loss", title_justify="left")
    names = ("", "mean rank", "geometric mean", "median", "better on", "calibration error")
    more = ("worse than the classes' entropy", f"rows in intervals of {float(LEVEL):.0%}")
    for title in (*names, *more, "s, median", "s, most", "MB, most"):
        table.add_column(title, justify="right")
    for (name, found), own, rank in zip(scores.items(), losses, ranks, strict=True):
        ratios = own / losses[0]
        errors = [each.calibration_error for each in found if each.calibration_error is not None]
        seconds = [each.seconds for each in found]
        covered = [each.covered for each in found if each.covered is not None]
        table.add_row(
            name,
            f"{rank.mean():.2f}",
            f"{np.exp(np.log(ratios).mean()):.3f}",
            f"{np.median(ratios):.3f}",
            f"{(ratios < 1).mean():.0%}",
            f"{np.mean(errors):.4f}" if errors else "",
            str(sum(each.entropy is not None and each.loss > each.entropy for each in found)),
            f"{np.mean(covered):.1%}" if covered else "",
            f"{median(seconds):.1f}",
            f"{max(seconds):.1f}",
            f"{max(each.megabytes for each in found):.1f}",
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-quality ARGS=…", description=__doc__)
    parser.add_argument("--algorithm", nargs="+", default=list(ALGORITHMS), choices=ALGORITHMS)
    parser.add_argument("--seed", nargs="+", type=int, default=SEEDS, choices=SEEDS)
    parser.add_argument("--set", nargs="+", help="names of data sets; all by default")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
