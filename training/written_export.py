"""What a training job says of the ONNX file that it was asked for, in figures among its metrics.

A job's metrics are all that SageMaker passes on of it beside the model. Imports nothing but the
standard library, as the Lambdas use it too.
"""

from __future__ import annotations

from enum import IntEnum

FOLDER, MODEL, DESCRIPTION = "onnx", "model.onnx", "description.json"  # in the model's archive
FORMATS = ("onnx",)
# Written: the largest difference between its answers and the model's own. Not written: a `Refusal`.
DIFFERENCE, REFUSED = "onnx:difference", "onnx:refused"


class Refusal(IntEnum):
    """Why there is no file."""

    TEXT = 1  # a column of free text
    SIZE = 2  # more nodes of trees than fit
    DIFFERS = 3  # answers do not agree
    FAILED = 4  # anything else
