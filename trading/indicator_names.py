"""The indicators that an alert can wait for: how each is written, and its scale.

Light on purpose: the values come from trading.indicators, which loads TA-Lib.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from trading.errors import BadArgument

Scale = Literal["absolute", "multiple", "price", "offset"]
Unit = Literal["", "fraction", "price"]
LONGEST = 200
USUAL_RSI = 14
FEWEST = 300  # candles that a value is computed from, at least
MINUTES_OF_DAY = 1440
PRICE = "price"
VERSUS = " vs "
KNOWN = (
    "RSI(14), Stochastic %K, EMA(50), SMA(200), VWAP, MACD, ADX, ATR, Bollinger %B, Volume, "
    "Change 24 h, or price above EMA(50), VWAP or the cloud"
)


@dataclass(frozen=True)
class Indicator:
    """An indicator by its one name.

    `unit` as in trading.indicators. `margin` is how far back from a level its value must go before
    a crossing counts again: as it is ("absolute"), as a share of the level ("multiple"), or of the
    price ("price": the value is one; "offset": it is a difference of prices, around zero).
    `lowest` and `highest` bound a sensible level where the price does not.
    """

    name: str
    unit: Unit
    scale: Scale
    margin: Decimal
    lowest: Decimal = Decimal(0)
    highest: Decimal = Decimal(100)
    length: int = 50
    history: int = FEWEST

    @property
    def candles(self) -> int:
        """How many candles its value is computed from; an average forgets its start by then."""
        return max(self.history, 5 * self.length)

    @property
    def least(self) -> int:
        """Fewer candles than this give no value."""
        return 2 * self.length

    @property
    def sides(self) -> tuple[str, str] | None:
        """The two lines whose crossing it is ("price", "EMA(50)"); None: it is one value."""
        left, found, right = self.name.partition(VERSUS)
        return (left, right) if found else None

    def margin_at(self, level: Decimal, price: Decimal) -> Decimal:
        """Return the margin of a level, in units of the value, at this price (quote units)."""
        if self.scale == "multiple":
            return self.margin * abs(level)
        return self.margin if self.scale == "absolute" else self.margin * price


_TEN = Decimal(10)
_ADX = Indicator("ADX(14)", "", "absolute", Decimal(2))
_ATR = Indicator("ATR(14)", "fraction", "multiple", Decimal("0.05"), highest=Decimal(1))
_MACD = Indicator("MACD histogram", "price", "offset", Decimal("0.0002"))
_BANDS = Indicator("Bollinger %B", "", "absolute", Decimal("0.05"), -_TEN, _TEN)
_VOLUME = Indicator("Volume / mean of 20", "", "multiple", Decimal("0.1"))
_CHANGE = Indicator("Change 24 h", "fraction", "absolute", Decimal("0.005"), Decimal(-1))
_STOCHASTIC = Indicator("Stochastic %K", "", "absolute", Decimal(2))
_SIGNAL = replace(_STOCHASTIC, name="Stochastic %D")
_VWAP = Indicator("VWAP", "price", "price", Decimal("0.002"), history=MINUTES_OF_DAY + 1)
_CLOUD_TOP = Indicator("Cloud top", "price", "price", Decimal("0.002"))
_CLOUD_BOTTOM = replace(_CLOUD_TOP, name="Cloud bottom")
_FIXED: tuple[tuple[str, Indicator], ...] = (
    (r"adx ?\(?(14)?\)?", _ADX),
    (r"atr ?\(?(14)?\)?", _ATR),
    (r"macd( ?histogram)?", _MACD),
    (r"(bollinger( bands?)?|bb)? ?%b|bollinger|bb", _BANDS),
    (r"volume( ?/ ?mean of 20)?", _VOLUME),
    (r"change( ?24 ?h)?", _CHANGE),
    (r"stoch(astic)?( ?%?k)?", _STOCHASTIC),
    (r"stoch(astic)? ?%?d", _SIGNAL),
    (r"vwap", _VWAP),
    (r"(ichimoku )?cloud top", _CLOUD_TOP),
    (r"(ichimoku )?cloud bottom", _CLOUD_BOTTOM),
)
_LINES = frozenset({_VWAP.name, _CLOUD_TOP.name, _CLOUD_BOTTOM.name})
_AVERAGE = re.compile(r"(ema|sma) ?\(? ?(\d{1,4}) ?\)?")
_RSI = re.compile(r"rsi ?(?:\(? ?(\d{1,4}) ?\)?)?")


def parse_indicator(text: str) -> Indicator:
    """Read an indicator as people write it: `rsi`, `RSI(14)`, `ema 50`, `%b`, `price vs EMA(50)`.

    Raises BadArgument, with those that there are, when it is none of them.
    """
    words = " ".join(text.lower().split())
    left, versus, right = words.partition(VERSUS)
    if versus:
        return crossing(left, right)
    for pattern, indicator in _FIXED:
        if re.fullmatch(pattern, words):
            return indicator
    if found := _RSI.fullmatch(words):
        length = _length(found[1] or str(USUAL_RSI))
        return Indicator(f"RSI({length})", "", "absolute", Decimal(2), length=length)
    if found := _AVERAGE.fullmatch(words):
        length = _length(found[2])
        name = f"{found[1].upper()}({length})"
        return Indicator(name, "price", "price", Decimal("0.002"), length=length)
    raise BadArgument(f"'{text[:40]}' is no indicator that I know. Known are {KNOWN}.")


def crossing(left: str, right: str) -> Indicator:
    """Return the distance of one line from another, as a fraction of the other.

    A line is `price` (the close), a moving average, VWAP, or an edge of Ichimoku's cloud; the right
    one is not the price.
    """
    over = parse_indicator(right)
    under = None if left.strip().lower() in (PRICE, "close") else parse_indicator(left)
    lines = [line for line in (under, over) if line is not None]
    if not all(map(_is_line, lines)) or under == over:
        raise BadArgument(
            "A crossing is of the price, or a moving average, with another moving average, VWAP or "
            "the cloud, such as price above EMA(50)."
        )
    name = f"{under.name if under else PRICE}{VERSUS}{over.name}"
    margin = Decimal("0.001") if under else Decimal("0.002")
    return Indicator(
        name,
        "fraction",
        "absolute",
        margin,
        Decimal(-1),
        length=max(line.length for line in lines),
        history=max(line.history for line in lines),
    )


def _is_line(indicator: Indicator) -> bool:
    return indicator.name in _LINES or _AVERAGE.fullmatch(indicator.name.lower()) is not None


def _length(digits: str) -> int:
    length = int(digits)
    if not 2 <= length <= LONGEST:
        raise BadArgument(f"An indicator takes 2 to {LONGEST} candles, not {length}.")
    return length
