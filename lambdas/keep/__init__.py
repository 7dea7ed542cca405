"""Keep the champion on a serverless endpoint of its dataset, swapped with no failed request."""
