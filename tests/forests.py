"""Settings for runs whose algorithm is not the matter: the default one takes seconds longer."""

FOREST = {"algorithm": "random_forest"}
FEW_TREES = FOREST | {"n_estimators": "10"}
WEAK = FOREST | {"n_estimators": "1", "max_depth": "1"}
