"""Places labels beside an axis so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence


def spread(wanted: Sequence[float], size: float, low: float, high: float) -> list[float]:
    """Move label centres apart as little as possible.

    `wanted` are the centres, in any order; the result is in the same order, at least `size`
    apart and keeps every label of height `size` within `low`…`high`. Raises ValueError when
    there is not room for all. Least squares under order constraints (pool adjacent violators,
    Barlow et al. 1972).
    """
    count = len(wanted)
    if count * size > high - low:
        raise ValueError(f"{count} labels of {size} px do not fit in {high - low} px")
    order = sorted(range(count), key=lambda i: wanted[i])
    blocks: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        total, members = wanted[index] - rank * size, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / members:
            earlier, more = blocks.pop()
            total, members = total + earlier, members + more
        blocks.append((total, members))
    bases = [total / members for total, members in blocks for _ in range(members)]
    first, last = low + size / 2, high - size / 2 - (count - 1) * size
    centres = [0.0] * count
    for rank, index in enumerate(order):
        centres[index] = min(max(bases[rank], first), last) + rank * size
    return centres
