"""Names that a target usually has, and the likely target before the file is read."""

from __future__ import annotations

from collections.abc import Collection, Sequence

TARGET_NAMES = ("target", "label", "class", "diagnosis", "outcome", "y")


def likely_target(columns: Sequence[str], filled: Collection[int], named: str | None) -> int | None:
    """Return the position of the column that will most likely be the target.

    Parameters
    ----------
    columns : sequence of str
    filled : collection of int
        Positions with a value in the first rows.
    named : str or None
        The target that the settings name.
    """
    positions = {name.casefold(): n for n, name in reversed(list(enumerate(columns)))}
    if named is not None:
        exact = [n for n, name in enumerate(columns) if name == named.strip()]
        return exact[0] if exact else positions.get(named.strip().casefold())
    positions |= {name: n for n, name in enumerate(columns)}  # "y" rather than "Y"
    usual = [positions[name] for name in TARGET_NAMES if name in positions]
    return usual[0] if usual else max(filled, default=None)
