"""How the score changes over the two parameters that matter most, the others fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from desk.search_space import Space
from trading.backtest import Rules
from trading.candles import Candles, FloatArray
from trading.errors import BadArgument
from trading.strategies.base import Search, Strategy
from trading.sweep import sweep

STEPS = 8
GROUPS = 5
Axis = tuple[float | int, ...]


@dataclass(frozen=True, eq=False)
class Heat:
    """Annualised Sharpe ratios over all candles: `sharpe` is (rows, columns), nan: can't be.

    `rows` and `columns` are values of the parameters `down` and `across`, ascending. A strategy
    with one searched parameter has one row and no name for it. `chosen`: row and column.
    """

    across: str
    columns: Axis
    down: str
    rows: Axis
    sharpe: FloatArray
    chosen: tuple[int, int]


def heat(
    candles: Candles, rules: Rules, space: Space, best: Strategy, across: str, down: str
) -> Heat:
    """Score a grid through the best set of parameters; `down` is "" for a single row."""
    values = space.values(best)
    columns = axis(space.ranges[across], values[across], whole=space.whole(across))
    rows = axis(space.ranges[down], values[down], whole=space.whole(down)) if down else (0,)
    made: dict[tuple[int, int], Strategy] = {}
    for row, y in enumerate(rows):
        for column, x in enumerate(columns):
            try:
                made[row, column] = space.strategy(
                    {**values, across: x, **({down: y} if down else {})}
                )
            except BadArgument:
                continue
    # One thread: the others are for those who are chatting.
    scores = sweep(candles, list(made.values()), rules, threads=1)
    sharpe = np.full((len(rows), len(columns)), np.nan)
    for place, value in zip(made, scores.sharpe, strict=True):
        sharpe[place] = value
    chosen = (rows.index(values[down]) if down else 0, columns.index(values[across]))
    return Heat(across, columns, down, rows, sharpe, chosen)


def axis(mark: Search, chosen: float | int, *, whole: bool, steps: int = STEPS) -> Axis:
    """Spread values over a range; the chosen one takes the place of the one nearest to it."""
    if mark.log:
        spread = [exp(x) for x in np.linspace(log(mark.least), log(mark.most), steps)]
    else:
        spread = list(np.linspace(mark.least, mark.most, steps))
    values = [round(value) if whole else float(f"{value:.3g}") for value in spread]
    nearest = min(range(steps), key=lambda at: abs(values[at] - chosen))
    values[nearest] = chosen
    return tuple(sorted(set(values)))


def most_telling(space: Space, tried: Sequence[Strategy], scores: FloatArray) -> tuple[str, str]:
    """Name the two parameters that explain most of the scores, in the strategy's own order.

    By correlation ratio (Pearson 1905): the share of the scores' variance that lies between
    groups of equal size along a parameter. The second is "" when only one is searched.
    """
    names = list(space.ranges)
    shares = {
        name: _explained(np.array([float(getattr(one, name)) for one in tried]), scores)
        for name in names
    }
    first, *others = sorted(names, key=lambda name: -shares[name])
    if not others:
        return first, ""
    across, down = sorted((first, others[0]), key=names.index)
    return across, down


def _explained(values: FloatArray, scores: FloatArray) -> float:
    if len(scores) < 2 or float(scores.var()) == 0.0:
        return 0.0
    order = np.argsort(values, kind="stable")
    groups = [part for part in np.array_split(scores[order], GROUPS) if len(part)]
    mean = float(scores.mean())
    between = sum(len(part) * (float(part.mean()) - mean) ** 2 for part in groups)
    return between / (len(scores) * float(scores.var()))


def wandering(space: Space, chosen: Sequence[Strategy]) -> Mapping[str, float]:
    """Return, for each parameter, how much of its range the chosen values cover: 0 is steady."""
    found = {}
    for name, mark in space.ranges.items():
        values = [float(getattr(one, name)) for one in chosen]
        if mark.log:
            whole, part = log(mark.most / mark.least), log(max(values) / min(values))
        else:
            whole, part = mark.most - mark.least, max(values) - min(values)
        found[name] = part / whole if whole > 0 else 0.0
    return found
