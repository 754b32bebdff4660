"""Alerts in words: what a person writes after /alert, and the same written back.

A price: `BTC/USDT above 30000`, `btc > 30k`. A move: `BTC/USDT down 3% 15m`. An indicator of
closed candles: `BTC/USDT 1h RSI(14) above 70`, `BTC/USDT 4h price above EMA(50)`. `once` at the
end: only the first time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from tools.arguments import parse_symbol
from trading.alerts import AlertDraft, Direction
from trading.candles import Timeframe
from trading.errors import BadArgument
from trading.indicator_names import PRICE, VERSUS, Indicator, crossing, parse_indicator

USAGE = (
    "Usage: /alert <symbol> <what>. Examples: /alert BTC/USDT above 30000 · /alert BTC/USDT down "
    "3% 15m · /alert BTC/USDT 1h RSI(14) above 70 · /alert BTC/USDT 1h price above EMA(50). "
    "Also EMA, SMA, ADX, ATR, MACD, Stochastic, VWAP, Bollinger %B, cloud, volume. Add once to be "
    "told the first time only."
)
DEFAULT_WINDOW = 60
DEFAULT_TIMEFRAME = Timeframe.H1
SIDES: dict[str, Direction] = {
    **dict.fromkeys(("above", "over", "reaches", "exceeds", "up", "rises", "gains"), "above"),
    **dict.fromkeys(("below", "under", "down", "falls", "drops", "loses"), "below"),
}
FILLER = re.compile(
    "a|an|the|at|in|within|is|are|goes?|gets|moves?|cross(?:es)?|price|close|when|if|to|of|by|than"
    "|or|more|last|alert|me|its?|candles|usdt|usdc|usd|eur"
)
INDICATOR = re.compile(
    r"\b(?:ichimoku\s+)?cloud\s+(?:top|bottom)|\bvwap\b|\bstoch(?:astic)?(?:\s*%?[kd]\b)?"
    r"|\b(?:rsi|ema|sma|adx|atr)(?:\s*\(\s*\d+\s*\)|\s?\d+\b)?|\bmacd(?:\s+histogram)?"
    r"|\bbollinger(?:\s+bands?)?(?:\s*%b)?|(?<!\w)%b\b|\bbb\b|\bvolume(?: / mean of 20)?"
    r"|\bchange(?:\s*24\s*h)?"
)
DURATION = re.compile(
    r"(?<![\w.])(\d{1,5})\s*(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\b(?!\()"
)
NUMBER = re.compile(
    r"(?<![\w.])([+-]?)\s*\$?(\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})\s*(k\b|%)?(?![\w.(])"
)
MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10_080}


@dataclass
class _Words:
    """The text that is left to be understood."""

    left: str

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Cut out the first piece of a pattern."""
        found = pattern.search(self.left)
        if found is not None:
            self.left = f"{self.left[: found.start()]} {self.left[found.end() :]}"
        return found

    def take_side(self) -> Direction | None:
        """Cut out the words of a direction; None when there are none, or both."""
        words = self.left.split()
        sides = {SIDES[word] for word in words if word in SIDES}
        self.left = " ".join(word for word in words if word not in SIDES)
        if len(sides) > 1:
            raise BadArgument(f"Above and below at once can't be. {USAGE}")
        return sides.pop() if sides else None

    def take_once(self) -> bool:
        return self.take(re.compile(r"\bonce\b(?: only)?")) is not None

    def finish(self) -> None:
        """Refuse what was not understood."""
        words = [word for word in re.split(r"[\s,;:?!.]+", self.left) if word]
        unread = " ".join(word for word in words if not FILLER.fullmatch(word))
        if unread:
            raise BadArgument(f"I can't read '{unread[:40]}'. {USAGE}")


def parse_alert(text: str) -> AlertDraft:
    """Read what a person wrote after /alert; BadArgument says what is wrong, with the usage."""
    first, _, rest = text.strip().partition(" ")
    if not first or not rest.strip():
        raise BadArgument(USAGE)
    try:
        symbol = parse_symbol(first.rstrip(",:"))
    except ValueError as error:
        raise BadArgument(f"{error}. {USAGE}") from None
    words = _Words(_with_edge(_plain(rest)))
    once = words.take_once()
    if INDICATOR.search(words.left):
        draft = _indicator(symbol, words)
    elif "%" in words.left:
        draft = _move(symbol, words)
    else:
        draft = _price(symbol, words)
    words.finish()
    return draft.model_copy(update={"once": once})


