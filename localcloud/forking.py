"""A process with the Lambdas' libraries loaded, forked for each Lambda: what SnapStart is on AWS.

Run as ``python -m localcloud.forking FD``, FD being a socket on which `localcloud.forked` asks for
processes; it ends when the other end does. Nothing of the Lambdas' own code is loaded here.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Of Lambda's runtime and the layer of all functions; single-threaded, so safe to fork.
LIBRARIES = (
    "boto3",
    "aws_lambda_powertools.utilities.parser",
    "aws_lambda_powertools.metrics",
    "aws_xray_sdk.core",
    "jmespath",
)
_SERVICES = ("s3", "sagemaker", "stepfunctions")
_MESSAGE_BYTES = 1 << 18
_STANDARD_STREAMS = 3
_NAME_CHARACTERS = 15  # Linux keeps no more of a process's name


def load() -> None:
    """Import the libraries, and read the descriptions of the services that most Lambdas call."""
    # X-Ray's SDK asks on import whether it is in a Lambda, which all that is forked here will be.
    os.environ |= {"LAMBDA_TASK_ROOT": str(Path.cwd()), "AWS_DEFAULT_REGION": "us-east-1"}
    for name in LIBRARIES:
        importlib.import_module(name)
    import boto3.session

    from localcloud.service_models import read_once

    read_once()
    make: Callable[..., Any] = boto3.session.Session().client  # its overloads want literals
    for service in _SERVICES:
        make(service)
    gc.freeze()  # what is loaded stays in pages that all share


def serve(control: socket.socket) -> str | None:
    """Fork as asked until the other end is closed.

    Returns
    -------
    str or None
        In a forked process the script that it is to run; None in this one, at the end.
    """
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    while True:
        message, pipes, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, _STANDARD_STREAMS)
        if not message:
            return None
        # Until the answer is on its way nobody else can be given the process's number.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if not pid:
            control.close()
            return _become(json.loads(message), pipes)
        handle = os.pidfd_open(pid)
        socket.send_fds(control, [str(pid).encode()], [handle])
        for descriptor in (handle, *pipes):
            os.close(descriptor)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _become(request: dict[str, Any], pipes: list[int]) -> str:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for number, pipe in enumerate(pipes):
        os.dup2(pipe, number)
        os.close(pipe)
    os.environ.clear()
    os.environ.update(request["environment"])
    # For `ps`: all of them would have the name of the one that forks.
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "lambda")
    Path("/proc/self/comm").write_text(name[:_NAME_CHARACTERS], encoding="utf-8")
    time.tzset()
    os.chdir(request["folder"])
    script: str = request["script"]
    return script


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


if __name__ == "__main__":
    load()
    script = serve(socket.socket(fileno=int(sys.argv[1])))
    if script:
        sys.argv = [script]
        runpy.run_path(script, run_name="__main__")
