"""The source bundle and the code folder made from it."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import time
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from infra.packaging import training_source
from infra.packaging.locks import IMAGE, ONNX_LOCK, PACKAGED, algorithm_lock
from infra.packaging.training_source import build_onnx_packages, build_source_bundle
from infra.stack import BUILD
from training.algorithms import ALGORITHMS
from training.model.code_folder import CODE, PACKAGE, copy_code

UV = Path(sys.executable).parent / "uv"


def _members(bundle: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(bundle) as archive:
        return archive.getmembers()


def test_same_files_give_the_same_bytes(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    again = build_source_bundle(tmp_path / "elsewhere")
    assert again.read_bytes() == bundle.read_bytes()


def test_it_is_written_again_only_when_its_files_have_changed(tmp_path, monkeypatch):
    first = build_source_bundle(tmp_path)
    written = first.stat().st_ino
    assert build_source_bundle(tmp_path) == first
    assert first.stat().st_ino == written
    changed = training_source.bundle_files() | {"train.py": b"pass"}
    monkeypatch.setattr(training_source, "bundle_files", lambda: changed)
    second = build_source_bundle(tmp_path)
    assert second != first
    with tarfile.open(second) as archive:
        assert archive.extractfile("train.py").read() == b"pass"


def test_bundle_holds_no_trace_of_its_machine(bundle):
    content = bundle.read_bytes()
    assert content[:4] == b"\x1f\x8b\x08\x00"  # gzip, no name in the header
    assert content[4:8] == bytes(4)  # no time
    members = _members(bundle)
    assert [member.name for member in members] == sorted(member.name for member in members)
    for member in members:
        assert (member.mtime, member.uid, member.gid, member.mode) == (0, 0, 0, 0o644)
        assert (member.uname, member.gname) == ("", "")
        assert member.isfile()


def test_bundle_content(bundle):
    names = {member.name for member in _members(bundle)}
    ours = {path.relative_to(CODE).as_posix() for path in PACKAGE.rglob("*.py")}
    assert {"training/fit/job.py", "training/algorithms/linear.py"} < ours
    assert ours | {"train.py", "inference.py"} == {
        name for name in names if not name.startswith("skops/")
    }
    assert "skops/io/_persist.py" in names
    assert any(name.startswith("skops/LICENSE") for name in names)
    # The toolkit takes a folder with a setup.py for a package, and installs a requirements.txt.
    assert not names & {"setup.py", "requirements.txt"}


def test_code_folder_installs_without_network_or_setuptools(tmp_path):
    """What the container does first at an endpoint: ``pip install .`` in the code folder."""
    code, target = copy_code(tmp_path / "model"), tmp_path / "site"
    done = subprocess.run(
        [UV, "pip", "install", "--offline", "--no-index", "--no-cache", "--target", target, "."],
        cwd=code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    installed = {path.relative_to(target).as_posix() for path in target.rglob("*.py")}
    assert installed == {path.relative_to(code).as_posix() for path in code.rglob("*.py")}
    assert {"inference.py", "training/serve/hooks.py", "skops/io/_persist.py"} <= installed


def test_container_style_setup_py_does_not_get_in_the_way(tmp_path):
    """The container writes a setup.py into the folder first; it must neither run nor travel."""
    code, target = copy_code(tmp_path / "model"), tmp_path / "site"
    (code / "setup.py").write_text("raise SystemExit('setup.py was run')")
    command = [UV, "pip", "install", "--offline", "--no-index", "--no-cache", "--target", target]
    subprocess.run([*command, "."], cwd=code, capture_output=True, check=True)
    assert not (target / "setup.py").exists()


def test_copying_twice_changes_nothing(tmp_path):
    def snapshot():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    copy_code(tmp_path)
    before = snapshot()
    copy_code(tmp_path)
    assert snapshot() == before
    assert not list(tmp_path.rglob("*.pyc"))


def test_vendored_package_that_is_not_installed(monkeypatch, tmp_path):
    monkeypatch.setattr("infra.packaging.training_source.VENDORED_LIBRARIES", ("no_such_package",))
    with pytest.raises(ModuleNotFoundError):
        build_source_bundle(tmp_path)


def test_packages_travel_only_in_their_own_bundle(bundle, packaged_bundle):
    plain = {member.name for member in _members(bundle)}
    packaged = {member.name for member in _members(packaged_bundle)}
    assert plain < packaged
    assert all(name.startswith("packages/") for name in packaged - plain)
    assert "packages/xgboost/lib/libxgboost.so" in packaged
    # Its wheel holds no licence file; the metadata names the licence.
    assert any(name.endswith(".dist-info/METADATA") for name in packaged)
    assert packaged_bundle.stat().st_size < 8_000_000


def test_what_writes_onnx_files_travels_apart(bundle):
    archive = build_onnx_packages(BUILD / "training")  # fetched once, not once a session
    names = {member.name for member in _members(archive)}
    assert "onnxruntime/capi/onnxruntime_pybind11_state.cpython-312-x86_64-linux-gnu.so" in names
    assert {"onnx/__init__.py", "google/protobuf/message.py", "typing_extensions.py"} < names
    assert not any(name.startswith("numpy/") for name in names)  # the image's own
    assert not any("onnxruntime" in member.name for member in _members(bundle))
    assert archive.stat().st_size < 20_000_000


_TRIED = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy, onnx, onnxruntime, google.protobuf
for each in (onnx, onnxruntime, google.protobuf):
    assert each.__file__.startswith(sys.argv[1])
from onnx import TensorProto
from training.model.onnx.graph import Graph
graph = Graph(["x", "y"])
graph.add("Add", "x", 1.0, result="y")
x, y = (onnx.helper.make_tensor_value_info(each, TensorProto.DOUBLE, ["rows"]) for each in "xy")
model = graph.model([x], [y], "model").SerializeToString()
(found,) = onnxruntime.InferenceSession(model).run(None, {"x": numpy.ones(2)})
assert found.tolist() == [2, 2]
"""


