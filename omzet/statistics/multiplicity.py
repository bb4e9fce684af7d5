"""Many findings at once: p-values adjusted so that few of those reported are chance."""

from __future__ import annotations

from collections.abc import Sequence


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg adjusted p-values, in the order given.

    The i-th smallest becomes the least p(j)·m/j over j ≥ i, at most 1 (Benjamini and Hochberg 1995). Raises ValueError for
    a p-value outside 0 to 1.
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value lies between 0 and 1")
    count = len(p_values)
    found = [0.0] * count
    least = 1.0
    for place, at in enumerate(sorted(range(count), key=lambda i: -p_values[i])):
        least = min(least, p_values[at] * count / (count - place))
        found[at] = least
    return found


def discoveries(p_values: Sequence[float], q: float) -> list[bool]:
    """Which findings stand when a share `q` of those reported may be chance: adjusted p ≤ q."""
    return [p <= q for p in adjusted(p_values)]
