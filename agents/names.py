"""How people and models name coins and timeframes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.arguments import QUOTES
from trading.candles import Timeframe
from trading.coins import COIN_NAMES, TICKERS

CHINESE_COINS = {
    "比特币": "BTC",
    "比特幣": "BTC",
    "以太坊": "ETH",
    "以太币": "ETH",
    "索拉纳": "SOL",
    "瑞波币": "XRP",
    "狗狗币": "DOGE",
    "莱特币": "LTC",
    "艾达币": "ADA",
    "币安币": "BNB",
    "波卡": "DOT",
    "波场": "TRX",
    "雪崩": "AVAX",
}
ENGLISH_COINS = {name.lower(): ticker for name, ticker in COIN_NAMES.items()}

_PAIR = re.compile(rf"(?<![A-Za-z0-9])([A-Z0-9]{{2,12}})[/\-]?({'|'.join(QUOTES)})(?![A-Za-z0-9])")
_WORD = re.compile(r"(?<![A-Za-z0-9/])[A-Za-z0-9]{2,12}(?![A-Za-z0-9])")
_TIMEFRAME = re.compile(
    r"(?<![\w.,/])(\d{1,3})[\s\-\u202f]?"
    r"((?:minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)(?![A-Za-z0-9])"
    r"|分钟|小时|小時|日|天|周|週)",
    re.IGNORECASE | re.ASCII,
)
_TIMEFRAME_WORDS = (
    (re.compile(r"\bhourly\b", re.IGNORECASE | re.ASCII), Timeframe.H1),
    (re.compile(r"\bdaily\b|日线|日線", re.IGNORECASE | re.ASCII), Timeframe.D1),
    (re.compile(r"\bweekly\b|周线|週線", re.IGNORECASE | re.ASCII), Timeframe.W1),
)
_UNITS = {"分": "m", "小": "h", "日": "d", "天": "d", "周": "w", "週": "w"}


def coins_named(text: str, known: frozenset[str] = frozenset()) -> Iterator[tuple[str, int, int]]:
    """Find the coins that a text names: ticker, start, end.

    `known` are further tickers to look for (those of the facts at hand). In a pair only the base
    counts; a quote currency alone names no coin.
    """
    covered: list[tuple[int, int]] = []
    for match in _PAIR.finditer(text):
        # "BTCUSD" is a pair, "WBTC" without a separator is a coin of its own.
        separated = match.end(1) != match.start(2)
        if separated or match[1] in TICKERS | known:
            covered.append(match.span())
            yield match[1], *match.span()
    for match in _WORD.finditer(text):
        if any(start <= match.start() < end for start, end in covered):
            continue
        if match[0] in TICKERS or match[0] in known:
            yield match[0], *match.span()
        elif match[0].lower() in ENGLISH_COINS:
            yield ENGLISH_COINS[match[0].lower()], *match.span()
    for name, ticker in () if text.isascii() else CHINESE_COINS.items():
        for match in re.finditer(name, text):
            yield ticker, *match.span()


def timeframes_named(text: str) -> Iterator[tuple[Timeframe, int, int]]:
    """Find the timeframes that a text names (`4h`, `1-hour`, `daily`, `1小时`)."""
    for match in _TIMEFRAME.finditer(text):
        found = _timeframe(match[1], match[2])
        if found is not None:
            yield found, *match.span()
    for pattern, timeframe in _TIMEFRAME_WORDS:
        for match in pattern.finditer(text):
            yield timeframe, *match.span()


def _timeframe(number: str, unit: str) -> Timeframe | None:
    letter = _UNITS.get(unit[0], unit[0].lower())
    name = f"{int(number)}{letter}"
    aliases = {"60m": "1h", "24h": "1d", "7d": "1w"}
    name = aliases.get(name, name)
    return Timeframe(name) if name in set(Timeframe) else None
