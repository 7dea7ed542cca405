"""Answering requests: what an endpoint does with a model folder."""
