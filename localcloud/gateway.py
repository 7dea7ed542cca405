"""The local cloud's server process: ministack with Molino's additions, on loopback over TLS.

Run as ``python -m localcloud.gateway FOLDER``; `localcloud.cloud` starts and stops it.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config

from localcloud import alarms, executions, forked, ministack_adapter
from localcloud.guard import guarded
from localcloud.journal import Journal
from localcloud.ministack_internals import app, lambda_runtime, persistence
from localcloud.service_roles import SPARK, credentials_for_role, s3_for_role, surroundings
from localcloud.snapshots import Snapshots
from localcloud.task_faults import TaskFaults
from localemr import LocalEmrServerless
from localsagemaker import Limits, LocalSageMaker
from localsagemaker.faults import FaultPlan
from localsagemaker.image import Image
from localsagemaker.role_credentials import RoleCredentials

_ENDPOINTS_SECONDS = 60


def main(folder: Path) -> None:
    """Serve until SIGTERM or SIGINT, then end every child process."""
    faults, task_faults = _faults()
    image = Image()
    core = LocalSageMaker(
        folder / "sagemaker",
        s3_for_role,
        account=os.environ["MINISTACK_ACCOUNT_ID"],
        region=os.environ["MINISTACK_REGION"],
        faults=faults,
        limits=Limits(deployment_scale=float(os.environ.get("LOCALCLOUD_DEPLOYMENT_SCALE", "1"))),
        image=image,
        alarm_states=alarms.states,
        role_credentials=RoleCredentials(credentials_for_role, surroundings()),
    )
    spark = LocalEmrServerless(
        folder / "emr-serverless",
        partial(s3_for_role, service=SPARK),
        account=os.environ["MINISTACK_ACCOUNT_ID"],
        region=os.environ["MINISTACK_REGION"],
        faults=faults,
        role_credentials=RoleCredentials(
            partial(credentials_for_role, service=SPARK), surroundings()
        ),
    )
    ministack_adapter.install(core, spark, task_faults, Journal(folder / "executions"))
    # Where a Lambda runs a job is likely to follow; its libraries load meanwhile.
    forker = forked.install(image.load_early)
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.certfile = os.environ["MINISTACK_SSL_CERT"]
    config.keyfile = os.environ["MINISTACK_SSL_KEY"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    asyncio.run(_serve(config, (core, spark), image, forker))


def _faults() -> tuple[FaultPlan, TaskFaults]:
    """Read the plan that the environment names."""
    path = os.environ.get("LOCALCLOUD_FAULTS")
    document = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    tasks = TaskFaults.of(document.pop("tasks", []))
    return FaultPlan.of(document), tasks


async def _serve(
    config: Config,
    services: tuple[LocalSageMaker, LocalEmrServerless],
    image: Image,
    forker: forked.Forker | None,
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    application, begun = app.app, []
    if persistence.PERSIST_STATE:
        snapshots = Snapshots()
        application = snapshots.observing(application)
        begun.append(asyncio.create_task(snapshots.save_regularly()))
        services[1].recover()
        begun.append(asyncio.create_task(_recover(config, services[0])))
    application = guarded(application, int(config.bind[0].rpartition(":")[2]))
    server = asyncio.create_task(serve(application, config, shutdown_trigger=_never))
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait({server, ended}, return_when=asyncio.FIRST_COMPLETED)
    for service in services:
        service.close()
    image.close()
    lambda_runtime.reset()
    if forker:
        forker.close()
    # Clients keep connections open; leaving the loop would wait for each of them.
    os._exit(0)


async def _recover(config: Config, core: LocalSageMaker) -> None:
    """Resume what was running when the last process was killed, once requests are served."""
    host, port = config.bind[0].split(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            break
    await asyncio.to_thread(core.recover)
    deadline = time.monotonic() + _ENDPOINTS_SECONDS
    while core.call("ListEndpoints", {"StatusEquals": "Creating"})["Endpoints"]:
        if time.monotonic() > deadline:
            break  # one that does not come up; its execution will say so
        await asyncio.sleep(0.1)
    await asyncio.to_thread(executions.resume_interrupted)


async def _never() -> None:
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.getLogger("hypercorn.access").setLevel(logging.WARNING)
    main(Path(sys.argv[1]))
