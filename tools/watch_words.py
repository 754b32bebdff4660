"""The words after /watch: a symbol, a timeframe, a strategy, and how it is to trade."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.arguments import Fraction, StrategyName, Symbol, TimeframeArgument
from tools.trial_arguments import (
    HoldCandles,
    StopShare,
    StrategyParameters,
    TargetShare,
    TrailShare,
    YesNo,
)
from tools.typed_words import TypedWords
from tools.usage import Usage
from trading.argument_words import problems_in_words
from trading.candles import Timeframe
from trading.errors import BadArgument

EXAMPLE = "BTC/USDT 1h ema_cross fast=10 slow=40 size=2% stop=2% target=6%"
USAGE = Usage(
    "/watch <symbol> [timeframe] <strategy> [parameter=value …] [size= stop= target= trail= hold= "
    "short= drawdown=] [auto]",
    f"/watch {EXAMPLE}",
)
AUTO = "auto"
# Of a backtest, and no choice of a watch's: what they would change is the desk's own.
ONLY_TESTED = (
    "leverage",
    "risk",
    "funding",
    "fee",
    "slippage",
    "candles",
    "weights",
    "rebalance",
)


class WatchWords(BaseModel):
    """What was written; None: the usual, "": no strategy.

    `size` and `drawdown` are fractions of the watch's equity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    symbol: Symbol
    timeframe: TimeframeArgument = Timeframe.H1
    strategy: StrategyName = ""
    parameters: StrategyParameters = None
    size: Fraction | None = None
    stop: StopShare = None
    target: TargetShare = None
    trail: TrailShare = None
    hold: HoldCandles = None
    short: YesNo = None
    drawdown: Fraction | None = None
    auto: YesNo = None


def parse_watch(words: Sequence[str]) -> WatchWords:
    """Read a watch as /backtest reads a trial; BadArgument says what is wrong."""
    written = ["auto=yes" if word.lower() == AUTO else word for word in words]
    typed = TypedWords(WatchWords, ("symbol", "timeframe", "strategy"), USAGE)
    found = typed.match(written)
    try:
        read = WatchWords.model_validate(found)
    except ValidationError as error:
        told = "; ".join(problems_in_words(error, WatchWords))
        raise BadArgument(f"{told}. {USAGE.short if found else USAGE.whole}") from None
    strange = [name for name in read.parameters or {} if name in ONLY_TESTED]
    if strange:
        raise BadArgument(
            f"A watch has no {strange[0]}=: it trades without leverage, at the desk's own costs. "
            f"{USAGE.short}"
        )
    if read.stop and read.trail:
        raise BadArgument("Choose a stop or a trailing stop, not both.")
    return read
