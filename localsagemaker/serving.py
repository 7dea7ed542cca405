"""An endpoint's process: gunicorn and Flask around the user's module, like AWS's image.

Run as ``python -P -m localsagemaker.serving FD``, FD being a listening socket. The model is
loaded by the first request of each worker, so a model that cannot be loaded makes ``/ping``
answer 500.
"""

import importlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from localsagemaker.callers import refusal
from localsagemaker.serving_functions import make_app

_ROOT = Path(__file__).resolve().parent.parent


class _Lazy:
    """A WSGI application that is made when first asked."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._app: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        given = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if refusal(given, int(environ["SERVER_PORT"])):
            start_response("403 Forbidden", [("Content-Length", "0")])
            return ()
        if self._app is None:
            program = os.environ.get("SAGEMAKER_PROGRAM", "")
            module = importlib.import_module(program.removesuffix(".py"))
            self._app = make_app(module, str(self._base / "model"))
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn on an inherited socket, with the options that AWS's image gives it.

    The image starts a worker for each processor; one is enough on a machine that does more than
    serve. ``SAGEMAKER_MODEL_SERVER_WORKERS`` and ``_TIMEOUT`` work as there; nginx, which the image
    puts in front unless ``SAGEMAKER_USE_NGINX`` is false, is not used.
    """

    def __init__(self, descriptor: int, base: Path) -> None:
        self._descriptor, self._base = descriptor, base
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        workers = os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS", "1")
        timeout = os.environ.get("SAGEMAKER_MODEL_SERVER_TIMEOUT", "60")
        for name, value in (
            ("bind", f"fd://{self._descriptor}"),
            ("worker_class", "gevent"),
            ("worker_connections", 1000 * int(workers)),
            ("workers", int(workers)),
            ("timeout", int(timeout)),
            ("worker_tmp_dir", str(self._base)),
            ("control_socket_disable", True),
        ):
            self.cfg.set(name, value)

    def load(self) -> _Lazy:
        """Return the application."""
        return _Lazy(self._base)


def install_code(base: Path, submitted: str) -> Path:
    """Copy the submitted folder to ``/opt/ml/code``, which is what the image imports from."""
    code = base / "code"
    if submitted and Path(submitted).is_dir() and Path(submitted) != code:
        shutil.copytree(submitted, code, dirs_exist_ok=True)
    code.mkdir(exist_ok=True)
    return code


def main(descriptor: int) -> None:
    """Serve until killed."""
    base = Path(os.environ["SAGEMAKER_BASE_DIR"])
    code = install_code(base, os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", ""))
    # The model's code must find what its archive has, never what lies around this package.
    sys.path[:] = [str(code)] + [entry for entry in sys.path if Path(entry) != _ROOT]
    os.environ["PYTHONPATH"] = str(code)
    Server(descriptor, base).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
