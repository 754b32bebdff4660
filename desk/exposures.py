"""What a strategy wants to hold: its signal at the newest closed candle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from desk.fingerprints import fingerprint_of
from desk.lab import Lab
from desk.ports import MarketData
from trading.candles import Candles, Timeframe, to_ms
from trading.errors import BadArgument, NotEnoughHistory
from trading.strategies.base import Strategy
from trading.strategies.catalogue import Catalogue
from trading.symbols import sources_of

HISTORY = 5_000  # candles at least, where the market has so many
STRIDE = 1_000


async def recent_candles(
    market: MarketData, symbol: str, timeframe: Timeframe, now: datetime
) -> Candles:
    """Return the closed candles that a watch's strategy is run on, 5,000 to 6,000 of them.

    They begin at the same candle for a thousand closes: a signal that depends on where the data
    begins must not change for that alone. Raises MarketError; NotEnoughHistory where there is none.
    """
    newest = (to_ms(now) - timeframe.phase) // timeframe.ms
    first = newest // STRIDE * STRIDE - HISTORY
    candles = (await market.candles(symbol, timeframe, now, newest - first)).closed_by(now)
    candles = candles[int(candles.time.searchsorted(first * timeframe.ms + timeframe.phase)) :]
    if not len(candles):
        source = sources_of((symbol,), market.name)
        raise NotEnoughHistory(f"{source} has no closed {timeframe} candle of {symbol}.")
    return candles


def strategy_of(catalogue: Catalogue, name: str, parameters: Mapping[str, str]) -> Strategy:
    """Make the strategy of a watch; raises BadArgument for one that is not there any more."""
    made = catalogue.make(name, parameters)
    if not isinstance(made, Strategy):
        raise BadArgument(
            f"{made.title} trades two symbols against each other; a watch trades one. "
            "/backtest can test it."
        )
    return made


async def exposure_of(lab: Lab, source: str, candles: Candles, strategy: Strategy) -> Decimal:
    """Return the target exposure that a strategy decides at the newest close, in [-1, 1].

    Computed as a backtest does, in a worker thread, once for all who watch the same. Raises
    BadArgument for a signal that no backtest takes, and what the strategy itself raises.
    """

    def work() -> Decimal:
        from trading.backtest import checked_signal  # It loads compiled code.

        signal = checked_signal(strategy.signal(candles), len(candles))
        return Decimal(repr(float(signal[-1])))

    return await lab.run(("exposure", source, fingerprint_of(candles), strategy), work)
