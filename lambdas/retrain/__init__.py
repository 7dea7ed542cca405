"""A scheduled check of a dataset: train its newest upload, or say why not."""
