"""The means of several groups, compared pair by pair with intervals that hold together.

The largest mean of many groups and the smallest differ by chance alone, the more so the more groups
there are and the smaller they are. Therefore the values are given to the groups at random again and
again, and the intervals are made as wide as it takes to find, nearly always, no two of these groups
apart: a max-T permutation test (Westfall and Young 1993, Resampling-Based Multiple Testing; of
studentized means: Chung and Romano 2013, Ann. Stat. 41:484). Where the groups are alike it is
exact, whatever their number and sizes.

A difference's interval is recovered from the two groups' own (MOVER): Wilson's for shares (Newcombe
1998, Stat. Med. 17:873), else standard errors. A ratio's is recovered in the same way (Donner and
Zou 2012, Stat. Methods Med. Res. 21:347), so it excludes 1 where the difference's excludes 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.bootstrap import MOST_REPLICATES, SEED, replicates
from lambdas.quality.classes import Floats

_HALVINGS = 30
_DRAWS_A_SHUFFLE = 4  # as long as shuffling a row takes


@dataclass(frozen=True)
class Pairs:
    """Groups' means, and how far below and above them the true ones may be.

    Parameters
    ----------
    means, below, above : numpy.ndarray of float64, shape (..., groups)
    """

    means: Floats
    below: Floats
    above: Floats

    def least(self) -> Floats:
        """Return by how much a group's mean is at least above another's, (..., groups, groups)."""
        apart = self.means[..., :, None] - self.means[..., None, :]
        found: Floats = apart - np.sqrt(
            self.below[..., :, None] ** 2 + self.above[..., None, :] ** 2
        )
        return found

    def difference(self) -> tuple[float, float, float]:
        """Return the largest mean less the smallest, and its interval; apart if low is above 0."""
        least = self.least()
        np.fill_diagonal(least, 0.0)
        return float(np.ptp(self.means)), float(least.max()), float(-least.min())

    def ratio(self) -> tuple[float, float, float]:
        """Return the smallest mean by the largest, none below 0, and its interval, high to 1."""
        # A row's group by a column's: where numerator less ratio times divisor is just above 0.
        low = np.maximum(0.0, self.means**2 - self.below**2)
        spread = np.outer(low, self.above**2) + np.outer(self.below**2, self.means**2)
        divisor = np.outer(self.means, self.means) + np.sqrt(spread)
        least = np.zeros_like(divisor)
        np.divide(low[:, None], divisor, out=least, where=divisor > 0)
        np.fill_diagonal(least, 1.0)
        return (
            float(self.means.min() / self.means.max()),
            float(least.min()),
            float(1 / least.max()),
        )


def compare(values: Floats, groups: NDArray[np.intp], error: float) -> Pairs | None:
    """Compare the groups' means; None if they are alike, or beyond what can be squared.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (rows,)
    groups : numpy.ndarray of int, shape (rows,)
        Positions from 0; each has rows.
    error : float
        How often at most any of the intervals may miss.
    """
    if not np.ptp(values):
        return None
    is_share = np.isin(values, (0.0, 1.0)).all()
    found, by_chance = (_shares if is_share else _means)(values, groups, math.ceil(1 / error))
    if not (np.isfinite(found.errors) & (found.errors > 0)).all():
        return None
    return found.pairs(_width(by_chance, error))


@dataclass(frozen=True)
class _Groups:
    """What is known of each group, shape (..., groups)."""

    sizes: NDArray[np.intp]
    means: Floats
    errors: Floats  # standard errors; empty for shares

    def pairs(self, width: float) -> Pairs:
        """Return the groups with intervals so many standard errors wide to each side."""
        if self.errors.size:
            return Pairs(self.means, width * self.errors, width * self.errors)
        more = width**2 / self.sizes
        half = width * np.sqrt(self.means * (1 - self.means) / self.sizes + more / self.sizes / 4)
        shift = more * (0.5 - self.means)
        return Pairs(self.means, (half - shift) / (1 + more), (half + shift) / (1 + more))


_NONE = np.empty(0)


def _shares(values: Floats, groups: NDArray[np.intp], fewest: int) -> tuple[_Groups, _Groups]:
    """Return the groups as they are, and as chance makes them: only how many ones each gets."""
    sizes, ones = np.bincount(groups), np.bincount(groups, values)
    drawn = np.random.default_rng(SEED).multivariate_hypergeometric(
        sizes, int(ones.sum()), max(MOST_REPLICATES, fewest), method="marginals"
    )
    return _Groups(sizes, ones / sizes, _NONE), _Groups(sizes, drawn / sizes, _NONE)


def _means(values: Floats, groups: NDArray[np.intp], fewest: int) -> tuple[_Groups, _Groups]:
    """Return the groups as they are, and as chance makes them."""
    sizes, generator = np.bincount(groups), np.random.default_rng(SEED)
    centre = values.mean()  # a variance of large numbers would drown in their squares' rounding
    centred = values - centre
    figures = (centred, centred**2)
    count = max(replicates(_DRAWS_A_SHUFFLE * len(values)), fewest)
    shuffled = np.empty((2, count, len(sizes)))
    at_random = groups.astype(np.int16)  # stays in the processor's cache
    for at in range(count):
        at_random = generator.permutation(at_random)
        shuffled[:, at] = [np.bincount(at_random, each) for each in figures]
    found = np.array([np.bincount(groups, each) for each in figures], dtype=np.float64)
    means = found[0] / sizes + centre
    return _Groups(sizes, means, _errors(found, sizes)), _Groups(
        sizes, shuffled[0] / sizes, _errors(shuffled, sizes)
    )


def _errors(sums: Floats, sizes: NDArray[np.intp]) -> Floats:
    """Return the means' standard errors, from the sums of centred values and of their squares."""
    scatter = np.maximum(0.0, sums[1] - sums[0] ** 2 / sizes)
    # Everyone's variance counts as one row, in place of the one that the mean takes: so a small
    # group is not taken as exact for being all alike.
    everyones = sums[1].sum(axis=-1, keepdims=True) / sizes.sum()
    found: Floats = np.sqrt(scatter + everyones) / sizes
    return found


def _width(by_chance: _Groups, error: float) -> float:
    """Search the width at which chance makes no more groups apart than it may."""
    count = len(by_chance.means)
    allowed = math.floor((count + 1) * error) - 1

    def is_enough(width: float) -> bool:
        least = by_chance.pairs(width).least().max(axis=(1, 2))
        return int((least > 0).sum()) <= allowed

    low, high = 0.0, 4.0
    while not is_enough(high):
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
