"""End all that an execution has left, and wait for what can't be ended at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import sleep
from typing import TYPE_CHECKING

from lambdas.janitor.sweep import Leftover, Swept, end
from lambdas.shared.deadline import remaining_seconds

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_PAUSE_SECONDS = 10
_SETTLED_SECONDS = 5  # by then, what was being created when the execution was stopped is there
_LAST_LOOK_SECONDS = 60  # of Lambda's time, for the look after the last pause and the notification
_REFUSALS = 3  # what is refused so often will not be granted within minutes


def end_all(client: SageMakerClient, look: Callable[[], Iterable[Leftover]]) -> Swept:
    """Look and end, again and again, until a look finds nothing more, and a later one neither.

    An endpoint that is being created takes some minutes until it can be deleted. They are waited
    for here, as long as Lambda allows: were the invocation to fail, Lambda's two retries would come
    after one and two minutes, mostly too early, and each would tell anew.

    Returns
    -------
    Swept
        All that was ended; what remains after the last look.
    """
    deleted: list[str] = []
    refusals, is_settled = 0, False
    while True:
        swept = end(client, look())
        news = [label for label in swept.deleted if label not in deleted]
        deleted += news
        if not swept.remaining:
            if is_settled and not news:
                return Swept(deleted)
            if not is_settled:
                sleep(_SETTLED_SECONDS)
            is_settled = True
            continue
        refusals += not swept.waits
        if refusals == _REFUSALS or remaining_seconds() < _PAUSE_SECONDS + _LAST_LOOK_SECONDS:
            return Swept(deleted, swept.remaining)
        sleep(_PAUSE_SECONDS)
