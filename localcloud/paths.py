"""Where the local cloud keeps its files."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
HOME = PROJECT / ".localcloud"
RUNS = PROJECT / "runs"
CLOUD_ASSEMBLY = PROJECT / "cdk.out"
