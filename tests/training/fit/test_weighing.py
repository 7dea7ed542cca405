"""Balanced classes, whatever their labels look like."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from training.fit.class_weight import fit_weighted

VALUES = np.random.default_rng(0).normal(size=(300, 4))
RARE = (VALUES[:, 0] + VALUES[:, 1] > 2).astype(int)
FORESTS = [ExtraTreesClassifier, RandomForestClassifier]


@pytest.mark.parametrize("kind", FORESTS)
def test_labels_that_read_as_numbers_are_weighed_like_others(kind):
    """scikit-learn alone raises ValueError for the texts "0" and "1"."""
    texts, words = RARE.astype(str), np.where(RARE, "yes", "no")
    forest = kind(20, class_weight="balanced", random_state=0)
    expected = kind(20, class_weight="balanced", random_state=0).fit(VALUES, words)
    found = fit_weighted(forest, VALUES, texts)
    assert found.class_weight == "balanced"
    assert list(found.classes_) == ["0", "1"]
    np.testing.assert_array_equal(found.predict_proba(VALUES), expected.predict_proba(VALUES))


def test_in_parts_it_is_the_same_forest():
    parts = RandomForestClassifier(10, class_weight="balanced", random_state=0, warm_start=True)
    fit_weighted(parts, VALUES, RARE.astype(str))
    fit_weighted(parts.set_params(n_estimators=20), VALUES, RARE.astype(str))
    whole = RandomForestClassifier(20, class_weight="balanced", random_state=0)
    fit_weighted(whole, VALUES, RARE.astype(str))
    np.testing.assert_array_equal(parts.predict_proba(VALUES), whole.predict_proba(VALUES))
