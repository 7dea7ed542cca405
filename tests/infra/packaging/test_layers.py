"""Layers: within Lambda's limit, the same versions as ours, and complete."""

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from infra.packaging.lambda_code import staged_code
from infra.packaging.layers import build_layer, layer_hash, left_out, unzipped_size
from infra.packaging.locks import LAMBDA, LAYERS, OF_THE_RUNTIME, PROJECT, lock_file
from tests.handlers import LAYERS_OF

BUILD = PROJECT / "build"
LAMBDA_LIMIT = 250 * 1024 * 1024  # function and layers together, unzipped


@pytest.fixture(scope="module")
def archives(assembly: Path) -> dict[str, Path]:
    """The built layers; the synth has made them."""
    return {layer: build_layer(layer, BUILD) for layer in LAYERS}


def locked(path: Path) -> dict[str, set[str]]:
    """Return the versions that a lock gives each package on Lambda's Python and processor."""
    lambda_python = {"python_version": LAMBDA.python, "python_full_version": f"{LAMBDA.python}.0",
                     "sys_platform": "linux", "platform_machine": "aarch64",
                     "platform_python_implementation": "CPython", "implementation_name": "cpython",
                     "platform_system": "Linux", "os_name": "posix", "extra": ""}  # fmt: skip
    versions: dict[str, set[str]] = {}
    for line in re.findall(r"^[a-z][^\\\n]*==[^\\\n]*", path.read_text(), re.MULTILINE):
        requirement = Requirement(line.strip())
        if requirement.marker is None or requirement.marker.evaluate(lambda_python):
            versions.setdefault(requirement.name, set()).add(str(requirement.specifier))
    return versions


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_has_the_versions_that_tests_run_with(layer: str) -> None:
    ours, theirs = locked(PROJECT / "requirements.txt"), locked(lock_file(layer))
    assert theirs
    assert {name: ours.get(name) for name in theirs} == theirs
    assert not theirs.keys() & set(OF_THE_RUNTIME)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_lock_covers_its_requirements_with_hashes(layer: str) -> None:
    wanted = (PROJECT / "lambdas" / f"requirements-{layer}.in").read_text().split()
    assert {Requirement(line).name for line in wanted} <= locked(lock_file(layer)).keys()
    packages = re.split(r"\n(?=[a-z])", lock_file(layer).read_text())
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in lock_file(layer).read_text()


def test_functions_fit_lambda_with_the_layers_that_imports_are_tried_with(
    resources: dict[str, Any], archives: dict[str, Path]
) -> None:
    layer_of = {
        name: layer
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::LayerVersion"
        for layer in LAYERS
        if layer_hash(layer) and layer.capitalize() in name
    }
    code = sum(path.stat().st_size for path in staged_code(BUILD).rglob("*") if path.is_file())
    checked = {}
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            used = [layer_of[found["Ref"]] for found in resource["Properties"]["Layers"]]
            size = code + sum(unzipped_size(archives[layer]) for layer in used)
            assert size < LAMBDA_LIMIT, (resource["Properties"]["Handler"], size)
            assert len(used) == len(set(used)) <= 5
            checked[resource["Properties"]["Handler"].split(".")[1]] = set(used)
    assert checked == {handler: set(layers) for handler, layers in LAYERS_OF.items()}


def test_wheels_are_for_lambdas_processor_and_python(archives: dict[str, Path]) -> None:
    libraries = []
    for archive in archives.values():
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                assert name.startswith("python/")
                if re.search(r"\.so(\.|$)", name):
                    libraries.append(name)
                    header = opened.open(name).read(20)
                    assert header[:4] == b"\x7fELF"
                    assert int.from_bytes(header[18:20], "little") == 0xB7, name  # AArch64
    ours = f"cpython-{LAMBDA.python.replace('.', '')}"
    assert [name for name in libraries if "cpython-3" in name and ours not in name] == []
    assert libraries


def test_a_built_layer_is_the_same_bytes_again(tmp_path: Path, archives: dict[str, Path]) -> None:
    again = build_layer("runtime", tmp_path)
    assert again.read_bytes() == archives["runtime"].read_bytes()
    with zipfile.ZipFile(again) as opened:
        names = opened.namelist()
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


@pytest.mark.parametrize("layer", LAYERS)
def test_no_module_imports_what_was_left_out(layer: str, archives: dict[str, Path]) -> None:
    """Folders of tests are left out by name; a package may still import from one."""
    with zipfile.ZipFile(archives[layer]) as opened:
        modules = {name.removesuffix(".py").removesuffix("/__init__") for name in opened.namelist()}
        roots = {name.split("/")[1] for name in modules}
        missing = [
            f"{name} imports {module}"
            for name in opened.namelist()
            if name.endswith(".py")
            for module in _imported(opened.read(name).decode(), name)
            if module.split("/")[0] in roots
            and left_out(Path(module, "module.py"))
            and f"python/{module}" not in modules
        ]
    assert missing == []


_IMPORT = re.compile(r"^(?:from (\S+) import|import (\S+))", re.MULTILINE)


def _imported(source: str, name: str) -> set[str]:
    """Return what a module imports at its top level, as paths."""
    # By its text: the packages may use syntax that is newer than this Python.
    package = name.split("/")[1:-1]
    found = set()
    for from_, plain in _IMPORT.findall(source):
        dots = len(from_) - len(from_.lstrip("."))
        base = package[: len(package) - dots + 1] if dots else []
        found.add("/".join([*base, *(from_ or plain).strip(".,").split(".")]).strip("/"))
    return found
