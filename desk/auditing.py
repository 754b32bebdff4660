"""Examine a strategy on the market's candles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.examining import Spread, examined, examined_spread
from desk.fingerprints import fingerprint_of
from desk.lab import Lab
from desk.research import Research
from trading.alignment import align
from trading.candles import Candles, Timeframe
from trading.causality import Findings
from trading.errors import BadArgument
from trading.strategies.base import PairStrategy, Parameters

AUDIT_CANDLES = 8_760
SECONDS = 6.0  # that the examination of one set of parameters may take, roughly
SPREAD_SECONDS = 4.0  # and that of all others together
DEFAULT_SYMBOLS = ("BTC/USDT",)
DEFAULT_PAIR = ("ETH/USDT", "BTC/USDT")


@dataclass(frozen=True)
class Examination:
    """What was found about a strategy, and on which candles of which market.

    `spread` is None where the parameters were chosen, or where the usual ones are bad enough.
    `all_there_are`: the market has no more candles than these, though more were asked for.
    """

    symbols: tuple[str, ...]
    candles: Candles
    source: str
    findings: Findings
    spread: Spread | None = None
    all_there_are: bool = False

    @property
    def sound(self) -> bool:
        return self.findings.sound and (self.spread is None or self.spread.worst is None)


async def audit(
    research: Research,
    lab: Lab,
    strategy: Parameters,
    symbols: tuple[str, ...] = (),
    timeframe: Timeframe = Timeframe.H1,
    *,
    count: int = AUDIT_CANDLES,
    others: bool = True,
) -> Examination:
    """Examine a strategy on up to `count` candles, and `others` of its sets of parameters.

    Without symbols on BTC/USDT, a pair on ETH/USDT and BTC/USDT.

    Errors: BadArgument for the wrong number of symbols; those of the market.
    """
    pair = isinstance(strategy, PairStrategy)
    symbols = symbols or (DEFAULT_PAIR if pair else DEFAULT_SYMBOLS)
    if len(symbols) != (2 if pair else 1):
        wanted = "two symbols, such as ETH/USDT+BTC/USDT" if pair else "one symbol, such as BTC"
        raise BadArgument(f"{strategy.title} needs {wanted}.")
    snapshot = research.snapshot
    found = [await snapshot.candles(symbol, timeframe, count) for symbol in symbols]
    candles = align(found) if pair else tuple(found)
    prints = tuple(map(fingerprint_of, candles))
    key = ("audit", snapshot.name, prints, type(strategy), strategy, others)
    findings, spread = await lab.run(key, lambda: _examined(strategy, candles, others=others))
    fewer = len(candles[0]) < count
    return Examination(symbols, candles[0], snapshot.source_of(*symbols), findings, spread, fewer)


def _examined(
    strategy: Parameters, candles: Sequence[Candles], *, others: bool
) -> tuple[Findings, Spread | None]:
    findings = examined(strategy, candles, SECONDS)
    if not others or not findings.sound:
        return findings, None

    def newest(count: int, _: int) -> Sequence[Candles]:
        return [one.tail(count) for one in candles]

    return findings, examined_spread(strategy, newest, SPREAD_SECONDS)
