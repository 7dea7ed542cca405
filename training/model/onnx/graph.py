"""An ONNX graph that is written as one writes numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# ai.onnx 21 and ai.onnx.ml 5 (trees in double precision): onnxruntime has them since 1.20.
IR_VERSION, OPSET, ML_OPSET = 10, 21, 5
ML = "ai.onnx.ml"


class Graph:
    """Operators and constants so far; values are known by their names.

    Parameters
    ----------
    taken : iterable of str
        Names that are not to be given to anything within: those of inputs and outputs.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = frozenset(taken)
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def _name(self, kind: str) -> str:
        name = f"{kind}_{len(self._nodes) + len(self._constants)}"
        while name in self._taken:
            name += "_"
        return name

    def constant(self, value: ArrayLike, dtype: Any = np.float64) -> str:
        """Add an array and return its name."""
        from onnx import numpy_helper

        name = self._name("constant")
        self._constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, operator: str, *inputs: str | ArrayLike, **attributes: Any) -> str:
        """Add an operator and return the name of what it gives.

        Inputs that are no names become constants: integers, or of double precision.
        """
        from onnx import helper

        names = [each if isinstance(each, str) else self._given(each) for each in inputs]
        result = attributes.pop("result", None) or self._name(operator)
        node = helper.make_node(operator, names, [result], **attributes)
        self._nodes.append(node)
        return str(result)

    def _given(self, value: ArrayLike) -> str:
        array = np.asarray(value)
        return self.constant(array, np.int64 if array.dtype.kind in "iub" else np.float64)

    def columns(self, values: str, places: Sequence[int] | NDArray[np.integer], axis: int) -> str:
        """Return some of the positions of an axis, in the order given."""
        return self.add("Gather", values, np.asarray(places, np.int64), axis=axis)

    def total(self, values: str) -> str:
        """Return the sums of rows, shape (rows, 1)."""
        return self.add("ReduceSum", values, [1], keepdims=1)

    def double(self, values: str) -> str:
        """Return numbers in double precision."""
        from onnx import TensorProto

        return self.add("Cast", values, to=TensorProto.DOUBLE)

    def single(self, values: str) -> str:
        """Return numbers rounded to single precision, in double precision."""
        from onnx import TensorProto

        return self.double(self.add("Cast", values, to=TensorProto.FLOAT))

    def model(self, inputs: Sequence[Any], outputs: Sequence[Any], name: str) -> Any:
        """Return the checked model.

        Parameters
        ----------
        inputs, outputs : sequence of onnx.ValueInfoProto
        name : str

        Raises
        ------
        onnx.checker.ValidationError
            If an operator is used in a way that it is not defined for.
        """
        import onnx
        from onnx import helper

        graph = helper.make_graph(self._nodes, name, inputs, outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="molino"
        )
        onnx.checker.check_model(model)
        return model
