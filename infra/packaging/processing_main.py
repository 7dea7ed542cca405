"""Start a step's work from the zip file that it travels in: this is the file's ``__main__.py``.

The first argument names the step, a folder in ``lambdas``; the others are for its job.

Compiled packages can't be imported from within a zip file, so it unpacks itself first.
"""

import importlib
import sys
import tempfile
import zipfile
from pathlib import Path


def main() -> int:
    """Unpack, import, run; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="code-") as name:
        with zipfile.ZipFile(Path(__file__).parent) as package:
            package.extractall(name)
        folder = Path(name)
        sys.path.insert(0, str(folder / "code"))
        # Last: what the image has already fits the rest of the image.
        sys.path.append(str(folder / "packages"))
        step, *arguments = sys.argv[1:]
        job = importlib.import_module(f"lambdas.{step}.processing_job")
        return int(job.main(arguments))


if __name__ == "__main__":
    sys.exit(main())
