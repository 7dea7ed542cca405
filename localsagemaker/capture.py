"""Data capture: requests and answers of an endpoint as JSON lines in S3, in AWS's layout.

Layout and members follow the developer guide ("Capture data from real-time endpoint"): a file lies
under ``<destination>/<endpoint>/<variant>/<yyyy>/<mm>/<dd>/<hh>/``.
"""

import base64
import json
import random
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from localsagemaker import s3
from localsagemaker.context import Context, Log
from localsagemaker.store import now


@dataclass(frozen=True)
class Payload:
    """A body with its Content-Type."""

    body: bytes
    content_type: str


@dataclass(frozen=True)
class CaptureTarget:
    """Where captured data goes.

    Parameters
    ----------
    role
        The model's execution role, which must be allowed to write.
    folder
        For files on their way.
    """

    endpoint: str
    variant: str
    role: str
    folder: Path


class Capture:
    """Collects an endpoint's exchanges and uploads them now and then.

    Parameters
    ----------
    config
        The endpoint configuration's ``DataCaptureConfig``.
    """

    def __init__(
        self, context: Context, config: dict[str, Any], target: CaptureTarget, log: Log
    ) -> None:
        self._context, self._config, self._target, self._log = context, config, target, log
        self._lines: list[str] = []
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def record(self, sent: Payload, answered: Payload, metadata: dict[str, Any]) -> None:
        """Take note of an exchange, if chance chooses it."""
        share = self._config["InitialSamplingPercentage"]
        if random.random() * 100 >= share:  # noqa: S311 (a sample, not a secret)
            return
        line = json.dumps(self._document(sent, answered, metadata), ensure_ascii=False)
        with self._lock:
            self._lines.append(line)
            if self._timer is None:
                self._timer = threading.Timer(self._context.limits.capture_seconds, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Upload what was collected; a refusal goes to the endpoint's log, as on AWS."""
        with self._lock:
            lines, self._lines = self._lines, []
            if self._timer:
                self._timer.cancel()
            self._timer = None
        if not lines:
            return
        time = now()
        path = self._target.folder / f"{uuid.uuid4()}.jsonl"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        try:
            client = self._context.s3_for_role(self._target.role)
            s3.upload(client, path, self._uri(time, path.name), self._config.get("KmsKeyId"))
        except (s3.TransferError, PermissionError) as error:
            self._log.write(f"data capture: {error}")
        finally:
            path.unlink()

    def _uri(self, time: datetime, name: str) -> str:
        root = self._config["DestinationS3Uri"].rstrip("/")
        hour = time.strftime("%Y/%m/%d/%H")
        moment = f"{time:%M-%S}-{time.microsecond // 1000:03d}"
        return f"{root}/{self._target.endpoint}/{self._target.variant}/{hour}/{moment}-{name}"

    def _document(
        self, sent: Payload, answered: Payload, metadata: dict[str, Any]
    ) -> dict[str, Any]:
        modes = {option["CaptureMode"] for option in self._config["CaptureOptions"]}
        data = {
            name: self._encoded(payload, mode.upper())
            for name, mode, payload in (
                ("endpointInput", "Input", sent),
                ("endpointOutput", "Output", answered),
            )
            if modes & {mode, "InputAndOutput"}
        }
        event = {"eventId": str(uuid.uuid4())} | metadata
        event["inferenceTime"] = now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"captureData": data, "eventMetadata": event, "eventVersion": "0"}

    def _encoded(self, payload: Payload, mode: str) -> dict[str, str]:
        encoding = self._encoding(payload.content_type)
        data = (
            base64.b64encode(payload.body).decode()
            if encoding == "BASE64"
            else payload.body.decode("utf-8", "replace")
        )
        return {
            "observedContentType": payload.content_type,
            "mode": mode,
            "data": data,
            "encoding": encoding,
        }

    def _encoding(self, content_type: str) -> str:
        """Text of the types named in the configuration is kept; all else becomes base64."""
        named = self._config.get("CaptureContentTypeHeader", {})
        media_type = content_type.partition(";")[0].strip().lower()
        for encoding, member in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
            if media_type in [known.lower() for known in named.get(member, [])]:
                return encoding
        return "BASE64"
