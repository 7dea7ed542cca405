"""The settings of a dataset: their schema, and the places they come from."""
