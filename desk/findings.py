"""How much a walk-forward search tries, and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk.edge import Evidence, Judgement
from trading.backtest import Rules
from trading.candles import Candles, FloatArray
from trading.search_windows import Figures, Window
from trading.strategies.base import Strategy

if TYPE_CHECKING:
    from desk.heat import Heat

SEED = 20_170_401


@dataclass(frozen=True)
class Plan:
    """How much is tried: sets of parameters a search, and where its randomness begins."""

    trials: int = 60
    seed: int = SEED
    rolling: bool = False


@dataclass(frozen=True, eq=False)
class Findings:
    """What a walk-forward search found; Sharpe ratios are annualised.

    `out_of_sample`: the chain of the tests, each with the parameters that were best before it;
    `in_sample`: the parameters that are best now, on these same candles, which they were chosen
    on; `hold`: buying and holding, on the same. `chosen`: per window, oldest first; `now`: the
    best of all candles. `wandering`: share of its range that each chosen parameter covers.
    """

    candles: Candles
    rules: Rules
    windows: tuple[Window, ...]
    out_of_sample: Figures
    in_sample: Figures
    hold: Figures
    equity: FloatArray = field(repr=False)
    evidence: Evidence
    judgement: Judgement
    chosen: tuple[Strategy, ...]
    now: Strategy
    wandering: Mapping[str, float]
    heat: Heat
