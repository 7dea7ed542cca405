"""A tampered model.tar.gz is refused, each kind with its reason, and nothing in it runs."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.training.data import EXAMPLES
from training.errors import UntrustedModelError
from training.model import archive as archives
from training.model import files as model_file
from training.model.archive import unpack
from training.model.files import MODEL_FILE
from training.serve.loading import load_archive, load_folder


class Bomb:
    def __reduce__(self):
        return os.system, ("touch ran",)


@pytest.fixture(scope="module")
def model(fit_here) -> Path:
    return fit_here(EXAMPLES["penguins"]())


@pytest.fixture
def pack(model, tmp_path):
    """Pack the model as SageMaker does, with members added by the test."""

    def write(*added: tarfile.TarInfo | tuple[str, bytes]) -> Path:
        path = tmp_path / "model.tar.gz"
        with tarfile.open(path, "w:gz") as opened:
            for source in sorted(model.iterdir()):
                opened.add(source, source.name)
            for member in added:
                opened.addfile(*(_plain(*member) if isinstance(member, tuple) else (member,)))
        return path

    return write


def _plain(name: str, content: bytes) -> tuple[tarfile.TarInfo, io.BytesIO]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, io.BytesIO(content)


def _special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_what_training_writes_is_accepted_and_answers(pack, model):
    loaded, here = load_archive(pack()), load_folder(model)
    assert loaded.schema == here.schema


ADDED = {
    "a symbolic link": (_special("code/x.py", tarfile.SYMTYPE, "/etc/passwd"), "a link"),
    "a hard link": (_special("code/x.py", tarfile.LNKTYPE, "model.json"), "a link"),
    "a device": (_special("code/null", tarfile.CHRTYPE), "a link or a device"),
    "a pipe": (_special("code/pipe", tarfile.FIFOTYPE), "a link or a device"),
    "a path upwards": (("code/../../escaped", b"x"), "does not write"),
    "an absolute path": (("/tmp/escaped", b"x"), "does not write"),
    "a pickle": (("model.pkl", pickle.dumps(Bomb())), "does not write"),
    "a joblib file": (("model.joblib", b"x"), "does not write"),
    "a start-up hook": (("sitecustomize.py", b"x"), "does not write"),
    "a name twice": (("model.json", b"{}"), "a name twice"),
    "a backslash": (("code\\..\\escaped", b"x"), "does not write"),
}


@pytest.mark.parametrize("kind", ADDED)
def test_added_members_are_refused(kind, pack, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    member, reason = ADDED[kind]
    with pytest.raises(UntrustedModelError, match=reason):
        load_archive(pack(member))
    assert not (tmp_path / "ran").exists()
    assert not Path("/tmp/escaped").exists()


def test_too_large_and_too_many(pack, tmp_path, monkeypatch):
    with pytest.raises(UntrustedModelError, match="unpacks to more than 1000000 bytes"):
        unpack(pack(("code/zeros.py", bytes(10**6))), tmp_path / "out", maximum_bytes=10**6)
    monkeypatch.setattr(archives, "MAXIMUM_MEMBERS", 5)
    with pytest.raises(UntrustedModelError, match="over 5 members"):
        load_archive(pack())


@pytest.mark.parametrize("keep", [0, 10, 1000, -20])
def test_damaged_archives_are_refused(keep, pack):
    path = pack()
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UntrustedModelError, match=r"damaged or no tar\.gz"):
        load_archive(path)


def test_something_else_called_an_archive(tmp_path):
    (tmp_path / "model.tar.gz").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(UntrustedModelError, match=r"damaged or no tar\.gz"):
        load_archive(tmp_path / "model.tar.gz")


def _with_model_file(model: Path, folder: Path, content: bytes) -> Path:
    for source in model.glob("model.*"):
        (folder / source.name).write_bytes(source.read_bytes())
    (folder / MODEL_FILE).write_bytes(content)
    return folder


def _zip(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_pickle_inside_the_model_file_is_refused(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = _zip(**{"schema.json": b"{}", "model.pkl": pickle.dumps(Bomb())})
    with pytest.raises(UntrustedModelError, match="a file that skops never writes"):
        load_folder(_with_model_file(model, tmp_path, content))
    assert not (tmp_path / "ran").exists()


def test_pickle_inside_an_array_is_refused(model, tmp_path, monkeypatch):
    """numpy's own format may hold a pickle, for arrays of objects."""
    import numpy as np

    monkeypatch.chdir(tmp_path)
    array = io.BytesIO()
    np.save(array, np.array([Bomb()], dtype=object), allow_pickle=True)
    whole = io.BytesIO((model / MODEL_FILE).read_bytes())
    with zipfile.ZipFile(whole) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    poisoned = {
        name: array.getvalue() if name.endswith(".npy") else content
        for name, content in members.items()
    }
    with pytest.raises(UntrustedModelError):
        load_folder(_with_model_file(model, tmp_path, _zip(**poisoned)))
    assert not (tmp_path / "ran").exists()


def test_zip_bomb_is_refused(model, tmp_path, monkeypatch):
    monkeypatch.setattr(model_file, "MAXIMUM_BYTES", 2_000_000)
    content = _zip(**{"schema.json": b"{}", "1.npy": bytes(3_000_000)})
    assert len(content) < 10_000
    with pytest.raises(UntrustedModelError, match="unpacks to more than"):
        load_folder(_with_model_file(model, tmp_path, content))


def test_large_file_is_refused_unread(model, tmp_path, monkeypatch):
    monkeypatch.setattr(model_file, "MAXIMUM_BYTES", 100_000)
    with pytest.raises(UntrustedModelError, match="is larger than"):
        load_folder(_with_model_file(model, tmp_path, bytes(200_000)))


@pytest.mark.parametrize("name", ["model.skops", "model.json"])
def test_links_in_a_folder_are_refused(name, model, tmp_path):
    folder = _with_model_file(model, tmp_path, (model / MODEL_FILE).read_bytes())
    (folder / name).unlink()
    (folder / name).symlink_to(model / name)
    with pytest.raises(UntrustedModelError, match="a link"):
        load_folder(folder)
