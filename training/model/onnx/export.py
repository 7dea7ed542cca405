"""From a fitted pipeline to the folder ``onnx/``: the model, and what it takes and gives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.model.onnx.check import TOLERANCE, Checked, check, probes
from training.model.onnx.columns import encoded
from training.model.onnx.estimators import ensemble_outputs
from training.model.onnx.graph import ML, ML_OPSET, OPSET, Graph
from training.model.threshold import Threshold
from training.schema import Schema, parse_schema
from training.serve.predictor import Predictor
from training.written_export import DESCRIPTION, MODEL

# What the types of columns are in the file, what is missing there, and what it means.
_TENSORS = {
    "numeric": ("double", "NaN", "the number"),
    "categorical": ("string", "", "the category as in the training rows"),
    "datetime": (
        "double",
        "NaN",
        "seconds since 1970-01-01T00:00:00, in UTC if there is an offset",
    ),
}
_ROWS = "rows"


def export(
    pipeline: Any, description: Mapping[str, Any], features: pd.DataFrame, folder: Path
) -> Checked:
    """Write a fitted pipeline as ONNX, once onnxruntime has answered as it does.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted. The endpoint's code answers with it afterwards.
    description : mapping
        Content of the model's ``model.json``.
    features : pandas.DataFrame
        Real rows to ask about, shape (rows, features).
    folder : Path
        Receives ``model.onnx`` and ``description.json``; made if absent.

    Returns
    -------
    Checked
        How well the answers agree.

    Raises
    ------
    TextColumnsError, TooManyNodesError, UnknownEstimatorError
        If the model can't be written.
    AnswersDifferError
        If it answers otherwise.
    """
    schema = parse_schema(description["schema"])
    found = description["threshold"]
    threshold = Threshold.from_dict(found) if found else None
    answers = _Answers(schema, description["labels"], threshold)
    model = _built(pipeline, schema, answers)
    own = Predictor(pipeline, schema, threshold=threshold)
    checked = check(model.SerializeToString(), own, threshold, probes(schema, features))
    said = json.dumps(answers.described(description, checked), indent=2, ensure_ascii=False)
    entry = model.metadata_props.add()
    entry.key, entry.value = "description", said
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes(model.SerializeToString())
    (folder / DESCRIPTION).write_text(said + "\n", encoding="utf-8")
    return checked


def _built(pipeline: Any, schema: Schema, answers: _Answers) -> Any:
    from onnx import TensorProto, helper

    kinds = {"double": TensorProto.DOUBLE, "string": TensorProto.STRING}
    graph = Graph([*schema.names, answers.prediction, answers.probabilities])
    rows = encoded(
        graph, {name: name for name in schema.names}, pipeline.named_steps["preprocess"],
        sorted(schema.missing),
    )  # fmt: skip
    answers.add(graph, ensemble_outputs(graph, rows, pipeline.named_steps["model"]))
    inputs = [
        helper.make_tensor_value_info(name, kinds[_TENSORS[kind][0]], [_ROWS, 1])
        for name, kind in schema.features
    ]
    outputs = [
        helper.make_tensor_value_info(each["name"], kinds[each["tensor"]], each["shape"])
        for each in answers.outputs
    ]
    return graph.model(inputs, outputs, "model")


class _Answers:
    """What the file gives: ``prediction``, and of classes ``probabilities``."""

    def __init__(
        self, schema: Schema, labels: Sequence[str] | None, threshold: Threshold | None
    ) -> None:
        self._schema, self._labels, self._threshold = schema, labels, threshold
        self.prediction, self.probabilities = (
            self._unlike_columns(name) for name in ("prediction", "probabilities")
        )

    def _unlike_columns(self, name: str) -> str:
        number, found = 1, name
        while found in self._schema.names:
            number += 1
            found = f"{name} ({number})"
        return found

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """Names, types and shapes."""
        kind = "double" if self._labels is None else "string"
        found: list[dict[str, Any]] = [{"name": self.prediction, "tensor": kind, "shape": [_ROWS]}]
        if self._labels is not None:
            shape = [_ROWS, len(self._labels)]
            more = {"name": self.probabilities, "tensor": "double", "shape": shape}
            found.append({**more, "classes": list(self._labels)})
        return found

    def add(self, graph: Graph, found: str) -> None:
        """Add the outputs, of probabilities of shape (rows, classes) or numbers of (rows, 1)."""
        if self._labels is None:
            graph.add("Squeeze", found, [1], result=self.prediction)
            return
        graph.add("Identity", found, result=self.probabilities)
        labels = graph.constant(self._labels, object)
        graph.add("Gather", labels, self._position(graph, found), axis=0, result=self.prediction)

    def _position(self, graph: Graph, found: str) -> str:
        """Decide as `training.model.threshold.Threshold.positions` does."""
        known, labels = self._threshold, list(self._labels or [])
        if known is None or known.thresholds is None:
            return graph.add("ArgMax", found, axis=1, keepdims=0)
        if known.positive_class is None:
            own = [[known.thresholds[label] for label in labels]]
            return graph.add("ArgMax", graph.add("Div", found, own), axis=1, keepdims=0)
        positive = labels.index(known.positive_class)
        score = graph.add("Squeeze", graph.columns(found, [positive], 1), [1])
        reached = graph.add("GreaterOrEqual", score, known.thresholds[known.positive_class])
        return graph.add("Where", reached, np.int64(positive), np.int64(1 - positive))

    def described(self, description: Mapping[str, Any], checked: Checked) -> dict[str, Any]:
        """Return what someone who has nothing but the file needs to know."""
        return {
            "format": 1,
            "task": self._schema.task,
            "target": self._schema.target,
            "inputs": [_input(name, kind) for name, kind in self._schema.features],
            "outputs": self.outputs,
            "threshold": description["threshold"],
            "half_widths": description["half_widths"],
            "checked": {**asdict(checked), "tolerance": TOLERANCE},
            "needs": {"ai.onnx": OPSET, ML: ML_OPSET},
            "versions": {name: metadata.version(name) for name in ("onnx", "onnxruntime")},
        }


def _input(name: str, kind: str) -> dict[str, Any]:
    tensor, missing, meaning = _TENSORS[kind]
    shape = [_ROWS, 1]
    found = {"name": name, "type": kind, "tensor": tensor, "shape": shape}
    return {**found, "missing": missing, "meaning": meaning}
