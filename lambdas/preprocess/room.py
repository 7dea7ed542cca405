"""How many rows each side of a split still takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shares:
    """Parts of the rows that go to test and validation."""

    test: float
    validation: float


@dataclass
class Room:
    """How many rows of a stratum each side still takes.

    Parameters
    ----------
    left : dict
        Rows by side; negative once a large group went over.
    empty : list of str
        Sides without a group, the most wanted first.
    groups : int
        Groups not yet placed.
    """

    left: dict[str, int]
    empty: list[str]
    groups: int

    @classmethod
    def of(cls, rows: int, groups: int, shares: Shares) -> Room:
        """Return the room of a stratum before anything is placed."""
        test = max(1, round(rows * shares.test))
        validation = max(1, round(rows * shares.validation))
        left = {"train": rows - test - validation, "test": test, "validation": validation}
        return cls(left, ["train", "test", "validation"], groups)

    def place(self, size: int) -> str:
        """Choose the side with most room; the last groups go where there is none yet."""
        sides = self.empty if self.groups <= len(self.empty) else list(self.left)
        # max() takes the first of equals, so the order of the sides decides.
        side = sides[0] if sides is self.empty else max(sides, key=lambda name: self.left[name])
        self.left[side] -= size
        self.groups -= 1
        if side in self.empty:
            self.empty.remove(side)
        return side
