"""Argument types of a ranking: the symbols, and what they are ranked by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from tools.arguments import Example, Listed, parse_symbol
from trading.candles import Timeframe
from trading.factor_names import NAMES, FactorName

MOST_SYMBOLS = 30
OTHER_NAMES: Mapping[str, FactorName] = MappingProxyType(
    {
        "30d": "momentum",
        "7d": "momentum_7d",
        "vol": "volatility",
        "trend": "value",
        "cheap": "value",
        "volume": "liquidity",
        "amihud": "illiquidity",
        "corr": "correlation",
    }
)
FILLERS = frozenset({"", "and", "by", "vs"})
_NOT_COINS = frozenset(Timeframe)
_BETWEEN = re.compile(r"[\s,;+]+")


def _symbols(value: object) -> tuple[str, ...]:
    """Read `BTC ETH SOL`, `btc,eth` or a list, each symbol once, in the order written."""
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    if not isinstance(value, str):
        raise ValueError("write them as BTC ETH SOL")
    words = [word for word in _BETWEEN.split(value) if word.lower() not in FILLERS]
    found = tuple(dict.fromkeys(_symbol(word) for word in words))
    if len(found) > MOST_SYMBOLS:
        raise ValueError(f"{MOST_SYMBOLS} symbols at most")
    return found


def _symbol(word: str) -> str:
    name = word.lower()
    if name in _NOT_COINS:
        raise ValueError(f"'{word}' is a timeframe, and one is enough")
    if is_factor(word):
        raise ValueError(f"'{word}' is what to rank by; for a coin write {word.upper()}/USDT")
    return parse_symbol(word)


def is_factor(word: str) -> bool:
    """Tell whether a word names a factor when it stands alone."""
    return _named(word) is not None


def _named(word: str) -> FactorName | None:
    name = re.sub(r"[-\s]+", "_", word.strip().lower())
    return OTHER_NAMES.get(name) or next((known for known in NAMES if known == name), None)


def _factor(value: object) -> FactorName:
    found = _named(str(value))
    if found is None:
        raise ValueError(f"must be one of {', '.join(NAMES)}, not {str(value)[:40]}")
    return found


RankSymbols = Annotated[
    tuple[str, ...],
    BeforeValidator(_symbols),
    Listed(MOST_SYMBOLS),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "maxItems": MOST_SYMBOLS}),
]
RankBy = Annotated[
    FactorName,
    BeforeValidator(_factor),
    Example("momentum"),
    WithJsonSchema({"type": "string", "enum": list(NAMES)}),
]