def write_alert(draft: AlertDraft) -> str:
    """Write an alert as the command that arms it."""
    parts = ["/alert", draft.symbol]
    side = "" if draft.direction == "either" else draft.direction
    if draft.kind == "move":
        ways = {"above": "up", "below": "down", "either": ""}
        parts += [ways[draft.direction], f"{_digits(draft.level * 100)}%", f"{draft.window}m"]
    elif draft.kind == "price":
        parts += [side, _digits(draft.level)]
    else:
        indicator = parse_indicator(draft.indicator or "")
        sides = indicator.sides
        parts.append(draft.timeframe or DEFAULT_TIMEFRAME.value)
        if sides is not None and side and draft.level == 0:
            parts += [sides[0], side, sides[1]]
        else:
            parts += [indicator.name.replace(VERSUS, " / "), side, _level(draft.level, indicator)]
    return " ".join(part for part in [*parts, "once" if draft.once else ""] if part)


def _price(symbol: str, words: _Words) -> AlertDraft:
    side = words.take_side()
    level = _number(words, "a price")
    return AlertDraft(kind="price", symbol=symbol, direction=side or "either", level=level)


def _move(symbol: str, words: _Words) -> AlertDraft:
    duration = words.take(DURATION)
    side = words.take_side()
    found = words.take(NUMBER)
    if found is None or found[3] != "%":
        raise BadArgument(f"A move is so many percent, such as 5%. {USAGE}")
    if found[1]:
        side = side or ("above" if found[1] == "+" else "below")
    window = DEFAULT_WINDOW
    if duration is not None:
        window = int(duration[1]) * MINUTES[duration[2][0]]
    return AlertDraft(
        kind="move",
        symbol=symbol,
        direction=side or "either",
        level=Decimal(found[2]) / 100,
        window=window,
    )


def _indicator(symbol: str, words: _Words) -> AlertDraft:
    named = [parse_indicator(name) for name in INDICATOR.findall(words.left)]
    between = INDICATOR.sub(" # ", words.left)
    rest = _Words(between.replace("/", " ").replace("#", " "))
    timeframe = _timeframe(rest.take(DURATION))
    side = rest.take_side()
    priced = re.search(r"\b(?:price|close)\b.*#", between) is not None
    if len(named) > 2 or (len(named) == 2 and priced):
        raise BadArgument(f"Two lines cross, not more. {USAGE}")
    indicator = named[0]
    if len(named) == 2:
        indicator = crossing(named[0].name, named[1].name)
    elif priced or (indicator.scale == "price" and not NUMBER.search(rest.left)):
        indicator = crossing(PRICE, indicator.name)
    level = _indicator_level(rest, indicator)
    words.left = rest.left
    return AlertDraft(
        kind="indicator",
        symbol=symbol,
        direction=side or "either",
        level=level,
        timeframe=timeframe.value,
        indicator=indicator.name,
    )


def _indicator_level(words: _Words, indicator: Indicator) -> Decimal:
    if indicator.sides is not None and not NUMBER.search(words.left):
        return Decimal(0)
    return _number(words, f"a level for {indicator.name}", percent=indicator.unit == "fraction")


def _timeframe(found: re.Match[str] | None) -> Timeframe:
    return DEFAULT_TIMEFRAME if found is None else Timeframe.parse(f"{found[1]}{found[2][0]}")


def _number(words: _Words, what: str, *, percent: bool = False) -> Decimal:
    found = words.take(NUMBER)
    if found is None:
        raise BadArgument(f"{what[0].upper()}{what[1:]} is missing. {USAGE}")
    if found[3] == "%" and not percent:
        raise BadArgument(f"{what[0].upper()}{what[1:]} is no percentage. {USAGE}")
    scale = {"k": Decimal(1000), "%": Decimal("0.01")}.get(found[3] or "", Decimal(1))
    return Decimal(f"{found[1]}{found[2]}") * scale


def _plain(text: str) -> str:
    """Put what people write for the same thing into one form."""
    text = text.lower().replace("\u202f", "").replace("\u00a0", "").replace("−", "-")
    for sign, word in ((">", "above"), ("≥", "above"), ("<", "below"), ("≤", "below")):
        text = text.replace(f"{sign}=", sign).replace(sign, f" {word} ")
    text = re.sub(r"(?<=\d)[,_'](?=\d{3}(?!\d))", "", text)  # 30,000
    text = re.sub(r"(?<=\d),(?=\d)", ".", text)  # 0,5
    text = re.sub(r"(?<![\d.])(\d{1,3}) (?=\d{3}\b(?!\s*(?:m|h|d|min)))", r"\1", text)  # 30 000
    return " ".join(text.split())


def _with_edge(text: str) -> str:
    """Say which edge of Ichimoku's cloud is meant: who rises above it passes its top."""
    if not re.search(r"\b(?:cloud|ichimoku)\b", text) or re.search(r"cloud (?:top|bottom)", text):
        return text
    falls = any(SIDES.get(word) == "below" for word in text.split())
    edge = f"cloud {'bottom' if falls else 'top'}"
    return re.sub(r"\b(?:the )?ichimoku(?: cloud)?\b|\b(?:the )?cloud\b", edge, text, count=1)


def _level(level: Decimal, indicator: Indicator) -> str:
    percent = indicator.unit == "fraction"
    return f"{_digits(level * 100)}%" if percent else _digits(level)


def _digits(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
