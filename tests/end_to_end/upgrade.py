"""The project a version later: a copy whose Lambdas and definition agree only with each other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.synth import PROJECT

_SOURCES = ("app.py", "cdk.json", "infra", "lambdas", "training")
# Report takes a member under another name; the definition passes it under that one. With code and
# definition of two versions, no report could be written.
_CHANGES = {
    "lambdas/shared/contracts/report.py": (
        "preprocess: PreparedDataset | HandedOver | None = None",
        'preprocess: PreparedDataset | HandedOver | None = Field(alias="prepared")',
    ),
    "infra/workflow/states/13_report.yaml": (
        ' preprocess: "{% $prepared %}"',
        ' prepared: "{% $prepared %}"',
    ),
    "training/fit/train.py": ('"""', '"""(Of the next version.) '),
}
_IMPORT = "from __future__ import annotations\n"


def synthesize_next_version(folder: Path, **settings: object) -> Path:
    """Return the cloud assembly of the version after this one."""
    project = folder / "project"
    project.mkdir()
    for name in _SOURCES:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy2
        copy(PROJECT / name, project / name)
    for name, (found, replacement) in _CHANGES.items():
        text = (project / name).read_text()
        assert found in text, f"{name} changed: {found}"
        (project / name).write_text(text.replace(found, replacement, 1))
    events = project / "lambdas/shared/contracts/report.py"
    events.write_text(
        events.read_text().replace(_IMPORT, f"{_IMPORT}\nfrom pydantic import Field\n", 1)
    )
    (project / ".venv").symlink_to(PROJECT / ".venv")
    shutil.copytree(  # what is built of locked packages is the same in both versions
        PROJECT / "build",
        project / "build",
        copy_function=os.link,
        ignore=shutil.ignore_patterns("*.lock", "sourcedir*", "tmp*"),
    )
    assembly = folder / "next"
    script = f"from infra.app import synthesize; synthesize({settings!r}, {str(assembly)!r})"
    subprocess.run([sys.executable, "-c", script], cwd=project, check=True)
    return assembly


def synthesize_with(assembly: Path, **settings: object) -> Path:
    """Return the cloud assembly of the project with settings other than cdk.json's."""
    from infra.app import synthesize  # starts a Node

    return synthesize(settings, str(assembly))
