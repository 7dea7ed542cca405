"""Start preprocess from the zip file that it travels in: this is the file's ``__main__.py``.

Compiled packages can't be imported from within a zip file, so it unpacks itself first.
"""

import sys
import tempfile
import zipfile
from pathlib import Path


def main() -> int:
    """Unpack, import, run; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="preprocess-") as name:
        with zipfile.ZipFile(Path(__file__).parent) as package:
            package.extractall(name)
        folder = Path(name)
        sys.path.insert(0, str(folder / "code"))
        # Last: what the image has already fits the rest of the image.
        sys.path.append(str(folder / "packages"))
        from lambdas.preprocess.processing_job import main as preprocess  # only importable now

        return preprocess()


if __name__ == "__main__":
    sys.exit(main())
