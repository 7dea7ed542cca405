"""What the training toolkit of AWS's images gives a script: files, arguments, environment.

Facts from aws/sagemaker-training-toolkit (environment.py, mapping.py, entry_point.py); the base
folder stands for ``/opt/ml``, which one machine cannot give to each of several jobs.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIRST_HOST = "algo-1"
_GROUP = "homogeneousCluster"
# Hyperparameters of the framework, kept from the script.
_FRAMEWORK = "sagemaker_"
_TOOLKIT = frozenset(
    f"sagemaker_{name}"
    for name in (
        "program", "submit_directory", "enable_cloudwatch_metrics", "region",
        "container_log_level", "job_name", "s3_output",
    )
)  # fmt: skip
# Of the service's own environment; no credentials, as other accounts' keys have no place in a job.
# The limit of threads is the machine's: jobs that run at the same time would wait for each other.
_INHERITED = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT",
    "OMP_NUM_THREADS",
)  # fmt: skip


def base_environment() -> dict[str, str]:
    """Return the variables that any container process starts with."""
    found = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return found | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "UTF-8"}


@dataclass(frozen=True)
class Layout:
    """The folders under ``/opt/ml``, here under ``base``."""

    base: Path

    def __getattr__(self, name: str) -> Path:
        try:
            return self.base / _FOLDERS[name]
        except KeyError:
            raise AttributeError(name) from None

    def create(self) -> None:
        """Make all folders."""
        for folder in _FOLDERS.values():
            (self.base / folder).mkdir(parents=True, exist_ok=True)


_FOLDERS = {
    "code": "code",
    "model": "model",
    "input": "input",
    "config": "input/config",
    "data": "input/data",
    "output": "output",
    "output_data": "output/data",
    "intermediate": "output/intermediate",
}


def decode(hyperparameters: dict[str, str]) -> dict[str, Any]:
    """Read each value as JSON, or leave it as it is."""
    decoded: dict[str, Any] = {}
    for name, text in hyperparameters.items():
        try:
            decoded[name] = json.loads(text)
        except ValueError:
            decoded[name] = text
    return decoded


def user_hyperparameters(decoded: dict[str, Any]) -> dict[str, Any]:
    """Return those that the script gets."""
    return {
        name: value
        for name, value in decoded.items()
        if not name.startswith(_FRAMEWORK)
        and name not in {"_tuning_objective_metric", "default_user_module_name"}
    }


def arguments(hyperparameters: dict[str, Any]) -> list[str]:
    """Return ``--name value`` pairs sorted by name; ``-n`` for names of one letter."""
    words: list[str] = []
    for name in sorted(hyperparameters):
        value = hyperparameters[name]
        if isinstance(value, dict):
            value = ",".join(f"{key}={item}" for key, item in sorted(value.items()))
        words += [f"-{name}" if len(name) == 1 else f"--{name}"] if name else [""]
        words.append("" if value is None else str(value))
    return words


def write_configuration(
    layout: Layout, request: dict[str, Any], host: str, hosts: Sequence[str]
) -> None:
    """Write the JSON files that SageMaker puts into ``input/config``."""
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get(
                "InputMode", request["AlgorithmSpecification"]["TrainingInputMode"]
            ),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        }
        | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
        for channel in request.get("InputDataConfig", [])
    }
    files = {
        "hyperparameters": request.get("HyperParameters", {}),
        "inputdataconfig": channels,
        "resourceconfig": resource_configuration(request, host, hosts),
    }
    for name, content in files.items():
        (layout.config / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def resource_configuration(
    request: dict[str, Any], host: str, hosts: Sequence[str]
) -> dict[str, Any]:
    """Return the content of one host's ``resourceconfig.json``."""
    instance_type = request["ResourceConfig"].get("InstanceType", "local")
    group = {
        "instance_group_name": _GROUP,
        "instance_type": instance_type,
        "hosts": list(hosts),
    }
    return {
        "current_host": host,
        "current_instance_type": instance_type,
        "current_group_name": _GROUP,
        "hosts": list(hosts),
        "instance_groups": [group],
        "network_interface_name": "eth0",
    }