@pytest.mark.faults  # downloads wheels for the Python here, as the image's is another
def test_what_writes_onnx_files_lacks_nothing_of_what_was_left_out(tmp_path, monkeypatch):
    here = replace(IMAGE, python=f"{sys.version_info.major}.{sys.version_info.minor}")
    monkeypatch.setattr("infra.packaging.training_source.IMAGE", here)
    with tarfile.open(build_onnx_packages(tmp_path / "build")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    command = [sys.executable, "-c", _TRIED, str(tmp_path / "unpacked")]
    subprocess.run(command, cwd=CODE, check=True)


@pytest.mark.parametrize("requirement", ONNX_LOCK.with_suffix(".in").read_text().split("\n")[1:-1])
def test_what_writes_onnx_files_is_what_tests_use(requirement):
    name = requirement.partition("==")[0]
    assert f"\n{name}=={metadata.version(name)} " in f"\n{ONNX_LOCK.read_text()}", (
        "make setup, lock"
    )


@pytest.mark.parametrize("algorithm", PACKAGED)
def test_packages_are_those_that_tests_use(algorithm):
    lines = algorithm_lock(algorithm).read_text().splitlines()
    for requirement in ALGORITHMS[algorithm].packages:
        assert any(line.startswith(f"{requirement} ") for line in lines), "run make lock"
        name, _, version = requirement.partition("==")
        assert metadata.version(name) == version, "run make setup"
    assert IMAGE.python == "3.12"  # docker/sklearn/1.9-0/Dockerfile in aws/deep-learning-containers


def test_installed_packages_come_before_the_images(tmp_path):
    """Wheels in the bundle may be bound to the image's Python; this one has its own."""
    unfit = tmp_path / "packages" / "xgboost"
    unfit.mkdir(parents=True)
    (unfit / "__init__.py").write_text("raise ImportError('built for another Python')")
    code = "import sys; from pathlib import Path; from training.model.code_folder import *; "
    code += "use_packages(Path(sys.argv[1])); import xgboost"
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True)
