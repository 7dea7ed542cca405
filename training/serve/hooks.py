"""The hooks AWS's serving stack calls: ``model_fn`` once a worker, ``transform_fn`` a request.

The stack turns any exception of a hook into status 500, and passes a Flask response through as it
is; so other statuses are returned, not raised.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.errors import RequestError
from training.serve.capture import capture
from training.serve.media_types import (
    CSV,
    response_type,
    strongest_wanted,
    wants_details,
    wants_reasons,
)

if TYPE_CHECKING:
    from training.serve.predictor import Outcome, Predictor
    from training.serve.reasons import Reasons


def model_fn(model_dir: str) -> Predictor:
    """Load the model folder.

    Raises
    ------
    UntrustedModelError
        If the model file holds anything outside the closed list of types.
    """
    # Imported here: the stack's parent process imports this module without ever using it.
    from training.model.code_folder import use_packages
    from training.serve.loading import load_folder

    capture()  # what it needs is loaded before the first request, not within it
    folder = Path(model_dir)
    use_packages(folder / "code")
    return load_folder(folder)


def answer(model: Predictor, body: bytes | str, content_type: str, accept: str) -> tuple[str, str]:
    """Answer a request.

    Returns
    -------
    body : str
    media_type : str

    Raises
    ------
    RequestError
        400, 406, 413 or 415.
    """
    from training.serve.answers import to_csv, to_json
    from training.serve.body import parse_request

    wanted = response_type(accept)
    table = parse_request(model.schema, body, content_type)
    if wants_reasons(accept):
        found: tuple[Outcome, Reasons | None] = model.predict_with_reasons(
            table, strongest_wanted(accept)
        )
    else:
        found = model.predict(table), None
    if wanted == CSV:
        return to_csv(*found, details=wants_details(accept)), wanted
    return to_json(*found), wanted


def _error_response(status: int, message: str) -> Any:
    from flask import Response  # the stack's own; absent where a model is only trained

    body = json.dumps({"error": message}, ensure_ascii=False)
    return Response(body, status=status, mimetype="application/json")


def transform_fn(model: Predictor, body: bytes | str, content_type: str, accept: str) -> Any:
    """Answer a request the way the stack wants it.

    Returns
    -------
    tuple of (str, str) or flask.Response
        Body and media type on success; a response with status 400, 406, 413, 415 or 500 otherwise,
        its body ``{"error": "..."}`` without any value of the request.
    """
    try:
        text, media_type = answer(model, body, content_type, accept)
    except RequestError as error:
        return _error_response(error.status, error.message)
    except Exception as error:  # noqa: BLE001 (its text may quote cells, and the stack logs it)
        from training.failure import place

        print(f"{type(error).__name__} while answering ({place(error)})", file=sys.stderr)
        return _error_response(500, "the model could not answer; the endpoint's log tells where")
    captures = capture()
    if captures:
        captures.record(body, content_type, text, media_type)
    return text, media_type
