"""The corpus: every CSV of the packages that carry some."""

import shutil
from pathlib import Path

from tests.packaged_files import package, pydataset_files

PACKAGES = {"palmerpenguins": "data", "sklearn": "datasets/data", "vega_datasets": "_data"}


def lay_out(folder: Path) -> list[Path]:
    """Put every CSV of the packages below ``folder``, a folder for each package; list them."""
    for name, content in pydataset_files():
        target = folder / "pydataset" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.read())
    for name, inside in PACKAGES.items():
        for path in sorted((package(name) / inside).glob("*.csv")):
            target = folder / name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return sorted(folder.rglob("*.csv"))
