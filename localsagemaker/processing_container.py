"""What a processing container gets: its files, environment and command.

Facts from AWS's guide, "Build Your Own Processing Container". One machine cannot give ``/opt/ml``
to each of several jobs, so a job's base folder stands for it, and that path is replaced wherever
it begins a path in the entry point, the arguments and the environment.
"""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localsagemaker.container import FIRST_HOST, base_environment

_OPT_ML = re.compile(r"(?<![\w./-])/opt/ml(?=/|$)")
_PYTHON = re.compile(r"(?:/usr/(?:local/)?bin/)?python(?:3(?:\.\d+)?)?")
_MAX_RUNTIME = 86_400  # AWS's default, a day
_IN_CONFIGURATION = (
    "ProcessingJobName",
    "AppSpecification",
    "Environment",
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "RoleArn",
    "StoppingCondition",
)


@dataclass(frozen=True)
class ProcessingLayout:
    """The folders under ``/opt/ml``, here under ``base``."""

    base: Path

    def here(self, path: str) -> Path:
        """Return where a path of the container lies on this machine."""
        return self.base / Path(path).relative_to("/opt/ml")

    @property
    def config(self) -> Path:
        """The folder of the two configuration files."""
        return self.base / "config"

    @property
    def message(self) -> Path:
        """The file whose first KB becomes the ExitMessage."""
        return self.base / "output" / "message"

    def create(self, request: dict[str, Any]) -> None:
        """Make all folders, those of inputs and outputs too."""
        locations = [
            *(source["S3Input"] for source in managed(request.get("ProcessingInputs"))),
            *(target["S3Output"] for target in managed_outputs(request)),
        ]
        folders = [self.here(place["LocalPath"]) for place in locations]
        for folder in (self.config, self.message.parent, self.base / "processing", *folders):
            folder.mkdir(parents=True, exist_ok=True)

    def replaced(self, text: str) -> str:
        """Return a text with this job's folder in place of ``/opt/ml``."""
        return _OPT_ML.sub(lambda _: str(self.base), text)


def managed(places: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the inputs or outputs that SageMaker copies, not the application."""
    return [place for place in places or [] if not place.get("AppManaged")]


def managed_outputs(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the outputs of a request that SageMaker copies."""
    return managed(request.get("ProcessingOutputConfig", {}).get("Outputs"))


def max_runtime(request: dict[str, Any]) -> int:
    """Return the job's time limit in seconds."""
    limit: int = request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", _MAX_RUNTIME)
    return limit


def write_configuration(layout: ProcessingLayout, request: dict[str, Any], arn: str) -> None:
    """Write ``processingjobconfig.json`` and ``resourceconfig.json``."""
    job = {name: request[name] for name in _IN_CONFIGURATION if name in request}
    resources = {"current_host": FIRST_HOST, "hosts": [FIRST_HOST]}
    for name, content in (
        ("processingjobconfig", {"ProcessingJobArn": arn} | job),
        ("resourceconfig", resources),
    ):
        (layout.config / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def environment(
    layout: ProcessingLayout, request: dict[str, Any], *, arn: str, region: str
) -> dict[str, str]:
    """Return the whole environment of the container's process."""
    given = {name: layout.replaced(text) for name, text in request.get("Environment", {}).items()}
    own = {"PROCESSING_JOB_ARN": arn, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    return base_environment() | own | given


def command(layout: ProcessingLayout, request: dict[str, Any]) -> list[str]:
    """Return entry point and arguments; the image's Python is the one that runs this."""
    application = request["AppSpecification"]
    words = [*application["ContainerEntrypoint"], *application.get("ContainerArguments", [])]
    program, *rest = (layout.replaced(word) for word in words)
    return [sys.executable if _PYTHON.fullmatch(program) else program, *rest]
