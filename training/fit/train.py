"""Entry point of a training job: ``python train.py --algorithm random_forest --seed 0``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.errors import ChannelError
from training.failure import report, silence_warning_texts, stage

CHANNELS = ("train", "validation", "schema")
OPTIONAL = ("onnx",)  # packages, for jobs that are asked for an ONNX file


def _channels(environment: Mapping[str, str]) -> dict[str, Path]:
    absent = [name for name in CHANNELS if f"SM_CHANNEL_{name.upper()}" not in environment]
    if absent:
        raise ChannelError(f"the training job lacks the channel(s) {', '.join(absent)}")
    found = {name: environment.get(f"SM_CHANNEL_{name.upper()}") for name in (*CHANNELS, *OPTIONAL)}
    return {name: Path(folder) for name, folder in found.items() if folder}


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Train; return the exit code (0, or 1 with the cause in ``<output>/failure``)."""
    output = Path(environment.get("SM_OUTPUT_DIR", "/opt/ml/output"))
    silence_warning_texts()
    try:
        # Inside the try, as even a missing library must end in a readable failure.
        with stage("loading the libraries"):
            from training.fit.checkpoints import checkpoint_folder
            from training.fit.hosts import Hosts
            from training.fit.hyperparameters import parse_hyperparameters
            from training.fit.job import run
            from training.model.code_folder import CODE, use_packages

        use_packages(CODE)
        settings = parse_hyperparameters(arguments)
        model_dir = Path(environment.get("SM_MODEL_DIR", "/opt/ml/model"))
        checkpoints = checkpoint_folder(environment)
        hosts = Hosts.of(environment)
        metrics = run(settings, _channels(environment), model_dir, checkpoints, hosts)
    except Exception as error:  # noqa: BLE001 (the process's last line of defence)
        report(error, output)
        return 1
    for name, value in metrics.items():
        print(f"validation:{name}={value!r}")
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:], os.environ)
    sys.stdout.flush()
    # At once: a host that fails would else wait for the others, as XGBoost's collective ends.
    os._exit(code) if code else sys.exit(0)
