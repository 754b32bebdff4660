"""Examine a strategy on the market's candles."""

from __future__ import annotations

from dataclasses import dataclass

from desk.examining import examined
from desk.lab import Lab
from desk.research import Research
from trading.alignment import align
from trading.candles import Candles, Timeframe
from trading.causality import Findings
from trading.errors import BadArgument
from trading.strategies.base import PairStrategy

AUDIT_CANDLES = 8_760
SECONDS = 6.0  # that an examination may take, roughly
DEFAULT_SYMBOLS = ("BTC/USDT",)
DEFAULT_PAIR = ("ETH/USDT", "BTC/USDT")


@dataclass(frozen=True)
class Examination:
    """What was found about a strategy, and on which candles of which market."""

    symbols: tuple[str, ...]
    candles: Candles
    source: str
    findings: Findings


async def audit(
    research: Research,
    lab: Lab,
    name: str,
    symbols: tuple[str, ...] = (),
    timeframe: Timeframe = Timeframe.H1,
) -> Examination:
    """Examine a strategy with its usual parameters on up to a year of 1h candles.

    Without symbols on BTC/USDT, a pair on ETH/USDT and BTC/USDT.

    Errors: BadArgument for an unknown strategy or the wrong number of symbols; those of the
    market.
    """
    strategy = research.catalogue.make(name)
    pair = isinstance(strategy, PairStrategy)
    symbols = symbols or (DEFAULT_PAIR if pair else DEFAULT_SYMBOLS)
    if len(symbols) != (2 if pair else 1):
        wanted = "two symbols, such as ETH/USDT+BTC/USDT" if pair else "one symbol, such as BTC"
        raise BadArgument(f"{strategy.title} needs {wanted}.")
    snapshot = research.snapshot
    found = [await snapshot.candles(symbol, timeframe, AUDIT_CANDLES) for symbol in symbols]
    candles = align(found) if pair else tuple(found)
    ends = (int(candles[0].time[0]), int(candles[0].time[-1]), len(candles[0]))
    key = ("audit", snapshot.name, symbols, timeframe, *ends, type(strategy), strategy)
    findings = await lab.run(key, lambda: examined(strategy, candles, SECONDS))
    return Examination(symbols, candles[0], snapshot.name, findings)
