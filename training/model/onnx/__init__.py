"""A fitted model as an ONNX file, in double precision, built operator by operator.

The general converters know neither our own steps nor how scikit-learn's trees compare single
precision numbers with double precision thresholds; with these few operators both are exact.
"""
