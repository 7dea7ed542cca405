"""From when on a figure counts as fallen."""

from typing import Literal

# Of files on which a model does as well as before, at most one in a hundred is told.
CHANCE = 0.01
Verdict = Literal["same", "better", "worse", "unknown"]
