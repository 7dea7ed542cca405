"""Locked wheels, fetched for another machine than this one."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import uv


@dataclass(frozen=True)
class Platform:
    """The machine that wheels are for, in uv's words."""

    python: str
    name: str

    @property
    def options(self) -> tuple[str, ...]:
        """Uv's options; no source is ever built here, as it would be built for this machine."""
        return (
            *("--python-version", self.python, "--python-platform", self.name),
            *("--only-binary", ":all:"),
        )


def install_wheels(lock: Path, target: Path, platform: Platform) -> None:
    """Unpack the wheels of a lock below ``target``.

    Raises
    ------
    subprocess.CalledProcessError
        When a package can't be fetched or its hash differs from the lock's.
    """
    command = [
        *(uv.find_uv_bin(), "pip", "install", "--quiet", "--target", str(target)),
        *platform.options,
        # The lock is complete but for what the machine has by itself.
        *("--require-hashes", "--no-deps", "--link-mode", "copy", "--requirement", str(lock)),
    ]
    subprocess.run(command, check=True)


def compile_lock(source: Path, lock: Path, platform: Platform, *options: str) -> None:
    """Resolve requirements to exact versions with hashes, and write them to ``lock``.

    Raises
    ------
    subprocess.CalledProcessError
        When no version of a package has a wheel for the platform.
    """
    command = [
        *(uv.find_uv_bin(), "pip", "compile", "--quiet", *platform.options),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"),
        *("--no-annotate", *options, "--output-file", str(lock), str(source)),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    # uv also lists what it left out, as comments that change with its order of work.
    lines = [line for line in lock.read_text().splitlines() if line[:1] != "#"]
    lock.write_text("\n".join(lines) + "\n")
