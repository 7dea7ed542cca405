"""Whether an upload is a reason to train, by `retrain_when`."""
