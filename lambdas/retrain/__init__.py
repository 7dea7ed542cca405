"""A scheduled look at a dataset: train its newest upload, or say why not."""
