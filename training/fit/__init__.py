"""Fitting: from the channels of a training job to a model folder."""
