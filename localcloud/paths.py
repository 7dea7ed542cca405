"""Where the local cloud keeps its files."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
HOME = PROJECT / ".localcloud"
RUNS, PREDICTIONS = PROJECT / "runs", PROJECT / "predictions"


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can look into, and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
