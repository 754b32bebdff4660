"""Backtests of several symbols with one cash: the desk's side of the portfolio backtest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from desk.fingerprints import fingerprint_of
from desk.lab import Lab
from desk.snapshot import Snapshot
from desk.trial import Trial
from trading.alignment import align
from trading.candles import Candles
from trading.errors import BadArgument
from trading.portfolio_backtest import PortfolioResult, portfolio_of
from trading.strategies.base import PairStrategy

MOST_SYMBOLS = 10


@dataclass(frozen=True, eq=False)
class BasketReport:
    """A portfolio backtest on the times that all symbols have.

    `candles` and `dropped` have one value a symbol, in the order asked for: the candles that were
    tested, and how many of a symbol's were left out because another symbol has none at that time.
    """

    trial: Trial
    candles: tuple[Candles, ...]
    dropped: tuple[int, ...]
    value: PortfolioResult
    title: str


class Baskets:
    """Test one strategy on several symbols of a snapshot; equal work is done once.

    Errors: those of desk.ports.MarketData, and NotEnoughHistory, BadCandles, BadArgument.
    """

    def __init__(self, snapshot: Snapshot, lab: Lab) -> None:
        self._snapshot = snapshot
        self._lab = lab

    async def backtest(self, trial: Trial) -> BasketReport:
        """Test a trial of 2 to 10 symbols on the newest candles that all of them have.

        `trial.weights` and `trial.rebalance` (candles, 0: never) say how the money is split; a
        pair strategy takes exactly two symbols and splits it by itself. Make a trial of
        `replace(research.trial(...), symbols=..., weights=..., rebalance=...)`.
        """
        _refuse(trial)
        fetched = await asyncio.gather(
            *(
                self._snapshot.candles(symbol, trial.timeframe, trial.candles)
                for symbol in trial.symbols
            )
        )
        prints = tuple(map(fingerprint_of, fetched))
        return await self._lab.run(
            ("basket", self._snapshot.name, prints, trial), lambda: _tested(trial, fetched)
        )


def _tested(trial: Trial, fetched: list[Candles]) -> BasketReport:
    candles = align(fetched)
    dropped = tuple(len(was) - len(now) for was, now in zip(fetched, candles, strict=True))
    result = portfolio_of(
        trial.strategy, candles, trial.rules, weights=trial.weights, rebalance=trial.rebalance
    )
    return BasketReport(trial, candles, dropped, result, trial.strategy.title)


def _refuse(trial: Trial) -> None:
    count = len(trial.symbols)
    if len(set(trial.symbols)) < count:
        raise BadArgument("A symbol is named twice; name each symbol once.")
    if isinstance(trial.strategy, PairStrategy) and count != 2:
        raise BadArgument(
            f"{trial.strategy.title} trades exactly two symbols against each other, "
            f"not {count}: write it as ETH/USDT+BTC/USDT."
        )
    if count < 2:
        raise BadArgument("A portfolio needs two symbols or more, such as BTC/USDT+ETH/USDT.")
    if count > MOST_SYMBOLS:
        raise BadArgument(
            f"A portfolio of {count} symbols is too large: test at most {MOST_SYMBOLS} at once."
        )
