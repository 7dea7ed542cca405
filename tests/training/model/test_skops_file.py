"""What we write is what skops writes, on one line."""

from __future__ import annotations

import importlib
import json
import re
import zipfile

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from training.model.skops_file import dump, skops

VALUES = np.random.default_rng(0).random((40, 3))


def _parts(path):
    """Return a file's schema as it is and without what has another name each time, and sizes."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read("schema.json").decode()
        sizes = [item.file_size for item in archive.infolist() if item.filename != "schema.json"]
    same = json.dumps(json.loads(text))
    same = re.sub(r'"__id__": [0-9]+|"[0-9a-f-]+[.](npy|npz|bin)"', "", same)
    return text, same, sorted(sizes)


def test_it_is_what_skops_writes_on_one_line(tmp_path):
    forest = RandomForestRegressor(3, random_state=0).fit(VALUES, VALUES[:, 0])
    skops.io.dump(forest, tmp_path / "theirs")
    dump(forest, tmp_path / "ours", level=6)
    (_, theirs, their_sizes), (text, ours, sizes) = (
        _parts(tmp_path / name) for name in ("theirs", "ours")
    )
    assert (ours, sizes) == (theirs, their_sizes)
    assert "\n" not in text
    assert (tmp_path / "ours").stat().st_size < (tmp_path / "theirs").stat().st_size / 2
    types = skops.io.get_untrusted_types(file=tmp_path / "ours")
    again = skops.io.load(tmp_path / "ours", trusted=types)
    assert np.array_equal(again.predict(VALUES), forest.predict(VALUES))


def test_ufuncs_are_where_skops_is_told_they_are():
    names = skops.io._trusted_types.SCIPY_UFUNC_TYPE_NAMES
    assert len(names) > 200
    for module, name in (each.rsplit(".", 1) for each in names):
        assert module.startswith("scipy.special.")
        found = getattr(importlib.import_module(module), name)
        assert (found.__module__, found.__name__) == (module, name)
