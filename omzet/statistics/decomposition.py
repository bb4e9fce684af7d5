"""Why a number changed: a ratio by mix and rate, a product by its factors. The parts add up exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import NamedTuple, TypeVar

Key = TypeVar("Key")


class Segment(NamedTuple):
    """One segment's part in the change of a ratio; `known` is False where it has nothing on one side."""

    mix: float
    rate: float
    before: float
    after: float
    known: bool


def mix_and_rate(before: Mapping[Key, tuple[int, int]], after: Mapping[Key, tuple[int, int]]) -> dict[Key, Segment] | None:
    """Each segment's part in the change of Σk/Σn, from (k, n) by segment on both sides; None where a side has no n.

    With share s = n/Σn and rate r = k/n the mix part is Δs·(r0 + r1)/2, the rate part Δr·(s0 + s1)/2 (Kitagawa 1955; for
    two factors it is Shapley's value). Over all segments they add up to the change. A segment with nothing on one side
    takes the rate it has on the other, so that all of it is mix.
    """
    n0, n1 = (sum(n for _, n in side.values()) for side in (before, after))
    if not n0 or not n1:
        return None
    found = {}
    for key in dict.fromkeys([*before, *after]):
        (k0, m0), (k1, m1) = before.get(key, (0, 0)), after.get(key, (0, 0))
        if not m0 and not m1:
            continue
        r0 = k0 / m0 if m0 else k1 / m1
        r1 = k1 / m1 if m1 else r0
        s0, s1 = m0 / n0, m1 / n1
        found[key] = Segment((s1 - s0) * (r0 + r1) / 2, (r1 - r0) * (s0 + s1) / 2, r0, r1, bool(m0 and m1))
    return found


def is_reversed(segments: Mapping[Key, Segment]) -> bool:
    """Simpson's case: every segment that has both sides moved against the total."""
    total = sum(part.mix + part.rate for part in segments.values())
    moves = [part.after - part.before for part in segments.values() if part.known]
    return len(moves) > 1 and total != 0 and all(move * total < 0 for move in moves)


def product_parts(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """Each factor's part in the change of their product, in the product's unit; they add up to it.

    LMDI (Ang 2004): L(V1, V0)·ln(x1/x0) with the logarithmic mean L(a, b) = (a − b)/(ln a − ln b), L(a, a) = a. Where a
    factor is not above 0 on both sides, Shapley's value: its effect averaged over the orders in which factors change.
    """
    v0, v1 = math.prod(before), math.prod(after)
    if all(x > 0 for x in (*before, *after, v0, v1)) and 0 < v1 / v0 < math.inf:
        mean = logarithmic_mean(v1, v0)
        return [mean * math.log(x1 / x0) for x0, x1 in zip(before, after, strict=True)]
    parts = [0.0] * len(before)
    orders = list(permutations(range(len(before))))
    for order in orders:
        at = list(before)
        value = v0
        for factor in order:
            at[factor] = after[factor]
            moved = math.prod(at)
            parts[factor] += (moved - value) / len(orders)
            value = moved
    return parts


def logarithmic_mean(a: float, b: float) -> float:
    """(a − b)/(ln a − ln b) of two positive numbers, which lies between their geometric and arithmetic mean."""
    ratio = a / b
    if abs(ratio - 1) < 1e-6:
        return (a + b) / 2
    return (a - b) / math.log(ratio)
