"""How good predictions are of which the target is known, beside the model's test figures."""
