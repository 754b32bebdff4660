"""What is asked of a backtest: symbols, a strategy with its parameters, and the rules."""

from __future__ import annotations

from dataclasses import dataclass

from trading.backtest import Rules
from trading.candles import Timeframe
from trading.strategies.base import Parameters
from trading.weights import Weighting

BACKTEST_CANDLES = 8_760  # a year of 1h


@dataclass(frozen=True)
class Trial:
    """One strategy on one symbol, or on several with their weights.

    `candles`: how many of the newest are tested, or fewer where there are fewer. `weights` and
    `rebalance` (candles between rebalances, 0: never) count with several symbols. Hashable: equal
    trials on equal candles have equal results.
    """

    symbols: tuple[str, ...]
    timeframe: Timeframe
    strategy: Parameters
    rules: Rules
    candles: int = BACKTEST_CANDLES
    weights: Weighting = "equal"
    rebalance: int = 0

    @property
    def symbol(self) -> str:
        """The first symbol, the only one of a simple backtest."""
        return self.symbols[0]
