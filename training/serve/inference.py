"""Entry point of an endpoint: the names AWS's serving stack looks for."""

from training.serve.hooks import model_fn, transform_fn

__all__ = ["model_fn", "transform_fn"]
