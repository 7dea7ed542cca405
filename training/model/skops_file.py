"""skops, loaded in a tenth of its time, and its files, written without the spaces in their schema.

skops indents it, which only the slower one of Python's encoders can: that takes two fifths of the
time, and the spaces are two fifths of what is packed.
"""

from __future__ import annotations

import json
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np


def _name_modules_of_ufuncs() -> None:
    """Say of SciPy's ufuncs which module they are in: skops would search every loaded module.

    For 230 of them that takes half a second, in each job and each worker of an endpoint.
    """
    modules = [found for name, found in sys.modules.items() if name.startswith("scipy.special")]
    for module in modules:
        for each in vars(module).values():
            if isinstance(each, np.ufunc) and getattr(each, "__module__", None) is None:
                with suppress(AttributeError):  # NumPy before 2.2 keeps no attributes of theirs
                    each.__module__ = module.__name__


_name_modules_of_ufuncs()
import skops.io  # noqa: E402 - it searches when it is loaded
from skops.io._utils import SaveContext, get_state  # noqa: E402

__all__ = ["dump", "skops"]


def dump(model: Any, path: Path, level: int) -> None:
    """Write a file that `skops.io.load` reads.

    Parameters
    ----------
    model : object
    path : Path
    level : int
        Of compression, from 1 to 9.
    """
    packing = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", compression=packing, compresslevel=level) as archive:
        context = SaveContext(zip_file=archive)
        state = get_state(model, context)
        state |= {"protocol": context.protocol, "_skops_version": skops.__version__}
        archive.writestr("schema.json", json.dumps(state))
