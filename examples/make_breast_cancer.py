"""Write ``breast_cancer.csv`` from the copy of the data set that scikit-learn carries.

Run as ``python examples/make_breast_cancer.py``; the same file comes out every time.
"""

from __future__ import annotations

import csv
import sys
from importlib import resources
from pathlib import Path

from sklearn.datasets import load_breast_cancer

OUTPUT = Path(__file__).resolve().parent / "breast_cancer.csv"


def rows() -> list[list[str]]:
    """Return header and rows: the 30 features by scikit-learn's names, then ``diagnosis``.

    Returns
    -------
    list of list of str
        Numbers are written as in scikit-learn's own file, digit for digit.
    """
    names = [str(name) for name in load_breast_cancer().feature_names]
    folder = resources.files("sklearn.datasets.data")
    with folder.joinpath("breast_cancer.csv").open(encoding="utf-8", newline="") as file:
        # First line: counts, then the classes in the order of their codes.
        (_, _, *classes), *records = csv.reader(file)
    header = [*names, "diagnosis"]
    return [header, *([*record[:-1], classes[int(record[-1])]] for record in records)]


def main() -> None:
    """Write the file beside this script."""
    with OUTPUT.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows())


if __name__ == "__main__":
    sys.exit(main())