def environment(
    layout: Layout, request: dict[str, Any], *, arn: str, region: str
) -> dict[str, str]:
    """Return the whole environment of the training script."""
    decoded = decode(request.get("HyperParameters", {}))
    resources = json.loads((layout.config / "resourceconfig.json").read_text(encoding="utf-8"))
    variables = _toolkit_variables(layout, request, decoded, resources)
    framework = {
        name.upper(): decoded[name] for name in _TOOLKIT if isinstance(decoded.get(name), str)
    }
    given: dict[str, str] = request.get("Environment", {})
    return (
        base_environment()
        | {
            "TRAINING_JOB_NAME": request["TrainingJobName"],
            "TRAINING_JOB_ARN": arn,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "CURRENT_HOST": resources["current_host"],
            "SAGEMAKER_BASE_DIR": str(layout.base),
            "SAGEMAKER_REGION": region,
            "SAGEMAKER_JOB_NAME": request["TrainingJobName"],
        }
        | framework
        | given
        | {f"SM_{name.upper()}": _text(value) for name, value in variables.items()}
        | {"PYTHONPATH": str(layout.code)}
    )


def _toolkit_variables(
    layout: Layout, request: dict[str, Any], decoded: dict[str, Any], resources: dict[str, Any]
) -> dict[str, Any]:
    user = user_hyperparameters(decoded)
    program = str(decoded.get("sagemaker_program", ""))
    host, hosts = resources["current_host"], resources["hosts"]
    inputs = json.loads((layout.config / "inputdataconfig.json").read_text(encoding="utf-8"))
    channels = {name: str(layout.data / name) for name in inputs}
    shared = {
        "hosts": hosts,
        "network_interface_name": "eth0",
        "user_entry_point": program,
        "resource_config": resources,
        "input_data_config": inputs,
        "output_data_dir": str(layout.output_data),
        "current_host": host,
        "current_instance_type": resources["current_instance_type"],
        "current_instance_group": _GROUP,
        "current_instance_group_hosts": hosts,
        "instance_groups": [_GROUP],
        "instance_groups_dict": {_GROUP: resources["instance_groups"][0]},
        "distribution_instance_groups": [],
        "is_hetero": False,
        "module_name": program.removesuffix(".py"),
        "log_level": decoded.get("sagemaker_container_log_level", 20),
        "framework_module": "sagemaker_sklearn_container.training:main",
        "input_dir": str(layout.input),
        "input_config_dir": str(layout.config),
        "output_dir": str(layout.output),
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": 0,
        "num_neurons": 0,
        "model_dir": str(layout.model),
        "module_dir": decoded.get("sagemaker_submit_directory", str(layout.code)),
        "output_intermediate_dir": str(layout.intermediate),
    }
    additional = {
        name: value
        for name, value in decoded.items()
        if name.startswith(_FRAMEWORK) and name not in _TOOLKIT
    }
    training_env = shared | {
        "additional_framework_parameters": additional,
        "channel_input_dirs": channels,
        "hyperparameters": user,
        "is_master": host == hosts[0],
        "job_name": request["TrainingJobName"],
        "master_hostname": hosts[0],
        "distribution_hosts": [],
        "topology": [],
        "is_modelparallel_enabled": None,
        "is_smddprun_installed": False,
        "is_smddpmprun_installed": False,
    }
    return (
        shared
        | {"hps": user, "framework_params": additional, "channels": sorted(channels)}
        | {"user_args": arguments(user), "training_env": training_env}
        | {f"channel_{name}": path for name, path in channels.items()}
        | {f"hp_{name}": value for name, value in user.items()}
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def command(layout: Layout, decoded: dict[str, Any]) -> list[str]:
    """Return the command that runs the entry point.

    A shell script runs with its arguments; in a folder with ``setup.py`` the module runs with
    ``-m``; any other ``.py`` file runs as a script.
    """
    program = str(decoded["sagemaker_program"])
    words = arguments(user_hyperparameters(decoded))
    if not program.endswith(".py"):
        return ["/bin/sh", program, *words]
    if (layout.code / "setup.py").exists():
        return [sys.executable, "-m", program.removesuffix(".py"), *words]
    return [sys.executable, program, *words]
