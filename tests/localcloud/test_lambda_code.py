"""Processes of functions with the same code share its files, and what Python compiled of them."""

import zipfile
from pathlib import Path

import pytest

from localcloud.lambda_code import SharedZip


def _unpacked(folder: Path, code: str, name: str = "code") -> Path:
    """Unpack a function's code as ministack does."""
    target = folder / name
    target.mkdir(parents=True)
    with zipfile.ZipFile(folder / "code.zip", "w") as archive:
        archive.writestr("function.py", code)
    with SharedZip(folder / "code.zip") as archive:
        archive.extractall(target)
    assert (target / "function.py").read_text() == code
    return target.resolve()


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))


def test_equal_code_is_unpacked_once_and_other_code_apart(tmp_path: Path) -> None:
    one, same, other = (
        _unpacked(tmp_path / name, code) for name, code in (("a", "1"), ("b", "1"), ("c", "2"))
    )
    assert one == same != other


def test_layers_are_unpacked_as_ever(tmp_path: Path) -> None:
    layer = _unpacked(tmp_path / "a", "1", "layer_0")
    assert layer == tmp_path / "a" / "layer_0"
