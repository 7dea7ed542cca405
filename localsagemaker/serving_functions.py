"""The request's way through a user's inference module, as AWS's scikit-learn image does it.

Facts from aws/sagemaker-containers (_transformer.py, _worker.py, _encoders.py) and
aws/sagemaker-scikit-learn-container (serving.py): any exception of a hook becomes status 500; a
tuple is (body, media type); anything else is returned to Flask as it is.
"""

import csv
import io
import json
import os
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import flask

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
_TEXT = (JSON, CSV)
_HOOKS = ("input_fn", "predict_fn", "output_fn")


class UserError(Exception):
    """The module's functions contradict each other."""


class Response(flask.Response):
    """A response whose media type is JSON unless said otherwise."""

    default_mimetype = JSON


def default_model_fn(_model_dir: str) -> Any:
    """Refuse: the image has no default."""
    raise NotImplementedError("Please provide a model_fn implementation.")


def default_input_fn(body: Any, content_type: str) -> "NDArray[Any]":
    """Read CSV, JSON or NPY into an array; text formats as 32-bit floats."""
    import numpy as np  # only models without an input_fn need it here

    if content_type == CSV:
        rows = list(csv.reader(io.StringIO(body), strict=True))
        return np.array(rows).squeeze().astype(np.float32)
    if content_type == JSON:
        return np.array(json.loads(body)).astype(np.float32)
    if content_type == NPY:
        loaded: NDArray[Any] = np.load(io.BytesIO(body), allow_pickle=False)
        return loaded
    raise ValueError(f"Content type {content_type} is not supported by this framework.")


def default_predict_fn(data: Any, model: Any) -> Any:
    """Call the model."""
    return model.predict(data)


def default_output_fn(prediction: "ArrayLike", accept: str) -> Response:
    """Write an array as CSV, JSON or NPY."""
    import numpy as np

    array = np.asarray(prediction)
    if accept == CSV:
        out = io.StringIO()
        rows = array.reshape(-1, 1) if array.ndim == 1 else array
        csv.writer(out, lineterminator="\n").writerows(rows)
        return Response(out.getvalue(), mimetype=CSV)
    if accept == JSON:
        return Response(json.dumps(array.tolist()), mimetype=JSON)
    if accept == NPY:
        buffer = io.BytesIO()
        np.save(buffer, array)
        return Response(buffer.getvalue(), mimetype=NPY)
    raise ValueError(f"Content type {accept} is not supported by this framework.")


def make_app(module: ModuleType, model_dir: str) -> flask.Flask:
    """Load the model and return the application with ``/ping`` and ``/invocations``.

    Raises
    ------
    UserError
        When ``transform_fn`` is defined together with a function that it replaces.
    """
    transform = getattr(module, "transform_fn", None)
    if transform and any(getattr(module, name, None) for name in _HOOKS):
        raise UserError(
            "Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn"
        )
    model = getattr(module, "model_fn", default_model_fn)(model_dir)
    answer = transform or _chain(module)
    app = flask.Flask("serving")

    @app.get("/ping")
    def ping() -> Any:
        return Response(status=200)

    @app.post("/invocations")
    def invocations() -> Any:
        headers = flask.request.headers
        content_type = headers.get("ContentType") or headers.get("Content-Type") or JSON
        accept = headers.get("Accept")
        if not accept or accept == "*/*":
            accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)
        # Only these two exact types are decoded; with a charset the hook gets bytes.
        text = content_type in _TEXT
        body = flask.request.get_data(as_text=True) if text else flask.request.get_data()
        result = answer(model, body, content_type, accept)
        if isinstance(result, tuple):
            return Response(result[0], mimetype=result[1])
        return result

    parameters = getattr(module, "execution_parameters_fn", None)
    if parameters:
        app.add_url_rule("/execution-parameters", "execution-parameters", parameters)
    return app


def _chain(module: ModuleType) -> Callable[[Any, Any, str, str], Any]:
    read = getattr(module, "input_fn", None) or default_input_fn
    predict = getattr(module, "predict_fn", None) or default_predict_fn
    write = getattr(module, "output_fn", None) or default_output_fn

    def answer(model: Any, body: Any, content_type: str, accept: str) -> Any:
        return write(predict(read(body, content_type), model), accept)

    return answer
