"""Serve the champion from a serverless endpoint of its dataset, swapped with no failed request."""
