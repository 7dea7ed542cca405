"""Lines of captured data, as SageMaker and the model itself write them."""

import base64
import json
from typing import Any

MOMENT = "2026-11-20T08:00:00Z"


def line(
    body: bytes | str,
    content_type: str = "text/csv",
    answer: bytes | str = "prediction\nyes\n",
    answer_type: str = "text/csv",
    **event: Any,
) -> bytes:
    """Return one exchange."""
    record = {
        "captureData": {
            "endpointInput": side("INPUT", body, content_type),
            "endpointOutput": side("OUTPUT", answer, answer_type),
        },
        "eventMetadata": {"eventId": "1", "inferenceTime": MOMENT, **event},
        "eventVersion": "0",
    }
    return json.dumps(record).encode()


def side(mode: str, body: bytes | str, content_type: str) -> dict[str, str]:
    """Return a body: bytes in base64, a text as it is."""
    encoded = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    kind = {"text/csv": "CSV", "application/json": "JSON"}.get(
        content_type.split(";", maxsplit=1)[0], "BASE64"
    )
    return {
        "observedContentType": content_type,
        "mode": mode,
        "data": encoded,
        "encoding": "BASE64" if isinstance(body, bytes) else kind,
    }


def answers(*predictions: str) -> str:
    """Return an answer in CSV."""
    return "\n".join(["prediction,probability:yes", *(f"{each},0.5" for each in predictions), ""])
