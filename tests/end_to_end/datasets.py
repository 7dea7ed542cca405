"""The real datasets of these tests, written as CSV from the packages that carry them."""

from pathlib import Path

import palmerpenguins
from sklearn.datasets import load_diabetes

from tests.packaged_files import from_pydataset

BREAST_CANCER = Path(__file__).parents[2] / "examples" / "breast_cancer.csv"


def penguins(folder: Path) -> Path:
    """344 penguins, 3 species, strings and missing values (palmerpenguins, MIT)."""
    path = folder / "penguins.csv"
    palmerpenguins.load_penguins().to_csv(path, index=False)
    return path


def biopsy(folder: Path) -> Path:
    """699 biopsies, benign or malignant, 16 missing values (pydataset `biopsy`, MIT)."""
    path = folder / "biopsy.csv"
    from_pydataset("biopsy").to_csv(path, index=False)
    return path


def diabetes(folder: Path) -> Path:
    """442 patients and how their disease went on, a number (scikit-learn, BSD)."""
    path = folder / "diabetes.csv"
    load_diabetes(as_frame=True, scaled=False).frame.to_csv(path, index=False)
    return path
