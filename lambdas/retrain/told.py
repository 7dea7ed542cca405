"""What people were last told of checks that start nothing: the same again is no news."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdas.retrain.check import Newest
from lambdas.shared.documents.bucket import find, write
from lambdas.shared.documents.contents import Skipped
from lambdas.shared.documents.document import SKIPPED
from lambdas.shared.findings.message import Message

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Told:
    """The reason that people were last told, and the upload that it was about.

    Parameters
    ----------
    client : S3Client
    folder : str
        URI of the dataset's reports.
    """

    def __init__(self, client: S3Client, folder: str) -> None:
        self._client = client
        self._uri = SKIPPED.below(folder)

    def is_known(self, reason: Message, newest: Newest | None) -> bool:
        """Return whether people know it already, whatever its figures have become since."""
        before = find(self._client, SKIPPED, self._uri)
        return before is not None and dict(before).items() >= _content(reason, newest).items()

    def remember(self, reason: Message, newest: Newest | None) -> None:
        """Keep what people have been told."""
        write(self._client, SKIPPED, self._uri, _content(reason, newest))


def _content(reason: Message, newest: Newest | None) -> Skipped:
    return {
        "reason": _without_figures(reason),
        "key": newest.key if newest else "",
        "version_id": newest.version_id if newest else "",
    }


def _without_figures(message: Message) -> dict[str, Any]:
    values = {
        name: _without_figures(value) if isinstance(value, Message) else value
        for name, value in message.values.items()
        if isinstance(value, (Message, str))
    }
    return {"one": message.one, "values": values}
